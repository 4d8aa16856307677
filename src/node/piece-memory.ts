/**
 * A pool of buffers for the pieces in which weights are copied: allocating and clearing
 * a new buffer for each piece takes as long as reading it. A caller that does not give
 * buffers back gets a new one each time.
 */
import { CHUNK_BYTES } from '../bytes/source.ts'

const idle: Uint8Array[] = []
/** The views that were handed out, and the buffer that each is the beginning of. */
const lent = new WeakMap<Uint8Array, Uint8Array>()

/** Smaller requests are not pooled: a small view that is kept would keep the whole buffer. */
const LEAST_LENT_BYTES = CHUNK_BYTES / 2

/** A buffer with arbitrary contents: the caller must overwrite all of it. */
export function memoryFor(length: number): Uint8Array {
  if (length > CHUNK_BYTES || length < LEAST_LENT_BYTES) return uncleared(length)
  const piece = idle.pop() ?? uncleared(CHUNK_BYTES)
  const bytes = piece.subarray(0, length)
  lent.set(bytes, piece)
  return bytes
}

/** Returns a buffer to the pool; nobody may use it any more. Ignores buffers that are not the pool's. */
export function giveBack(bytes: Uint8Array): void {
  const piece = lent.get(bytes)
  if (!piece) return
  lent.delete(bytes)
  idle.push(piece)
}

const uncleared = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
