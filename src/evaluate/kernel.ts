/** The interface of a kernel, and what all kernels share: errors, axes, index arithmetic. */
import { type ErrorCode, FreezeError } from '../errors.ts'
import type { Node } from '../graph/node.ts'
import { broadcastShapes } from '../tensor/make.ts'
import { rowMajorStrides } from '../tensor/strided.ts'
import { elementCount, type Shape } from '../tensor/tensor.ts'
import { type NdArray, take } from './array.ts'

/** Computes an op's results. Throws a FreezeError where TensorFlow would fail, or gives no defined result. */
export type Kernel = (inputs: readonly NdArray[], node: Node) => readonly NdArray[]
export type Kernels = Readonly<Record<string, Kernel>>

/** Throws: the computation itself is at fault (a bad index, a division by zero). */
export function fail(node: Node, what: string, code: ErrorCode = 'invalid-graph'): never {
  throw new FreezeError(code, what, { node: node.name })
}

/** Throws where the result is not defined, or this evaluator does not do it. */
export const refuse = (node: Node, what: string): never => fail(node, what, 'unsupported')

/** An axis counted from the front. */
export function axisOf(node: Node, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) fail(node, `axis ${axis} of a tensor of rank ${rank}`)
  return axis < 0 ? axis + rank : axis
}

/** For each element of shape `to`, the position of the element of shape `from` that is stretched over it. */
export function stretched(from: Shape, to: Shape): Int32Array {
  const padded = [...Array<number>(to.length - from.length).fill(1), ...from]
  const own = rowMajorStrides(padded)
  return positions(
    to,
    padded.map((dim, axis) => (dim === 1 ? 0 : own[axis]!)),
  )
}

/** Two operands of one shape, with the smaller ones stretched. */
export function aligned(node: Node, a: NdArray, b: NdArray): { a: NdArray; b: NdArray } {
  if (String(a.shape) === String(b.shape)) return { a, b }
  const shape = broadcastShapes(a.shape, b.shape)
  if (!shape) fail(node, `shapes [${a.shape}] and [${b.shape}] do not broadcast`)
  const stretch = (x: NdArray): NdArray =>
    String(x.shape) === String(shape) ? x : take(x, stretched(x.shape, shape), shape)
  return { a: stretch(a), b: stretch(b) }
}

/** base + Σ coordinate · stride for each element of a shape, row-major. */
export function positions(shape: Shape, strides: readonly number[], base = 0): Int32Array {
  const out = new Int32Array(elementCount(shape))
  if (out.length === 0) return out
  out[0] = base
  let filled = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const block = filled
    for (let i = 1; i < shape[axis]!; i++) {
      for (let k = 0; k < block; k++) out[filled++] = out[k]! + i * strides[axis]!
    }
  }
  return out
}

/** A shape as [product before axis, its size, product after]. */
export const around = (shape: Shape, axis: number): [number, number, number] => [
  elementCount(shape.slice(0, axis)),
  shape[axis]!,
  elementCount(shape.slice(axis + 1)),
]

/** One position for each of `count` elements. */
export function indices(count: number, position: (i: number) => number): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) out[i] = position(i)
  return out
}

/** The larger of two 64-bit integers. */
export const largerOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)
/** The smaller of two 64-bit integers. */
export const smallerOf = (a: bigint, b: bigint): bigint => (a < b ? a : b)
