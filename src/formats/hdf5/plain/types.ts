/** Datatype and dataspace messages. Source: HDF5 file format specification 3.0, IV.A.2.b and IV.A.2.d. */
import type { Cursor } from '../../../bytes/cursor.ts'
import { MAX_RANK } from '../../../limits.ts'
import type { StoredType } from '../library.ts'
import { offset, unknown } from './blocks.ts'

/** The element type that a datatype message describes. */
export type ElementType = Pick<StoredType, 'type' | 'size' | 'signed' | 'littleEndian' | 'vlen' | 'enum_type'>

const FIXED = 0
const FLOAT = 1
const STRING = 3
const OPAQUE = 5
const ENUM = 8
const VARIABLE = 9

/** Bit offset, precision, exponent's place and size, mantissa's place and size, and bias of the numbers of IEEE 754. */
const IEEE: Readonly<Record<number, string>> = {
  2: '0 16 10 5 0 10 15',
  4: '0 32 23 8 0 23 127',
  8: '0 64 52 11 0 52 1023',
}

/** The type of an element, as the library calls it. */
export function datatype(cursor: Cursor): ElementType {
  const first = cursor.u8()
  const bits = cursor.u8() + cursor.u16() * 256
  const size = cursor.u32()
  const plain = { size, signed: false, littleEndian: true, vlen: false }
  switch (first & 15) {
    case FIXED:
      return { ...plain, ...fixed(cursor, size, bits), type: FIXED }
    case FLOAT:
      return float(cursor, size, bits) && { ...plain, type: FLOAT }
    case STRING:
      return { ...plain, type: STRING }
    case OPAQUE:
      return { ...plain, type: OPAQUE }
    case ENUM:
      if (first >> 4 > 2) unknown('an enumeration of a newer version')
      return { ...plain, type: ENUM, enum_type: { members: members(cursor, bits & 0xffff) } }
    case VARIABLE:
      return (bits & 15) === 1 ? { ...plain, type: STRING, vlen: true } : unknown('a list of variable length')
    default:
      return unknown(`elements of class ${first & 15}`)
  }
}

function fixed(cursor: Cursor, size: number, bits: number): { signed: boolean } {
  const isWhole = cursor.u16() === 0 && cursor.u16() === 8 * size
  return isWhole && (bits & 1) === 0 ? { signed: (bits & 8) !== 0 } : unknown('integers of another layout')
}

function float(cursor: Cursor, size: number, bits: number): true {
  const layout = [cursor.u16(), cursor.u16(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u32()]
  return layout.join(' ') === IEEE[size] && (bits & 0x41) === 0 ? true : unknown('floats of another layout')
}

/** The names of an enumeration of one byte, which stand after its base type, each padded to 8 bytes. */
function members(cursor: Cursor, count: number): Record<string, number> {
  const base = datatype(cursor)
  if (base.type !== FIXED || base.size !== 1) unknown('an enumeration of larger numbers')
  const names = Array.from({ length: count }, () => {
    const characters: number[] = []
    for (let at = 0, isOver = false; !isOver || at % 8 !== 0; at++) {
      const byte = cursor.u8()
      isOver ||= byte === 0
      if (!isOver) characters.push(byte)
    }
    return String.fromCharCode(...characters)
  })
  return Object.fromEntries(names.map(name => [name, cursor.u8()]))
}

/** The sizes of a dataspace: [] for a scalar, null for one of no elements. */
export function dataspace(cursor: Cursor): number[] | null {
  const [version, rank] = [cursor.u8(), cursor.u8()]
  if ((version !== 1 && version !== 2) || rank > MAX_RANK) unknown('a dataspace of another version')
  cursor.take(1)
  const kind = cursor.u8()
  if (version === 1) cursor.take(4)
  if (version === 2 && kind === 2) return null
  return Array.from({ length: rank }, () => offset(cursor))
}
