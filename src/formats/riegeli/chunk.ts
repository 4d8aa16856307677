/** The chunks of a Riegeli file: what their headers say, and their records as sources. */
import { Cursor } from '../../bytes/cursor.ts'
import { type ByteSource, CHUNK_BYTES, checkRange, readAll, slice } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { FREE_EXPANSION_BYTES, MAX_EXPANSION, MAX_INFLATED_BYTES } from '../../limits.ts'
import { loadBrotli } from '../brotli.ts'
import { unpackSnappy } from '../snappy.ts'
import { riegeliHash } from './highway-hash.ts'

export const CHUNK_HEADER_BYTES = 40

/** A chunk, as its header describes it. */
export interface Chunk {
  /** Offset of the chunk in the file. */
  readonly begin: number
  /** Offset of its data in the file without block headers. */
  readonly data: number
  readonly dataSize: number
  readonly dataHash: bigint
  readonly records: number
  /** Bytes of all its records. */
  readonly decodedSize: number
}

/** A chunk whose data has been looked at. */
interface Opened {
  /** The records, one after the other. */
  readonly values: ByteSource
  /** The end of each record in them. */
  readonly ends: readonly number[]
}

/** Bytes of unpacked chunks that are kept; the last one is, however large. */
const KEPT_BYTES = 128 * 1024 * 1024

const NONE = 0
const BROTLI = 0x62
const ZSTD = 0x7a
const SNAPPY = 0x73

/** The chunks of a file, whose content is without block headers. */
export class Chunks {
  readonly #content: ByteSource
  readonly #opened = new Map<Chunk, Promise<Opened>>()
  /** The chunks unpacked last, the latest at the end. */
  readonly #kept = new Map<Chunk, Promise<Uint8Array>>()

  constructor(content: ByteSource) {
    this.#content = content
  }

  /** A record of a chunk. What is not compressed stays in the file, and what is gets unpacked when it is read. */
  async record(chunk: Chunk, index: number): Promise<ByteSource> {
    const opened = this.#opened.get(chunk) ?? this.#open(chunk)
    this.#opened.set(chunk, opened)
    const { values, ends } = await opened
    const begin = index === 0 ? 0 : ends[index - 1]!
    return slice(values, begin, ends[index]! - begin)
  }

  async #open(chunk: Chunk): Promise<Opened> {
    const data = this.#data(chunk)
    const [compression = NONE] = await data.read(0, Math.min(1, data.size))
    const head = await data.read(0, Math.min(data.size, CHUNK_BYTES))
    if (data.size <= CHUNK_BYTES) this.#checkHash(chunk, head)
    const cursor = new Cursor(head, data.name, chunk.begin)
    cursor.take(1)
    const packedSizes = cursor.take(cursor.varint())
    const unpack = await this.#unpacker(chunk, compression)
    const sizes = new Cursor(unpack(packedSizes, chunk.records * 10), data.name, chunk.begin)
    const ends: number[] = []
    for (let i = 0, end = 0; i < chunk.records; i++) ends.push((end += sizes.varint()))
    if (ends.at(-1) !== chunk.decodedSize) throw this.#damaged(chunk, 'its records are not as long as its header says')
    const rest = slice(data, cursor.position, data.size - cursor.position)
    if (compression !== NONE) return { values: this.#packed(chunk, cursor.position, unpack), ends }
    checkRange(rest, 0, chunk.decodedSize)
    return { values: rest, ends }
  }

  #data(chunk: Chunk): ByteSource {
    return slice(this.#content, chunk.data, chunk.dataSize)
  }

  /** The values of a compressed chunk, which begin at `offset` of its data. */
  #packed(chunk: Chunk, offset: number, unpack: Unpack): ByteSource {
    const values: ByteSource = {
      name: this.#content.name,
      size: chunk.decodedSize,
      read: async (from, length) => {
        checkRange(values, from, length)
        const unpacked = await this.#keep(chunk, async () => {
          const bytes = await readAll(this.#data(chunk), MAX_INFLATED_BYTES)
          this.#checkHash(chunk, bytes)
          const all = unpack(bytes.subarray(offset), chunk.decodedSize)
          if (all.length === chunk.decodedSize) return all
          throw this.#damaged(chunk, `${all.length} bytes are packed in it, and ${chunk.decodedSize} were expected`)
        })
        return unpacked.subarray(from, from + length)
      },
    }
    return values
  }

  /** The bytes that `unpack` gives, kept while there is room. */
  #keep(chunk: Chunk, unpack: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const unpacked = this.#kept.get(chunk) ?? unpack()
    this.#kept.delete(chunk)
    this.#kept.set(chunk, unpacked)
    let size = [...this.#kept.keys()].reduce((sum, { decodedSize }) => sum + decodedSize, 0)
    for (const [oldest] of this.#kept) {
      if (size <= KEPT_BYTES || oldest === chunk) break
      this.#kept.delete(oldest)
      size -= oldest.decodedSize
    }
    return unpacked
  }

  /** Throws unless the data has the header's hash. Data that is read in parts, as it is not compressed, goes unchecked. */
  #checkHash(chunk: Chunk, data: Uint8Array): void {
    if (riegeliHash(data) !== chunk.dataHash) throw this.#damaged(chunk, 'its data is not what its hash says')
  }

  async #unpacker(chunk: Chunk, compression: number): Promise<Unpack> {
    if (compression === NONE) return packed => packed
    if (compression === SNAPPY) {
      return (packed, most) => {
        const { cursor, size } = this.#sized(chunk, packed, most)
        return unpackSnappy(cursor, size)
      }
    }
    if (compression === BROTLI) {
      const unpackBrotli = await loadBrotli()
      return (packed, most) => {
        const { cursor, size } = this.#sized(chunk, packed, most)
        return unpackBrotli(cursor.take(cursor.left), size, { file: this.#content.name, offset: chunk.begin })
      }
    }
    const which = compression === ZSTD ? 'zstd' : `compression ${compression}`
    throw new FreezeError('unsupported', `its chunks are packed by ${which}, and brotli was expected`, {
      file: this.#content.name,
      offset: chunk.begin,
      hint: "Write it with Riegeli's usual options.",
    })
  }

  /** Reads the length before what is packed. */
  #sized(chunk: Chunk, packed: Uint8Array, most: number) {
    const cursor = new Cursor(packed, this.#content.name, chunk.begin)
    const size = cursor.varint()
    if (size > most) throw this.#damaged(chunk, `${size} bytes are packed where at most ${most} can be`)
    const isFree = size <= FREE_EXPANSION_BYTES
    if (size > MAX_INFLATED_BYTES || (!isFree && size > MAX_EXPANSION * packed.length)) {
      throw new FreezeError('limit', `a chunk of ${size} bytes is packed into ${packed.length}`, {
        file: this.#content.name,
        offset: chunk.begin,
      })
    }
    return { cursor, size }
  }

  #damaged({ begin }: Chunk, what: string): FreezeError {
    return new FreezeError('corrupt', `a chunk is damaged: ${what}`, {
      file: this.#content.name,
      offset: begin,
      hint: 'Copy the file again.',
    })
  }
}

/** Unpacks bytes, of which `most` may come out. */
type Unpack = (packed: Uint8Array, most: number) => Uint8Array
