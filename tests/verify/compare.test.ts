/** Figures of two arrays: tolerances by type, units in the last place, what is not a number. */
import { expect, test } from 'vitest'
import { fromBigints, fromNumbers, fromText } from '../../src/evaluate/array.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'
import { agrees, compare, type Tolerance } from '../../src/verify/compare.ts'

const figures = (expected: number[], found: number[], dtype: DType = 'float32', tolerance: Tolerance = {}) =>
  compare(fromNumbers(dtype, [expected.length], expected), fromNumbers(dtype, [found.length], found), tolerance)

const next = (x: number): number => {
  const bits = new Int32Array(Float32Array.of(x).buffer)
  bits[0]!++
  return new Float32Array(bits.buffer)[0]!
}

test('equal arrays, what is not a number and infinities among them', () => {
  const x = [1, -0, Number.NaN, Infinity, -Infinity]
  expect(figures(x, [1, 0, Number.NaN, Infinity, -Infinity])).toMatchObject({
    wrong: 0,
    absolute: 0,
    relative: 0,
    ulps: 0,
    cosine: 1,
  })
  expect(figures([Number.NaN, 1], [1, 1])).toMatchObject({ wrong: 1, absolute: Infinity })
  expect(figures([Infinity], [-Infinity])).toMatchObject({ wrong: 1, absolute: Infinity })
})

test.each([1, 3.5, 1000.25, 1e-30])('a neighbour of %d is one unit away', x =>
  expect(figures([x], [next(x)]).ulps).toBe(1),
)

test('a small number beside large ones counts by the largest, and the worst element is told', () => {
  expect(agrees(figures([1000, 0], [1000, 0.001]))).toBe(true)
  const found = figures([1, 2, 3], [1, 2.5, 3.25])
  expect(found).toMatchObject({ wrong: 2, absolute: 0.5, worst: { index: [1], expected: '2', found: '2.5' } })
  expect(found.relative).toBeCloseTo(0.2)
})

test('a given tolerance is taken as it is', () => {
  expect(figures([1000, 0], [1000, 0.001], 'float32', { atol: 1e-4 }).wrong).toBe(1)
  expect(figures([5], [6], 'int32', { atol: 1 }).wrong).toBe(0)
})

test.each(['int32', 'uint8', 'bool'] as const)('%s must be equal', dtype => {
  expect(figures([1, 0], [1, 0], dtype).wrong).toBe(0)
  expect(figures([1, 0], [1, 1], dtype)).toMatchObject({ wrong: 1, worst: { index: [1] } })
  expect(figures([1], [1], dtype).ulps).toBeUndefined()
})

test('64-bit integers that are one number in float64 differ', () => {
  const big = 2n ** 60n
  const x = fromBigints('int64', [1], [big])
  expect(compare(x, x).wrong).toBe(0)
  expect(compare(x, fromBigints('int64', [1], [big + 1n])).wrong).toBe(1)
})

test('complex numbers are compared in both parts', () => {
  const x = { dtype: 'complex64', shape: [1], data: [{ re: 1, im: 2 }] } as const
  expect(compare(x, x)).toMatchObject({ wrong: 0, shape: [1, 2] })
  expect(compare(x, { ...x, data: [{ re: 1, im: 2.5 }] })).toMatchObject({ wrong: 1, worst: { index: [0, 1] } })
})

test('text must be equal', () => {
  const x = fromText([2], ['a', 'b'])
  expect(compare(x, x)).toMatchObject({ wrong: 0, cosine: 1 })
  expect(compare(x, fromText([2], ['a', 'c']))).toMatchObject({
    wrong: 1,
    worst: { index: [1], expected: '"b"', found: '"c"' },
  })
})

test('another type or shape is a difference', () => {
  const x = fromNumbers('float32', [2, 1], [1, 2])
  expect(compare(x, fromNumbers('float64', [2, 1], [1, 2])).mismatch).toBe('the type is float64, not float32')
  expect(compare(x, fromNumbers('float32', [2], [1, 2]))).toMatchObject({
    wrong: 1,
    mismatch: 'the shape is [2], not [2,1]',
  })
})
