/**
 * Global heaps, where strings of variable length lie; `../global-heap.ts` has how one is laid out.
 *
 * Source: HDF5 file format specification 3.0, III.E.
 */
import { Cursor } from '../../../bytes/cursor.ts'
import { text, upToZero } from '../attribute.ts'
import { type Blocks, offset, unknown } from './blocks.ts'

const HEADER_BYTES = 16
const MAX_HEAP_BYTES = 16 * 1024 * 1024
/** Objects that are walked, and bytes of strings that are read, in all of a file. */
const MAX_STEPS = 1 << 22
const MAX_TEXT_BYTES = 1 << 28

interface Place {
  readonly at: number
  readonly size: number
}

/** The heaps of a file, each walked once. */
export class GlobalHeaps {
  readonly #blocks: Blocks
  readonly #known = new Map<number, ReadonlyMap<number, Place>>()
  #steps = 0
  #bytes = 0

  constructor(blocks: Blocks) {
    this.#blocks = blocks
  }

  /** The strings that are given by their lengths and places: u32 length, u64 heap, u32 index. */
  async strings(data: Uint8Array): Promise<string[]> {
    const cursor = new Cursor(data, 'strings')
    const values: string[] = []
    while (cursor.left > 0) {
      const length = cursor.u32()
      const [heap, index] = [cursor.u64(), cursor.u32()]
      values.push(length === 0 ? '' : await this.#string(Number(heap), index, length))
    }
    return values
  }

  async #string(heap: number, index: number, length: number): Promise<string> {
    const places = this.#known.get(heap) ?? (await this.#walk(heap))
    this.#known.set(heap, places)
    const place = places.get(index)
    this.#bytes += length
    if (!place || place.size < length || this.#bytes > MAX_TEXT_BYTES) unknown('a string that is not in its heap')
    return text(upToZero(await this.#blocks.read(place.at, length)))
  }

  async #walk(heap: number): Promise<ReadonlyMap<number, Place>> {
    const header = await this.#blocks.cursor(heap, HEADER_BYTES)
    if (String.fromCharCode(...header.take(4)) !== 'GCOL') unknown('no GCOL where one must be')
    header.take(4)
    const size = offset(header)
    if (size > MAX_HEAP_BYTES) unknown('a heap of many bytes')
    const places = new Map<number, Place>()
    for (let at = heap + HEADER_BYTES; at + HEADER_BYTES <= heap + size; ) {
      if (this.#steps++ > MAX_STEPS) unknown('heaps without an end')
      const object = await this.#blocks.cursor(at, HEADER_BYTES)
      const index = object.u16()
      object.take(6)
      const bytes = offset(object)
      if (index === 0) break // the rest is free
      places.set(index, { at: at + HEADER_BYTES, size: bytes })
      at += HEADER_BYTES + 8 * Math.ceil(bytes / 8)
    }
    return places
  }
}
