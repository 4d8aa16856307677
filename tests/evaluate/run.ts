/** Runs one op for a test. */

import { invariant } from '../../src/errors.ts'
import {
  fromElementBytes,
  fromTensorAtHand,
  isComplex,
  type NdArray,
  numbers,
  texts,
} from '../../src/evaluate/array.ts'
import { kernelOf } from '../../src/evaluate/kernels/index.ts'
import type { PlainAttr } from '../../src/graph/attr.ts'
import { Graph } from '../../src/graph/graph.ts'
import { fromValues, strings } from '../../src/tensor/make.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'

/** A nested list of numbers, bigints, booleans or strings. */
export type Nested = number | bigint | boolean | string | readonly Nested[]

/** A constant from nested lists: `t([[1, 2], [3, 4]])`. */
export function t(values: Nested, dtype: DType = 'float32'): Tensor {
  const shape: number[] = []
  for (let level: Nested | undefined = values; Array.isArray(level); level = level[0] as Nested)
    shape.push(level.length)
  const flat = (Array.isArray(values) ? values.flat(10) : [values]) as readonly Nested[]
  return dtype === 'string' ? strings(shape, flat as string[]) : fromValues(dtype, shape, flat as number[])
}

export const i32 = (values: Nested): Tensor => t(values, 'int32')

/** The op's results on constants. Attributes that follow from the inputs may be left out. */
export function run(
  op: string,
  inputs: readonly Tensor[],
  attrs: Readonly<Record<string, PlainAttr>> = {},
): readonly NdArray[] {
  const graph = new Graph()
  const node = graph.add(
    op,
    inputs.map(input => graph.const(input)),
    attrs,
  )
  const kernel = kernelOf(op)
  invariant(kernel, `${op} has no kernel`)
  return kernel(inputs.map(arrayAtHand), node)
}

/** A tensor in memory, also of complex numbers, which passes leave alone. */
export const arrayAtHand = (t: Tensor): NdArray =>
  isComplex(t.dtype) && t.recipe.kind === 'memory'
    ? fromElementBytes(t.dtype, t.shape, t.recipe.bytes)
    : fromTensorAtHand(t)!

/** An array as nested lists. */
export function nested(x: NdArray): Nested {
  const flat: Nested[] = x.dtype === 'string' ? texts(x) : [...numbers(x)]
  return [...x.shape].reverse().reduce<Nested[]>((level, size, i) => {
    if (i === x.shape.length - 1) return level
    return Array.from({ length: size ? level.length / size : 0 }, (_, k) => level.slice(k * size, (k + 1) * size))
  }, flat) as Nested
}

/** The first result as nested lists; a scalar as itself. */
export function first(op: string, inputs: readonly Tensor[], attrs: Readonly<Record<string, PlainAttr>> = {}): Nested {
  const result = run(op, inputs, attrs)[0]!
  return result.shape.length ? nested(result) : (nested(result) as readonly Nested[])[0]!
}
