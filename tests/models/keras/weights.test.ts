import { describe, expect, test } from 'vitest'
import type { Input } from '../../../src/bytes/source.ts'
import type { KerasFileOptions } from '../../../src/models/keras/container.ts'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import type { Dialect, Json, Layer } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { openKeras, readKeras } from '../../../src/models/keras/open.ts'
import { layerTable } from '../../../src/models/keras/summary.ts'
import { convertWeights, slotsOf } from '../../../src/models/keras/weights/layer-weights.ts'
import { keras2Order, keras3Order } from '../../../src/models/keras/weights/order.ts'
import { add, fromValues, scalar } from '../../../src/tensor/make.ts'
import { readTensor } from '../../../src/tensor/read.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { fixture, fixtureFolder, jsonSource } from './disk.ts'

const floats = async (t: Tensor) => {
  const bytes = await readTensor(t)
  return [...new Float32Array(bytes.slice().buffer)]
}

/** The first number of every weight: the fixtures fill weight i of the model with i. */
async function firsts(input: Input, options: KerasFileOptions = {}): Promise<Record<string, number>> {
  const { bound } = await readKeras(input, options)
  const found: Record<string, number> = {}
  for (const { layer, role } of bound.bound)
    found[`${layer.path} ${role}`] = (await floats(bound.weights(layer).get(role)!))[0]!
  return found
}

describe('weights are found', () => {
  const pair = { 'first kernel': 0, 'first bias': 1, 'second kernel': 2, 'second bias': 3 }
  const frozenInside = {
    'each/layer/norm gamma': 0,
    'each/layer/norm beta': 1,
    'each/layer/fc kernel': 2,
    'each/layer/fc bias': 3,
    'each/layer/norm moving_mean': 4,
    'each/layer/norm moving_variance': 5,
  }
  // Keras 3 sets weights in the order of layers, and saves them in another.
  const inOrder = {
    'each/layer/fc kernel': 0,
    'each/layer/fc bias': 1,
    'each/layer/norm gamma': 2,
    'each/layer/norm beta': 3,
    'each/layer/norm moving_mean': 4,
    'each/layer/norm moving_variance': 5,
  }
  const rows: [what: string, input: () => Input, options: KerasFileOptions, expected: Record<string, number>][] = [
    ['in a partly frozen model of tf_keras', () => fixture('nested.tfk.h5'), {}, frozenInside],
    ['in one of Keras 3', () => fixture('nested.k3.h5'), {}, inOrder],
    ['in a .keras file', () => fixture('nested.k3.keras'), {}, inOrder],
    [
      'in a file of weights',
      () => fixture('pair.tfk.weights_only.h5'),
      { architecture: fixture('pair.tfk.json') },
      pair,
    ],
    ['in shards', () => fixtureFolder('pair'), { architecture: fixture('pair.k3.json') }, pair],
    [
      'in shards beside their index',
      () => fixture('pair/pair.weights.json'),
      { architecture: fixture('pair.k3.json'), beside: fixtureFolder('pair') },
      pair,
    ],
    ['in shards, for the other Keras', () => fixtureFolder('pair'), { architecture: fixture('pair.tfk.json') }, pair],
    [
      'under other names, in order',
      () => fixture('pair.tfk.weights_only.h5'),
      { architecture: jsonSource(renamed(2)) },
      {
        'one kernel': 0,
        'one bias': 1,
        'two kernel': 2,
        'two bias': 3,
      },
    ],
  ]
  test.each(rows)('%s', async (_, input, options, expected) => {
    expect(await firsts(input(), options)).toEqual(expected)
  })

  test('of Keras 1, gates put together in the order of today', async () => {
    const { layers, bound } = await readKeras(fixture('k1_lstm.h5'))
    const weights = bound.weights(layers.layers[1]!)
    expect([...weights].map(([role, { shape }]) => [role, shape])).toEqual([
      ['kernel', [3, 8]],
      ['recurrent_kernel', [2, 8]],
      ['bias', [8]],
    ])
    expect(await floats(weights.get('bias')!)).toEqual([0, 0, 2, 2, 1, 1, 3, 3])
  })

  test('and listed with where they lie', async () => {
    const [first, second] = layerTable(
      await readKeras(fixture('pair.tfk.weights_only.h5'), { architecture: fixture('pair.tfk.json') }),
    ).slice(1)
    expect(first).toEqual({
      path: 'first',
      className: 'Dense',
      parameters: 8,
      weights: [
        { role: 'kernel', dtype: 'float32', shape: [3, 2], where: 'pair.tfk.weights_only.h5:/first/first/kernel:0' },
        { role: 'bias', dtype: 'float32', shape: [2], where: 'pair.tfk.weights_only.h5:/first/first/bias:0' },
      ],
    })
    expect(second).toMatchObject({ path: 'second', parameters: 3 })
  })
})

/** Two Dense layers of other names, the second of them `units` wide. */
const renamed = (units: number, second = 'Dense'): Json => ({
  class_name: 'Sequential',
  keras_version: '2.15.0',
  config: {
    name: 'm',
    layers: [
      { class_name: 'Dense', config: { name: 'one', units: 2, batch_input_shape: [null, 3] } },
      { class_name: second, config: { name: 'two', units: units === 2 ? 1 : units } },
    ],
  },
})

describe('what is refused', () => {
  const message = async (input: Input, options: KerasFileOptions = {}) =>
    readKeras(input, options).then(
      () => 'no error',
      e => e.message,
    )
  const weights = 'pair.tfk.weights_only.h5'
  const other = 'The weights belong to another model: save the whole model again.'
  const rows: [what: string, input: () => Input, options: KerasFileOptions, message: string][] = [
    [
      'weights alone',
      () => fixture(weights),
      {},
      `${weights}: the file holds weights and not the model they belong to. Give the JSON of model.to_json() with --architecture, or save the whole model with model.save.`,
    ],
    [
      'an architecture alone',
      () => fixture('pair.k3.json'),
      {},
      'pair.k3.json: the file holds the architecture of a Keras model and no weights. Give the file of weights, and this one with --architecture.',
    ],
    [
      'YAML',
      () => fixture(weights),
      { architecture: { ...jsonSource(''), name: 'model.yaml' } },
      'model.yaml: the architecture is not JSON. Only the JSON of model.to_json() is read, not YAML.',
    ],
    [
      'an index without its shards',
      () => fixture('pair/pair.weights.json'),
      { architecture: fixture('pair.k3.json') },
      'pair.weights.json: the shard pair_00000.weights.h5, which it names, is not beside it. Put all files of the weights into one folder and give that.',
    ],
    [
      'an index that names a file outside its folder',
      () => jsonSource({ weight_map: { '/layers/dense': '../secret.h5' } }, 'x.weights.json'),
      { architecture: fixture('pair.k3.json'), beside: fixtureFolder('pair') },
      'pair ../secret.h5: the path leads out of the folder. A model can only use files inside its own folder: copy the file into it, without links.',
    ],
    [
      'other shapes',
      () => fixture(weights),
      { architecture: jsonSource(renamed(7)) },
      `${weights} two: the weights of Dense do not fit: found second/kernel:0 [2,1], second/bias:0 [1]; expected kernel [?,7], bias [7]. ${other}`,
    ],
    [
      'other roles',
      () => fixture(weights),
      { architecture: jsonSource(renamed(2, 'LayerNormalization')) },
      `${weights} two: the weights of LayerNormalization do not fit: found second/kernel:0 [2,1], second/bias:0 [1]; expected gamma […], beta […]. ${other}`,
    ],
    [
      'fewer layers',
      () => fixture(weights),
      { architecture: jsonSource(renamed(2, 'Dropout')) },
      `${weights}: there are no weights for one, only for first, second. The weights belong to another model: give the architecture they were saved from.`,
    ],
    [
      'objects that are not there',
      () => fixtureFolder('pair'),
      { architecture: jsonSource(renamed(2, 'PReLU')) },
      `pair.weights.json two: the weights of PReLU do not fit: found nothing at layers/p_re_lu; expected alpha […]. ${other}`,
    ],
    [
      'HDF5 without a model',
      () => ({ ...fixture('../hdf5/latest.h5'), name: 'x.h5' }),
      {},
      'x.h5: this HDF5 file holds no Keras model. Its root holds a; a model has the attribute model_config.',
    ],
  ]
  test.each(rows)('%s', async (_, input, options, expected) => {
    expect(await message(input(), options)).toBe(expected)
  })
})

describe('the order in legacy files', () => {
  const sub = (trainable: Record<string, boolean>): Layer => {
    const layer = (name: string, className: string): Json => ({
      class_name: className,
      name,
      config: { name, trainable: trainable[name] ?? true },
      inbound_nodes: [],
    })
    const model: Json = {
      class_name: 'Sequential',
      config: {
        name: 'm',
        trainable: trainable['m'] ?? true,
        layers: [layer('d', 'Dense'), layer('n', 'BatchNormalization'), layer('e', 'Dense')],
      },
    }
    const outer = normalise(
      { class_name: 'Sequential', config: [model] },
      dialectOf({ version: '2.15.0', config: null }),
      'm.h5',
    )
    return outer.layers[1]!
  }
  const text = (order: typeof keras2Order, trainable: Record<string, boolean>) =>
    order(sub(trainable), slotsOf)
      .map(({ layer, slot }) => `${layer.name}.${slot.role.replace('moving_', '')}`)
      .join(' ')

  const plain = 'd.kernel d.bias n.gamma n.beta e.kernel e.bias n.mean n.variance'
  const rows: [what: string, trainable: Record<string, boolean>, keras2: string, keras3: string][] = [
    ['nothing frozen', {}, plain, plain],
    [
      'one layer frozen',
      { d: false },
      'n.gamma n.beta e.kernel e.bias d.kernel d.bias n.mean n.variance',
      'n.gamma n.beta e.kernel e.bias d.kernel d.bias n.mean n.variance',
    ],
    [
      'the norm frozen',
      { n: false },
      'd.kernel d.bias e.kernel e.bias n.gamma n.beta n.mean n.variance',
      'd.kernel d.bias e.kernel e.bias n.gamma n.beta n.mean n.variance',
    ],
    [
      'the model frozen, its layers not',
      { m: false },
      plain,
      'd.kernel d.bias n.gamma n.beta n.mean n.variance e.kernel e.bias',
    ],
    [
      'all frozen',
      { m: false, d: false, n: false, e: false },
      'd.kernel d.bias n.gamma n.beta n.mean n.variance e.kernel e.bias',
      'd.kernel d.bias n.gamma n.beta n.mean n.variance e.kernel e.bias',
    ],
  ]
  test.each(rows)('%s', (_, trainable, keras2, keras3) => {
    expect([text(keras2Order, trainable), text(keras3Order, trainable)]).toEqual([keras2, keras3])
  })
})

describe('older layouts', () => {
  const K1: Dialect = dialectOf({ version: '1.2.2', config: null })
  const THEANO: Dialect = dialectOf({ version: '2.1.0', backend: 'theano', config: null })
  const CNTK: Dialect = dialectOf({ version: '2.1.0', backend: 'cntk', config: null })
  const K1_THEANO: Dialect = { ...K1, backend: 'theano' }
  const NEW: Dialect = dialectOf({ version: '2.2.0', config: null })
  const layer = (className: string, config: Record<string, Json>, dialect: Dialect): Layer =>
    normalise(
      { class_name: 'Sequential', config: [{ class_name: className, config: { name: 'l', ...config } }] },
      dialect,
      'm.h5',
    ).layers[1]!
  const counted = (...shape: number[]): Tensor => {
    const count = shape.reduce((n, d) => n * d, 1)
    return fromValues(
      'float32',
      shape,
      Array.from({ length: count }, (_, i) => i),
    )
  }
  const conv = { filters: 2, kernel_size: [2, 3] }

  const rows: [
    what: string,
    layer: Layer,
    kernel: Tensor,
    dialect: Dialect,
    shape: number[],
    at: number[],
    value: number,
  ][] = [
    // value = index of the element in the file that lands at `at`
    [
      'Conv1D of Keras 1',
      layer('Conv1D', { filters: 2, kernel_size: [3] }, K1),
      counted(3, 1, 4, 2),
      K1,
      [3, 4, 2],
      [1, 2, 1],
      13,
    ],
    [
      'Conv1D of Keras 1, by Theano',
      layer('Conv1D', { filters: 2, kernel_size: [3] }, K1),
      counted(2, 4, 3, 1),
      K1,
      [3, 4, 2],
      [1, 2, 1],
      19,
    ],
    [
      'Conv2D of Keras 1, channels first',
      layer('Conv2D', { ...conv, data_format: 'channels_first' }, K1),
      counted(2, 4, 2, 3),
      K1,
      [2, 3, 4, 2],
      [1, 2, 3, 1],
      47,
    ],
    [
      'Conv2D of Keras 1, channels last',
      layer('Conv2D', conv, K1),
      counted(2, 3, 4, 2),
      K1,
      [2, 3, 4, 2],
      [1, 2, 3, 1],
      47,
    ],
    [
      'Conv2DTranspose of Keras 1',
      layer('Conv2DTranspose', conv, K1),
      counted(2, 3, 4, 2),
      K1,
      [2, 3, 2, 4],
      [0, 0, 1, 2],
      5,
    ],
    [
      'Conv2D by Theano, turned',
      layer('Conv2D', conv, THEANO),
      counted(2, 3, 4, 2),
      THEANO,
      [2, 3, 4, 2],
      [0, 0, 0, 0],
      40,
    ],
    [
      'Conv2D by CNTK, not turned',
      layer('Conv2D', conv, CNTK),
      counted(2, 3, 4, 2),
      CNTK,
      [2, 3, 4, 2],
      [0, 0, 0, 0],
      0,
    ],
    [
      'Conv2D of Keras 1 by Theano, channels first and turned',
      layer('Conv2D', { ...conv, data_format: 'channels_first' }, K1_THEANO),
      counted(2, 4, 2, 3),
      K1_THEANO,
      [2, 3, 4, 2],
      [0, 0, 3, 1],
      47,
    ],
    [
      'Conv2D with its axes the other way round',
      layer('Conv2D', conv, NEW),
      counted(4, 2, 3, 2),
      NEW,
      [2, 3, 4, 2],
      [0, 1, 0, 0],
      2,
    ],
  ]
  test.each(rows)('%s', async (_, of, kernel, dialect, shape, at, value) => {
    const converted = convertWeights(of, new Map([['kernel', kernel]]), dialect).get('kernel')!
    expect(converted.shape).toEqual(shape)
    const index = at.reduce((n, position, axis) => n * shape[axis]! + position, 0)
    expect((await floats(converted))[index]).toBe(value)
  })

  test('ConvLSTM2D of Keras 1, channels first: each gate is turned, then they lie side by side', async () => {
    const of = layer('ConvLSTM2D', { filters: 2, kernel_size: [1, 3], data_format: 'channels_first' }, K1)
    // a kernel is [filters, channels, rows, columns]; those of the gates differ by 100
    const gate = (role: string, by: number): [string, Tensor] => [role, add(counted(2, 4, 1, 3), scalar('float32', by))]
    const names = ['i', 'c', 'f', 'o']
    const weights = new Map([
      ...names.map((name, i) => gate(`W_${name}`, 100 * i)),
      ...names.map((name, i) => gate(`U_${name}`, 100 * i)),
      ...names.map((name): [string, Tensor] => [`b_${name}`, counted(2)]),
    ])
    const kernel = convertWeights(of, weights, K1).get('kernel')!
    expect(kernel.shape).toEqual([1, 3, 4, 8])
    // row 0, column 2, channel 1, the second filter of i, f, c and o: 1·12 + 1·3 + 2
    const values = await floats(kernel)
    expect([1, 3, 5, 7].map(filter => values[(2 * 4 + 1) * 8 + filter])).toEqual([17, 217, 117, 317])
  })

  test('BatchNormalization of Keras 1 that takes its own statistics may have none', () => {
    const [beta, mean] = slotsOf(layer('BatchNormalization', { mode: 2, scale: false }, K1))
    expect([beta!.optional, mean!.role, mean!.optional]).toEqual([undefined, 'moving_mean', true])
  })

  test('cuDNN: each gate in column-major order, two biases', async () => {
    const weights = new Map([
      ['kernel', counted(3, 8)],
      ['recurrent_kernel', counted(2, 8)],
      ['bias', counted(16)],
    ])
    const found = convertWeights(layer('CuDNNLSTM', { units: 2 }, NEW), weights, NEW)
    const kernel = await floats(found.get('kernel')!)
    // the first gate holds 0 1 / 8 9 / 16 17, read in a row and filled in by columns
    expect([0, 8, 16, 1, 9, 17].map(i => kernel[i])).toEqual([0, 1, 8, 9, 16, 17])
    const recurrent = await floats(found.get('recurrent_kernel')!)
    expect([0, 1, 8, 9].map(i => recurrent[i])).toEqual([0, 8, 1, 9])
    expect((await floats(found.get('bias')!)).slice(0, 3)).toEqual([8, 10, 12])
    const gru = new Map([
      ['kernel', counted(3, 6)],
      ['recurrent_kernel', counted(2, 6)],
      ['bias', counted(12)],
    ])
    expect(convertWeights(layer('CuDNNGRU', { units: 2 }, NEW), gru, NEW).get('bias')!.shape).toEqual([2, 6])
  })
})

test('a Keras file is a model: kind, writer, where its weights lie', async () => {
  const model = await openKeras(fixture('pair.tfk.weights_only.h5'), { architecture: fixture('pair.tfk.json') })
  expect([model.kind, model.writer, [...model.signatures.keys()], model.notes]).toEqual([
    'keras_h5',
    'Keras 2.21.0 on tensorflow',
    ['serving_default'],
    [],
  ])
  expect((await model.variables.list())[0]).toEqual({
    name: 'first/kernel',
    dtype: 'float32',
    shape: [3, 2],
    bytes: 24,
    where: 'pair.tfk.weights_only.h5:/first/first/kernel:0',
  })
})
