/**
 * Attribute messages:
 *
 *     u8 version, u8 flags, u16 bytes of the name, u16 of the type, u16 of the dataspace, u8 character set (version 3)
 *     name, type, dataspace: each padded to 8 bytes in version 1; then the data
 *
 * Source: HDF5 file format specification 3.0, IV.A.2.m.
 */
import { Cursor } from '../../../bytes/cursor.ts'
import { fixedStrings, type Hdf5Attribute, numbers, STRING, text, upToZero, withoutData } from '../attribute.ts'
import type { StoredType } from '../library.ts'
import { type Blocks, unknown } from './blocks.ts'
import type { GlobalHeaps } from './global-heaps.ts'
import type { Message } from './messages.ts'
import { dataspace, datatype } from './types.ts'

/** The name and the value of an attribute. */
export async function attributeIn(
  blocks: Blocks,
  heaps: GlobalHeaps,
  { at, bytes }: Message,
): Promise<[string, Hdf5Attribute]> {
  const cursor = await blocks.cursor(at, bytes)
  const [version, flags] = [cursor.u8(), cursor.u8()]
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()]
  if (version < 1 || version > 3 || (version > 1 && flags !== 0)) unknown('an attribute of another version')
  if (version === 3) cursor.take(1)
  const parts = sizes.map(size => {
    const part = cursor.take(size)
    cursor.take(version === 1 ? (8 - (size % 8)) % 8 : 0)
    return part
  })
  const [name, type, space] = parts as [Uint8Array, Uint8Array, Uint8Array] // of three sizes
  const shape = dataspace(new Cursor(space, 'attribute'))
  const count = (shape ?? [0]).reduce((n, size) => n * size, 1)
  const stored = { ...datatype(new Cursor(type, 'attribute')), shape, total_size: count }
  const whole = withoutData(stored)
  const value = whole ?? (await decoded(stored, cursor.take(count * stored.size), heaps))
  return [text(upToZero(name)), value]
}

async function decoded(stored: StoredType, data: Uint8Array, heaps: GlobalHeaps): Promise<Hdf5Attribute> {
  const scalar = stored.shape?.length === 0
  if (stored.type !== STRING) return { kind: 'numbers', values: numbers(data, stored), scalar }
  const values = stored.vlen ? await heaps.strings(data) : fixedStrings(data, stored.size)
  return { kind: 'strings', values, scalar, isFixed: !stored.vlen }
}
