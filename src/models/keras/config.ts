/** Typed access to a layer's configuration, with Keras' defaults. */
import { FreezeError } from '../../errors.ts'
import type { Json, Layer } from './layer-graph.ts'

/** Reads what an emitter needs; a value of another kind is the file's fault and names the layer. */
export class Config {
  readonly #layer: Layer

  constructor(layer: Layer) {
    this.#layer = layer
  }

  /** As the file has it; undefined where absent or null. */
  raw(key: string): Json | undefined {
    return this.#layer.config[key] ?? undefined
  }
  has(key: string): boolean {
    return this.raw(key) !== undefined
  }

  int(key: string, otherwise?: number): number {
    const value = this.number(key, otherwise)
    return Number.isInteger(value) ? value : this.#wrong(key, 'a whole number')
  }
  number(key: string, otherwise?: number): number {
    const value = this.raw(key) ?? otherwise
    return typeof value === 'number' ? value : this.#wrong(key, 'a number')
  }
  bool(key: string, otherwise: boolean): boolean {
    const value = this.raw(key) ?? otherwise
    return typeof value === 'boolean' ? value : this.#wrong(key, 'true or false')
  }
  text(key: string, otherwise?: string): string {
    const value = this.raw(key) ?? otherwise
    return typeof value === 'string' ? value : this.#wrong(key, 'a string')
  }
  /** One of a closed set. */
  choice<T extends string>(key: string, choices: readonly T[], otherwise?: T): T {
    const value = this.text(key, otherwise).toLowerCase() as T // compared in the next line
    return choices.includes(value) ? value : this.#wrong(key, choices.join(' or '))
  }
  /** Whole numbers: a list, or one for all of `count`. */
  ints(key: string, count?: number, otherwise?: number): readonly number[] {
    const value = this.raw(key) ?? otherwise
    const list = typeof value === 'number' ? Array<number>(count ?? 1).fill(value) : value
    if (
      !Array.isArray(list) ||
      !list.every(v => Number.isInteger(v)) ||
      (count !== undefined && list.length !== count)
    ) {
      this.#wrong(key, count === undefined ? 'whole numbers' : `${count} whole numbers`)
    }
    return list as number[] // every element was just looked at
  }
  /** Whole numbers, of which −1, or null as TF.js writes it, is an open size. */
  openSizes(key: string): readonly number[] {
    const value = this.raw(key)
    if (!Array.isArray(value) || !value.every(v => v === null || Number.isInteger(v))) this.#wrong(key, 'whole numbers')
    return (value as (number | null)[]).map(v => v ?? -1) // every element was just looked at
  }
  /** Sizes, strides and the like of `count` dimensions: each at least 1, and an int32. */
  sizes(key: string, count: number, otherwise?: number): readonly number[] {
    const sizes = this.ints(key, count, otherwise)
    return sizes.every(size => size >= 1 && size < 2 ** 31) ? sizes : this.#wrong(key, 'whole numbers above 0')
  }
  /** Numbers: a list, or one. */
  numbers(key: string, otherwise?: number): readonly number[] {
    const value = this.raw(key) ?? otherwise
    const list = typeof value === 'number' ? [value] : value
    if (!Array.isArray(list) || !list.every(v => typeof v === 'number')) this.#wrong(key, 'numbers')
    return list as number[] // every element was just looked at
  }
  strings(key: string): readonly string[] {
    const value = this.raw(key)
    if (!Array.isArray(value) || !value.every(v => typeof v === 'string')) this.#wrong(key, 'a list of strings')
    return value as string[] // every element was just looked at
  }

  #wrong(key: string, expected: string): never {
    const { path, savedClassName } = this.#layer
    const found = JSON.stringify(this.raw(key) ?? null).slice(0, 80)
    throw new FreezeError('corrupt', `'${key}' of this ${savedClassName} is ${found}, and must be ${expected}`, {
      path: ['layer', path],
      hint: 'Save the model again with Keras, or correct its configuration.',
    })
  }
}
