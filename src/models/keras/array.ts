/** Arrays of numbers that a file has as nested lists. */
import { fromValues } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { isList } from './json.ts'
import type { Json } from './layer-graph.ts'

/** The array; undefined where rows differ in length or something is no number. */
export function arrayOf(values: Json, dtype: DType): Tensor | undefined {
  const shape: number[] = []
  for (let at: Json | undefined = values; isList(at); at = at[0]) shape.push(at.length)
  const flat = numbersIn(values)
  const count = shape.reduce((n, d) => n * d, 1)
  return flat?.length === count ? fromValues(dtype, shape, flat) : undefined
}

/** The numbers in nested lists, row-major; undefined where something else is among them. */
export function numbersIn(values: Json): number[] | undefined {
  if (typeof values === 'number') return [values]
  if (typeof values === 'boolean') return [Number(values)]
  if (!isList(values)) return undefined
  const parts = values.map(numbersIn)
  return parts.every(part => part !== undefined) ? parts.flat() : undefined
}
