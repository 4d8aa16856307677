/**
 * A value as a sum of products with constants. The gates of recurrent cells are such sums, however they are written:
 * with one product for all gates and a split, or a product a gate; with the bias before or after.
 *
 *     x·W + h·U + b
 */
import type { Value } from '../../graph/node.ts'
import { add, reshape, splat, transpose } from '../../tensor/make.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { behind } from '../bodies.ts'
import { along, type LoopBody } from './body.ts'

/** A product with a constant [rows, columns]. */
export interface Product {
  readonly of: Value
  readonly weights: Tensor
}

export interface Affine {
  readonly products: readonly Product[]
  /** Vectors, to be added up. */
  readonly biases: readonly Tensor[]
  /** Addends of another kind. */
  readonly others: readonly Value[]
}

/** Sums of sums that are looked into; a gate has three. */
const MAX_DEPTH = 8
const NOTHING: Affine = { products: [], biases: [], others: [] }

/** The sum that a value is; itself as the only addend where it is none. */
export function affine(value: Value, body: LoopBody, depth = MAX_DEPTH): Affine {
  const at = behind(value)
  const { node } = at
  const bias = body.constant(at)
  if (bias) return { ...NOTHING, biases: [bias] }
  if (depth === 0) return { ...NOTHING, others: [at] }
  switch (node.op) {
    case 'Add':
    case 'AddV2':
    case 'BiasAdd':
      return sum(affine(node.input(0), body, depth - 1), affine(node.input(1), body, depth - 1))
    case 'MatMul': {
      const weights = node.bool('transpose_a') ? undefined : body.constant(node.input(1))
      if (!weights) break
      const turned = node.bool('transpose_b') ? transpose(weights, [1, 0]) : weights
      return { ...NOTHING, products: [{ of: behind(node.input(0)), weights: turned }] }
    }
    case 'Split':
    case 'SplitV':
    case 'StridedSlice': {
      const part = partOf(at, body, depth)
      if (part) return part
    }
  }
  return { ...NOTHING, others: [at] }
}

const sum = (a: Affine, b: Affine): Affine => ({
  products: [...a.products, ...b.products],
  biases: [...a.biases, ...b.biases],
  others: [...a.others, ...b.others],
})

/** Some columns of a sum, by a split or a slice; undefined where that cannot be said of its addends. */
function partOf(value: Value, body: LoopBody, depth: number): Affine | undefined {
  const { node } = value
  const whole = affine(node.input(node.op === 'Split' ? 1 : 0), body, depth - 1)
  const width = whole.products[0]?.weights.shape[1]
  if (width === undefined || whole.others.length > 0) return undefined
  const columns = node.op === 'StridedSlice' ? body.ranges(node, [undefined, width])?.[1] : splitOf(value, width, body)
  return columns && columnsOf(whole, width, columns.begin, columns.count)
}

function splitOf({ node, index }: Value, width: number, body: LoopBody) {
  const isEqual = node.op === 'Split'
  const axis = body.numbers(node.input(isEqual ? 0 : 2))?.[0]
  if (axis !== 1 && axis !== -1) return undefined
  const sizes = isEqual
    ? Array<number>(node.int('num_split')).fill(width / node.int('num_split'))
    : withRest(body.numbers(node.input(1)), width)
  return sizes && { begin: sizes.slice(0, index).reduce((a, b) => a + b, 0), count: sizes[index]! }
}

/** Sizes of which one may be -1: what is left. */
function withRest(sizes: readonly number[] | undefined, whole: number): readonly number[] | undefined {
  const rest = sizes && whole - sizes.filter(size => size >= 0).reduce((a, b) => a + b, 0)
  return sizes?.map(size => (size < 0 ? rest! : size))
}

function columnsOf({ products, biases }: Affine, width: number, begin: number, count: number): Affine | undefined {
  const part = (tensor: Tensor): Tensor => along(tensor, tensor.shape.length - 1, begin, count)
  const tensors = [...products.map(({ weights }) => weights), ...biases]
  if (tensors.some(({ shape }) => shape.at(-1) !== width)) return undefined
  return {
    products: products.map(({ of, weights }) => ({ of, weights: part(weights) })),
    biases: biases.map(part),
    others: [],
  }
}

/** The biases of a sum as one vector; zeros where there are none. Undefined where one has another size. */
export function biasOf({ biases }: Pick<Affine, 'biases'>, units: number, dtype: DType): Tensor | undefined {
  if (biases.some(({ shape }) => shape.at(-1) !== units || elementCount(shape) !== units)) return undefined
  const vectors = biases.map(bias => reshape(bias, [units]))
  return vectors.length === 0 ? splat(dtype, [units], 0) : vectors.reduce(add)
}
