/** The footer of a table: where its index is. */
import type { Cursor } from '../../bytes/cursor.ts'

/** Where a block's content is. Its 5-byte trailer lies behind it. */
export interface BlockHandle {
  readonly offset: number
  /** Bytes of the content, as stored. */
  readonly size: number
}

export interface Footer {
  readonly metaindex: BlockHandle
  readonly index: BlockHandle
}

export const FOOTER_BYTES = 48
export const MAGIC = 0xdb4775248b80fb57n

/**
 * Reads the footer, the last 48 bytes of a table:
 *
 *     metaindex   varint offset, varint size
 *     index       varint offset, varint size
 *     (zeros)     to byte 40
 *     magic       u64 = 0xdb4775248b80fb57
 *
 * Throws `corrupt` on another magic.
 * Source: tensorflow/tsl/lib/io/format.h, class Footer.
 */
export function footer(cursor: Cursor): Footer {
  return cursor.within('footer', () => {
    cursor.position = FOOTER_BYTES - 8
    const magic = cursor.u64()
    cursor.position = FOOTER_BYTES - 8
    if (magic !== MAGIC)
      cursor.fail(
        'corrupt',
        `the magic number is ${hex(magic)}, a table ends in ${hex(MAGIC)}`,
        'The file is cut short, or is not the index of a checkpoint.',
      )
    cursor.position = 0
    return {
      metaindex: cursor.within('metaindex', () => blockHandle(cursor)),
      index: cursor.within('index', () => blockHandle(cursor)),
    }
  })
}

/** Reads a handle: varint offset, varint size. */
export const blockHandle = (cursor: Cursor): BlockHandle => ({ offset: cursor.varint(), size: cursor.varint() })

const hex = (n: bigint): string => `0x${n.toString(16).padStart(16, '0')}`
