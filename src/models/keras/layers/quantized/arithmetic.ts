/**
 * The arithmetic of layers that Keras 3 has quantised, as they do it at inference.
 *
 *     int8, int4   y = (q(x)·K) / (scale of K · scale of x), K whole numbers of 8 or 4 bits, and
 *                  q(x) = round(x·s) within −127…127 with s = 127 / (max|x| + ε), for each row
 *     int4/block   y = x·((K − zero) · scale), zero and scale for each group of `block` inputs
 *     gptq, awq    the same, of Kᵀ; awq divides the rows of K by scales of their own
 *     float8       y = r(x)·r(K), r rounds to the numbers of float8: cast(x / scale)·scale
 *
 * Whole numbers are multiplied as float32, in which their sums are exact up to 2²⁴. Source: Keras 3.15's
 * `layers/core/dense.py`, `quantizers/quantizers.py`.
 */
import type { Value } from '../../../../graph/node.ts'
import * as make from '../../../../tensor/make.ts'
import type { Shape, Tensor } from '../../../../tensor/tensor.ts'
import { isInteger } from '../../../../tensorflow/dtype.ts'
import type { LayerCall } from '../../call.ts'
import { isObject, member } from '../../json.ts'
import type { Quantization } from '../../layer-graph.ts'

/** How a layer is quantised; undefined where it is not. */
export const quantizationOf = ({ layer }: LayerCall): Quantization | undefined => layer.dtype.quantization

// ---- Activations

/** Values as whole numbers, and what they were multiplied by. */
interface Quantized {
  readonly value: Value
  /** The size of `axes` is 1. */
  readonly scale: Value | undefined
}

/** x quantised over `axes` where the layer does so; else x as it is. `isDefault`: layers without a configuration do. */
export function quantizedInput(call: LayerCall, x: Value, axes: readonly number[], isDefault: boolean): Quantized {
  const { scope } = call
  const range = activationRange(call, isDefault)
  if (!range) return { value: x, scale: undefined }
  const largest = scope.reduce('Max', scope.op('Abs', [x]), axes, true)
  const scale = scope.op('RealDiv', [scope.number(range.high, x), scope.add(largest, range.epsilon)])
  const rounded = scope.op('Round', [scope.mul(x, scale)])
  return { value: scope.clip(rounded, range.low, range.high), scale }
}

interface Range {
  readonly low: number
  readonly high: number
  readonly epsilon: number
}

/** The range of the layer's AbsMaxQuantizer; undefined where only the weights are quantised. */
function activationRange(call: LayerCall, isDefault: boolean): Range | undefined {
  const configuration = call.config.raw('quantization_config')
  const usual: Range = { low: -127, high: 127, epsilon: 1e-7 }
  if (!isObject(configuration)) return isDefault ? usual : undefined
  const quantizer = member(configuration['config'], 'activation_quantizer')
  if (!isObject(quantizer)) return undefined
  if (quantizer['class_name'] !== 'AbsMaxQuantizer')
    return call.refuse(`its activation quantizer ${JSON.stringify(quantizer['class_name'])} is not known`)
  const { value_range: range, epsilon } = isObject(quantizer['config']) ? quantizer['config'] : {}
  const [low, high] = Array.isArray(range) ? range : [usual.low, usual.high]
  if (typeof low !== 'number' || typeof high !== 'number') return call.refuse('its value_range is not of two numbers')
  return { low, high, epsilon: typeof epsilon === 'number' ? epsilon : usual.epsilon }
}

/** y over the scales of the weights and of the activations, where these have one. */
export function descaled(call: LayerCall, y: Value, weights: Value | undefined, activations: Value | undefined): Value {
  const { scope } = call
  if (!weights || !activations) return weights || activations ? scope.div(y, (weights ?? activations)!) : y
  return scope.div(y, scope.mul(weights, activations))
}

// ---- Weights

/** A weight of whole numbers as a constant of 8 bits, and from there in the layer's type. */
export function wholeWeight(call: LayerCall, role: string, tensor: Tensor): Value {
  if (!isInteger(tensor.dtype)) return call.refuse(`its ${role} is of ${tensor.dtype}, not of whole numbers`)
  return call.scope.cast(
    call.constant(role, () => tensor),
    call.dtype,
  )
}

/**
 * Numbers of 4 bits, of which bytes hold two along an axis, the first in the lower half: as numbers of 8 bits, `length`
 * of them. Of a byte u the halves are u mod 16 and ⌊u / 16⌋; signed ones above 7 are negative.
 */
export function unpackedInt4(packed: Tensor, axis: number, length: number): Tensor {
  const isSigned = packed.dtype === 'int8'
  const number = (value: number): Tensor => make.scalar('float32', value)
  const floor = (t: Tensor): Tensor => make.cast(make.cast(t, 'int8'), 'float32') // none is negative here
  const u = make.add(make.cast(packed, 'float32'), number(isSigned ? 128 : 0))
  const sixteenths = floor(make.mul(u, number(1 / 16)))
  const rest = make.sub(u, make.mul(sixteenths, number(16)))
  const low = isSigned ? make.sub(rest, make.mul(floor(make.mul(rest, number(1 / 8))), number(16))) : rest
  const high = make.sub(sixteenths, number(isSigned ? 8 : 0))
  const { shape } = packed
  const apart = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]
  const pairs = make.concat(
    axis + 1,
    [low, high].map(half => make.reshape(half, apart)),
  )
  const all = make.reshape(pairs, [...shape.slice(0, axis), 2 * shape[axis]!, ...shape.slice(axis + 1)])
  const begin = shape.map(() => 0)
  const kept = make.sliceOf(all, begin, [...shape.slice(0, axis), length, ...shape.slice(axis + 1)])
  return make.cast(kept, packed.dtype)
}

/** Where the weights of one matrix are, and along which of its axes groups lie. */
export interface Grouped {
  readonly role: string
  /** Only for 8-bit numbers. */
  readonly matrix: Tensor
  /** The roles of scale and zero. */
  readonly scale: string
  readonly zero: string
  readonly axis: 0 | 1
}

/** The group of each input. */
export const groupsOf = (call: LayerCall): Value =>
  call.constant('g_idx', () => make.cast(call.tensor('g_idx'), 'int32'))

/** (K − zero)·scale, where each place along an axis has the zero and the scale of its group. */
export function degrouped(call: LayerCall, { role, matrix, scale, zero, axis }: Grouped): Value {
  const { scope } = call
  const each = (value: Value): Value => scope.op('GatherV2', [value, groupsOf(call), scope.int(axis, 'axis')])
  const zeros = each(call.weight(zero))
  return scope.mul(scope.sub(wholeWeight(call, role, matrix), scope.cast(zeros, call.dtype)), each(call.weight(scale)))
}

/** The turned kernel of GPTQ and AWQ: [columns, rows]. */
export function turnedKernel(call: LayerCall): Value {
  const { mode, bits } = quantizationOf(call)!
  const stored = call.tensor('quantized_kernel')
  const [columns] = call.tensor('kernel_scale').shape
  const isPacked = mode === 'awq' || bits === 4
  const matrix = isPacked ? unpackedInt4(stored, 0, columns!) : stored
  const kernel = degrouped(call, { role: 'kernel', matrix, scale: 'kernel_scale', zero: 'kernel_zero', axis: 1 })
  return mode === 'awq' ? call.scope.div(kernel, call.weight('awq_scales')) : kernel
}

/** Rounded to the numbers that float8 has, in units of a scale. */
export function roundedToFloat8(call: LayerCall, x: Value, scale: string): Value {
  const { scope } = call
  const unit = call.weight(scale)
  const within = scope.clip(scope.div(x, unit), -LARGEST_FLOAT8, LARGEST_FLOAT8)
  return scope.mul(scope.cast(scope.cast(within, 'float8_e4m3fn'), call.dtype), unit)
}

/** The largest number of float8_e4m3fn. */
const LARGEST_FLOAT8 = 448

/** The bias; beside products of float8 in float32 it is rounded to bfloat16, which lets TensorFlow fuse the sum. */
export function biasOf(call: LayerCall): Tensor | undefined {
  const bias = call.maybeTensor('bias')
  const { mode, isUnscaled } = quantizationOf(call) ?? {}
  const isRounded = bias?.dtype === 'float32' && mode === 'float8' && !isUnscaled
  return isRounded ? make.cast(make.cast(bias, 'bfloat16'), 'float32') : bias
}

/** The same as a constant. */
export function biasValue(call: LayerCall): Value | undefined {
  const bias = biasOf(call)
  return bias && call.constant('bias', () => bias)
}

export const elements = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)
