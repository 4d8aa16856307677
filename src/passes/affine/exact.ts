/**
 * Arithmetic on weights with one rounding at the end. A graph rounds after each
 * of its ops; weights that are folded are computed in float64 throughout and
 * rounded once, with one exception: what a root is taken of (variance + epsilon)
 * is rounded first, as TensorFlow's own batch norm does.
 */
import { rounded } from '../../tensor/fold.ts'
import { add, cast, div, mul, neg, reciprocal, reshape, rsqrt, scalar, sub, transpose } from '../../tensor/make.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'
import { type DType, isFloat } from '../../tensorflow/dtype.ts'

/** How deep a recipe is looked into: those that folding makes are about a dozen deep. */
const MAX_RECIPE_DEPTH = 32

/** The tensor in float64, without the roundings on the way to it. */
export function widen(t: Tensor, depth = 0): Tensor {
  if (t.recipe.kind !== 'computed' || depth > MAX_RECIPE_DEPTH || !isFloat(t.dtype)) return cast(t, 'float64')
  const { by } = t.recipe
  const operand = (i = 0): Tensor => widen(by.of[i]!, depth + 1)
  switch (by.op) {
    case 'mul':
      return mul(operand(), operand(1))
    case 'div':
      return div(operand(), operand(1))
    case 'add':
      return add(operand(), operand(1))
    case 'sub':
      return sub(operand(), operand(1))
    case 'neg':
      return neg(operand())
    case 'reciprocal':
      return reciprocal(operand())
    case 'reshape':
      return reshape(operand(), t.shape)
    case 'transpose':
      return transpose(operand(), by.perm)
    case 'cast':
      return isFloat(by.of[0].dtype) ? operand() : cast(t, 'float64')
    default:
      return cast(t, 'float64') // a root's operand keeps its rounding
  }
}

/** Rounds once, to the type of the weights. */
export const narrow = (t: Tensor, dtype: DType): Tensor => cast(t, dtype)

/** The effect of normalising on each channel, in float64: x · scale + offset. */
export interface Affine {
  readonly scale: Tensor
  readonly offset: Tensor
}

/** The parameters of a batch normalisation, one element a channel. */
export interface NormParameters {
  readonly variance: Tensor
  readonly mean: Tensor
  readonly beta: Tensor
  /** The scale; undefined where there is none. */
  readonly gamma: Tensor | undefined
}

/**
 * scale = γ / √(σ² + ε), offset = β − μ · scale.
 * Source: Ioffe & Szegedy 2015, algorithm 2, line 11.
 */
export function normalization({ variance, mean, beta, gamma }: NormParameters, epsilon: number): Affine {
  const shifted = rounded(variance.dtype, ([v, e]) => add(v!, e!), [variance, scalar(variance.dtype, epsilon)])
  const deviation = rsqrt(cast(shifted, 'float64'))
  const scale = gamma ? mul(widen(gamma), deviation) : deviation
  return { scale, offset: sub(widen(beta), mul(widen(mean), scale)) }
}

/** Whether a tensor is one number, whatever its rank. */
export const isScalar = (t: Tensor): boolean => elementCount(t.shape) === 1
