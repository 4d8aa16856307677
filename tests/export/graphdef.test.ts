/** GraphDef bytes: as protobuf would write them, as TensorFlow would encode constants, and back to the same graph. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import { graphdefChunks } from '../../src/export/graphdef.ts'
import { scanMessage } from '../../src/formats/protobuf/scan.ts'
import { Graph } from '../../src/graph/graph.ts'
import { fromGraphDef } from '../../src/graph/graphdef.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import type { Recipe, Tensor } from '../../src/tensor/tensor.ts'
import { descriptor } from '../../src/tensorflow/descriptors.ts'
import { FunctionDef, GraphDef, type TensorProto } from '../../src/tensorflow/generated/messages.ts'
import * as messages from '../messages.ts'
import { nodesOf } from '../messages.ts'
import { bytesOf } from './bytes.ts'

const ckpt = fromBytes(
  Uint8Array.from({ length: 8192 }, (_, i) => i % 251),
  'ckpt',
)
const written = async (graph: Graph): Promise<Uint8Array> => bytesOf(await graphdefChunks(graph))
const message = async (graph: Graph) => GraphDef.decode(await written(graph))

const FUNCTIONS = `versions 440 12 7
b = Const bool[] [true]
r = Const float32[] [2]
x = Placeholder() {dtype: float32, shape: [?,2]}
y = If(b, x, r) {Tout: [float32,float32], else_branch: @f, output_shapes: [[?,2],?], then_branch: @f} on "/CPU:0" ^r

stateful fn f(a: float32 {_user: "a"}, b: float32) {
  attrs {_noinline: true, list: list(type):[float32]}
  dim = Const int32[] [1]
  s = Split(dim, a) {num_split: 2}
  c = g(s:1)
  n = NoOp()
  m = AddN(s, s:1, c) ^n
  out one=m, two=s:1, ^n
}

fn g[T: type = type:float32](a: $T) {
  i = Identity(a) {T: $T}
  out i: $T
}`

describe('the bytes', () => {
  it('are those of protobuf, with sorted attributes', async () => {
    const graph = parse(FUNCTIONS.replace('r = Const float32[] [2]', 'r = Const float32[20,20] ckpt@16'), { ckpt })
    const bytes = await written(graph)
    const whole = descriptor(GraphDef.$type)
    expect(Buffer.from(toBinary(whole, fromBinary(whole, bytes))).equals(bytes)).toBe(true)
    expect([
      ...nodesOf((await message(graph)).node)
        .at(-1)!
        .attr.keys(),
    ]).toEqual(['Tcond', 'Tin', 'Tout', 'else_branch', 'output_shapes', 'then_branch'])
  })
  it('are the same each time, whatever the order of nodes and attributes', async () => {
    const one = parse('a = Const int32[] [1]\nb = Neg(a) {_x: 1, _y: 2}\nout b')
    const two = parse('b = Neg(a) {_y: 2, _x: 1}\na = Const int32[] [1]\nout b')
    expect(await written(one)).toEqual(await written(two))
  })
  it('come in few pieces', async () => {
    const graph = new Graph()
    for (let i = 0; i < 20_000; i++) graph.add('NoOp', [], {}, `node_${i}`)
    let pieces = 0
    for await (const chunk of (await graphdefChunks(graph)).chunks) if (chunk.length > 0) pieces++
    expect(pieces).toBeLessThan(10)
  })
})

describe('what is read back is the same graph', () => {
  it('functions', async () => expect(print(fromGraphDef(await message(parse(FUNCTIONS)), 'f'))).toBe(FUNCTIONS))
  it('a custom op in a function keeps the names of its results', async () => {
    const graph = parse(
      'fn f(a: float32) {\n  m = Mine(a) {_tfreeze_result_names: list(string):["v:0","i:0"]}\n  out y=m:1: float32\n}',
    )
    const { library, node } = await message(graph)
    const { ret, nodeDef } = FunctionDef.decode(library!.function[0]!)
    expect(ret).toEqual(new Map([['y', 'm:i:0']]))
    expect([node, nodesOf(nodeDef)[0]!.attr]).toEqual([[], new Map()])
  })
  it('weights, by ranges of the new file', async () => {
    const graph = parse('w = Const float32[20,20] ckpt@16\nv = Const float32[2] [1 2]', { ckpt })
    const file = fromBytes(await written(graph), 'out.pb')
    const { message, largeBytes } = await scanMessage(file, GraphDef)
    const again = fromGraphDef(message, 'out.pb', { large: largeBytes })
    const { recipe } = again.node('w')!.tensor('value')
    expect(print(again)).toMatch(/^w = Const float32\[20,20\] out.pb@\d+\nv = Const float32\[2\] \[1 2\]$/)
    expect(recipe.kind === 'range' && (await file.read(recipe.offset, 1600))).toEqual(await ckpt.read(16, 1600))
  })
})

const ENCODINGS: [tensor: string, fields: Partial<TensorProto>][] = [
  ['float32[] [0.5]', { floatVal: [0.5] }],
  ['float32[1,1] [0.5]', { floatVal: [0.5] }],
  ['float32[2] [1 2]', { tensorContent: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) }],
  ['float32[0] []', {}],
  ['float32[3] splat(0)', { tensorContent: new Uint8Array(12) }],
  ['float32[100000,1000] splat(0)', { floatVal: [0] }],
  ['int8[] [-1]', { intVal: [-1] }],
  ['uint8[] [255]', { intVal: [255] }],
  ['int16[] [-2]', { intVal: [-2] }],
  ['uint16[] [65535]', { intVal: [65535] }],
  ['int64[] [9007199254740993]', { int64Val: [9007199254740993n] }],
  ['uint64[] [18446744073709551615]', { uint64Val: [18446744073709551615n] }],
  ['uint32[] [4294967295]', { uint32Val: [4294967295] }],
  ['bool[] [true]', { boolVal: [true] }],
  ['bool[2] [true false]', { tensorContent: Uint8Array.of(1, 0) }],
  ['float16[] [1]', { halfVal: [0x3c00] }],
  ['bfloat16[] [1]', { halfVal: [0x3f80] }],
  ['float64[] [0.1]', { doubleVal: [0.1] }],
  ['complex64[] [1;2]', { scomplexVal: [1, 2] }],
  ['complex128[] [1;2]', { dcomplexVal: [1, 2] }],
  ['qint8[] [-3]', { intVal: [-3] }],
  ['float8_e5m2[] [0x3c]', { float8Val: Uint8Array.of(0x3c) }],
  ['string[] ["a"]', { stringVal: [Uint8Array.of(97)] }],
  ['string[2] ["a" ""]', { stringVal: [Uint8Array.of(97), new Uint8Array()] }],
  ['string[0] []', {}],
  ['int32[] ckpt@1', { intVal: [67305985] }],
]

describe('constants are encoded as TensorFlow does', () => {
  for (const [tensor, fields] of ENCODINGS) {
    it(tensor, async () => {
      const text = `c = Const ${tensor}`
      const graph = parse(text, { ckpt })
      const read = await message(graph)
      const value = nodesOf(read.node)[0]!.attr.get('value')!.value!.value as TensorProto
      for (const [name, found] of Object.entries(value)) {
        if (['dtype', 'tensorShape', 'versionNumber'].includes(name)) continue
        expect([name, found]).toEqual([
          name,
          fields[name as 'floatVal'] ?? (found instanceof Uint8Array ? new Uint8Array() : []),
        ])
      }
      const size = value.tensorShape!.dim.map(d => Number(d.size))
      expect(`[${size}]`).toBe(/\[.*?\]/.exec(tensor)![0])
    })
  }
  it('a variant as it came', async () => {
    const proto = {
      dtype: 21,
      tensorShape: {},
      variantVal: [{ typeName: 'tensorflow::TensorList', metadata: Uint8Array.of(1) }] as never, // read as its bytes
    }
    const node = [
      {
        name: 'v',
        op: 'Const',
        attr: {
          dtype: { value: { case: 'type' as const, value: 21 } },
          value: { value: { case: 'tensor' as const, value: proto } },
        },
      },
    ]
    const before = messages.bytesOf(GraphDef, { node, versions: { producer: 1882, minConsumer: 12 } })
    expect(Buffer.from(await written(fromGraphDef(GraphDef.decode(before), 'f')))).toEqual(Buffer.from(before))
  })
})

describe('refusals', () => {
  const huge = (bytes: number): Tensor => {
    const source: ByteSource = {
      name: 'huge',
      size: bytes,
      read: () => Promise.reject(new Error('no weight may be read')),
    }
    const recipe: Recipe = { kind: 'range', source, offset: 0 }
    return { dtype: 'uint8', shape: [bytes], recipe }
  }
  it('a graph beyond 2 GiB, before a weight is read', async () => {
    const graph = new Graph()
    graph.const(huge(2 ** 30), 'a')
    graph.const(huge(2 ** 30), 'b')
    await expect(graphdefChunks(graph)).rejects.toThrow(
      'the graph takes 2147483799 bytes with its weights, and a GraphDef has at most 2147483647. Write a SavedModel with its weights beside it (-o FOLDER/ --weights variables), store weights in half the bytes with --dtype float16, or freeze to fewer outputs.',
    )
  })
  it('one tensor beyond 4 GiB', async () => {
    const graph = new Graph()
    graph.const(huge(2 ** 33), 'a')
    await expect(graphdefChunks(graph)).rejects.toThrow('the graph takes 8589934671 bytes')
  })
  it('not one just below', async () => {
    const graph = new Graph()
    graph.const(huge(2 ** 31 - 200), 'a')
    expect((await graphdefChunks(graph)).size).toBe(2147483527)
  })
  it('a custom op in a function whose results have no names', async () => {
    await expect(graphdefChunks(parse('fn f(a: float32) {\n  m = Mine(a)\n  out y=m: float32\n}'))).rejects.toThrow(
      'f m: output 0 of the custom op Mine in a function, and no definition tells its name. Freeze with control flow as nodes (v1), which needs no functions.',
    )
  })
})
