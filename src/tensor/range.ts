/** Reads tensors that are a range of a source: checked against their checksum, in the machine's byte order. */
import { createCrc32c, type StreamingCrc } from '../bytes/streaming-crc.ts'
import { FreezeError } from '../errors.ts'
import { bytesPerElement, bytesPerWord } from '../tensorflow/dtype.ts'
import { swapWords } from './codec.ts'
import type { Access, TensorReader } from './reader.ts'
import { byteLength, type Recipe, type Tensor } from './tensor.ts'

type RangeRecipe = Extract<Recipe, { kind: 'range' }>

/** Bytes that are read at once to verify a checksum before reading out of order. */
const VERIFY_BYTES = 1 << 20

/** Ranges whose checksum was found right: a tensor that is read in parts is verified once, however many read it. */
const verified = new WeakSet<RangeRecipe>()

/**
 * A reader of a range. With `sequential` access the checksum is taken of what
 * streams through and compared at the end; with `random` access the range is
 * verified whole before its first part is read. Reads reject with `corrupt` on
 * a mismatch.
 */
export function openRange(t: Tensor, recipe: RangeRecipe, access: Access): TensorReader {
  const size = bytesPerElement(t.dtype)
  const word = recipe.bigEndian ? bytesPerWord(t.dtype) : 1
  const fetch = checkedFetch(recipe, byteLength(t), access)
  return {
    async read(start, count) {
      const bytes = await fetch(start * size, count * size)
      return word > 1 ? swapWords(new Uint8Array(bytes), word) : bytes // a copy: the source may have handed out its own memory
    },
  }
}

type Fetch = (offset: number, length: number) => Promise<Uint8Array>

/** Reads by offset in the range, with the checksum seen to. */
function checkedFetch(recipe: RangeRecipe, length: number, access: Access): Fetch {
  const plain: Fetch = (offset, count) => recipe.source.read(recipe.offset + offset, count)
  if (recipe.crc32c === undefined || verified.has(recipe)) return plain
  if (access === 'sequential') return streamingFetch(recipe, length, plain)
  let verifying: Promise<void> | undefined
  return async (offset, count) => {
    if (offset === 0 && count === length) return streamingFetch(recipe, length, plain)(offset, count)
    verifying ??= verify(recipe, length, plain)
    await verifying
    return plain(offset, count)
  }
}

/** Reads that follow one another; several may be in flight, and are taken into the checksum in order. */
function streamingFetch(recipe: RangeRecipe, length: number, plain: Fetch): Fetch {
  let crc: Promise<StreamingCrc> | undefined
  let before: Promise<unknown> = Promise.resolve()
  return async (offset, count) => {
    crc ??= createCrc32c(length)
    const reading = plain(offset, count)
    const previous = before
    const checked = (async () => {
      const [sum, bytes] = await Promise.all([crc, reading, previous])
      sum.update(bytes)
      if (offset + count === length) compare(recipe, length, sum.digest())
      return bytes
    })()
    before = checked
    return checked
  }
}

async function verify(recipe: RangeRecipe, length: number, plain: Fetch): Promise<void> {
  const fetch = streamingFetch(recipe, length, plain)
  for (let offset = 0; offset < length; offset += VERIFY_BYTES) {
    await fetch(offset, Math.min(VERIFY_BYTES, length - offset))
  }
}

function compare(recipe: RangeRecipe, length: number, found: number): void {
  if (found === recipe.crc32c! >>> 0) {
    verified.add(recipe)
    return
  }
  const hex = (crc: number): string => `0x${(crc >>> 0).toString(16).padStart(8, '0')}`
  throw new FreezeError(
    'corrupt',
    `the checksum of the ${length} bytes here is ${hex(found)}, and ${hex(recipe.crc32c!)} is recorded`,
    {
      file: recipe.source.name,
      offset: recipe.offset,
      ...(recipe.key !== undefined && { path: [recipe.key] }),
      hint: 'The file is damaged: copy it again or save it anew.',
    },
  )
}
