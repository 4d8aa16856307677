/** Slices of tensors: how a bundle names the parts of a partitioned tensor, and how graphs ask for a part. */
import type { Shape } from '../../tensor/tensor.ts'
import type { TensorSliceProto } from '../../tensorflow/generated/messages.ts'

/** A range of one dimension. */
export interface Extent {
  readonly start: number
  /** WHOLE for all of the dimension: another key than the dimension's own size. */
  readonly length: number
}

/** One extent for each dimension. */
export type Slice = readonly Extent[]

/** The length that stands for the whole dimension, as in TensorFlow's kFullExtent. */
export const WHOLE = -1

/** The slice of a TensorSliceProto. */
export const sliceOf = (proto: TensorSliceProto): Slice =>
  proto.extent.map(({ start, hasLengthHack }) =>
    hasLengthHack ? { start: Number(start), length: Number(hasLengthHack.value) } : { start: 0, length: WHOLE },
  )

/** The same slice with every length spelt out; undefined where it does not fit into `shape`. */
export function sliceWithin(shape: Shape, slice: Slice): Slice | undefined {
  if (slice.length !== shape.length) return undefined
  const spelt = slice.map(({ start, length }, i) => ({ start, length: length === WHOLE ? shape[i]! - start : length }))
  const fits = spelt.every(({ start, length }, i) => start >= 0 && length >= 0 && start + length <= shape[i]!)
  return fits ? spelt : undefined
}

export const sameSlice = (a: Slice, b: Slice): boolean =>
  a.length === b.length && a.every((e, i) => e.start === b[i]!.start && e.length === b[i]!.length)

/** Whether two spelt-out slices have an element in common. */
export const overlap = (a: Slice, b: Slice): boolean =>
  a.every((e, i) => Math.max(e.start, b[i]!.start) < Math.min(e.start + e.length, b[i]!.start + b[i]!.length))

/** The part of a tensor that a graph asks for, and the shape that it expects of the whole tensor. */
export interface SliceSpec {
  readonly shape: Shape
  readonly slice: Slice
}

/**
 * Parses what RestoreV2 takes as `shape_and_slices`: the shape, then
 * `start,length` (or `-` for a whole dimension) for each dimension:
 *
 *     8 4 0,3:0,4
 *
 * Undefined where the text is not one.
 * Source: tensorflow/core/util/saved_tensor_slice_util.cc, ParseShapeAndSlice.
 */
export function parseSliceSpec(text: string): SliceSpec | undefined {
  const parts = text.trim().split(/ +/)
  const extents = parts.pop()!.split(':')
  const match = extents.map(extent => /^(?:-|(\d+),(\d+))$/.exec(extent))
  if (!parts.every(part => /^\d+$/.test(part)) || match.includes(null)) return undefined
  const slice = match.map(m =>
    m![1] === undefined ? { start: 0, length: WHOLE } : { start: Number(m![1]), length: Number(m![2]) },
  )
  return slice.length === parts.length ? { shape: parts.map(Number), slice } : undefined
}

/**
 * The key of a part of a partitioned tensor, in an encoding whose bytes sort as
 * its values do:
 *
 *     0, name, rank, then start and length of each dimension
 *
 * Source: tensorflow/core/util/saved_tensor_slice_util.cc, EncodeTensorNameSlice.
 */
export function encodeTensorNameSlice(name: Uint8Array, slice: Slice): Uint8Array {
  const bytes = [...unsigned(0), ...terminated(name), ...unsigned(slice.length)]
  for (const { start, length } of slice) bytes.push(...signed(start), ...signed(length))
  return Uint8Array.from(bytes)
}

/** OrderedCode of a string: 0x00 and 0xff escaped, then 0x00 0x01. */
function terminated(text: Uint8Array): number[] {
  const bytes: number[] = []
  for (const byte of text) {
    bytes.push(byte)
    if (byte === 0x00) bytes.push(0xff)
    else if (byte === 0xff) bytes.push(0x00)
  }
  return [...bytes, 0x00, 0x01]
}

/** OrderedCode of an unsigned number: how many bytes, then the bytes, the highest first. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [bytes.length, ...bytes]
}

/** OrderedCode of a signed number: two's complement in L bytes of 7 bits, the top L bits flipped. */
function signed(value: number): number[] {
  let length = 1
  while (value < -(2 ** (7 * length - 1)) || value >= 2 ** (7 * length - 1)) length++
  const header = ((1n << BigInt(length)) - 1n) << BigInt(7 * length)
  const code = BigInt.asUintN(8 * length, BigInt(value)) ^ header
  return Array.from({ length }, (_, i) => Number((code >> BigInt(8 * (length - 1 - i))) & 0xffn))
}
