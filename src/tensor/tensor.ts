/**
 * Tensors by reference: a dtype, a shape, and a recipe that says where the
 * bytes are or how to make them. Building, freezing and optimising a graph read
 * no weight; `read.ts` does, for writers.
 */
import type { ByteSource } from '../bytes/source.ts'
import { bytesPerElement, type DType } from '../tensorflow/dtype.ts'

/** Sizes of all dimensions. */
export type Shape = readonly number[]

/** A value that need not be in memory. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: Shape
  readonly recipe: Recipe
}

/** Where a tensor's elements are: row-major, little-endian unless said otherwise. */
export type Recipe =
  /** At hand. */
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  /** Elements of dtype string, at hand. */
  | { readonly kind: 'strings'; readonly values: readonly Uint8Array[] }
  /** One element, repeated. */
  | { readonly kind: 'splat'; readonly bytes: Uint8Array }
  /** Bytes of a source, from `offset`. With `crc32c` (unmasked) they are checked as they stream through. */
  | {
      readonly kind: 'range'
      readonly source: ByteSource
      readonly offset: number
      /** The checkpoint's name for these bytes, for messages. */
      readonly key?: string
      readonly crc32c?: number
      readonly bigEndian?: boolean
    }
  /** Blocks laid side by side, each from its `start`; together they cover the tensor. */
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
  /** A computation over other tensors, in float64, rounded once to the dtype. */
  | { readonly kind: 'computed'; readonly by: Computation }
  /** A serialised TensorProto that is not looked into (variant and resource constants). */
  | { readonly kind: 'opaque'; readonly proto: Uint8Array }

/** A part of a tensor: where it starts in each dimension, and its elements. */
export interface Block {
  readonly start: readonly number[]
  readonly tensor: Tensor
}

/** Computations of two tensors, element by element. */
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum'
/** Computations of one tensor, element by element. */
export type UnaryName = 'neg' | 'abs' | 'square' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'exp'

/** The operation of a `computed` recipe. The result's dtype and shape are the tensor's. */
export type Computation =
  /** Element by element; shapes broadcast as in NumPy. */
  | { readonly op: BinaryName; readonly of: readonly [Tensor, Tensor] }
  | { readonly op: UnaryName | 'cast' | 'reshape'; readonly of: readonly [Tensor] }
  /** Result dimension i is operand dimension perm[i]. */
  | { readonly op: 'transpose'; readonly of: readonly [Tensor]; readonly perm: readonly number[] }
  /** From `begin`, by `strides` (1 where absent), as many as the shape says. */
  | {
      readonly op: 'slice'
      readonly of: readonly [Tensor]
      readonly begin: readonly number[]
      readonly strides?: readonly number[]
    }
  /** Runs the given axes backwards. */
  | { readonly op: 'reverse'; readonly of: readonly [Tensor]; readonly axes: readonly number[] }
  /** Puts element i at i·factor of each axis, zeros between: a dilated kernel written out. */
  | { readonly op: 'spread'; readonly of: readonly [Tensor]; readonly factors: readonly number[] }
  /** Rounds to `steps` levels, evenly spaced between the tensor's smallest and largest element. */
  | { readonly op: 'round-to-levels'; readonly of: readonly [Tensor]; readonly steps: number }
  /** The 8-bit code of each element: round((x − min) / (max − min) · 255), over the tensor's own range. */
  | { readonly op: 'quantize'; readonly of: readonly [Tensor] }
  /**
   * The 8-bit code of each element over a range, in which zero is one of the levels:
   * round(x · s) − round(min · s) within 0…255, s = 255 / (max − min). Operands: x, min, max.
   */
  | { readonly op: 'quantize-within'; readonly of: readonly [Tensor, Tensor, Tensor] }
  /**
   * The element of a table that is nearest to each element of x, the first of several. The table is [entries], or
   * [n, entries] with a row for each of the n places along `axis` of x.
   */
  | { readonly op: 'nearest'; readonly of: readonly [x: Tensor, table: Tensor]; readonly axis: number }
  /** Summed over these axes, which go. */
  | { readonly op: 'sum'; readonly of: readonly [Tensor]; readonly axes: readonly number[] }
  /** The smallest or largest element, as a scalar. */
  | { readonly op: 'lowest' | 'highest'; readonly of: readonly [Tensor] }

/** Number of elements; 1 for a scalar. */
export const elementCount = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)

/** Bytes of all elements; of strings the sum of their lengths (which needs them at hand). */
export function byteLength(t: Tensor): number {
  if (t.recipe.kind === 'strings') return t.recipe.values.reduce((n, s) => n + s.length, 0)
  if (t.recipe.kind === 'opaque') return t.recipe.proto.length
  return elementCount(t.shape) * bytesPerElement(t.dtype)
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])
