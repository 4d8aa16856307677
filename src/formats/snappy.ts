/** Raw snappy (no framing), which old writers pack SSTable blocks with. */
import type { Cursor } from '../bytes/cursor.ts'

/**
 * Unpacks all that `packed` has left:
 *
 *     varint   length of the result
 *     tag …    low 2 bits: 0 literal, 1 to 3 a copy from `offset` bytes back
 *
 * Throws `limit` when the result would be longer than `max`, and `corrupt` on
 * a copy from before the start or a length that is not the promised one.
 * Source: github.com/google/snappy, format_description.txt.
 */
export function unpackSnappy(packed: Cursor, max: number): Uint8Array {
  const length = packed.varint()
  if (length > max) packed.fail('limit', `a snappy block of ${length} bytes, at most ${max} are read`)
  // A copy makes at most 64 bytes of its 2 or more: a longer promise is not worth its allocation.
  if (length > packed.left * 64) packed.fail('corrupt', `${packed.left} bytes of snappy cannot hold ${length}`)
  const out = new Uint8Array(length)
  let end = 0
  while (packed.left > 0) {
    const tag = packed.u8()
    end = (tag & 3) === 0 ? literal(packed, tag, out, end) : copy(packed, tag, out, end)
  }
  if (end !== length) packed.fail('corrupt', `snappy made ${end} bytes, ${length} were promised`)
  return out
}

/** Bytes as they are. A length of up to 60 is in the tag; else in the 1 to 4 bytes after it. */
function literal(packed: Cursor, tag: number, out: Uint8Array, end: number): number {
  const short = tag >>> 2
  const length = (short < 60 ? short : littleEndian(packed, short - 59)) + 1
  checkRoom(packed, out, end, length)
  out.set(packed.take(length), end)
  return end + length
}

/** Bytes that are there already. They may overlap their copy, so they go one by one. */
function copy(packed: Cursor, tag: number, out: Uint8Array, end: number): number {
  const kind = tag & 3
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
  const offset = kind === 1 ? ((tag >>> 5) << 8) | packed.u8() : littleEndian(packed, kind === 2 ? 2 : 4)
  if (offset === 0 || offset > end) packed.fail('corrupt', `snappy copies from ${offset} bytes back, ${end} are there`)
  checkRoom(packed, out, end, length)
  for (let i = end; i < end + length; i++) out[i] = out[i - offset]!
  return end + length
}

function checkRoom(packed: Cursor, out: Uint8Array, end: number, length: number): void {
  if (end + length > out.length) packed.fail('corrupt', `snappy makes more than the ${out.length} bytes promised`)
}

function littleEndian(packed: Cursor, bytes: number): number {
  let value = 0
  for (let i = 0; i < bytes; i++) value += packed.u8() * 2 ** (8 * i)
  return value
}
