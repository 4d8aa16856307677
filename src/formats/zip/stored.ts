/**
 * A zip archive whose entries are stored, not compressed: what `numpy.savez` writes.
 *
 *     local header, name, bytes      once an entry
 *     central header, name           once an entry
 *     end of central directory
 *
 * Source: APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.12 and 4.3.16.
 */
import { crc32 } from '../../bytes/crc32.ts'
import { joinBytes } from '../../bytes/join.ts'
import { FreezeError } from '../../errors.ts'

/** Archives up to this size have 32-bit offsets. */
const MAX_BYTES = 2 ** 32 - 1
/** 1 January 1980: the same files give the same bytes. */
const DATE = 0x0021
/** The version of the format that stored entries need: 2.0. */
const VERSION = 20
/** Names are UTF-8. */
const UTF8 = 0x0800

/** The archive with these files. Throws `limit` for one of 4 GB. */
export function storedZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  const put = (list: Uint8Array[], ...bytes: Uint8Array[]): void => void list.push(...bytes)
  for (const [path, bytes] of files) {
    const name = new TextEncoder().encode(path)
    const common = [VERSION, UTF8, 0, 0, DATE]
    const sizes = [crc32(bytes), bytes.length, bytes.length]
    put(parts, header(0x04034b50, common, sizes, [name.length, 0]), name, bytes)
    const made = header(0x02014b50, [VERSION, ...common], sizes, [name.length, 0, 0, 0, 0], [0, offset])
    put(directory, made, name)
    offset += 30 + name.length + bytes.length
  }
  const size = directory.reduce((n, part) => n + part.length, 0)
  if (offset + size > MAX_BYTES)
    throw new FreezeError('limit', `the arrays take ${offset} bytes, and a .npz file has less than 4 GB`, {
      hint: 'Fetch fewer of them.',
    })
  const count = files.size
  return joinBytes([...parts, ...directory, header(0x06054b50, [0, 0, count, count], [size, offset], [0])])
}

/** A signature, then fields of two and of four bytes in turns, little-endian. */
function header(signature: number, ...fields: readonly (readonly number[])[]): Uint8Array {
  const width = (i: number): 2 | 4 => (i % 2 === 0 ? 2 : 4)
  const bytes = new Uint8Array(4 + fields.reduce((n, group, i) => n + group.length * width(i), 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, signature, true)
  let at = 4
  for (const [i, group] of fields.entries()) {
    for (const value of group) {
      if (width(i) === 2) view.setUint16(at, value, true)
      else view.setUint32(at, value, true)
      at += width(i)
    }
  }
  return bytes
}
