/** The message without its large fields, as it is written. */
import { FreezeError } from '../../errors.ts'
import { MAX_GRAPH_BYTES } from '../../limits.ts'

/** Bytes of a length that is not known yet: a varint padded to what 2^32 takes. */
const LENGTH_BYTES = 5

/** A growing buffer in wire format. Throws `limit` above MAX_GRAPH_BYTES. */
export class Skeleton {
  #bytes = new Uint8Array(64 * 1024)
  #length = 0
  readonly #file: string

  /** `file` is what errors name. */
  constructor(file: string) {
    this.#file = file
  }

  /** How much was written: where the next byte will be. */
  get length(): number {
    return this.#length
  }

  /** All written bytes; a view of a buffer from its start. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    if (needed > MAX_GRAPH_BYTES)
      throw new FreezeError('limit', `the graph has more than ${MAX_GRAPH_BYTES} bytes beside its tensors`, {
        file: this.#file,
        hint: 'Weights in repeated fields are not read by ranges: save them as tensor_content.',
      })
    const grown = new Uint8Array(Math.min(MAX_GRAPH_BYTES, Math.max(needed, this.#bytes.length * 2)))
    grown.set(this.bytes())
    this.#bytes = grown
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  varint(value: number): void {
    this.reserve(10)
    for (; value >= 0x80; value = Math.floor(value / 128)) this.#bytes[this.#length++] = (value % 128) | 0x80
    this.#bytes[this.#length++] = value
  }

  /** Leaves room for the length of a message that begins here; gives where its content starts. */
  open(): number {
    this.reserve(LENGTH_BYTES)
    this.#length += LENGTH_BYTES
    return this.#length
  }

  /** Fills in the length of the message whose content starts at `start` and ends here. */
  close(start: number): void {
    let length = this.#length - start
    for (let i = start - LENGTH_BYTES; i < start; i++, length >>>= 7)
      this.#bytes[i] = (length & 0x7f) | (i < start - 1 ? 0x80 : 0)
  }
}
