/** Small inputs of every format, as files in memory, to be cut and damaged. */

import { readdirSync, readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { graphdefChunks, pbtxtChunks } from '../../src/export/index.ts'
import { messageText } from '../../src/export/text-format.ts'
import { parse } from '../../src/graph/text/index.ts'
import { descriptor } from '../../src/tensorflow/descriptors.ts'
import { GraphDef, type MetaGraphDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf } from '../export/bytes.ts'
import { type Stored, utf8, writeBundle } from '../formats/bundle-writer.ts'
import * as messages from '../messages.ts'
import { floats } from '../models/state/loading.ts'

/** A model as files, one of which is to be damaged. */
export interface Sample {
  readonly name: string
  readonly files: Readonly<Record<string, Uint8Array>>
  /** The path of the file that is damaged. */
  readonly damaged: string
  /** The path of the file that is opened; the whole folder where absent. */
  readonly given?: string
  /** The path of the architecture, for weights. */
  readonly architecture?: string
}

/** TensorFlow 2: a table from an asset, a restore function, a call that branches and loops. */
const TENSORFLOW_2 = `
in serving_default_x: float32[?,2]
in serving_default_s: string[?]
w = VarHandleOp() {dtype: float32, shape: [2,2], shared_name: "w"}
b = VarHandleOp() {dtype: float32, shape: [2], shared_name: "b"}
table = HashTableV2() {key_dtype: string, shared_name: "vocabulary", value_dtype: int64}
path = Const string[] ["lost"]
fill = InitializeTableFromTextFileV2(table, path) {key_index: -2, value_index: -1, vocab_size: -1}
init = NoOp() ^fill
saver_filename = Const string[] ["lost"]
restored = StatefulPartitionedCall(saver_filename, w, b) {Tout: [string], f: @restore}
y = StatefulPartitionedCall(serving_default_x, serving_default_s, w, b, table) {Tout: [float32, int64], f: @serve}
out y, y:1

stateful fn restore(file: string, w: resource, b: resource) {
  names = Const string[2] ["kernel" "bias"]
  slices = Const string[2] ["" ""]
  values = RestoreV2(file, names, slices) {dtypes: [float32, float32]}
  w1 = Identity(values)
  b1 = Identity(values:1)
  aw = AssignVariableOp(w, w1) {dtype: float32}
  ab = AssignVariableOp(b, b1) {dtype: float32}
  done = Identity(file) ^aw ^ab
  out done, ^aw, ^ab
}
stateful fn serve(x: float32, s: string, w: resource, b: resource, table: resource) {
  none = Const int64[] [-1]
  ids = LookupTableFindV2(table, s, none) {Tin: string, Tout: int64}
  zero = Const int64[] [0]
  i = Cast(zero) {DstT: int32}
  r = StatelessWhile(i, x, w) {body: @body, cond: @cond, T: [int32, float32, resource], output_shapes: [[], [?,2], []]}
  axes = Const int32[2] [0 1]
  sum = Sum(r:1, axes)
  limit = Const float32[] [3]
  big = Greater(sum, limit)
  c = If(big, r:1, b) {Tout: [float32], else_branch: @no, then_branch: @yes}
  out c, ids
}
fn cond(i: int32, x: float32, w: resource) {
  n = Const int32[] [3]
  go = Less(i, n)
  out go
}
fn body(i: int32, x: float32, w: resource) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  read = ReadVariableOp(w) {dtype: float32}
  m = MatMul(x, read)
  y = Relu(m)
  out next, y, w
}
fn yes(x: float32, b: resource) {
  read = ReadVariableOp(b) {dtype: float32}
  y = BiasAdd(x, read)
  out y
}
fn no(x: float32, b: resource) {
  y = Identity(x)
  out y
}`

/** TensorFlow 1: reference variables, one in two parts, a loop and a branch as nodes, batch norm. */
const TENSORFLOW_1 = `
in x: float32[?,4,4,1]
k0 = VariableV2() {dtype: float32, shape: [2,2,1,1]}
k1 = VariableV2() {dtype: float32, shape: [2,2,1,1]}
kr0 = Identity(k0)
kr1 = Identity(k1)
axis = Const int32[] [3]
k = ConcatV2(kr0, kr1, axis)
conv = Conv2D(x, k) {padding: "SAME", strides: [1, 1, 1, 1]}
g = Const float32[2] [1 2]
o = Const float32[2] [0 1]
bn = FusedBatchNorm(conv, g, o, o, g) {is_training: false}
relu = Relu(bn)
phase = Const bool[] [false]
sw = Switch(relu, phase)
neg = Neg(sw:1)
mg = Merge(sw, neg)
enter = Enter(mg) {frame_name: "loop"}
zero = Const int32[] [0]
ie = Enter(zero) {frame_name: "loop"}
im = Merge(ie, inext)
xm = Merge(enter, xnext)
three = Const int32[] [3] ^im
less = Less(im, three)
go = LoopCond(less)
is = Switch(im, go)
xs = Switch(xm, go)
one = Const int32[] [1] ^is
iadd = Add(is:1, one)
xadd = Add(xs:1, xs:1)
inext = NextIteration(iadd)
xnext = NextIteration(xadd)
y = Exit(xs)
file = Const string[] ["lost"]
names = Const string[2] ["k" "k"]
slices = Const string[2] ["2 2 1 2 -:-:-:0,1" "2 2 1 2 -:-:-:1,1"]
values = RestoreV2(file, names, slices) {dtypes: [float32, float32]}
a0 = Assign(k0, values) {T: float32}
a1 = Assign(k1, values:1) {T: float32}
restored = NoOp() ^a0 ^a1
out y`

/** A graph alone, with functions and control flow. */
const GRAPH = `
in x: float32[?,2]
p = Const bool[] [true]
w = Const float32[2,2] [1 2 3 4]
c = If(p, x, w) {Tout: [float32], else_branch: @no, then_branch: @yes}
i = Const int32[] [0]
r = While(i, c) {body: @body, cond: @cond, output_shapes: [[], [?,2]]}
q = PartitionedCall(r:1) {Tout: [float32], f: @scale}
out q

fn yes(x: float32, w: float32) {
  y = MatMul(x, w)
  out y
}
fn no(x: float32, w: float32) {
  y = Identity(x)
  out y
}
fn cond(i: int32, x: float32) {
  n = Const int32[] [3]
  y = Less(i, n)
  out y
}
fn body(i: int32, x: float32) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  y = PartitionedCall(x) {Tout: [float32], f: @scale}
  out next, y
}
fn scale(x: float32) {
  two = Const float32[2] [2 0.5]
  y = Mul(x, two)
  out y
}`

/** A graph as a message of protobuf-es, which takes such a one for the fields of one. */
const graphDef = async (text: string): Promise<messages.Init<GraphDef>> =>
  fromBinary(descriptor(GraphDef.$type), await bytesOf(await graphdefChunks(parse(text)))) as never

const info = (name: string, dtype: number) => ({
  encoding: { case: 'name' as const, value: name },
  dtype,
  tensorShape: { unknownRank: true },
})

async function savedModel(text: string, more: messages.Init<MetaGraphDef>): Promise<Uint8Array> {
  const metaGraph = {
    metaInfoDef: { tags: ['serve'], tensorflowVersion: '2.21.0' },
    graphDef: await graphDef(text),
    saverDef: { filenameTensorName: 'file:0', restoreOpName: 'restored', version: 2 } as object, // with fields that nobody reads
    ...more,
  }
  return messages.bytesOf(SavedModel, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] })
}

const text = (bytes: Uint8Array): Uint8Array => utf8([...messageText(SavedModel.$type, bytes)].join(''))

function variables(tensors: Record<string, Stored>): Record<string, Uint8Array> {
  const { index, data } = writeBundle(tensors)
  const files: Record<string, Uint8Array> = { 'variables/variables.index': index }
  for (const [i, bytes] of data.entries()) files[`variables/variables.data-0000${i}-of-0000${data.length}`] = bytes
  return files
}

const FLOAT = 1
const STRING = 7
const INT64 = 9

const tensorflow2 = (): Promise<Uint8Array> =>
  savedModel(TENSORFLOW_2, {
    assetFileDef: [{ tensorInfo: info('path:0', STRING), filename: 'words.txt' }],
    signatureDef: {
      serving_default: {
        inputs: { x: info('serving_default_x:0', FLOAT), s: info('serving_default_s:0', STRING) },
        outputs: { y: info('y:0', FLOAT), ids: info('y:1', INT64) },
        methodName: 'tensorflow/serving/predict',
      },
      __saved_model_init_op: { outputs: { __saved_model_init_op: info('init', 0) } },
    },
  })
const tensorflow2Files = (): Record<string, Uint8Array> => ({
  ...variables({
    kernel: { dtype: 'float32', shape: [2, 2], bytes: floats(1, 2, 3, 4) },
    bias: { dtype: 'float32', shape: [2], bytes: floats(5, 6) },
  }),
  'assets/words.txt': utf8('one\ntwo\nthree\n'),
})

const tensorflow1 = (): Promise<Uint8Array> =>
  savedModel(TENSORFLOW_1, {
    signatureDef: {
      serving_default: { inputs: { x: info('x:0', FLOAT) }, outputs: { y: info('y:0', FLOAT) }, methodName: 'predict' },
    },
  })
function tensorflow1Files(): Record<string, Uint8Array> {
  const whole = { start: 0, length: -1 }
  const part = (at: number) => ({
    slice: [whole, whole, whole, { start: at, length: 1 }],
    bytes: floats(1, 2, 3, 4 + at),
  })
  return variables({ k: { dtype: 'float32', shape: [2, 2, 1, 2], parts: [part(0), part(1)] } })
}

const FIXTURES = new URL('../../fixtures/', import.meta.url)
const fixture = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, FIXTURES)))

function savedModelFixture(name: string): Record<string, Uint8Array> {
  const paths = readdirSync(new URL(`${name}/`, FIXTURES), { recursive: true, encoding: 'utf8' })
  const files = paths.filter(path => /\.c?pb$|variables\./.test(path))
  return Object.fromEntries(files.map(path => [path, fixture(`${name}/${path}`)]))
}

/** The same model in chunks that are not compressed. */
function uncompressed(): Record<string, Uint8Array> {
  const { 'plain.cpb': plain, ...files } = savedModelFixture('chunked')
  return { ...files, 'saved_model.cpb': plain! }
}

/** Every sample. */
export async function samples(): Promise<readonly Sample[]> {
  const [two, one, graph] = [await tensorflow2(), await tensorflow1(), parse(GRAPH)]
  const twoFiles = { 'saved_model.pb': two, ...tensorflow2Files() }
  const oneFiles = { 'saved_model.pb': one, ...tensorflow1Files() }
  const model = (name: string, files: Record<string, Uint8Array>, ...damaged: string[]): Sample[] =>
    damaged.map(path => ({ name: `${name}/${path}`, files, damaged: path }))
  const file = (name: string, bytes: Uint8Array): Sample => ({
    name,
    files: { [name]: bytes },
    damaged: name,
    given: name,
  })
  const keras = ['k1_lstm.h5', 'nested.k3.h5', 'nested.tfk.h5', 'nested.k3.keras', 'words.keras']
  const pair = { 'w.h5': fixture('keras/pair.tfk.weights_only.h5'), 'a.json': fixture('keras/pair.tfk.json') }
  return [
    ...model('tensorflow2', twoFiles, ...Object.keys(twoFiles)),
    ...model('tensorflow1', oneFiles, ...Object.keys(oneFiles)),
    ...model('text', { 'saved_model.pbtxt': text(two), ...tensorflow2Files() }, 'saved_model.pbtxt'),
    ...model('digits', savedModelFixture('digits'), 'saved_model.pb', 'variables/variables.index'),
    ...model('chunked', savedModelFixture('chunked'), 'saved_model.cpb'),
    ...model('chunks', uncompressed(), 'saved_model.cpb'),
    file('graph.pb', await bytesOf(await graphdefChunks(graph))),
    file('graph.pbtxt', await bytesOf(await pbtxtChunks(graph))),
    ...keras.map(name => file(name, fixture(`keras/${name}`))),
    ...['w.h5', 'a.json'].map(damaged => ({
      name: `weights/${damaged}`,
      files: pair,
      damaged,
      given: 'w.h5',
      architecture: 'a.json',
    })),
  ]
}
