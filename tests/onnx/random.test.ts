/** Random numbers in ONNX Runtime: other numbers than TensorFlow's, of the same distribution. */
import * as ort from 'onnxruntime-web'
import { expect, it } from 'vitest'
import { fromNumbers, numbers } from '../../src/evaluate/array.ts'
import { parse } from '../../src/graph/text/index.ts'
import { fromOrt, toOrt, written } from './runtime.ts'

const COUNT = 20_000

/** What a graph draws, whose input is the shape. */
async function drawn(body: string): Promise<readonly number[]> {
  const graph = parse(`in shape: int32[1]\n${body}\nout y`)
  const session = await ort.InferenceSession.create(await written(graph, { opset: 18 }))
  const shape = toOrt(fromNumbers('int32', [1], [COUNT]))
  const { y } = await session.run({ shape })
  return [...numbers(fromOrt(y!))]
}

function moments(drawnNumbers: readonly number[]) {
  const mean = drawnNumbers.reduce((sum, x) => sum + x, 0) / drawnNumbers.length
  const variance = drawnNumbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawnNumbers.length
  return { mean, variance, least: Math.min(...drawnNumbers), most: Math.max(...drawnNumbers) }
}

/** Mean and variance, and bounds that no number passes. */
const DISTRIBUTIONS = [
  ['y = RandomUniform(shape) {dtype: float32, seed: 1}', [0.5, 1 / 12, 0, 1]],
  ['y = RandomStandardNormal(shape) {dtype: float32, seed: 1}', [0, 1, -9, 9]],
  // The variance of a normal number between −2 and 2: 1 − 4 φ(2) / (Φ(2) − Φ(−2)).
  ['y = TruncatedNormal(shape) {dtype: float32, seed: 1}', [0, 0.7737, -2, 2]],
  [
    'low = Const int32[] [3]\nhigh = Const int32[] [7]\ny = RandomUniformInt(shape, low, high) {T: int32, Tout: int32, seed: 1}',
    [4.5, 1.25, 3, 6],
  ],
] as const

it.each(DISTRIBUTIONS)('%s', async (body, [mean, variance, least, most]) => {
  const found = moments(await drawn(body))
  expect(Math.abs(found.mean - mean)).toBeLessThan(0.05)
  expect(Math.abs(found.variance - variance)).toBeLessThan(0.05)
  expect(found.least).toBeGreaterThanOrEqual(least)
  expect(found.most).toBeLessThanOrEqual(most)
})

it('shuffles rows: each is there once, and most are elsewhere', async () => {
  const order = await drawn(`zero = Const int32[] [0]
one = Const int32[] [1]
none = Const int32[1] [0]
scalar = Const int32[0] []
count = Reshape(shape, scalar)
rows = Range(zero, count, one)
y = RandomShuffle(rows) {seed: 1}`)
  expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i))
  expect(order.filter((row, i) => row === i).length).toBeLessThan(20)
})

it('draws classes as often as their scores say', async () => {
  const found = await drawn(`logits = Const float32[1,2] [0 1.0986123]
count = Const int32[] [${COUNT}]
drawn = Multinomial(logits, count) {output_dtype: int64, seed: 1}
y = Reshape(drawn, shape)`)
  expect(Math.abs(moments(found).mean - 0.75)).toBeLessThan(0.05)
})
