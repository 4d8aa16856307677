/**
 * Reads tensors: the only code that touches weights. A recipe becomes a reader
 * of element ranges, so that a writer streams any tensor in pieces, and memory
 * stays flat however large it is.
 */

import { CHUNK_BYTES } from '../bytes/source.ts'
import { invariant } from '../errors.ts'
import { bytesPerElement, isFloat } from '../tensorflow/dtype.ts'
import { openBlocks } from './blocks.ts'
import { encode } from './codec.ts'
import { openNumbers } from './numbers.ts'
import { openRange } from './range.ts'
import type { Access, TensorReader } from './reader.ts'
import { openSpread, openStrided } from './strided.ts'
import { type Computation, elementCount, type Tensor } from './tensor.ts'

/**
 * A reader of a tensor whose elements have a fixed size. Its reads reject with
 * `truncated` or `corrupt` where the file is at fault, and with `unsupported`
 * where a computation is not defined for the type.
 */
export function openTensor(t: Tensor, access: Access = 'random'): TensorReader {
  const { recipe } = t
  const size = bytesPerElement(t.dtype)
  switch (recipe.kind) {
    case 'memory':
      return { read: async (start, count) => recipe.bytes.subarray(start * size, (start + count) * size) }
    case 'splat':
      return { read: async (_, count) => repeat(recipe.bytes, count) }
    case 'range':
      return openRange(t, recipe, access)
    case 'blocks':
      return openBlocks(t, recipe.blocks, { access, open: openTensor })
    case 'computed':
      return openComputed(t, recipe.by, access)
    case 'strings':
    case 'opaque':
      return invariant(false, `elements of ${t.dtype} have no fixed size and cannot be streamed`) as never
  }
}

function openComputed(t: Tensor, by: Computation, access: Access): TensorReader {
  switch (by.op) {
    case 'reshape':
      return openTensor(by.of[0], access)
    case 'transpose':
    case 'slice':
    case 'reverse':
      return openStrided(t, by, openTensor)
    case 'spread':
      return openSpread(t, by, { access, open: openTensor })
    default: {
      if (by.op === 'cast' && by.of[0].dtype === t.dtype) return openTensor(by.of[0], access)
      const isRoundedAnyway = by.op === 'cast' && isFloat(t.dtype)
      const numbers = openNumbers(isRoundedAnyway ? by.of[0] : t, { access, open: openTensor })
      return { read: async (start, count) => encode(t.dtype, await numbers.read(start, count)) }
    }
  }
}

function repeat(element: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(element.length * count)
  if (element.every(byte => byte === 0)) return out
  out.set(element.subarray(0, out.length))
  for (let filled = element.length; filled < out.length; filled *= 2) out.copyWithin(filled, 0, filled)
  return out
}

/** Bytes of memory that an element takes while it is computed: several numbers of 64 bits. */
const COMPUTED_BYTES = 32

const MOVES: ReadonlySet<Computation['op']> = new Set(['reshape', 'transpose', 'slice', 'reverse', 'spread'])

/** True if elements are computed, not only moved. */
const isArithmetic = ({ recipe }: Tensor): boolean => recipe.kind === 'computed' && !MOVES.has(recipe.by.op)

/** Pieces that are being read while the caller works on another: the disk and the checksum wait for each other less. */
const READ_AHEAD = 3

/**
 * All bytes of a tensor, in pieces of at most `maxBytes` (but at least one
 * element), the next ones being read while the caller works on the last.
 * Throws as `openTensor` says; `corrupt` comes with or before the last piece.
 */
export async function* chunks(t: Tensor, maxBytes = CHUNK_BYTES): AsyncGenerator<Uint8Array, void> {
  const total = elementCount(t.shape)
  const step = Math.max(1, Math.floor(maxBytes / (isArithmetic(t) ? COMPUTED_BYTES : bytesPerElement(t.dtype))))
  const reader = openTensor(t, 'sequential')
  const reading: Promise<Uint8Array>[] = []
  let start = 0
  const readAhead = () => {
    for (; reading.length < READ_AHEAD && start < total; start += step) {
      const piece = reader.read(start, Math.min(step, total - start))
      piece.catch(() => {}) // it is awaited later, or not at all when the caller stops
      reading.push(piece)
    }
  }
  readAhead()
  for (let piece = reading.shift(); piece; piece = reading.shift()) {
    const bytes = await piece
    readAhead()
    yield bytes
  }
}

/** All bytes of a tensor. The caller has checked that it is not too large. */
export const readTensor = (t: Tensor): Promise<Uint8Array> => openTensor(t, 'sequential').read(0, elementCount(t.shape))
