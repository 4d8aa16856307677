import { describe, expect, test } from 'vitest'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import { parseJson } from '../../../src/models/keras/json.ts'
import type { Dialect, DTypePolicy, Json, LayerGraph } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { dtypePolicy } from '../../../src/models/keras/serialised.ts'
import { lines } from './disk.ts'

const dialect = (version: string): Dialect => dialectOf({ version, config: null })
const K1 = dialect('1.2.2')
const K2 = dialect('2.15.0')
const K3 = dialect('3.15.0')
const read = (architecture: Json, as = K3): LayerGraph => normalise(architecture, as, 'm.h5')

const tensor = (layer: string, call = 0, output = 0): Json => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 2], dtype: 'float32', keras_history: [layer, call, output] },
})
const layer = (name: string, className: string, nodes: Json[] = [], config: Record<string, Json> = {}): Json => ({
  class_name: className,
  name,
  config: { name, trainable: true, ...config },
  inbound_nodes: nodes,
})
const input = (name = 'x') => layer(name, 'InputLayer', [], { batch_shape: [null, 2] })
const model = (layers: Json[], inputs: Json, outputs: Json, name = 'm', nodes: Json[] = []): Json => ({
  class_name: 'Functional',
  name,
  config: { name, layers, input_layers: inputs, output_layers: outputs },
  inbound_nodes: nodes,
})
const called = (...args: Json[]): Json => ({ args, kwargs: {} })

describe('what layers are called on', () => {
  const rows: [what: string, as: Dialect, node: Json, expected: string][] = [
    [
      'Keras 1',
      K1,
      [
        ['x', 0, 0],
        ['y', 0, 0],
      ],
      '[x, y]',
    ],
    ['Keras 2', K2, [['x', 0, 0, {}]], 'x'],
    [
      'Keras 2, several',
      K2,
      [
        ['x', 0, 0, { a: 1 }],
        ['y', 0, 0, { a: 1 }],
      ],
      '[x, y], a=1',
    ],
    ['Keras 2, without a list', K2, ['x', 0, 0, { y: ['y', 0, 0] }], 'x, y=y'],
    [
      'Keras 2, tensors in arguments',
      K2,
      [['x', 0, 0, { value: ['y', 0, 0], names: ['a', 0, 0] }]],
      'x, value=y, names=["a", 0, 0]',
    ],
    ['Keras 2, a constant', K2, ['_CONSTANT_VALUE', -1, 2.5, { y: ['y', 0, 0] }], '2.5, y=y'],
    ['Keras 2, a dict', K2, { a: ['x', 0, 0], b: ['y', 0, 0] }, '{a: x, b: y}'],
    ['Keras 2, training', K2, [['x', 0, 0, { training: true, name: null }]], 'x, training=true'],
    ['Keras 2, not training', K2, [['x', 0, 0, { training: false }]], 'x'],
    ['Keras 3', K3, called(tensor('x'), [tensor('y'), 2]), 'x, [y, 2]'],
    [
      'Keras 3, training does not count',
      K3,
      { args: [tensor('x')], kwargs: { training: true, mask: null } },
      'x, mask=null',
    ],
    [
      'Keras 3, an index',
      K3,
      called(tensor('x'), [
        { class_name: '__ellipsis__', config: {} },
        null,
        { class_name: '__slice__', config: { start: null, stop: 2, step: null } },
      ]),
      'x, [..., null, null:2:null]',
    ],
    [
      'Keras 3, an array',
      K3,
      called(tensor('x'), { class_name: '__numpy__', config: { value: [1, 2], dtype: 'int32' } }),
      'x, int32[1,2]',
    ],
  ]
  test.each(rows)('%s', (_, as, node, expected) => {
    const graph = read(model([input(), input('y'), layer('f', 'Thing', [node])], [['x', 0, 0]], [['f', 0, 0]]), as)
    expect(lines(graph)).toEqual(['in x x', `f = Thing(${expected})`, 'out f f'])
  })

  const recurrent: [what: string, as: Dialect, node: Json, config: Record<string, Json>, expected: string][] = [
    [
      'Keras 2',
      K2,
      [
        ['x', 0, 0, {}],
        ['y', 0, 0, {}],
        ['y', 0, 1, {}],
      ],
      {},
      'x, initial_state=[y, y:1]',
    ],
    [
      'Keras 2, constants',
      K2,
      [
        ['x', 0, 0],
        ['y', 0, 0],
        ['y', 0, 1],
      ],
      { num_constants: 1 },
      'x, initial_state=[y], constants=[y:1]',
    ],
    [
      'Keras 2, in a list for each cell',
      K2,
      [
        ['x', 0, 0, {}],
        [
          ['y', 0, 0, {}],
          ['y', 0, 1, {}],
        ],
        [['y', 0, 2, {}]],
      ],
      {},
      'x, initial_state=[y, y:1, y:2]',
    ],
    ['Keras 2, none', K2, [['x', 0, 0, { initial_state: null, constants: null }]], {}, 'x'],
    ['Keras 3', K3, { args: [tensor('x')], kwargs: { initial_state: [tensor('y')] } }, {}, 'x, initial_state=[y]'],
    ['Keras 3, by position', K3, called(tensor('x'), [tensor('y')]), {}, 'x, initial_state=[y]'],
    [
      'Keras 3, one state',
      K3,
      { args: [tensor('x')], kwargs: { initial_state: tensor('y') } },
      {},
      'x, initial_state=[y]',
    ],
  ]
  test.each(recurrent)('states of a recurrent layer, %s', (_, as, node, config, expected) => {
    const graph = read(
      model([input(), input('y'), layer('f', 'LSTM', [node], config)], [['x', 0, 0]], [['f', 0, 0]]),
      as,
    )
    expect(lines(graph)[1]).toBe(`f = LSTM(${expected})`)
  })
})

describe('which call is meant', () => {
  const inner = (nodes: Json[]) =>
    model([input('i'), layer('d', 'Dense', [called(tensor('i'))])], ['i', 0, 0], ['d', 0, 0], 'sub', nodes)

  test('Keras 2 counts the call that built a nested model', () => {
    const sub = model([input('i'), layer('d', 'Dense', [[['i', 0, 0, {}]]])], [['i', 0, 0]], [['d', 0, 0]], 'sub', [
      [['x', 0, 0, {}]],
      [['p', 0, 0, {}]],
    ])
    const outer = model(
      [
        input(),
        layer('p', 'Dense', [[['x', 0, 0, {}]]]),
        sub,
        layer('s', 'Add', [
          [
            ['sub', 1, 0, {}],
            ['sub', 2, 0, {}],
          ],
        ]),
      ],
      [['x', 0, 0]],
      [
        ['s', 0, 0],
        ['sub', 2, 0],
      ],
    )
    expect(lines(read(outer, K2))).toEqual([
      'in x x',
      'p = Dense(x)',
      'sub = Functional(x)',
      'sub.1 = Functional(p)',
      's = Add([sub, sub.1])',
      'out s s, sub sub.1',
      'sub:',
      '  in i i',
      '  d = Dense(i)',
      '  out d d',
    ])
  })

  test('Keras 3 counts it only among inputs and outputs', () => {
    const sub = inner([called(tensor('x')), called(tensor('p'))])
    const outer = model(
      [
        input(),
        layer('p', 'Dense', [called(tensor('x'))]),
        sub,
        layer('s', 'Add', [called([tensor('sub', 0), tensor('sub', 0)])]),
      ],
      ['x', 0, 0],
      [
        ['sub', 2, 0],
        ['s', 0, 0],
      ],
    )
    expect(lines(read(outer)).slice(0, 6)).toEqual([
      'in x x',
      'p = Dense(x)',
      'sub = Functional(x)',
      'sub.1 = Functional(p)',
      's = Add([sub, sub])',
      'out sub sub.1, s s',
    ])
  })

  test('a dict of outputs is in the order of its keys; one layer twice gets a number', () => {
    const layers = [input(), layer('d', 'Dense', [called(tensor('x'))])]
    const ports = (outputs: Json) => lines(read(model(layers, ['x', 0, 0], outputs))).at(-1)
    expect(ports({ b: ['d', 0, 0], a: ['x', 0, 0] })).toBe('out a x, b d')
    expect(
      ports([
        ['d', 0, 0],
        ['d', 0, 1],
      ]),
    ).toBe('out d d, d_1 d:1')
  })

  test('calls come in an order that can be written, whatever the order of layers', () => {
    const layers = [layer('b', 'Dense', [called(tensor('a'))]), layer('a', 'Dense', [called(tensor('x'))]), input()]
    expect(lines(read(model(layers, ['x', 0, 0], ['b', 0, 0])))).toEqual([
      'in x x',
      'a = Dense(x)',
      'b = Dense(a)',
      'out b b',
    ])
  })

  test('a chain of 20,000 layers is read', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      layer(`d${i + 1}`, 'Dense', [called(tensor(i === 0 ? 'x' : `d${i}`))]),
    )
    expect(read(model([...chain.reverse(), input()], ['x', 0, 0], ['d20000', 0, 0])).order).toHaveLength(20_000)
  })
})

describe('Sequential', () => {
  const sequential = (layers: Json[]): Json => ({ class_name: 'Sequential', config: { name: 's', layers } })

  const shapes: [what: string, first: Json, shape: Json][] = [
    ['batch_input_shape', layer('d', 'Dense', [], { batch_input_shape: [null, 5] }), [null, 5]],
    ['input_dim', layer('d', 'Dense', [], { input_dim: 5 }), [null, 5]],
    ['an Embedding', layer('d', 'Embedding', [], { input_dim: 5, output_dim: 2, input_length: 7 }), [null, 7]],
    [
      'a recurrent layer',
      layer('d', 'LSTM', [], { input_dim: 5, input_length: 7, return_sequences: true }),
      [null, 7, 5],
    ],
    ['nothing', layer('d', 'Dense'), null],
  ]
  test.each(shapes)('takes the input from %s', (_, first, shape) => {
    const graph = read(sequential([first]), K2)
    expect([graph.layers[0]!.name, graph.layers[0]!.config['batch_shape']]).toEqual(['d_input', shape])
  })

  test('is a chain, also as a bare list', () => {
    const layers = [layer('d', 'Dense', [], { input_dim: 5 }), layer('e', 'Dropout')]
    const expected = ['in d_input d_input', 'd = Dense(d_input)', 'e = Dropout(d)', 'out e e']
    expect(lines(read(sequential(layers), K2))).toEqual(expected)
    expect(lines(read({ class_name: 'Sequential', config: layers }, K1))).toEqual(expected)
  })

  test('as a bare list inside another gets a name that Keras does not give', () => {
    const nested = (...layers: Json[]): Json => ({ class_name: 'Sequential', config: layers })
    const graph = read(
      nested(nested(layer('d', 'Dense', [], { input_dim: 5 })), nested(layer('e', 'Dense'), layer('f', 'Dense'))),
      K1,
    )
    expect(graph.layers.map(({ path, model }) => [path, model?.layers.at(-1)?.path])).toEqual([
      ['sequential_input', undefined],
      ['sequential', 'sequential/d'],
      ['sequential.2', 'sequential.2/f'],
    ])
  })

  test('of Keras 1 may begin by merging models', () => {
    const branch = (name: string): Json => ({
      class_name: 'Sequential',
      config: [layer(name, 'Dense', [], { input_dim: 5 })],
    })
    const merge: Json = { class_name: 'Merge', config: { name: 'm', mode: 'sum', layers: [branch('a'), branch('b')] } }
    expect(lines(read({ class_name: 'Sequential', config: [merge, layer('d', 'Dense')] }, K1))).toEqual([
      'in a_input a_input, b_input b_input',
      'a = Dense(a_input)',
      'b = Dense(b_input)',
      'm = Merge([a, b])',
      'd = Dense(m)',
      'out d d',
    ])
  })
})

describe('configurations', () => {
  const config = (className: string, saved: Record<string, Json>, as = K2) => {
    const graph = read(
      { class_name: 'Sequential', config: [layer('l', className, [], { batch_input_shape: [null, 2], ...saved })] },
      as,
    )
    const found = graph.layers[1]!
    const { name, trainable, batch_shape, ...others } = found.config
    return [found.className, others]
  }

  const rows: [
    what: string,
    as: Dialect,
    className: string,
    saved: Record<string, Json>,
    expected: [string, Record<string, Json>],
  ][] = [
    [
      'names of Keras 1',
      K1,
      'Convolution2D',
      { nb_filter: 4, nb_row: 3, nb_col: 2, border_mode: 'same', subsample: [1, 2], bias: true, dim_ordering: 'th' },
      [
        'Conv2D',
        {
          nb_row: 3,
          nb_col: 2,
          filters: 4,
          padding: 'same',
          strides: [1, 2],
          use_bias: true,
          data_format: 'channels_first',
          kernel_size: [3, 2],
        },
      ],
    ],
    ['units', K1, 'Dense', { output_dim: 3 }, ['Dense', { units: 3 }]],
    [
      'not of an Embedding',
      K1,
      'Embedding',
      { output_dim: 3, input_dim: 2 },
      ['Embedding', { output_dim: 3, input_dim: 2 }],
    ],
    [
      'one number for all axes',
      K2,
      'Conv3D',
      { kernel_size: 3, strides: [2] },
      ['Conv3D', { kernel_size: [3, 3, 3], strides: [2, 2, 2], data_format: 'channels_last' }],
    ],
    [
      'padding, a number',
      K2,
      'ZeroPadding2D',
      { padding: 1 },
      [
        'ZeroPadding2D',
        {
          padding: [
            [1, 1],
            [1, 1],
          ],
          data_format: 'channels_last',
        },
      ],
    ],
    [
      'padding, two numbers',
      K2,
      'ZeroPadding2D',
      { padding: [1, 2] },
      [
        'ZeroPadding2D',
        {
          padding: [
            [1, 1],
            [2, 2],
          ],
          data_format: 'channels_last',
        },
      ],
    ],
    [
      'padding, four numbers',
      K1,
      'ZeroPadding2D',
      { padding: [1, 2, 3, 4] },
      [
        'ZeroPadding2D',
        {
          padding: [
            [1, 2],
            [3, 4],
          ],
          data_format: 'channels_last',
        },
      ],
    ],
    [
      'padding, a dict',
      K1,
      'ZeroPadding2D',
      { padding: { top_pad: 1, right_pad: 2 } },
      [
        'ZeroPadding2D',
        {
          padding: [
            [1, 0],
            [0, 2],
          ],
          data_format: 'channels_last',
        },
      ],
    ],
    [
      'cropping along one axis',
      K2,
      'Cropping1D',
      { cropping: [1, 2] },
      ['Cropping1D', { cropping: [[1, 2]], data_format: 'channels_last' }],
    ],
    [
      'wrapped lists',
      K2,
      'BatchNormalization',
      { axis: { class_name: 'ListWrapper', items: [3] } },
      ['BatchNormalization', { axis: [3] }],
    ],
    [
      'functions',
      K3,
      'Dense',
      { activation: { module: 'builtins', class_name: 'function', config: 'relu', registered_name: 'function' } },
      ['Dense', { activation: 'relu' }],
    ],
    ['no activation', K3, 'Dense', { activation: null }, ['Dense', { activation: 'linear' }]],
    ['slopes', K2, 'LeakyReLU', { alpha: 0.25 }, ['LeakyReLU', { negative_slope: 0.25 }]],
    [
      'defaults of old GRU',
      K2,
      'GRU',
      {},
      ['GRU', { reset_after: false, activation: 'tanh', recurrent_activation: 'sigmoid' }],
    ],
    [
      'defaults of standalone LSTM',
      dialect('2.1.0'),
      'LSTM',
      {},
      ['LSTM', { activation: 'tanh', recurrent_activation: 'hard_sigmoid' }],
    ],
    [
      'defaults of tf.keras LSTM',
      dialect('2.3.0-tf'),
      'LSTM',
      {},
      ['LSTM', { activation: 'tanh', recurrent_activation: 'sigmoid' }],
    ],
    [
      'cuDNN',
      dialect('2.2.0'),
      'CuDNNGRU',
      { units: 2 },
      ['GRU', { units: 2, activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true, reset_after: true }],
    ],
  ]
  test.each(rows)('%s', (_, as, className, saved, expected) => {
    expect(config(className, saved, as)).toEqual(expected)
  })

  const policies: [saved: Json, compute: string, variable: string][] = [
    ['float16', 'float16', 'float16'],
    ['mixed_bfloat16', 'bfloat16', 'float32'],
    [{ class_name: 'Policy', config: { name: 'mixed_float16' } }, 'float16', 'float32'],
    [{ module: 'keras', class_name: 'DTypePolicy', config: { name: 'float64' } }, 'float64', 'float64'],
    [
      {
        class_name: 'DTypePolicyMap',
        config: { default_policy: { class_name: 'DTypePolicy', config: { name: 'float64' } }, policy_map: {} },
      },
      'float64',
      'float64',
    ],
    [null, 'float32', 'float32'],
  ]
  test.each(policies)('dtype %j', (dtype, compute, variable) => {
    const graph = read({ class_name: 'Sequential', config: [layer('l', 'Dense', [], { dtype })] })
    expect(graph.layers[1]!.dtype).toEqual({ compute, variable })
  })

  test('wrappers hold layers, the other direction is made up', () => {
    const lstm: Json = { class_name: 'LSTM', config: { name: 'lstm', units: 2, go_backwards: false } }
    const graph = read({ class_name: 'Sequential', config: [layer('b', 'Bidirectional', [], { layer: lstm })] }, K2)
    const children = [...graph.layers[1]!.children].map(([role, child]) => [
      role,
      child.name,
      child.path,
      child.config['go_backwards'],
    ])
    expect(children).toEqual([
      ['forward_layer', 'forward_lstm', 'b/forward_layer', false],
      ['backward_layer', 'backward_lstm', 'b/backward_layer', true],
    ])
  })

  const kinds: [what: string, serialised: Json, kind: string, className: string][] = [
    ['a layer', { class_name: 'Add', module: 'keras.layers', config: { name: 'l', trainable: true } }, 'layer', 'Add'],
    ['an operation', { class_name: 'Add', module: 'keras.src.ops.numpy', config: { name: 'l' } }, 'operation', 'Add'],
    [
      'an operation without a module',
      { class_name: 'Concatenate', config: { name: 'l', axis: -1 } },
      'operation',
      'Concatenate',
    ],
    [
      'a custom layer',
      {
        class_name: 'Custom>Scale',
        module: null,
        registered_name: 'Custom>Scale',
        config: { name: 'l', trainable: true },
      },
      'layer',
      'Scale',
    ],
  ]
  test.each(kinds)('%s', (_, serialised, kind, className) => {
    const graph = read({ class_name: 'Sequential', config: [serialised] })
    expect([graph.layers[1]!.kind, graph.layers[1]!.className]).toEqual([kind, className])
  })
})

describe('what is refused', () => {
  const again = 'Save the model again.'
  const export_ = 'Save it as a SavedModel (model.export or tf.saved_model.save) and freeze that.'
  const one = (nodes: Json[], outputs: Json = ['d', 0, 0]) =>
    model([input(), layer('d', 'Dense', nodes)], ['x', 0, 0], outputs)
  const rows: [what: string, architecture: Json, message: string][] = [
    [
      'a subclassed model',
      { class_name: 'MyModel', config: {} },
      `m.h5: MyModel is a subclassed model: its code is not in the file. ${export_}`,
    ],
    [
      'a Graph',
      { class_name: 'Graph', config: {} },
      `m.h5: it is a Graph of Keras 1, which has no functions' names. ${export_}`,
    ],
    ['no object', [], `m.h5: the model's configuration cannot be read: it is no object with a class_name. ${again}`],
    [
      'a layer without a name',
      { class_name: 'Sequential', config: [{ class_name: 'Dense', config: {} }] },
      `m.h5: the model's configuration cannot be read: a Dense has no name. ${again}`,
    ],
    [
      'an absent layer',
      one([called(tensor('y'))]),
      `m.h5: the model's configuration cannot be read: a layer 'y' is referred to and not there. ${again}`,
    ],
    [
      'an absent call',
      one([called(tensor('x')), called(tensor('x'))], ['d', 3, 0]),
      `m.h5: the model's configuration cannot be read: call 3 of 'd' is referred to, of 2. ${again}`,
    ],
    [
      'a loop',
      one([called(tensor('d'))]),
      `m.h5: the model's configuration cannot be read: 'd' reads what is made from it. ${again}`,
    ],
    [
      'one name twice',
      model([input(), input()], ['x', 0, 0], ['x', 0, 0]),
      `m.h5 x: the model's configuration cannot be read: two layers have this path. ${again}`,
    ],
    [
      'no outputs',
      model([input()], ['x', 0, 0], []),
      `m.h5: the model's configuration cannot be read: it has no outputs. ${again}`,
    ],
    [
      'a wrapper of nothing',
      { class_name: 'Sequential', config: [layer('t', 'TimeDistributed', [], { layer: null })] },
      `m.h5 t: the model's configuration cannot be read: TimeDistributed holds no layer. ${again}`,
    ],
  ]
  test.each(rows)('%s', (_, architecture, message) => {
    expect(() => read(architecture)).toThrow(message)
  })
})

describe('the configuration of Keras 0.x, which has classes as names', () => {
  const K0 = dialect('0.3')
  const flat = (...layers: Json[]): Json => ({ name: 'Sequential', loss: 'mse', layers })
  const dense = { name: 'Dense', custom_name: 'dense', output_dim: 4, input_shape: [6], cache_enabled: true }
  const ofClass = (graph: LayerGraph) => graph.layers.map(({ name, className }) => `${name}: ${className}`)

  test('layers, two of one name', () => {
    const graph = read(flat(dense, { name: 'Reshape', custom_name: 'reshape', dims: [2, 2] }, dense), K0)
    expect(ofClass(graph)).toEqual(['dense_input: InputLayer', 'dense: Dense', 'reshape: Reshape', 'dense_2: Dense'])
    expect(graph.layers[0]!.config['batch_shape']).toEqual([null, 6])
    expect(graph.layers[1]!.config).toMatchObject({ name: 'dense', units: 4 })
    expect(graph.layers[2]!.config).toMatchObject({ target_shape: [2, 2] })
  })

  test('models that a Merge holds, and a layer that a wrapper holds', () => {
    const merge = { name: 'Merge', custom_name: 'merge', mode: 'sum', layers: [flat(dense), flat(dense)] }
    const wrapper = { name: 'TimeDistributed', custom_name: 'each', layer: dense }
    expect(ofClass(read(flat(merge), K0)).slice(1, 4)).toEqual([
      'dense: Dense',
      'dense_2_input: InputLayer',
      'dense_2: Dense',
    ])
    const each = read(flat({ ...wrapper, input_shape: [3, 6] }), K0).layers[1]!
    expect(each.children.get('layer')).toMatchObject({ className: 'Dense', config: { units: 4 } })
  })

  test('what is not written as Keras 1 does', () => {
    const norm = { name: 'BatchNormalization', custom_name: 'norm', input_shape: [6] }
    expect(() => read(flat(norm), K0)).toThrow('BatchNormalization of Keras 0.x divides by a deviation')
    expect(() => read({ name: 'Graph', nodes: {} }, K0)).toThrow('it is a Graph of Keras 1')
  })
})

test('JSON may hold what Python writes, and no more than a sane depth', () => {
  expect(parseJson('{"a": [NaN, -Infinity, "NaN", "Infinity"]}', 'f', 'it')).toEqual({
    a: [Number.NaN, Number.NEGATIVE_INFINITY, 'NaN', 'Infinity'],
  })
  expect(() => parseJson('{"a": }', 'f', 'it')).toThrow('f: it is not JSON. The file is damaged: save the model again.')
  expect(() => parseJson('['.repeat(500) + ']'.repeat(500), 'f', 'it')).toThrow(
    'f: it is nested deeper than 400 levels.',
  )
})

test('the profile follows the version, the module, and what only one generation writes', () => {
  const rows: [version: string | undefined, config: Json, profile: string, standalone: boolean][] = [
    ['1.0.3', null, 'k1', true],
    ['2.2.4', null, 'k2', true],
    ['2.2.4-tf', null, 'k2', false],
    ['2.12.0', null, 'k2', false],
    ['3.0.5', null, 'k3', false],
    ['3.0.5', { module: 'tf_keras.src.engine.functional' }, 'k2', false],
    [undefined, { batch_shape: [null] }, 'k3', false],
    [undefined, { nb_filter: 1 }, 'k1', true],
    [undefined, {}, 'k2', false],
  ]
  for (const [version, config, profile, standalone] of rows)
    expect(dialectOf({ version, config })).toMatchObject({ profile, standalone })
})

test.each<[Json, DTypePolicy]>([
  ['float64', { compute: 'float64', variable: 'float64' }],
  ['mixed_bfloat16', { compute: 'bfloat16', variable: 'float32' }],
  ['int8_from_float32', { compute: 'float32', variable: 'float32', quantization: { mode: 'int8' } }],
  [
    { class_name: 'QuantizedDTypePolicy', config: { mode: 'int8', source_name: 'mixed_bfloat16' } },
    { compute: 'bfloat16', variable: 'float32', quantization: { mode: 'int8' } },
  ],
  [
    { class_name: 'QuantizedDTypePolicy', config: { name: 'int4_from_float32' } },
    { compute: 'float32', variable: 'float32', quantization: { mode: 'int4' } },
  ],
  [
    { class_name: 'Int4DTypePolicy', config: { mode: 'int4/128', source_name: 'float32' } },
    { compute: 'float32', variable: 'float32', quantization: { mode: 'int4', block: 128 } },
  ],
  [
    { class_name: 'GPTQDTypePolicy', config: { mode: 'gptq/8/64', source_name: 'float32' } },
    { compute: 'float32', variable: 'float32', quantization: { mode: 'gptq', bits: 8 } },
  ],
])('the dtype %j', (saved, policy) => {
  expect(dtypePolicy(saved, 'dense')).toEqual(policy)
})
