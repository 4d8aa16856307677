/** String tensors of a bundle, which are read whole. */
import { crc32c, maskCrc32c } from '../../bytes/crc32c.ts'
import { Cursor } from '../../bytes/cursor.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_STRING_TENSOR_BYTES } from '../../limits.ts'
import { elementCount } from '../../tensor/tensor.ts'
import type { BundleEntry } from './entry.ts'

/**
 * Reads the elements of a string tensor and checks both checksums:
 *
 *     lengths    a varint an element
 *     crc32c     u32, masked, over each length as a little-endian u32
 *     bytes      of all elements
 *
 * The entry's checksum goes on from the one of the lengths, over its four
 * stored bytes (in the bundle's byte order) and all that follow. Throws
 * `corrupt`, or `limit` above MAX_STRING_TENSOR_BYTES.
 * Source: tensorflow/core/util/tensor_bundle/tensor_bundle.cc, ReadStringTensor.
 */
export async function readStrings(
  data: ByteSource,
  key: string,
  entry: BundleEntry,
  bigEndian: boolean,
): Promise<readonly Uint8Array[]> {
  const place = { file: data.name, offset: entry.offset, path: [key] }
  if (entry.size > MAX_STRING_TENSOR_BYTES)
    throw new FreezeError('limit', `${entry.size} bytes of strings, at most ${MAX_STRING_TENSOR_BYTES} are read`, place)
  const count = elementCount(entry.shape)
  if (count > entry.size)
    throw new FreezeError('corrupt', `${entry.size} bytes cannot hold ${count} strings, each has a length`, place)
  const cursor = new Cursor(await data.read(entry.offset, entry.size), data.name, entry.offset)
  return cursor.within(key, () => strings(cursor, count, entry, bigEndian))
}

function strings(cursor: Cursor, count: number, entry: BundleEntry, bigEndian: boolean): Uint8Array[] {
  const lengths = Array.from({ length: count }, () => cursor.varint())
  const lengthsCrc = crc32cOfLengths(lengths)
  const stored = cursor.take(4)
  const storedCrc = new DataView(stored.buffer, stored.byteOffset).getUint32(0, !bigEndian)
  if (storedCrc !== maskCrc32c(lengthsCrc))
    cursor.fail('corrupt', 'the checksum of the string lengths is wrong', DAMAGED)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (total !== cursor.left) cursor.fail('corrupt', `strings of ${total} bytes, and ${cursor.left} are left for them`)
  const bytes = cursor.take(total)
  if (maskCrc32c(crc32c(bytes, crc32c(stored, lengthsCrc))) !== entry.maskedCrc32c)
    cursor.fail('corrupt', 'the checksum of the strings is wrong', DAMAGED)
  let end = 0
  return lengths.map(length => bytes.subarray(end, (end += length)))
}

const DAMAGED = 'The file was damaged: copy it again.'

function crc32cOfLengths(lengths: readonly number[]): number {
  const word = new Uint8Array(4)
  const view = new DataView(word.buffer)
  return lengths.reduce((crc, length) => {
    view.setUint32(0, length, true)
    return crc32c(word, crc)
  }, 0)
}
