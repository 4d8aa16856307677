/** Layers that make one tensor of several. */
import type { Value } from '../../../graph/node.ts'
import { bytesPerElement, type DType, isFloat } from '../../../tensorflow/dtype.ts'
import { type KTensor, type LayerCall, lazy } from '../call.ts'
import { asFloat, resultType } from '../operations/promotion.ts'
import { batchDot, dot } from './dot.ts'
import type { LayerClass } from './layer-class.ts'

type Pairwise = 'AddV2' | 'Sub' | 'Mul' | 'Maximum' | 'Minimum'

/** Names of nodes as TensorFlow gives them. */
const NAMES: Readonly<Record<Pairwise, string>> = {
  AddV2: 'add',
  Sub: 'sub',
  Mul: 'mul',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
}

/** One after the other by an op of two. */
const merging =
  (op: Pairwise) =>
  (call: LayerCall): KTensor => ({ value: chain(call, op), mask: mergedMask(call) })

/** Whole numbers too become real: a mean is a real number. */
const average = (call: LayerCall): KTensor => {
  const { scope } = call
  const sum = chain(call, 'AddV2')
  const real = scope.cast(sum, quotientType(call, sum.dtype ?? 'float32'))
  return { value: scope.mul(real, 1 / call.inputs.length), mask: mergedMask(call) }
}

/** The type in which numbers are divided: whole ones as TensorFlow does. */
function quotientType({ profile }: LayerCall, dtype: DType): DType {
  if (profile === 'k3' || isFloat(dtype)) return asFloat(dtype)
  return bytesPerElement(dtype) <= 2 ? 'float32' : 'float64'
}

function chain(call: LayerCall, op: Pairwise): Value {
  const { scope } = call
  const values = unmasked(call, aligned(call), op)
  const first = values[0] ?? call.refuse('it is called without a tensor')
  return values.slice(1).reduce((a, b) => scope.op(op, [a, b], {}, NAMES[op]), first)
}

/** The inputs in one type: Keras 3 makes one of whole numbers and real ones. */
function inOneType({ scope, values, profile }: LayerCall): readonly Value[] {
  const types = values.map(value => value.dtype ?? 'float32')
  if (profile !== 'k3' || new Set(types).size === 1) return values
  const dtype = resultType(...types)
  return values.map(value => scope.cast(value, dtype))
}

/** The inputs in one rank: dimensions of size 1 come in behind the batch. */
function aligned(call: LayerCall): Value[] {
  const { scope } = call
  const ranks = call.inputs.map(input => call.shapeOf(input.value).length)
  const rank = Math.max(...ranks)
  return inOneType(call).map((value, i) => {
    if (ranks[i] === rank) return value
    const [batch, ...rest] = scope.dims(value)
    return scope.reshape(value, [batch!, ...Array<number>(rank - ranks[i]!).fill(1), ...rest])
  })
}

/**
 * Keras 3 keeps what is masked from counting: a factor of 1, and for the larger or smaller of two the other one.
 * A step that no input keeps is 0 in a product.
 */
function unmasked(call: LayerCall, values: readonly Value[], op: Pairwise): readonly Value[] {
  const masks = call.inputs.map(input => input.mask)
  const counts = op === 'Mul' || op === 'Maximum' || op === 'Minimum'
  if (call.profile !== 'k3' || !counts || masks.every(mask => !mask)) return values
  return op === 'Mul' ? [maskedProduct(call, values)] : [maskedExtreme(call, values, op)]
}

/** A mask with a dimension for the features. */
const spread = (call: LayerCall, mask: (() => Value) | undefined): Value | undefined =>
  mask && call.scope.expandDims(mask(), -1)

function maskedProduct(call: LayerCall, values: readonly Value[]): Value {
  const { scope, inputs } = call
  const masks = inputs.map(input => spread(call, input.mask))
  const factors = values.map((x, i) => (masks[i] ? scope.select(masks[i], x, scope.number(1, x)) : x))
  const product = factors.reduce((a, b) => scope.mul(a, b))
  if (masks.some(mask => !mask)) return product
  const any = masks.map(mask => mask!).reduce((a, b) => scope.op('LogicalOr', [a, b]))
  return scope.select(any, product, scope.number(0, product))
}

function maskedExtreme(call: LayerCall, values: readonly Value[], op: 'Maximum' | 'Minimum'): Value {
  const { scope, inputs } = call
  let output = values[0]!
  let outputMask = spread(call, inputs[0]!.mask)
  for (const [i, value] of values.entries()) {
    if (i === 0) continue
    const mask = spread(call, inputs[i]!.mask)
    const x = mask ? scope.select(mask, value, output) : value
    const before = outputMask ? scope.select(outputMask, output, x) : output
    outputMask = mask && outputMask ? scope.op('LogicalOr', [outputMask, mask]) : undefined
    output = scope.op(op, [before, x])
  }
  return output
}

/** Keras 1 and 2: what no mask leaves out; Keras 3: what any leaves in, if all inputs have one. */
function mergedMask(call: LayerCall): (() => Value) | undefined {
  const { scope, masks, profile } = call
  const given = masks.flatMap(mask => mask ?? [])
  if (given.length === 0 || (profile === 'k3' && given.length < masks.length)) return undefined
  const op = profile === 'k3' ? 'LogicalOr' : 'LogicalAnd'
  return lazy(() => given.map(mask => mask()).reduce((a, b) => scope.op(op, [a, b])))
}

/** Side by side along an axis. */
function concatenate(call: LayerCall): KTensor {
  const { scope } = call
  const values = inOneType(call)
  if (values.length === 0) return call.refuse('it is called without a tensor')
  const axis = call.axis(call.config.int('axis', -1))
  return { value: scope.concat(values, axis), mask: concatenatedMask(call, axis) }
}

/** The masks, with the features' dimension, side by side; then over the features all (Keras 1 and 2) or any (Keras 3). */
function concatenatedMask(call: LayerCall, axis: number): (() => Value) | undefined {
  const { scope, inputs, masks, profile } = call
  if (masks.every(mask => !mask)) return undefined
  return lazy(() => {
    const whole = inputs.map(({ value }, i) => {
      const mask = masks[i]?.()
      const all = scope.op('OnesLike', [scope.cast(value, 'bool')])
      if (!mask) return all
      const isNarrow = call.shapeOf(mask).length < call.shapeOf(value).length
      return isNarrow ? scope.op('LogicalAnd', [scope.expandDims(mask, -1), all]) : mask
    })
    return scope.reduce(profile === 'k3' ? 'Any' : 'All', scope.concat(whole, axis), [-1])
  })
}

/** Keras 1's Merge: `mode` says how. */
function merge(call: LayerCall): Value | KTensor {
  const { config, inputs } = call
  const mode = config.raw('mode')
  if (typeof mode !== 'string') return call.refuse('its mode is a function of Python')
  switch (mode) {
    case 'sum':
      return chain(call, 'AddV2')
    case 'mul':
      return chain(call, 'Mul')
    case 'max':
      return chain(call, 'Maximum')
    case 'ave':
      return call.scope.mul(chain(call, 'AddV2'), 1 / inputs.length)
    case 'concat':
      return call.scope.concat(call.values, call.axis(config.int('concat_axis', -1)))
    case 'dot':
      return batchDot(call, config.raw('dot_axes') ?? -1, false)
    case 'cos':
      return call.scope.expandDims(batchDot(call, config.raw('dot_axes') ?? -1, true), 1)
    default:
      return call.refuse(`its mode '${mode}' is not known`)
  }
}

export const MERGE_LAYERS: readonly LayerClass[] = [
  { name: 'Add', emit: merging('AddV2') },
  { name: 'Subtract', emit: merging('Sub') },
  { name: 'Multiply', emit: merging('Mul') },
  { name: 'Maximum', emit: merging('Maximum') },
  { name: 'Minimum', emit: merging('Minimum') },
  { name: 'Average', emit: average },
  { name: 'Concatenate', emit: concatenate, oldArguments: { concat_axis: 'axis' } },
  { name: 'Dot', emit: dot },
  { name: 'Merge', emit: merge },
]
