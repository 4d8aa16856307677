/** Small reads of a file's metadata: whole blocks are read, and the last ones kept. */
import { Cursor } from '../../../bytes/cursor.ts'
import type { ByteSource } from '../../../bytes/source.ts'
import { FreezeError } from '../../../errors.ts'
import { MAX_GRAPH_BYTES } from '../../../limits.ts'

const BLOCK_BYTES = 1 << 16
const MAX_BLOCKS = 16

/** Throws what says that a file has something that this reader does not know; the library reads it then. */
export function unknown(what: string): never {
  throw new FreezeError('unsupported', `the HDF5 file has ${what}`)
}

/** An address or a length in a file. */
export function offset(cursor: Cursor): number {
  const value = cursor.u64()
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : unknown('a place that is not defined')
}

/** Reads of a source, for metadata. */
export class Blocks {
  readonly #source: ByteSource
  readonly #kept = new Map<number, Uint8Array>()

  constructor(source: ByteSource) {
    this.#source = source
  }

  get size(): number {
    return this.#source.size
  }

  /** The bytes from `at`, to be walked. */
  async cursor(at: number, length: number): Promise<Cursor> {
    return new Cursor(await this.read(at, length), this.#source.name, at)
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    if (at + length > this.size || length > MAX_GRAPH_BYTES) unknown('metadata beyond its end')
    const first = Math.floor(at / BLOCK_BYTES)
    const isWithin = at + length <= (first + 1) * BLOCK_BYTES
    if (!isWithin) return this.#source.read(at, length)
    const block = await this.#block(first)
    return block.subarray(at - first * BLOCK_BYTES, at - first * BLOCK_BYTES + length)
  }

  async #block(number: number): Promise<Uint8Array> {
    const known = this.#kept.get(number)
    if (known) return known
    const from = number * BLOCK_BYTES
    const bytes = await this.#source.read(from, Math.min(BLOCK_BYTES, this.size - from))
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MAX_BLOCKS && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(number, bytes)
    return bytes
  }
}
