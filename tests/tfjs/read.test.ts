/** TF.js models that are read: what was written comes back with the same numbers, and what the converter writes is understood. */
import { describe, expect, test } from 'vitest'
import { fromFiles } from '../../src/bytes/folder.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { fromNumbers, fromText, numbers } from '../../src/evaluate/array.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import { messageFromJson } from '../../src/formats/protobuf/json.ts'
import { freeze } from '../../src/freeze/index.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { open } from '../../src/models/index.ts'
import { GraphDef } from '../../src/tensorflow/generated/messages.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { frozenOf, written } from './run.ts'

const folderOf = (files: ReadonlyMap<string, Uint8Array>) =>
  fromFiles(
    [...files].map(([path, bytes]) => [path, fromBytes(bytes, path)] as const),
    'model',
  )

/** The graph as it is frozen again from its TF.js files. */
async function readBack(graph: Graph, options = {}): Promise<Graph> {
  const model = await open(folderOf(await written(frozenOf(graph), options)))
  expect(model.kind).toBe('tfjs_graph')
  return (await freeze(model, { controlFlow: 'v2' })).graph
}

const NET = `
in x: float32[2,3]
w = Const float32[3,4] [0.5 -1 2 0 1 1 -3 0.25 4 -0.5 0 2]
b = Const float32[4] [1 2 3 4]
m = MatMul(x, w)
y = BiasAdd(m, b)
axis = Const int64[] [1]
z = ArgMax(y, axis) {output_type: int64}
out y, z`

test('types that TF.js has not come back as they were', async () => {
  const graph = parse(NET)
  const back = await readBack(graph)
  expect(back.node('axis')?.type('dtype')).toBe('int64')
  const feeds = feedsOf(graph)
  expect(await evaluate(back, feeds)).toEqual(await evaluate(graph, feeds))
})

test.each([
  ['float16', 1e-3],
  ['uint16', 1e-3],
  ['uint8', 5e-2],
])('weights that are stored as %s', async (weightDtype, tolerance) => {
  const graph = parse(NET)
  const feeds = feedsOf(graph)
  const [want] = await evaluate(graph, feeds)
  const [found] = await evaluate(await readBack(graph, { weightDtype }), feeds)
  expect(differenceOf(want!, found!, tolerance)).toBe('')
})

describe('a model from before TF.js 1.0', () => {
  /** The files of the net as its converter wrote them: the graph in binary, its constants without values. */
  async function files(): Promise<Map<string, Uint8Array>> {
    const { 'model.json': model, ...weights } = Object.fromEntries(await written(frozenOf(parse(NET))))
    const json = JSON.parse(new TextDecoder().decode(model))
    const graph = messageFromJson(json.modelTopology, GraphDef, { file: 'model.json' })
    return new Map([
      ['tensorflowjs_model.pb', GraphDef.encode(graph).finish()],
      ['weights_manifest.json', new TextEncoder().encode(JSON.stringify(json.weightsManifest))],
      ...Object.entries(weights),
    ])
  }

  test('has its weights beside the graph, given as a folder or as the graph', async () => {
    const graph = parse(NET)
    const feeds = feedsOf(graph)
    const [, last] = await evaluate(graph, feeds) // without a signature the outputs are what nothing reads
    const folder = folderOf(await files())
    const file = (await folder.file('tensorflowjs_model.pb'))!
    for (const model of [await open(folder), await open(file, { siblings: folder })]) {
      expect(model.kind).toBe('tfjs_graph')
      expect(await evaluate((await freeze(model)).graph, feeds)).toEqual([last])
    }
  })

  test('alone its graph has no weights, which are not taken for zeros', async () => {
    const file = (await folderOf(await files()).file('tensorflowjs_model.pb'))!
    const value = 'value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } } } }'
    const four = ['a', 'b', 'c', 'd'].map(
      name =>
        `node { name: "${name}" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" ${value} } }`,
    )
    const zeros = fromBytes(new TextEncoder().encode(four.join('\n')), 'zeros.pb')
    await expect(open(zeros)).rejects.toThrow(
      'zeros.pb: none of the 4 constants of this graph has a value. Its weights are in other files. Give the folder of the model, or the model that it was made from.',
    )
    expect((await open(file)).kind).toBe('graphdef') // too few constants to tell
  })
})

test('functions, whose constants have other names', async () => {
  const graph = parse(`
in x: float32[2]
w = Const float32[2] [3 4]
limit = Const float32[] [20]
r = StatelessWhile(x, limit) {T: [float32, float32], cond: @cond, body: @body, output_shapes: [[2], []]}
s = Mul(r, w)
out s
fn cond(a: float32, w: float32) {
  axis = Const int32[1] [0]
  sum = Sum(a, axis)
  less = Less(sum, w)
  out less
}
fn body(a: float32, limit: float32) {
  w = Const float32[2] [1 2]
  parts = Split(axis, a) {num_split: 2}
  axis = Const int32[] [0]
  turned = ConcatV2(parts:1, parts, axis)
  next = AddV2(turned, w)
  out next, limit
}`)
  const feeds = new Map([['x', fromNumbers('float32', [2], [1, 2])]])
  expect(await evaluate(await readBack(graph), feeds)).toEqual(await evaluate(graph, feeds))
})

test('tables, which a graph of their own fills', async () => {
  const graph = parse(`
in word: string[2]
table = HashTableV2() {key_dtype: string, value_dtype: int64, shared_name: "t"}
keys = Const string[2] ["a" "b"]
values = Const int64[2] [7 8]
fill = InitializeTableV2(table, keys, values)
default = Const int64[] [-1]
found = LookupTableFindV2(table, word, default) ^fill
out found`)
  const back = await readBack(graph)
  const feeds = new Map([['word', fromText([2], ['b', 'c'])]])
  const [found] = await evaluate(back, feeds)
  expect([...numbers(found!)]).toEqual([8, -1])
})

// ---- models that others wrote

interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const float = { type: 'DT_FLOAT' }
const placeholder = (name: string, shape: readonly number[]) => ({
  name,
  op: 'Placeholder',
  attr: { dtype: float, shape: { shape: { dim: shape.map(size => ({ size: String(size) })) } } },
})
const constant = ({ name, shape }: Weight) => ({
  name,
  op: 'Const',
  attr: {
    dtype: float,
    value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: shape.map(size => ({ size: `${size}` })) } } },
  },
})

/** A model as the converter writes it; `cut` bytes are missing from its weights. */
function converted(node: readonly object[], weights: readonly Weight[], more: object = {}, cut = 0) {
  const data = Float32Array.from(weights.flatMap(({ values }) => values))
  const json = {
    format: 'graph-model',
    generatedBy: '2.11.0',
    convertedBy: 'TensorFlow.js Converter v4.22.0',
    modelTopology: { node: [...node, ...weights.map(constant)], library: {}, versions: { producer: 1286 } },
    weightsManifest: [
      {
        paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    ...more,
  }
  const bytes = new Uint8Array(data.buffer).subarray(0, data.byteLength - cut)
  return new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(json))],
    ['group1-shard1of2.bin', bytes.subarray(0, 5)], // cut within a number
    ['group1-shard2of2.bin', bytes.subarray(5)],
  ])
}

const KERNEL = { name: 'w', shape: [1, 1, 1, 2], values: [1, -2] }
const BIAS = { name: 'b', shape: [2], values: [0.5, 0.25] }
const ALPHA = { name: 'alpha', shape: [1, 1, 2], values: [0.5, 0.25] }
const convolution = (op: string, fused: readonly string[], inputs: readonly string[], more: object = {}) => ({
  name: 'y',
  op,
  input: ['x', 'w', ...inputs],
  attr: {
    T: float,
    strides: { list: { i: ['1', '1', '1', '1'] } },
    padding: { s: base64('SAME') },
    data_format: { s: base64('NHWC') },
    dilations: { list: { i: ['1', '1', '1', '1'] } },
    explicit_paddings: { list: {} },
    fused_ops: { list: { s: fused.map(base64) } },
    num_args: { i: String(inputs.length) },
    epsilon: { f: 0 },
    ...more,
  },
})
const PORTS = {
  signature: {
    inputs: {
      image: {
        name: 'x:0',
        dtype: 'DT_FLOAT',
        tensorShape: { dim: [{ size: '1' }, { size: '1' }, { size: '1' }, { size: '1' }] },
      },
    },
    outputs: { probs: { name: 'y:0', dtype: 'DT_FLOAT', tensorShape: { unknownRank: true } } },
  },
}

/** What the frozen model gives for one number. */
async function computed(files: ReadonlyMap<string, Uint8Array>, x: number): Promise<number[]> {
  const { graph } = await freeze(await open(folderOf(files)))
  const [result] = await evaluate(graph, new Map([['x', fromNumbers('float32', [1, 1, 1, 1], [x])]]))
  return [...numbers(result!)]
}

describe("TF.js' fused operators are TensorFlow's", () => {
  const x = placeholder('x', [1, 1, 1, 1])
  for (const [fused, weights, want, more] of [
    [['BiasAdd'], [BIAS], [3.5, -5.75]],
    [['BiasAdd', 'Relu'], [BIAS], [3.5, 0]],
    [['BiasAdd', 'LeakyRelu'], [BIAS], [3.5, -0.575], { leakyrelu_alpha: { f: 0.1 } }],
    [
      ['BiasAdd', 'Prelu'],
      [BIAS, ALPHA],
      [3.5, -1.4375],
    ],
    [['Prelu'], [ALPHA], [3, -1.5]],
  ] as const) {
    test(`_FusedConv2D with ${fused.join(' and ')}`, async () => {
      const node = convolution(
        '_FusedConv2D',
        fused,
        weights.map(weight => weight.name),
        more,
      )
      const result = await computed(converted([x, node], [KERNEL, ...weights], PORTS), 3)
      for (const [i, value] of want.entries()) expect(result[i]).toBeCloseTo(value, 5)
    })
  }

  test('its depthwise convolution', async () => {
    const node = convolution('FusedDepthwiseConv2dNative', ['BiasAdd', 'Relu6'], ['b'])
    expect(await computed(converted([x, node], [KERNEL, BIAS], PORTS), 3)).toEqual([3.5, 0])
  })

  test('an op that TF.js does not fuse is refused', async () => {
    const node = convolution('_FusedConv2D', ['FusedBatchNorm'], [])
    await expect(open(folderOf(converted([x, node], [KERNEL], PORTS)))).rejects.toThrow(
      'y: this _FusedConv2D cannot be read: FusedBatchNorm in it is not one of those that TF.js executes.',
    )
  })
})

test('a signature gives the names; without one every placeholder and every end counts', async () => {
  const relu = { name: 'y', op: 'Relu', input: ['x'], attr: { T: float } }
  const nodes = [placeholder('x', [1, -1]), relu]
  const named = await open(folderOf(converted(nodes, [], PORTS)))
  expect(named.signatures.get('serving_default')?.outputs.map(({ key }) => key)).toEqual(['probs'])
  expect(named.writer).toBe('TensorFlow.js Converter v4.22.0')
  const bare = (await open(folderOf(converted(nodes, [])))).signatures.get('serving_default')!
  expect(bare.inputs).toMatchObject([{ key: 'x', dtype: 'float32', shape: [1, null] }])
  expect(bare.outputs.map(({ key }) => key)).toEqual(['y'])
  expect(print((await freeze(named)).graph)).toContain('in image=x: float32[1,?]')
})

describe('refused', () => {
  const nodes = [placeholder('x', [1, 1, 1, 1]), convolution('_FusedConv2D', ['BiasAdd'], ['b'])]
  const whole = converted(nodes, [KERNEL, BIAS], PORTS)
  const without = (name: string) => new Map([...whole].filter(([path]) => path !== name))
  const changed = (change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(new TextDecoder().decode(whole.get('model.json')))
    change(json)
    return new Map([...whole, ['model.json', new TextEncoder().encode(JSON.stringify(json))]])
  }
  const spec = (change: object) =>
    changed(json => {
      const [group] = json['weightsManifest'] as [{ weights: object[] }]
      group.weights[0] = { ...group.weights[0], ...change }
    })
  for (const [what, files, message] of [
    [
      'a file of weights that is not there',
      without('group1-shard2of2.bin'),
      'model.json: the weights are in group1-shard2of2.bin, which is not beside it, ',
    ],
    [
      'one that is cut',
      converted(nodes, [KERNEL, BIAS], PORTS, 3),
      'model.json b: the weight ends at byte 16, and its files have 13 bytes.',
    ],
    [
      'a constant without a weight',
      changed(json => Object.assign((json['weightsManifest'] as [object])[0], { weights: [] })),
      'w: the manifest of weights does not list this constant.',
    ],
    [
      'a type that TF.js does not have',
      spec({ dtype: 'float64' }),
      'model.json weightsManifest › w: its type is "float64"',
    ],
    ['a shape that is none', spec({ shape: [-1] }), 'model.json weightsManifest › w: it has no shape'],
    [
      'another type than the graph says',
      spec({ dtype: 'int32' }),
      'w: this constant is float32, and its weight is int32',
    ],
    ['codes without a scale', spec({ quantization: { dtype: 'uint8' } }), 'w: uint8 without scale and min'],
    ['no outputs', converted([], []), 'model.json: the graph of the model has no outputs'],
    ['no topology', changed(json => delete json['modelTopology']), 'model.json: the file has no modelTopology'],
    [
      'a graph that is none',
      changed(json => Object.assign(json, { modelTopology: { node: [{ name: 1 }] } })),
      'model.json: the JSON is not a tensorflow.GraphDef',
    ],
  ] as const) {
    test(what, async () => {
      await expect(open(folderOf(files))).rejects.toThrow(message.replace(/, $/, ''))
    })
  }
})

// ---- layers models

/** A model as tfjs-layers saves it: kernels before statistics, whatever layer they are of. */
function layersModel(more: object = {}) {
  const layers = [
    {
      class_name: 'Dense',
      config: { units: 2, activation: 'linear', use_bias: true, name: 'dense_Dense1', batch_input_shape: [null, 1] },
    },
    { class_name: 'BatchNormalization', config: { axis: -1, epsilon: 0, center: true, scale: true, name: 'norm' } },
    { class_name: 'Reshape', config: { target_shape: [null, 1], name: 'reshape' } },
  ]
  const weights = [
    ['dense_Dense1/kernel', [1, 2], [1, -2]],
    ['dense_Dense1/bias', [2], [0.5, 0.25]],
    ['norm/gamma', [2], [2, 1]],
    ['norm/beta', [2], [0, 1]],
    ['norm/moving_mean', [2], [1, 0]],
    ['norm/moving_variance', [2], [4, 1]],
  ] as const
  const json = {
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'sequential', layers },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
      ...more,
    },
    weightsManifest: [
      { paths: ['./weights.bin'], weights: weights.map(([name, shape]) => ({ name, shape, dtype: 'float32' })) },
    ],
    format: 'layers-model',
  }
  const bytes = new Uint8Array(Float32Array.from(weights.flatMap(([, , values]) => [...values])).buffer)
  return new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(json))],
    ['weights.bin', bytes],
  ])
}

describe('layers models', () => {
  test('are Keras models', async () => {
    const model = await open(folderOf(layersModel()))
    expect(model).toMatchObject({ kind: 'tfjs_layers', madeFrom: 'layers', writer: 'tfjs-layers 4.22.0', notes: [] })
    const { graph, inputs } = await freeze(model)
    const [result] = await evaluate(graph, new Map([[inputs[0]!.key, fromNumbers('float32', [1, 1], [3])]]))
    expect(result?.shape).toEqual([1, 2, 1])
    expect([...numbers(result!)]).toEqual([2.5, -4.75])
  })

  test('of the converter, which keeps the configuration in a member', async () => {
    const model_config = JSON.parse(new TextDecoder().decode(layersModel().get('model.json'))).modelTopology
    const files = layersModel({ class_name: undefined, config: undefined, model_config, keras_version: '2.9.0' })
    expect(await open(folderOf(files))).toMatchObject({ writer: 'Keras 2.9.0 on tensor_flow.js' })
  })

  test('with weights of another model', async () => {
    const files = layersModel()
    const text = new TextDecoder().decode(files.get('model.json'))
    files.set(
      'model.json',
      new TextEncoder().encode(text.replace('Dense1/bias","shape":[2]', 'Dense1/bias","shape":[1]')),
    )
    await expect(open(folderOf(files))).rejects.toThrow('the weights of Dense do not fit')
  })
})
