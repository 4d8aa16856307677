/** A window that moves over a source: a forward walk over more bytes than memory should hold. */
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'

/** Large enough that reading is not many small reads, small enough to stay in cache. */
const WINDOW_BYTES = 1024 * 1024
/** A tag and a length, ten bytes each at most. */
const HEADER_BYTES = 20

/** Reads forward through `[offset, offset + length)` of a source. */
export class Window {
  readonly source: ByteSource
  /** Where the walk must end, absolute. */
  readonly end: number
  #bytes: Uint8Array = new Uint8Array(0)
  /** Absolute offset of `#bytes[0]`. */
  #base: number
  #at = 0

  constructor(source: ByteSource, offset: number, length: number) {
    this.source = source
    this.#base = offset
    this.end = offset + length
  }

  /** Absolute offset of the next byte. */
  get offset(): number {
    return this.#base + this.#at
  }

  /** Whether a tag and a length can be read at once, without `fill`. */
  get hasHeader(): boolean {
    return this.#bytes.length - this.#at >= HEADER_BYTES || this.#base + this.#bytes.length >= this.end
  }

  /** Moves the window so that it begins at the next byte. */
  async fill(): Promise<void> {
    const offset = this.offset
    const end = Math.min(this.end, offset + WINDOW_BYTES, this.source.partEnd?.(offset) ?? this.end)
    this.#bytes = await this.source.read(offset, end - offset)
    this.#base = offset
    this.#at = 0
  }

  /** The bytes of a varint within the window, whatever its value; a view. */
  varintBytes(): Uint8Array {
    for (let length = 1; length <= 10; length++) {
      const byte = this.#bytes[this.#at + length - 1]
      if (byte === undefined) this.fail('truncated', 'the message ends inside a varint')
      if (byte < 0x80) return this.#bytes.subarray(this.#at, (this.#at += length))
    }
    return this.fail('corrupt', 'a varint runs past 10 bytes')
  }

  /** A tag or a length, from within the window. Beyond 2^53 it is not exact, and too large for either. */
  varint(): number {
    let value = 0
    let scale = 1
    for (const byte of this.varintBytes()) {
      value += (byte & 0x7f) * scale
      scale *= 128
    }
    return value
  }

  /** Passes over `length` bytes without reading them. */
  skip(length: number): void {
    const at = this.#at + length
    if (at <= this.#bytes.length) {
      this.#at = at
      return
    }
    this.#base += at
    this.#bytes = new Uint8Array(0)
    this.#at = 0
  }

  /** The next `length` bytes, where the window holds them; a view. */
  held(length: number): Uint8Array | undefined {
    if (this.#at + length > this.#bytes.length) return undefined
    return this.#bytes.subarray(this.#at, (this.#at += length))
  }

  /** The next bytes, at most `length` and at most a window. */
  async some(length: number): Promise<Uint8Array> {
    if (this.#at >= this.#bytes.length) await this.fill()
    const count = Math.min(length, this.#bytes.length - this.#at)
    return this.#bytes.subarray(this.#at, (this.#at += count))
  }

  /** Throws, at the next byte. */
  fail(code: 'truncated' | 'corrupt' | 'limit', what: string): never {
    throw new FreezeError(code, what, {
      file: this.source.name,
      offset: this.offset,
      ...(code !== 'limit' && { hint: 'The file is cut short or damaged: copy it again.' }),
    })
  }
}
