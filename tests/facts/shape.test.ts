/** Arithmetic on shapes that are known in part. */
import { describe, expect, it } from 'vitest'
import {
  broadcastShapes,
  commonShape,
  compatible,
  convOutput,
  type Dim,
  mergeShapes,
  numElements,
  type Padding,
  staticShape,
} from '../../src/facts/shape.ts'
import type { PartialShape } from '../../src/graph/attr.ts'

type Row = [a: PartialShape, b: PartialShape, broadcast: PartialShape, merged: PartialShape, common: PartialShape]

const PAIRS: Row[] = [
  [null, [2], null, [2], null],
  [[2, 3], [3], [2, 3], null, null],
  [[2, 1], [1, 3], [2, 3], null, [null, null]],
  [[2, 3], [4], null, null, null],
  [[null], [3], [3], [3], [null]],
  [[null], [1], [null], [1], [null]],
  [
    [null, 3],
    [2, null],
    [2, 3],
    [2, 3],
    [null, null],
  ],
  [[], [2, null], [2, null], null, null],
  [[0], [1], [0], null, [null]],
]

describe('two shapes', () => {
  for (const [a, b, broadcast, merged, common] of PAIRS) {
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => {
      expect([broadcastShapes(a, b), mergeShapes(a, b), commonShape(a, b)]).toEqual([broadcast, merged, common])
      expect(broadcastShapes(b, a)).toEqual(broadcast)
      expect(compatible(a, b)).toBe(merged !== null)
    })
  }
})

it('counts elements, and lets an empty axis settle it', () => {
  expect([null, [], [2, 3], [2, null], [null, 0]].map(numElements)).toEqual([null, 1, 6, null, 0])
  expect([null, [], [2, null], [2, 3]].map(staticShape)).toEqual([undefined, [], undefined, [2, 3]])
})

const WINDOWS: [size: Dim, kernel: Dim, stride: number, dilation: number, padding: Padding, output: Dim][] = [
  [224, 3, 2, 1, 'SAME', 112],
  [225, null, 2, 1, 'SAME', 113],
  [224, 3, 2, 1, 'VALID', 111],
  [224, 3, 1, 2, 'VALID', 220],
  [224, null, 1, 1, 'VALID', null],
  [null, 3, 1, 1, 'SAME', null],
  [7, 3, 2, 1, [0, 1], 3],
  [2, 4, 1, 1, 'VALID', null],
  [3, 4, 1, 1, 'VALID', 0],
  [4, 4, 0, 1, 'VALID', null],
]

describe('convOutput', () => {
  for (const [size, kernel, stride, dilation, padding, output] of WINDOWS) {
    it(`${size} by ${kernel}, stride ${stride}, dilation ${dilation}, ${padding}`, () =>
      expect(convOutput(size, kernel, stride, dilation, padding)).toBe(output))
  }
})
