/**
 * Factors by channel. A factor is one number, or a vector along one axis of the
 * value that it multiplies; axes count from the end (−1 the last), so that they
 * mean the same where the rank is not known.
 */
import type { Node } from '../../graph/node.ts'
import { reshape } from '../../tensor/make.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'

export interface Factor {
  /** Float64, of rank 0 or 1. */
  readonly tensor: Tensor
  /** The axis that the vector lies along; undefined of one number. */
  readonly axis: number | undefined
}

/** A constant that broadcasts against a value, as a factor; undefined where it varies along two axes. */
export function factorOf(t: Tensor): Factor | undefined {
  if (elementCount(t.shape) === 1) return { tensor: reshape(t, []), axis: undefined }
  const long = t.shape.flatMap((size, i) => (size === 1 ? [] : [i]))
  if (long.length !== 1) return undefined
  return { tensor: reshape(t, [elementCount(t.shape)]), axis: long[0]! - t.shape.length }
}

/** The factor as a constant that broadcasts against the value: [C], or [C,1,1] for axis −3. */
export const broadcastable = ({ tensor, axis }: Factor): Tensor =>
  axis === undefined || axis === -1 ? tensor : reshape(tensor, [tensor.shape[0]!, ...Array<number>(-axis - 1).fill(1)])

/** The axis of the channels by `data_format`: the last, or the one after the batch. */
export function channelAxis(node: Node): number {
  const format = node.attr('data_format')
  const value = format?.kind === 'string' ? node.str('data_format') : 'NHWC'
  return value.startsWith('NC') ? 1 - value.length : -1
}

/** Ops that are linear in their first input, by how a vector over its channels multiplies their weights. */
export const INPUT_VECTOR: Readonly<Record<string, (shape: Shape, node: Node) => Shape>> = {
  Conv2D: shape => [shape.at(-2)!, 1],
  Conv3D: shape => [shape.at(-2)!, 1],
  DepthwiseConv2dNative: shape => [shape.at(-2)!, 1],
  MatMul: (shape, node) => (node.bool('transpose_b') ? [shape.at(-1)!] : [shape.at(-2)!, 1]),
  BatchMatMulV2: (shape, node) => (node.bool('adj_y') ? [shape.at(-1)!] : [shape.at(-2)!, 1]),
}
