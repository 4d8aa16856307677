import fc from 'fast-check'
import { expect, test } from 'vitest'
import { multiply, multiplyFew } from '../../src/evaluate/multiply.ts'

/** Sizes around the tile's, and a long inner side that needs several blocks of rows. */
const side = fc.integer({ min: 1, max: 11 })
const inner = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(20_001))

/** Numbers whose sums depend on their order. */
const numbers = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(seed + i * 12.9898) * 10 ** ((i + seed) % 7))

function expected(a: Float64Array, b: Float64Array, rows: number, depth: number, columns: number): number[] {
  const out: number[] = []
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let k = 0; k < depth; k++) sum += a[i * depth + k]! * b[k * columns + j]!
      out.push(sum)
    }
  }
  return out
}

test('a product in blocks is the plain sum, bit for bit', () => {
  fc.assert(
    fc.property(side, inner, side, fc.nat(100), (rows, depth, columns, seed) => {
      const [a, b] = [numbers(rows * depth, seed), numbers(depth * columns, seed + 1)]
      const out = new Float64Array(rows * columns)
      const pack = (row: number, packed: Float64Array, at: number): void => {
        for (let k = 0; k < depth; k++) packed[at + 4 * k] = a[row * depth + k]!
      }
      const right = { values: b, from: 0, count: columns, rowStride: columns, columnStride: 1 }
      multiply({ count: rows, length: depth, pack }, right, out, 0, columns)
      expect([...out]).toEqual(expected(a, b, rows, depth, columns))
    }),
    { numRuns: 60 },
  )
})

test('few rows give the same, and a flipped matrix is read by its strides', () => {
  const [rows, depth, columns] = [3, 7, 5]
  const [a, b] = [numbers(rows * depth, 1), numbers(depth * columns, 2)]
  const flipped = Float64Array.from({ length: b.length }, (_, i) => b[(i % depth) * columns + Math.floor(i / depth)]!)
  const out = new Float64Array(rows * columns)
  const right = { values: flipped, from: 0, count: columns, rowStride: 1, columnStride: depth }
  const few = { values: a, from: 0, count: rows, length: depth, rowStride: depth, columnStride: 1 }
  multiplyFew(few, right, out, 0)
  expect([...out]).toEqual(expected(a, b, rows, depth, columns))
})
