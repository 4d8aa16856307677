/**
 * Arithmetic on shapes that are known in part. A dimension is null where its
 * size is not known, a shape is null where not even its rank is. What cannot
 * hold together comes out unknown: whether a graph is wrong is for others to say.
 */
import type { PartialShape } from '../graph/attr.ts'
import { MAX_RANK } from '../limits.ts'
import type { Shape } from '../tensor/tensor.ts'

/** Thrown where the facts about a tensor contradict each other. A rule that throws it leaves its outputs unknown. */
export class Contradiction extends Error {}

/** The size of one dimension; null where it is not known. */
export type Dim = number | null

/** How a window meets the border: TensorFlow's two ways, or so many elements before and after. */
export type Padding = 'SAME' | 'VALID' | readonly [before: number, after: number]

/** Number of elements; null where not known. One empty dimension settles it. */
export function numElements(shape: PartialShape): Dim {
  return shape === null ? null : shape.reduce(timesDim, 1)
}

/** The shape, when every dimension is known. */
export function staticShape(shape: PartialShape): number[] | undefined {
  if (shape === null) return undefined
  const known = shape.filter(d => d !== null)
  return known.length === shape.length ? known : undefined
}

/** Whether one tensor can have both shapes. */
export function compatible(a: PartialShape, b: PartialShape): boolean {
  if (a === null || b === null) return true
  return a.length === b.length && a.every((d, i) => compatibleDims(d, b[i] ?? null))
}

/** The shape of a tensor that has both shapes: what either one knows. Unknown where they contradict. */
export function mergeShapes(a: PartialShape, b: PartialShape): PartialShape {
  if (a === null) return b
  if (b === null) return a
  return compatible(a, b) ? a.map((d, i) => d ?? b[i] ?? null) : null
}

/** The shape of a tensor that has one or the other: what both know. */
export function commonShape(a: PartialShape, b: PartialShape): PartialShape {
  if (a === null || b === null || a.length !== b.length) return null
  return a.map((d, i) => (d === b[i] ? d : null))
}

/** Whether two shapes know the same. */
export function equalShapes(a: PartialShape, b: PartialShape): boolean {
  if (a === null || b === null) return a === b
  return a.length === b.length && a.every((d, i) => d === b[i])
}

/**
 * The shape of `a + b` as NumPy broadcasts: aligned at the last dimension, 1
 * stretches. An unknown dimension beside one larger than 1 must be that or 1.
 * Unknown where the shapes do not fit.
 */
export function broadcastShapes(a: PartialShape, b: PartialShape): PartialShape {
  if (a === null || b === null) return null
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let i = 0; i < rank; i++) {
    const p = i < rank - a.length ? 1 : a[i - rank + a.length]!
    const q = i < rank - b.length ? 1 : b[i - rank + b.length]!
    if (p === 1 || p === q) result.push(q)
    else if (q === 1) result.push(p)
    else if (p !== null && q !== null) return null
    else result.push(p ?? q)
  }
  return result
}

/**
 * The size of a convolution's or pool's output along one axis. `SAME` needs no
 * kernel size. Null where something needed is unknown or the window does not fit.
 * Source: GetWindowedOutputSizeVerbose in tensorflow/core/framework/kernel_shape_util.cc.
 */
export function convOutput(size: Dim, kernel: Dim, stride: number, dilation: number, padding: Padding): Dim {
  if (size === null || stride < 1 || dilation < 1) return null
  if (padding === 'SAME') return Math.ceil(size / stride)
  if (kernel === null) return null
  const padded = padding === 'VALID' ? size : size + padding[0] + padding[1]
  const reach = (kernel - 1) * dilation + 1
  const output = Math.floor((padded - reach) / stride) + 1
  return output >= 0 ? output : null
}

/** Whether one dimension can have both sizes. */
const compatibleDims = (a: Dim, b: Dim): boolean => a === null || b === null || a === b
/** The sum, where both are known. */
export const plusDim = (a: Dim, b: Dim): Dim => (a === null || b === null ? null : a + b)
/** Zero times what is not known is zero. */
export const timesDim = (a: Dim, b: Dim): Dim => (a === 0 || b === 0 ? 0 : a === null || b === null ? null : a * b)
/** The quotient, where it is whole. */
export const overDim = (a: Dim, b: number): Dim => (a === null || b === 0 || a % b !== 0 ? null : a / b)
/** How many dimensions; null where not known. */
export const rankOf = (shape: PartialShape): Dim => (shape === null ? null : shape.length)
/** The shape without its first dimensions: that of a row. */
export const afterAxes = (shape: PartialShape, count: number): PartialShape =>
  shape === null ? null : shape.slice(count)
/** The shape without its last dimension. */
export const beforeLast = (shape: PartialShape): PartialShape => (shape === null ? null : shape.slice(0, -1))

/** A shape of this rank, no dimension known. Throws `Contradiction` beyond TensorFlow's limit: ranks come from files. */
export function ofRank(rank: number): Dim[] {
  if (rank > MAX_RANK) throw new Contradiction(`a tensor of rank ${rank}`)
  return Array<Dim>(rank).fill(null)
}

/** For each element of a tensor of shape `to`, row-major, the element of one of shape `from` that broadcasts onto it. */
export function broadcastIndices(from: Shape, to: Shape): number[] {
  const steps = strides(from).map((s, i) => (from[i] === 1 ? 0 : s))
  const padded = [...Array<number>(to.length - from.length).fill(0), ...steps]
  return offsets(to, padded)
}

/** Distances, in elements, between neighbours along each axis of a row-major tensor. */
export function strides(shape: Shape): number[] {
  const result = Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) result[i] = result[i + 1]! * shape[i + 1]!
  return result
}

/** The offset of each index into `shape`, in row-major order, where axis i advances by `steps[i]` from `start`. */
export function offsets(shape: Shape, steps: readonly number[], start = 0): number[] {
  let result = [start]
  for (const [axis, size] of shape.entries()) {
    const along = Array.from({ length: size }, (_, i) => i * steps[axis]!)
    result = result.flatMap(base => along.map(step => base + step))
  }
  return result
}
