/** A bounds-checked, little-endian walk over bytes already in memory. */
import { type ErrorCode, FreezeError } from '../errors.ts'

/**
 * It knows where its bytes came from, so every error names a file, an absolute
 * offset and the structure being read.
 */
export class Cursor {
  position = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #file: string
  readonly #base: number
  readonly #path: string[] = []

  /** `base` is the offset of `bytes` in `file`. */
  constructor(bytes: Uint8Array, file: string, base = 0) {
    this.#bytes = bytes
    this.#file = file
    this.#base = base
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.#bytes.length
  }
  get left(): number {
    return this.#bytes.length - this.position
  }

  /** Runs `body` with `name` added to the path of any error it throws. */
  within<T>(name: string, body: () => T): T {
    this.#path.push(name)
    const result = body() // not in a finally: a throw must keep the path
    this.#path.pop()
    return result
  }

  /** Throws with the place filled in. */
  fail(code: ErrorCode, what: string, hint?: string): never {
    throw new FreezeError(code, what, {
      file: this.#file,
      offset: this.#base + this.position,
      path: [...this.#path],
      ...(hint && { hint }),
    })
  }

  take(length: number): Uint8Array {
    if (length > this.left || length < 0)
      this.fail('truncated', `${length} bytes are needed here, ${this.left} are left`)
    return this.#bytes.subarray(this.position, (this.position += length))
  }

  u8(): number {
    return this.take(1)[0]!
  }
  u16(): number {
    this.take(2)
    return this.#view.getUint16(this.position - 2, true)
  }
  u32(): number {
    this.take(4)
    return this.#view.getUint32(this.position - 4, true)
  }
  u64(): bigint {
    this.take(8)
    return this.#view.getBigUint64(this.position - 8, true)
  }

  /** Unsigned LEB128, at most 10 bytes; must fit 2^53. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80)
        return value <= Number.MAX_SAFE_INTEGER ? value : this.fail('limit', `varint ${value} is beyond 2^53`)
    }
    return this.fail('corrupt', 'a varint runs past 10 bytes')
  }
}
