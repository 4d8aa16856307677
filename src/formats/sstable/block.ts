/** Blocks: sorted entries, keys cut by what they share with the key before. */
import { crc32c, unmaskCrc32c } from '../../bytes/crc32c.ts'
import { Cursor } from '../../bytes/cursor.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_BLOCK_BYTES } from '../../limits.ts'
import { unpackSnappy } from '../snappy.ts'
import type { BlockHandle } from './footer.ts'

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The kind of packing, and the masked checksum of content and kind. */
const TRAILER_BYTES = 5
const NONE = 0
const SNAPPY = 1

/**
 * Reads a block, checks it and unpacks it:
 *
 *     content   handle.size bytes
 *     type      u8: 0 as it is, 1 snappy
 *     crc32c    u32, masked, over content and type
 *
 * `end` is where blocks must end: the footer. Throws `truncated`, `corrupt`,
 * or `limit` above MAX_BLOCK_BYTES.
 * Source: tensorflow/tsl/lib/io/format.cc, ReadBlock.
 */
export async function readBlock(source: ByteSource, handle: BlockHandle, end: number, name: string): Promise<Cursor> {
  const { offset, size } = handle
  const place = { file: source.name, offset, path: [name] }
  if (offset + size + TRAILER_BYTES > end)
    throw new FreezeError('truncated', `a block of ${size} bytes runs past the end of blocks at ${end}`, place)
  if (size > MAX_BLOCK_BYTES)
    throw new FreezeError('limit', `a block of ${size} bytes, at most ${MAX_BLOCK_BYTES} are read`, place)
  const stored = await source.read(offset, size + TRAILER_BYTES)
  const type = stored[size]!
  const trailer = new Cursor(stored.subarray(size + 1), source.name, offset + size + 1)
  const expected = unmaskCrc32c(trailer.u32())
  const actual = crc32c(stored.subarray(0, size + 1))
  if (actual !== expected)
    throw new FreezeError('corrupt', `checksum ${hex(actual)} of a block, ${hex(expected)} is stored`, {
      ...place,
      hint: 'The file was damaged: copy it again.',
    })
  const content = new Cursor(stored.subarray(0, size), source.name, offset)
  if (type === NONE) return content
  if (type !== SNAPPY) content.fail('corrupt', `block type ${type}, expected 0 (as it is) or 1 (snappy)`)
  const bytes = content.within(name, () => unpackSnappy(content, MAX_BLOCK_BYTES))
  // Offsets are now in what was unpacked, and the name says so.
  return new Cursor(bytes, `${source.name} unpacked ${name} of 0x${offset.toString(16)}`)
}

/**
 * The entries of a block, in order:
 *
 *     shared, unshared, length   varints
 *     key suffix                 `unshared` bytes, after `shared` bytes of the last key
 *     value                      `length` bytes
 *     …
 *     restarts                   u32 offsets, then u32 their number
 *
 * Restarts are for binary search, and are not needed here.
 */
export function* blockEntries(block: Cursor): Generator<Entry> {
  const end = restartsOffset(block)
  let key = new Uint8Array(0)
  block.position = 0
  while (block.position < end) {
    const shared = block.varint()
    const unshared = block.varint()
    const length = block.varint()
    if (shared > key.length)
      block.fail('corrupt', `an entry shares ${shared} bytes of a key that has ${key.length} bytes`)
    if (unshared + length > end - block.position)
      block.fail('corrupt', `an entry of ${unshared} + ${length} bytes runs past the entries' end at ${end}`)
    const next = new Uint8Array(shared + unshared)
    next.set(key.subarray(0, shared))
    next.set(block.take(unshared), shared)
    key = next
    yield { key, value: block.take(length) }
  }
}

/** Where the restart array begins and entries end. */
function restartsOffset(block: Cursor): number {
  if (block.length < 4) block.fail('corrupt', `a block of ${block.length} bytes has no room for its restart count`)
  block.position = block.length - 4
  const restarts = block.u32()
  const offset = block.length - 4 - restarts * 4
  if (offset < 0) block.fail('corrupt', `${restarts} restarts do not fit into a block of ${block.length} bytes`)
  return restarts === 0 ? 0 : offset
}

const hex = (crc: number): string => `0x${crc.toString(16).padStart(8, '0')}`
