/** The files of a TF.js model: names, shards, weights in smaller types, and functions. */
import { expect, test } from 'vitest'
import { fromNumbers, numbers } from '../../src/evaluate/array.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import { exporterFor } from '../../src/export/index.ts'
import { tfjs } from '../../src/export/tfjs.ts'
import { parse } from '../../src/graph/text/index.ts'
import { fromValues, strings } from '../../src/tensor/make.ts'
import { SHARD_BYTES, shardsOf } from '../../src/tfjs/shards.ts'
import { weightOf } from '../../src/tfjs/weights.ts'
import { bytesOf } from '../export/bytes.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { frozenOf, runFiles, written } from './run.ts'

const NET = `
in x: float32[2,3]
w = Const float32[3,4] [0.5 -1 2 0 1 1 -3 0.25 4 -0.5 0 2]
b = Const float32[4] [1 2 3 4]
m = MatMul(x, w)
y = BiasAdd(m, b)
out y`

const LOOP = `
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
  next = AddV2(a, w)
  out next, limit
}`

test('the paths that ask for it', () => {
  for (const path of ['model.json', 'out/model.json', 'dog-model.json', 'x.tfjs/'])
    expect(exporterFor(path).name, path).toBe('tfjs')
  expect(exporterFor('folder/').name).toBe('saved_model')
  expect(() => exporterFor('x.json')).toThrow('.json stands for JSON')
})

test('in a folder and beside each other', async () => {
  const frozen = frozenOf(parse(NET))
  const paths = async (name: string) => (await tfjs.write(frozen, { name, options: {} })).map(file => file.path)
  expect(await paths('model.json')).toEqual(['', 'group1-shard1of1.bin'])
  expect(await paths('dog-model.json')).toEqual(['', 'dog-model-group1-shard1of1.bin'])
  expect(await paths('dog.tfjs')).toEqual(['model.json', 'group1-shard1of1.bin'])
})

test('what TF.js does not execute is refused before anything is written', async () => {
  const frozen = frozenOf(parse('in x: float32[2,2]\ny = Cholesky(x)\nout y'))
  await expect(tfjs.write(frozen)).rejects.toThrow(
    'y: TF.js cannot execute a node (y: TF.js does not execute Cholesky)',
  )
})

test.each([
  ['float16', 1e-3],
  ['uint16', 1e-3],
  ['uint8', 5e-2],
])('kernels as %s', async (weightDtype, tolerance) => {
  const graph = parse(NET)
  const files = await written(frozenOf(graph), { weightDtype })
  const bytes = files.get('group1-shard1of1.bin')!.length
  expect(bytes).toBe(16 + 12 * (weightDtype === 'uint8' ? 1 : 2))
  const feeds = feedsOf(graph)
  const [want] = await evaluate(graph, feeds)
  const [found] = await runFiles(files, feeds, ['y'])
  expect(differenceOf(want!, found!, tolerance)).toBe('')
})

test('float16 does not hold what is too large', async () => {
  const graph = parse('in x: float32[1,2]\nw = Const float32[2,1] [1 70000]\ny = MatMul(x, w)\nout y')
  const files = await written(frozenOf(graph), { weightDtype: 'float16' })
  expect(new TextDecoder().decode(files.get('model.json'))).not.toContain('quantization')
})

test('a constant of a loop that has the name of another', async () => {
  const graph = parse(LOOP)
  const feeds = new Map([['x', fromNumbers('float32', [2], [1, 2])]])
  const [want] = await evaluate(graph, feeds)
  const [found] = await runFiles(await written(frozenOf(graph)), feeds, ['s'])
  expect([...numbers(found!)]).toEqual([...numbers(want!)])
})

test('integers beyond 32 bits', async () => {
  const graph = parse('in x: float32[2]\n')
  const wide = graph.const(fromValues('int64', [2], [1n, 2n ** 40n]), 'wide')
  const weight = await weightOf({ name: 'wide', node: wide.node }, 'float32')
  const read = async () => {
    for await (const _ of weight.chunks());
  }
  await expect(read()).rejects.toThrow('wide: this constant holds 1099511627776')
})

test('strings, each with its length before it', async () => {
  const graph = parse('in x: float32[2]\n')
  const { node } = graph.const(strings([2], ['ab', '']), 'words')
  const { size, chunks } = await weightOf({ name: 'words', node }, 'float32')
  const bytes: number[] = []
  for await (const piece of chunks()) bytes.push(...piece)
  expect(bytes).toEqual([2, 0, 0, 0, 97, 98, 0, 0, 0, 0])
  expect(size).toBe(bytes.length)
})

test('weights are cut at 4 MiB, wherever a weight ends', async () => {
  const part = (value: number, size: number) => ({
    size,
    chunks: async function* () {
      yield new Uint8Array(size).fill(value)
    },
  })
  const shards = shardsOf([part(1, SHARD_BYTES - 1), part(2, 2), part(3, SHARD_BYTES)])
  expect(shards.map(shard => shard.size)).toEqual([SHARD_BYTES, SHARD_BYTES, 1])
  const ends = async (i: number) => {
    const all = await bytesOf(shards[i]!)
    return [all.length, all[0], all.at(-1)]
  }
  expect(await ends(1)).toEqual([SHARD_BYTES, 2, 3]) // not in order: it starts anew
  expect(await ends(0)).toEqual([SHARD_BYTES, 1, 2])
  expect(await ends(2)).toEqual([1, 3, 3])
})
