/** Constants in 8-bit codes, and the ranges that they stand for. Never reads one. */
import type { Value } from '../../graph/node.ts'
import { highest, lowest, maximum, minimum, quantizeWithin, scalar } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** The least maximum, so that zero is in the range and the range is not empty: the kernels divide by its width. */
const LEAST_MAX = 1e-6

/** A constant float; also one that is stored in codes already, as it was before. */
export function floatOf(value: Value): Tensor | undefined {
  const { node, tensor } = value
  if (tensor) return tensor
  const codes = node.op === 'Dequantize' ? node.inputs[0]?.tensor : undefined
  return codes?.recipe.kind === 'computed' && codes.recipe.by.op === 'quantize' ? codes.recipe.by.of[0] : undefined
}

/** A constant as codes of its own range, which zero is in: not all 8-bit kernels are right where it is not. */
export function constantCodes(t: Tensor): { readonly codes: Tensor; readonly min: Tensor; readonly max: Tensor } {
  const min = minimum(lowest(t), scalar('float32', 0))
  const max = maximum(highest(t), scalar('float32', LEAST_MAX))
  return { codes: quantizeWithin(t, min, max), min, max }
}

/** A trained range, with zero in it: Requantize takes no other. */
export const trainedRange = (min: Tensor, max: Tensor): readonly [Tensor, Tensor] => {
  const zero = scalar('float32', 0)
  return [minimum(min, zero), maximum(max, zero)]
}
