/**
 * Object headers of version 1: what a group, a dataset or an attribute is, as a list of messages.
 *
 *     u8 version = 1, u8, u16 messages, u32 references, u32 bytes, 4 bytes
 *     message   u16 type, u16 bytes, u8 flags, 3 bytes, then the data
 *
 * Source: HDF5 file format specification 3.0, IV.A.1.a.
 */
import type { Cursor } from '../../../bytes/cursor.ts'
import { type Blocks, offset, unknown } from './blocks.ts'

/** Types of messages that are read. */
export const MESSAGE = {
  dataspace: 0x01,
  datatype: 0x03,
  layout: 0x08,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const

/** Messages that say nothing about what is read: padding, fill values, times, a comment, a count of references. */
const IGNORED = new Set([0x00, 0x04, 0x05, 0x0d, 0x0e, 0x12, 0x16])
const KNOWN = new Set<number>(Object.values(MESSAGE))
const MAX_MESSAGES = 1 << 16
const PREFIX_BYTES = 16

/** A message and where its data lies in the file. */
export interface Message {
  readonly type: number
  readonly at: number
  readonly bytes: number
}

/** The messages of the object whose header is at `at`. */
export async function messagesAt(blocks: Blocks, at: number): Promise<Message[]> {
  const prefix = await blocks.cursor(at, PREFIX_BYTES)
  if (prefix.u8() !== 1) unknown('an object header of a newer version')
  prefix.take(1)
  const count = prefix.u16()
  prefix.take(4)
  const pieces = [{ at: at + PREFIX_BYTES, bytes: prefix.u32() }]
  const found: Message[] = []
  let read = 0
  for (const piece of pieces) {
    const cursor = await blocks.cursor(piece.at, piece.bytes)
    while (cursor.left >= 8 && read < count) {
      const message = messageIn(cursor, piece.at)
      read++
      if (message.type !== MESSAGE.continuation) found.push(message)
      else pieces.push(await continuation(blocks, message))
      if (pieces.length > MAX_MESSAGES) unknown('an object header without an end')
    }
  }
  return found.filter(({ type }) => !IGNORED.has(type))
}

function messageIn(cursor: Cursor, base: number): Message {
  const [type, bytes, flags] = [cursor.u16(), cursor.u16(), cursor.u8()]
  cursor.take(3)
  const at = base + cursor.position
  cursor.take(bytes)
  const isShared = (flags & 2) !== 0
  if (isShared || (!KNOWN.has(type) && !IGNORED.has(type))) unknown(`a message of type ${type}`)
  return { type, at, bytes }
}

async function continuation(blocks: Blocks, { at, bytes }: Message): Promise<{ at: number; bytes: number }> {
  const cursor = await blocks.cursor(at, bytes)
  return { at: offset(cursor), bytes: offset(cursor) }
}
