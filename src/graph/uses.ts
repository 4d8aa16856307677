/** The readers of a value. Most values have one: then no map is made, and a graph of a million nodes is half as large. */

/** The nodes that read a value, each with how many of its inputs do, in the order in which they began to. */
export class Uses<Reader> {
  #only: Reader | undefined
  #onlyCount = 0
  /** All of them, from the second on. */
  #all: Map<Reader, number> | undefined

  get size(): number {
    return this.#all?.size ?? (this.#only ? 1 : 0)
  }

  /** How many inputs of `reader` the value is. */
  get(reader: Reader): number {
    if (this.#all) return this.#all.get(reader) ?? 0
    return this.#only === reader ? this.#onlyCount : 0
  }
  has(reader: Reader): boolean {
    return this.get(reader) > 0
  }

  /** The readers. */
  keys(): IterableIterator<Reader> {
    return this.#all?.keys() ?? (this.#only ? [this.#only] : []).values()
  }
  /** How many inputs of each reader the value is. */
  values(): IterableIterator<number> {
    return this.#all?.values() ?? (this.#only ? [this.#onlyCount] : []).values()
  }
  [Symbol.iterator](): IterableIterator<[Reader, number]> {
    return this.#all?.entries() ?? (this.#only ? [[this.#only, this.#onlyCount] as [Reader, number]] : []).values()
  }

  /** @internal `reader` reads the value once more. */
  add(reader: Reader): void {
    if (this.#all) this.#all.set(reader, this.get(reader) + 1)
    else if (this.#only === undefined || this.#only === reader) {
      this.#only = reader
      this.#onlyCount++
    } else
      this.#all = new Map([
        [this.#only, this.#onlyCount],
        [reader, 1],
      ])
  }

  /** @internal `reader` reads the value once less. */
  drop(reader: Reader): void {
    const left = this.get(reader) - 1
    if (this.#all) {
      if (left > 0) this.#all.set(reader, left)
      else this.#all.delete(reader)
    } else {
      this.#onlyCount = left
      if (left === 0) this.#only = undefined
    }
  }
}
