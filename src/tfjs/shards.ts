/** One stream of bytes cut into files: each takes its part, in their order. */
import { invariant } from '../errors.ts'

/** The size of a file of weights: what a browser's cache keeps. */
export const SHARD_BYTES = 4 * 1024 * 1024

/** `group1-shard2of3.bin`. */
export const shardName = (index: number, count: number): string => `group1-shard${index + 1}of${count}.bin`

/** The content of all files together. */
export interface Part {
  readonly size: number
  readonly chunks: () => AsyncIterable<Uint8Array>
}

export interface Shard {
  readonly size: number
  readonly chunks: AsyncIterable<Uint8Array>
}

/** The parts, one after the other, in files of at most `shardBytes`. At least one file. */
export function shardsOf(parts: readonly Part[], shardBytes = SHARD_BYTES): Shard[] {
  const total = parts.reduce((sum, part) => sum + part.size, 0)
  const count = Math.max(1, Math.ceil(total / shardBytes))
  const stream = new Stream(parts)
  return Array.from({ length: count }, (_, i) => {
    const start = i * shardBytes
    const size = Math.min(shardBytes, total - start)
    return { size, chunks: stream.take(start, size) }
  })
}

/** Bytes that are read once, in order; a reader that jumps back or ahead starts anew. */
class Stream {
  readonly #parts: readonly Part[]
  #iterator: AsyncIterator<Uint8Array>
  #at = 0
  #left: Uint8Array = new Uint8Array(0)

  constructor(parts: readonly Part[]) {
    this.#parts = parts
    this.#iterator = joined(parts)
  }

  async *take(start: number, size: number): AsyncGenerator<Uint8Array, void> {
    if (start < this.#at) {
      this.#iterator = joined(this.#parts)
      this.#left = new Uint8Array(0)
      this.#at = 0
    }
    while (this.#at < start) await this.#next(start - this.#at)
    for (let rest = size; rest > 0; ) {
      const bytes = await this.#next(rest)
      rest -= bytes.length
      yield bytes
    }
  }

  async #next(most: number): Promise<Uint8Array> {
    while (this.#left.length === 0) {
      const { value, done } = await this.#iterator.next()
      if (done) return invariant(false, 'a weight gave fewer bytes than it has') as never
      this.#left = value
    }
    const bytes = this.#left.subarray(0, most)
    this.#left = this.#left.subarray(bytes.length)
    this.#at += bytes.length
    return bytes
  }
}

async function* joined(parts: readonly Part[]): AsyncGenerator<Uint8Array, void> {
  for (const part of parts) yield* part.chunks()
}
