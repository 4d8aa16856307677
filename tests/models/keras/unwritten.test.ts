/** Layers that cannot be written: they are an obstacle only to the outputs that need them. */
import { describe, expect, test } from 'vitest'
import { type FreezeOptions, freeze } from '../../../src/freeze/index.ts'
import { print } from '../../../src/graph/text/index.ts'
import type { Emitter } from '../../../src/models/keras/call.ts'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import { emitModel } from '../../../src/models/keras/emit.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import type { Model } from '../../../src/models/model.ts'
import { splat } from '../../../src/tensor/make.ts'

const input = (name: string): Json => ({
  class_name: 'InputLayer',
  name,
  config: { name, batch_input_shape: [null, 3], dtype: 'float32' },
  inbound_nodes: [],
})
const layer = (className: string, name: string, calls: Json[], config: Record<string, Json> = {}): Json => ({
  class_name: className,
  name,
  config: { name, trainable: true, dtype: 'float32', ...config },
  inbound_nodes: calls,
})
const on = (...names: (string | [string, number])[]): Json =>
  names.map(name => (typeof name === 'string' ? [name, 0, 0, {}] : [name[0], 0, name[1], {}]))
const relu = (name: string, ...inputs: string[]): Json =>
  layer('Activation', name, [on(...inputs)], { activation: 'relu' })

function model(layers: Json[], outputs: string[], custom: Readonly<Record<string, Emitter>> = {}): Model {
  const dialect = dialectOf({ version: '2.15.0', config: null })
  const inputs = layers.filter(l => JSON.stringify(l).includes('"InputLayer","name"')).map(nameOf)
  const config = { name: 'm', layers, input_layers: inputs.map(ref), output_layers: outputs.map(ref) }
  const weights = new Map([
    ['kernel', splat('float32', [3, 8], 1)],
    ['recurrent_kernel', splat('float32', [2, 8], 1)],
    ['bias', splat('float32', [8], 1)],
  ])
  const state = {
    dialect,
    weights: ({ className }: { className: string }) => (className === 'LSTM' ? weights : new Map()),
    vocabulary: () => undefined,
  }
  const layerGraph = normalise({ class_name: 'Functional', config }, dialect, 'm.h5')
  const emitted = emitModel(layerGraph, state, { rnn: 'auto', custom: new Map(Object.entries(custom)) })
  return {
    kind: 'keras_h5',
    name: 'm.h5',
    madeFrom: 'layers',
    ...emitted,
    notes: [...emitted.notes],
    signatures: new Map([['serving_default', emitted.signature]]),
    variables: { resolve: async () => ({ value: splat('float32', [], 0), notes: [] }), list: async () => [] },
    tables: {
      resolve: async () => ({ value: { keys: splat('int64', [0], 0), values: splat('int64', [0], 0) }, notes: [] }),
    },
    metagraphs: [],
  }
}
const nameOf = (l: Json): string => (l as { name: string }).name // every layer above has one
const ref = (name: string): Json => [name, 0, 0]

const frozen = async (of: Model, options: FreezeOptions = {}): Promise<string> =>
  print((await freeze(of, options)).graph)
const refusal = (of: Model, options: FreezeOptions = {}): Promise<string> =>
  freeze(of, options).then(
    () => 'frozen',
    error => error.message,
  )

/** A network with a loss that is a Lambda behind it, as YOLO and OCR models are trained. */
const withLoss = [
  input('image'),
  input('labels'),
  relu('features', 'image'),
  relu('boxes', 'features'),
  layer('Lambda', 'loss', [on('boxes', 'labels')], { function: 'yolo_loss' }),
]

describe('a loss that is code', () => {
  test('is no obstacle to what comes before it', async () => {
    expect(await frozen(model(withLoss, ['loss']), { outputs: ['boxes'] })).toBe(
      [
        'in image: float32[?,3]',
        'in labels: float32[?,3]',
        'features/Relu = Relu(image)',
        'boxes/Relu = Relu(features/Relu)',
        'boxes = Identity(boxes/Relu)',
        'out boxes=boxes/Relu',
      ].join('\n'),
    )
  })

  test('refuses the model’s own output, and says what can be frozen', async () => {
    expect(await refusal(model(withLoss, ['loss']))).toMatch(
      /^layer › loss: Lambda on \[\?,3\], \[\?,3\] cannot be written: .* Or freeze only what comes before it: --outputs boxes\.$/,
    )
  })

  test('refuses what is computed from it, in its own words', async () => {
    const behind = model([...withLoss, relu('scaled', 'loss')], ['scaled'])
    expect(await refusal(behind)).toMatch(/^layer › loss: Lambda on /)
    expect(await refusal(behind, { outputs: ['scaled'] })).toMatch(/^layer › loss: Lambda on /)
  })

  test('leaves the other outputs of the model alone', async () => {
    const two = model(withLoss, ['features', 'loss'])
    expect(await refusal(two, { outputs: ['features'] })).toBe('frozen')
    expect(await refusal(two)).toMatch(/^layer › loss/)
  })

  test('inside a model refuses that output of the model only', async () => {
    const inner = {
      class_name: 'Functional',
      name: 'inner',
      config: {
        name: 'inner',
        layers: [input('x'), relu('good', 'x'), layer('Lambda', 'code', [on('x')])],
        input_layers: [ref('x')],
        output_layers: [ref('good'), ref('code')],
      },
      inbound_nodes: [on('image')],
    }
    const outer = model(
      [
        input('image'),
        inner,
        layer('Activation', 'a', [on(['inner', 0])], { activation: 'relu' }),
        layer('Activation', 'b', [on(['inner', 1])], { activation: 'relu' }),
      ],
      ['a', 'b'],
    )
    expect(await refusal(outer, { outputs: ['a'] })).toBe('frozen')
    expect(await refusal(outer, { outputs: ['b'] })).toMatch(/^layer › inner\/code: Lambda on /)
  })

  test('inside a wrapper refuses the wrapper', async () => {
    const wrapped = { class_name: 'Lambda', config: { name: 'code', function: 'f' } }
    const of = model(
      [input('image'), relu('a', 'image'), layer('SpectralNormalization', 'w', [on('a')], { layer: wrapped })],
      ['w'],
    )
    expect(await refusal(of)).toMatch(/^layer › w\/layer: Lambda on /)
    expect(await refusal(of, { outputs: ['a'] })).toBe('frozen')
  })
})

describe('a layer’s name', () => {
  const nested = {
    class_name: 'Sequential',
    name: 'embedding',
    config: {
      name: 'embedding',
      layers: [
        { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 3], dtype: 'float32' } },
        { class_name: 'Activation', config: { name: 'act', activation: 'relu' } },
      ],
    },
    inbound_nodes: [on('left'), on('right')],
  }
  const twins = model(
    [
      input('left'),
      input('right'),
      nested,
      layer('Lambda', 'distance', [
        [
          ['embedding', 1, 0, {}],
          ['embedding', 2, 0, {}],
        ],
      ]),
    ],
    ['distance'],
  )

  test('is an output: a nested model’s, that of its second call, a layer’s inside it', async () => {
    const of = async (name: string) => (await frozen(twins, { outputs: [name] })).split('\n').at(-1)
    expect(await of('embedding')).toBe('out embedding=embedding/act/Relu')
    expect(await of('embedding_1')).toBe('out embedding_1=embedding_1/act/Relu')
    expect(await of('embedding/act')).toBe('out embedding/act=embedding/act/Relu')
    expect(await of('embedding_1/act')).toBe('out embedding_1/act=embedding_1/act/Relu')
  })

  test('is what a refusal offers', async () => {
    expect(await refusal(twins)).toMatch(/--outputs embedding,embedding_1\.$/)
  })

  test('with a number is another of its outputs', async () => {
    const sequence = { class_name: 'RepeatVector', name: 'r', config: { name: 'r', n: 2 }, inbound_nodes: [on('x')] }
    const lstm = layer('LSTM', 'lstm', [on('r')], { units: 2, return_state: true })
    const of = model([input('x'), sequence, lstm], ['lstm'])
    const states = (await freeze(of, { outputs: ['lstm:1', 'lstm:2'] })).graph.outputs.map(({ key }) => key)
    expect(states).toEqual(['lstm:1', 'lstm:2'])
    expect(await refusal(of, { outputs: ['lstm:3'] })).toMatch(/no output 'lstm:3'/)
  })

  test('is an input: the graph begins at what the layer gives', async () => {
    const text = await frozen(model(withLoss, ['loss']), { outputs: ['boxes'], inputs: ['features'] })
    expect(text.split('\n')[0]).toBe('in features=features/Relu: float32[?,3]')
  })

  test('that is not there is told with the nearest', async () => {
    expect(await refusal(model(withLoss, ['loss']), { outputs: ['bowes'] })).toMatch(/Nearest: boxes/)
  })
})

describe('a user’s emitter', () => {
  const mine = (emit: Emitter): Model =>
    model([input('x'), layer('Mine', 'mine', [on('x', 'x')])], ['mine'], { Mine: emit })

  test('may give ops the inputs as they are', async () => {
    const of = mine(call => call.scope.op('Abs', [call.scope.sub(call.inputs[0]!, call.inputs[1]!)]))
    expect((await frozen(of)).split('\n').slice(1, 3)).toEqual(['mine/sub = Sub(x, x)', 'mine/Abs = Abs(mine/sub)'])
  })

  test.each<[string, Emitter, string]>([
    [
      'that throws',
      () => (undefined as never as { x: number }).x as never,
      'the emitter that --custom gives for it fails: ',
    ],
    [
      'that returns nothing',
      () => undefined as never,
      'the emitter that --custom gives for it returns no tensor. Return ',
    ],
    [
      'that returns a list of numbers',
      () => [1] as never,
      'the emitter that --custom gives for it returns no tensor. Return ',
    ],
    [
      'that asks for a weight that is not there',
      call => call.weight('g'),
      "its weight 'g' is not in the file, which has none for this layer",
    ],
  ])('%s is told in words', async (_, emit, message) => {
    expect(await refusal(mine(emit))).toContain(`layer › mine: Mine on [?,3], [?,3] cannot be written: ${message}`)
  })
})
