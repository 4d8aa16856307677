/**
 * Memory for the pieces in which weights pass through, used again: making and
 * clearing new memory for each takes as long as reading them. Whoever takes
 * pieces and gives none back gets new memory each time, as anywhere else.
 */
import { CHUNK_BYTES } from '../tensor/read.ts'

const idle: Uint8Array[] = []
const lent = new WeakSet<Uint8Array>()

/** Memory with anything in it, to be overwritten whole. */
export function memoryFor(length: number): Uint8Array {
  if (length !== CHUNK_BYTES) return uncleared(length)
  const piece = idle.pop() ?? uncleared(CHUNK_BYTES)
  lent.add(piece)
  return piece
}

/** Gives a piece back; nobody may hold it any more. Other memory is left alone. */
export function giveBack(bytes: Uint8Array): void {
  if (lent.delete(bytes)) idle.push(bytes)
}

const uncleared = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
