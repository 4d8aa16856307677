/**
 * A message to be written whose tensors are not read yet: bytes and tensors in
 * turn. Sizes are known beforehand, so that length prefixes can be written
 * before the weights are touched, and weights stream through in pieces.
 *
 *     GraphDef   node { … tensor_content: ▒▒▒▒▒▒▒▒ }  node { … }
 *     scatter    [ bytes ][ tensor of 90 MB ][ bytes ]
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joinBytes } from '../../bytes/join.ts'
import { CHUNK_BYTES } from '../../bytes/source.ts'
import { chunks } from '../../tensor/read.ts'
import { byteLength, type Tensor } from '../../tensor/tensor.ts'

/** Pieces from this size on are handed out as they are: copying them would take longer than writing them apart. */
const GATHERED_BYTES = 64 * 1024

/** The first room for small pieces, and the most: what does not fit begins a new one. */
const ROOM_BYTES = { first: 256, most: 256 * 1024 } as const

/** A message, or a part of one, in the order of its bytes. */
export class Scatter {
  #size = 0
  readonly #parts: (Uint8Array | Tensor)[] = []
  /** Small pieces behind the parts, one after the other: 100,000 nodes are not 100,000 arrays. */
  #gathered = NOTHING
  #used = 0

  get size(): number {
    return this.#size
  }

  bytes(bytes: Uint8Array): this {
    this.#size += bytes.length
    if (bytes.length >= GATHERED_BYTES) return this.#push(bytes)
    if (this.#used + bytes.length > this.#gathered.length) this.#makeRoom(bytes.length)
    this.#gathered.set(bytes, this.#used)
    this.#used += bytes.length
    return this
  }

  /** The bytes that `write` puts in. */
  fields(write: (writer: BinaryWriter) => void): this {
    const writer = idleWriter ?? new BinaryWriter()
    idleWriter = undefined
    write(writer)
    this.bytes(writer.finish())
    idleWriter = writer
    return this
  }

  /** The elements of a tensor as a `bytes` field. */
  tensor(field: number, tensor: Tensor): this {
    this.#header(field, byteLength(tensor))
    return this.#tensor(tensor)
  }

  /** Another message as a field of this one. */
  message(field: number, inner: Scatter): this {
    this.#header(field, inner.#size)
    inner.#closeGathered()
    for (const part of inner.#parts) {
      if (part instanceof Uint8Array) this.bytes(part)
      else this.#tensor(part)
    }
    return this
  }

  #tensor(tensor: Tensor): this {
    this.#size += byteLength(tensor)
    return this.#push(tensor)
  }

  #push(part: Uint8Array | Tensor): this {
    this.#closeGathered()
    this.#parts.push(part)
    return this
  }

  #makeRoom(more: number): void {
    const { first, most } = ROOM_BYTES
    const size = Math.max(first, 2 * this.#gathered.length)
    if (this.#used > 0 && size > most) {
      this.#closeGathered()
      this.#gathered = new Uint8Array(most)
    } else {
      const grown = new Uint8Array(Math.max(size, this.#used + more))
      grown.set(this.#gathered.subarray(0, this.#used))
      this.#gathered = grown
    }
  }

  #closeGathered(): void {
    if (this.#used > 0) this.#parts.push(this.#gathered.subarray(0, this.#used))
    this.#gathered = NOTHING
    this.#used = 0
  }

  /** The length as 64 bits: what is too long for a message is refused when the sum is known, not here. */
  #header(field: number, length: number): void {
    this.fields(writer => writer.tag(field, WireType.LengthDelimited).uint64(length))
  }

  /** All bytes in order; what is small is gathered, so that 100,000 nodes are not 100,000 pieces. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    let gathered: Uint8Array[] = []
    let length = 0
    for await (const piece of this.#pieces()) {
      const isSmall = piece.length < GATHERED_BYTES
      if (length > 0 && (!isSmall || length + piece.length > CHUNK_BYTES)) {
        yield joinBytes(gathered)
        gathered = []
        length = 0
      }
      if (isSmall) {
        gathered.push(piece)
        length += piece.length
      } else yield piece
    }
    if (length > 0) yield joinBytes(gathered)
  }

  /** All bytes in order, as they are at hand. */
  async *#pieces(): AsyncGenerator<Uint8Array, void> {
    this.#closeGathered()
    for (const part of this.#parts) {
      if (part instanceof Uint8Array) yield part
      else yield* chunks(part)
    }
  }
}

const NOTHING = new Uint8Array(0)

/** A writer that nobody writes with: its buffer serves the next. */
let idleWriter: BinaryWriter | undefined
