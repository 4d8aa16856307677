import { describe, expect, it, test } from 'vitest'
import { print } from '../../../../src/graph/text/index.ts'
import type { Emitter } from '../../../../src/models/keras/call.ts'
import { dialectOf } from '../../../../src/models/keras/dialect.ts'
import { type EmittedModel, emitModel } from '../../../../src/models/keras/emit.ts'
import type { Json } from '../../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../../src/models/keras/normalise.ts'
import { splat } from '../../../../src/tensor/make.ts'

/** A functional model of Keras 2 with these layers; every weight that is asked for is a splat. */
function emitted(
  layers: Json[],
  outputs: Json[],
  custom: Readonly<Record<string, Emitter>> = {},
  weights: Readonly<Record<string, readonly number[]>> = {},
): EmittedModel {
  const dialect = dialectOf({ version: '2.15.0', config: null })
  const inputs = layers.filter(l => JSON.stringify(l).includes('InputLayer')).map(l => [nameOf(l), 0, 0])
  const config = { name: 'model', layers, input_layers: inputs, output_layers: outputs }
  const graph = normalise({ class_name: 'Functional', config }, dialect, 'model')
  const state = {
    dialect,
    weights: ({ path }: { path: string }) =>
      new Map(
        Object.entries(weights).flatMap(([name, shape]) =>
          name.startsWith(`${path}/`) ? [[name.slice(path.length + 1), splat('float32', shape, 1)]] : [],
        ),
      ),
    vocabulary: () => undefined,
  }
  return emitModel(graph, state, { rnn: 'auto', custom: new Map(Object.entries(custom)) })
}

const nameOf = (layer: Json): string => (layer as { name: string }).name // every layer below has one
const input = (name: string, shape: Json): Json => ({
  class_name: 'InputLayer',
  name,
  config: { name, batch_input_shape: shape, dtype: 'float32' },
  inbound_nodes: [],
})
const layer = (className: string, name: string, calls: Json[], config: Record<string, Json> = {}): Json => ({
  class_name: className,
  name,
  config: { name, trainable: true, dtype: 'float32', ...config },
  inbound_nodes: calls,
})
const on = (...names: string[]): Json => names.map(name => [name, 0, 0, {}])

test('layers of float16 that are written in float32 are told in one note', () => {
  const half = { dtype: { class_name: 'Policy', config: { name: 'mixed_float16' } } }
  const layers = [
    input('x', [null, 3]),
    layer('Activation', 'a', [on('x')], { activation: 'relu', ...half }),
    layer('Activation', 'b', [on('a')], { activation: 'relu', ...half }),
    layer('Activation', 'c', [on('b')], { activation: 'relu', dtype: 'bfloat16' }),
  ]
  expect(emitted(layers, [['c', 0, 0]]).notes).toEqual([
    '2 layers compute in float16 in Keras and in float32 here; --keep-precision keeps float16',
    '1 layer computes in bfloat16 in Keras and in float32 here; --keep-precision keeps bfloat16',
  ])
})

describe('names', () => {
  it('the op keeps its own, an Identity has the output’s', () => {
    const { graph, signature } = emitted(
      [input('x', [null, 3]), layer('Dense', 'dense', [on('x')], { units: 2, activation: 'softmax' })],
      [['dense', 0, 0]],
      {},
      { 'dense/kernel': [3, 2], 'dense/bias': [2] },
    )
    expect(signature.outputs.map(({ key, value }) => `${key}=${value}`)).toEqual(['dense=dense/Softmax'])
    expect([...graph.kept].map(({ name, op }) => `${name}: ${op}`)).toEqual(['dense: Identity'])
  })

  it('a shared layer has one set of weights and a scope for each call', () => {
    const { graph } = emitted(
      [
        input('a', [null, 3]),
        input('b', [null, 3]),
        layer('Dense', 'shared', [on('a'), on('b')], { units: 2, use_bias: false }),
        layer('Add', 'add', [
          [
            ['shared', 0, 0, {}],
            ['shared', 1, 0, {}],
          ],
        ]),
      ],
      [['add', 0, 0]],
      {},
      { 'shared/kernel': [3, 2] },
    )
    const names = [...graph.nodes].map(n => n.name).filter(name => name.startsWith('shared'))
    expect(names).toEqual(['shared/kernel', 'shared/MatMul', 'shared_1/MatMul'])
  })

  it('what is no legal name becomes one', () => {
    const { signature } = emitted(
      [input('_in put', [null, 3]), layer('Activation', 'Größe', [on('_in put')], { activation: 'relu' })],
      [['Größe', 0, 0]],
    )
    expect(signature.inputs.map(({ key, value }) => `${key}=${value}`)).toEqual(['_in put=x_in_put'])
    expect(signature.outputs.map(({ key, value }) => `${key}=${value}`)).toEqual(['Größe=Gr__e/Relu'])
  })

  it('tables of two layers stay two where their names become one', () => {
    const words = (name: string, vocabulary: Json): Json =>
      layer('IntegerLookup', name, [on('x')], { vocabulary, mask_token: null, num_oov_indices: 0 })
    const { tables, graph } = emitted(
      [input('x', [null, 1]), words('ein wort', [5]), words('ein_wort', [6, 7])],
      [
        ['ein wort', 0, 0],
        ['ein_wort', 0, 0],
      ],
    )
    expect([...graph.nodes].filter(n => n.op === 'HashTableV2').map(n => [n.name, n.str('shared_name')])).toEqual([
      ['ein_wort/table', 'ein_wort/table'],
      ['ein_wort/table_1', 'ein_wort/table_1'],
    ])
    expect([...tables.values()].map(({ keys }) => keys.shape)).toEqual([[1], [2]])
  })

  it('an output that is there twice has an Identity the second time', () => {
    const { signature } = emitted(
      [input('x', [null, 3]), layer('Activation', 'act', [on('x')], { activation: 'relu' })],
      [
        ['act', 0, 0],
        ['act', 0, 0],
        ['x', 0, 0],
      ],
    )
    expect(signature.outputs.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'act=act/Relu',
      'act_1=act_1',
      'x=x_1',
    ])
  })
})

describe('custom emitters', () => {
  const model = (className: string, config: Record<string, Json> = {}): Json[] => [
    input('x', [null, 3]),
    layer(className, 'mine', [on('x')], config),
  ]

  it('write a class', () => {
    const { graph } = emitted(
      model('Custom>Scale'),
      [['mine', 0, 0]],
      { Scale: call => call.scope.mul(call.x, call.weight('gamma')) },
      { 'mine/gamma': [3] },
    )
    expect(print(graph)).toBe(
      [
        'x = Placeholder() {dtype: float32, shape: [?,3]}',
        'mine/gamma = Const float32[3] splat(1)',
        'mine/mul = Mul(x, mine/gamma)',
        'mine = Identity(mine/mul)',
      ].join('\n'),
    )
  })

  it('write a Lambda by its layer’s name', () => {
    const { signature } = emitted(model('Lambda', { function: 'square' }), [['mine', 0, 0]], {
      mine: call => call.scope.op('Square', [call.x]),
    })
    expect(String(signature.outputs[0]?.value)).toBe('mine/Square')
  })

  it('go before the layers that are known', () => {
    const { signature } = emitted(model('Activation', { activation: 'relu' }), [['mine', 0, 0]], {
      Activation: call => call.scope.op('Relu6', [call.x]),
    })
    expect(String(signature.outputs[0]?.value)).toBe('mine/Relu6')
  })
})
