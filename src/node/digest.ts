/** Hashes bytes on their way out. */
import { createHash } from 'node:crypto'

/** The sha256 of what passes through. */
export class Digest {
  readonly #hash = createHash('sha256')

  /** The same chunks, hashed as they are taken. */
  async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk)
      yield chunk
    }
  }

  /** In hexadecimal; to be asked once, at the end. */
  hex(): string {
    return this.#hash.digest('hex')
  }
}
