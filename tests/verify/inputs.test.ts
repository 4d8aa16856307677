/** Random inputs: of the right types and shapes, within what reads them, and the same for a seed. */
import { expect, test } from 'vitest'
import { embedded } from '../../src/engines/embedded.ts'
import { elements, type NdArray, numbers, stringBytes, texts } from '../../src/evaluate/array.ts'
import { decodeExample } from '../../src/evaluate/example.ts'
import { randomInputs } from '../../src/verify/inputs.ts'
import { subjectOf } from '../../src/verify/subject.ts'
import { verify } from '../../src/verify/verify.ts'
import { frozenOf } from './networks.ts'

const inputsOf = async (text: string, seed = 1): Promise<Map<string, NdArray>> =>
  randomInputs(await subjectOf(frozenOf(text), embedded()), seed)

const MANY = '?,400'

test('types and shapes are the inputs own; open sizes are chosen', async () => {
  const found = await inputsOf(
    'in f: float32[?,3]\nin i: float64[?,?,?,3]\nin b: bool[5]\nin u: uint8[2,?]\nin s: string[]\nin n: int64?\ny = Neg(f)\nout y',
  )
  expect([...found].map(([key, { dtype, shape }]) => [key, dtype, shape])).toEqual([
    ['f', 'float32', [2, 3]],
    ['i', 'float64', [2, 64, 64, 3]],
    ['b', 'bool', [5]],
    ['u', 'uint8', [2, 8]],
    ['s', 'string', []],
    ['n', 'int64', []],
  ])
  expect(new Set(numbers(found.get('f')!)).size).toBe(6)
})

test('a seed decides them', async () => {
  const text = 'in x: float32[4]\ny = Neg(x)\nout y'
  const values = async (seed: number) => [...numbers((await inputsOf(text, seed)).get('x')!)]
  expect(await values(1)).toEqual(await values(1))
  expect(await values(1)).not.toEqual(await values(2))
})

test('indices are rows of the table, however they get there', async () => {
  const x = (
    await inputsOf(`
in ids: int64[${MANY}]
cast = Cast(ids) {DstT: int32}
table = Const float32[7,2] [1 2 3 4 5 6 7 8 9 10 11 12 13 14]
zero = Const int32[] [0]
rows = GatherV2(table, cast, zero)
depth = Const int32[] [5]
on = Const float32[] [1]
off = Const float32[] [0]
hot = OneHot(cast, depth, on, off)
out rows, hot`)
  ).get('ids')!
  expect([...new Set(elements(x))].sort()).toEqual([0n, 1n, 2n, 3n, 4n])
})

test('texts that are read as numbers are digits, also where other letters are taken out first', async () => {
  const x = (
    await inputsOf(`
in s: string[${MANY}]
lower = StringLower(s) {encoding: ""}
digits = StaticRegexReplace(lower) {pattern: "[^0-9]", rewrite: ""}
n = StringToNumber(digits) {out_type: float32}
out n`)
  ).get('s')!
  expect(texts(x).filter(text => !/^\d+$/.test(text))).toEqual([])
})

test('words are keys of the vocabulary', async () => {
  const x = (
    await inputsOf(`
in words: string[${MANY}]
table = HashTableV2() {key_dtype: string, shared_name: "t", value_dtype: int64}
keys = Const string[3] ["red" "green" "blue"]
values = Const int64[3] [1 2 3]
init = InitializeTableV2(table, keys, values)
none = Const int64[] [-1]
ids = LookupTableFindV2(table, words, none) ^init
out ids`)
  ).get('words')!
  expect([...new Set(texts(x))].sort()).toEqual(['blue', 'green', 'red'])
})

const EXAMPLES = `
in serialized: string[?]
names = Const string[0] []
sparse = Const string[1] ["tags"]
dense = Const string[2] ["age" "id"]
ragged = Const string[0] []
age = Const float32[2] [0 0]
id = Const int64[0] []
p = ParseExampleV2(serialized, names, sparse, dense, ragged, age, id) {Tdense: [float32, int64], dense_shapes: [[2], [1]], num_sparse: 1, ragged_split_types: [], ragged_value_types: [], sparse_types: [string]}
table = Const float32[3] [10 20 30]
zero = Const int32[] [0]
row = GatherV2(table, p:4, zero)
out row, ages=p:3, tags=p:1`

test('examples hold the features that are parsed, indices among them', async () => {
  const x = (await inputsOf(EXAMPLES)).get('serialized')!
  const features = stringBytes(x).map(bytes => decodeExample(bytes))
  expect(features.length).toBe(2)
  for (const feature of features) {
    expect([...feature.keys()].sort()).toEqual(['age', 'id', 'tags'])
    expect(feature.get('age')!.values.length).toBe(2)
    expect([0n, 1n, 2n]).toContain(feature.get('id')!.values[0])
    expect(feature.get('tags')!.kind).toBe('bytes')
  }
  const { outputs, agrees } = await verify(frozenOf(EXAMPLES), frozenOf(EXAMPLES))
  expect(agrees).toBe(true)
  expect(outputs.map(({ key, figures }) => [key, figures.shape[0]])).toEqual([
    ['row', 2],
    ['ages', 2],
    ['tags', expect.any(Number)],
  ])
})

test('the parts of a sparse input agree', async () => {
  const found = await inputsOf(
    'in a_i=x/indices: int64[?,2]\nin b=x/values: float32[?]\nin c=x/dense_shape: int64[2]\ny = Neg(x/values)\nout y'.replace(
      /in \S+=(\S+):/g,
      'in $1:',
    ),
  )
  expect(elements(found.get('x/indices')!)).toEqual([0n, 0n, 1n, 0n])
  expect(elements(found.get('x/dense_shape')!)).toEqual([2n, 2n])
})

test('a type without random values is refused', async () => {
  await expect(inputsOf('in x: complex64[2]\ny = Identity(x)\nout y')).rejects.toThrow(
    'x: there are no random values of complex64. Give the input with --data.',
  )
})
