/**
 * Memory for the pieces in which weights pass through, used again: making and
 * clearing new memory for each takes as long as reading them. Whoever takes
 * pieces and gives none back gets new memory each time, as anywhere else.
 */
import { CHUNK_BYTES } from '../bytes/source.ts'

const idle: Uint8Array[] = []
/** What was lent, and the memory that it is the beginning of. */
const lent = new WeakMap<Uint8Array, Uint8Array>()

/** Less is taken anew: who keeps what was lent keeps all of the memory. */
const LEAST_LENT_BYTES = CHUNK_BYTES / 2

/** Memory with anything in it, to be overwritten whole. */
export function memoryFor(length: number): Uint8Array {
  if (length > CHUNK_BYTES || length < LEAST_LENT_BYTES) return uncleared(length)
  const piece = idle.pop() ?? uncleared(CHUNK_BYTES)
  const bytes = piece.subarray(0, length)
  lent.set(bytes, piece)
  return bytes
}

/** Gives memory back; nobody may hold it any more. What was not lent is left alone. */
export function giveBack(bytes: Uint8Array): void {
  const piece = lent.get(bytes)
  if (!piece) return
  lent.delete(bytes)
  idle.push(piece)
}

const uncleared = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
