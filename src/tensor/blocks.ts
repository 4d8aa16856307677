/** Reads tensors that are laid together from blocks: partitioned variables, chunked datasets, concatenations. */
import { bytesPerElement } from '../tensorflow/dtype.ts'
import type { Opening, TensorReader } from './reader.ts'
import { type Block, elementCount, type Shape, type Tensor } from './tensor.ts'

interface OpenBlock {
  readonly block: Block
  readonly reader: TensorReader
  /** Row-major positions in the whole tensor of the block's first element and of the one after its last. */
  readonly first: number
  readonly end: number
}

/**
 * A reader of blocks. In row-major order the elements of one block keep their
 * order in the whole, so what a range of the whole needs of a block is a range
 * of the block: each block is read once, front to back, when the whole is.
 */
export function openBlocks(t: Tensor, blocks: readonly Block[], { access, open }: Opening): TensorReader {
  const size = bytesPerElement(t.dtype)
  const parts = blocks
    .filter(block => elementCount(block.tensor.shape) > 0)
    .map((block): OpenBlock => {
      const last = block.start.map((from, axis) => from + block.tensor.shape[axis]! - 1)
      const first = flatIndex(block.start, t.shape)
      return { block, reader: open(block.tensor, access), first, end: flatIndex(last, t.shape) + 1 }
    })
  return {
    async read(start, count) {
      const out = new Uint8Array(count * size)
      for (const part of parts) {
        if (part.end > start && part.first < start + count) await copyPart(part, t.shape, size, start, out)
      }
      return out
    },
  }
}

/** Copies what the range of `out`, from element `start` of the whole, needs of one block. */
async function copyPart({ block, reader }: OpenBlock, whole: Shape, size: number, start: number, out: Uint8Array) {
  const shape = block.tensor.shape
  const from = elementsBefore(start, block, whole)
  const to = elementsBefore(start + out.length / size, block, whole)
  if (from === to) return
  const bytes = await reader.read(from, to - from)
  const run = runLength(shape, whole)
  for (let at = from; at < to; ) {
    const next = Math.min(to, at - (at % run) + run)
    const coordinates = coordinatesOf(at, shape).map((c, axis) => c + block.start[axis]!)
    const target = flatIndex(coordinates, whole) - start
    out.set(bytes.subarray((at - from) * size, (next - from) * size), target * size)
    at = next
  }
}

/** Elements of the block that lie together in the whole as well: its trailing axes that are whole, and one more. */
function runLength(shape: Shape, whole: Shape): number {
  let run = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    run *= shape[axis]!
    if (shape[axis] !== whole[axis]) break
  }
  return run
}

/** How many elements of the block lie before row-major position `flat` of the whole. */
function elementsBefore(flat: number, block: Block, whole: Shape): number {
  const shape = block.tensor.shape
  if (flat >= elementCount(whole)) return elementCount(shape)
  const at = coordinatesOf(flat, whole)
  let count = 0
  let inner = elementCount(shape)
  for (const [axis, size] of shape.entries()) {
    inner /= size
    const offset = at[axis]! - block.start[axis]!
    if (offset < 0) return count
    if (offset >= size) return count + size * inner
    count += offset * inner
  }
  return count
}

/** The position of coordinates in row-major order. */
export const flatIndex = (coordinates: readonly number[], shape: Shape): number =>
  coordinates.reduce((flat, c, axis) => flat * shape[axis]! + c, 0)

/** The coordinates of a row-major position. */
export function coordinatesOf(flat: number, shape: Shape): number[] {
  const coordinates = new Array<number>(shape.length)
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    coordinates[axis] = rest % shape[axis]!
    rest = Math.floor(rest / shape[axis]!)
  }
  return coordinates
}
