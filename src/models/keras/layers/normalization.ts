/** Normalisation of each sample by itself, and to statistics that were found before. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, maximum, reciprocal, scalar, sqrt } from '../../../tensor/make.ts'
import { elementCount, type Tensor } from '../../../tensor/tensor.ts'
import { isFloat, isInteger } from '../../../tensorflow/dtype.ts'
import type { KTensor, LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import type { Json } from '../layer-graph.ts'
import type { Scope } from '../scope.ts'
import { fixed, named, scaleAndShift, trained, unused, when } from '../weights/slots.ts'
import { type LayerClass, wrapping } from './layer-class.ts'

/** A weight over some axes, in the rank that meets the input's; the last axis alone is met as it is. */
function atAxes(call: LayerCall, role: string, axes: readonly number[]): Value | undefined {
  const tensor = call.maybeTensor(role)
  if (!tensor) return undefined
  const { shape } = call
  if (axes.length === 1 && axes[0] === shape.length - 1) return call.weight(role)
  const sizes = shape.map((size, i) => (axes.includes(i) ? call.known(size, 'a size of its input') : 1))
  return call.constant(role, () => call.reshaped(tensor, sizes))
}

const axesOf = (call: LayerCall, otherwise = -1): number[] =>
  call.config.ints('axis', undefined, otherwise).map(axis => call.axis(axis))

/**
 * γ·(x − mean) / √(variance + ε) + β over `axis`, with s = γ / √(variance + ε) as x·s + (−mean·s + β). Images of
 * Keras 2 have β − mean·s, as Keras itself has; of fewer dimensions, oneDNN's rewriter in TensorFlow would take
 * that for an op of its own, with another ε. With `rms_scaling` it is x·s. Of whole numbers Keras 3 makes whole numbers.
 */
function layerNormalization(call: LayerCall): Value {
  const { scope, input, dtype } = call
  const given = input.value.dtype ?? dtype
  const y = layerNormalized(call)
  return call.profile === 'k3' && !isFloat(given) ? scope.cast(scope.cast(y, given), dtype) : y
}

function layerNormalized(call: LayerCall): Value {
  const { scope, x, profile } = call
  const axes = axesOf(call)
  const [gamma, beta] = [atAxes(call, 'gamma', axes), atAxes(call, 'beta', axes)]
  const mean = scope.reduce('Mean', x, axes, true)
  const variance = scope.reduce('Mean', scope.op('SquaredDifference', [x, mean]), axes, true, 'variance')
  const inverse = scope.op('Rsqrt', [scope.add(variance, call.config.number('epsilon', 1e-3))])
  const scale = gamma ? scope.mul(inverse, gamma) : inverse
  const scaled = scope.mul(x, scale)
  if (call.config.bool('rms_scaling', false)) return scaled
  if (profile !== 'k3' && beta && call.shape.length > 3)
    return scope.add(scaled, scope.sub(beta, scope.mul(mean, scale)), 'add_1')
  const down = scope.mul(scope.op('Neg', [mean]), scale)
  return scope.add(scaled, beta ? scope.add(down, beta) : down, 'add_1')
}

function scaled(scope: Scope, x: Value, gamma: Value | undefined, beta?: Value): Value {
  const y = gamma ? scope.mul(x, gamma) : x
  return beta ? scope.add(y, beta, 'add_1') : y
}

/** The same for groups of channels, over space and the channels of the group; `groups` −1 is one for each channel. */
function groupNormalization(call: LayerCall): Value {
  const { scope, x, config } = call
  const axis = call.axis(config.int('axis', -1))
  const channels = call.known(call.shape[axis], 'the number of its channels')
  const groups = config.int('groups', 32) === -1 ? channels : config.int('groups', 32)
  const dims = [...call.dims]
  const grouped = scope.reshape(x, [...dims.slice(0, axis), groups, channels / groups, ...dims.slice(axis + 1)])
  const over = Array.from({ length: dims.length + 1 }, (_, i) => i).filter(i => i !== 0 && i !== axis)
  const centred = scope.sub(grouped, scope.reduce('Mean', grouped, over, true))
  const variance = scope.reduce('Mean', scope.mul(centred, centred), over, true, 'variance')
  const inverse = scope.op('Rsqrt', [scope.add(variance, config.number('epsilon', 1e-3))])
  const back = scope.reshape(scope.mul(centred, inverse), dims, 'Reshape_1')
  return scaled(scope, back, atAxes(call, 'gamma', [axis]), atAxes(call, 'beta', [axis]))
}

/** x / √(mean(x²) + ε)·scale over `axis`. */
function rmsNormalization(call: LayerCall): Value {
  const { scope, x } = call
  const axes = axesOf(call)
  const mean = scope.reduce('Mean', scope.mul(x, x), axes, true)
  const inverse = scope.op('Rsqrt', [scope.add(mean, call.config.number('epsilon', 1e-6))])
  return scaled(scope, scope.mul(x, inverse), atAxes(call, 'scale', axes))
}

/** x / √Σx² over `axis`. */
const unitNormalization = (call: LayerCall): Value =>
  l2Normalized(call.scope, call.x, axesOf(call), call.profile === 'k3' ? 1e-24 : 1e-12)

/** x / √max(Σx², least). */
export function l2Normalized(scope: Scope, x: Value, axes: readonly number[], least: number): Value {
  const squares = scope.reduce('Sum', scope.mul(x, x), axes, true)
  return scope.mul(x, scope.op('Rsqrt', [scope.max(squares, least)]))
}

/** The wrapped layer with the kernel that it holds: training writes the normalised one there. Keras 3 gives the input's type back. */
function spectralNormalization(call: LayerCall): readonly (KTensor | Value)[] {
  const { scope, input, profile } = call
  const { dtype } = input.value
  const outputs = call.emitChild('layer', input)
  return profile === 'k3' && dtype && isInteger(dtype) ? outputs.map(({ value }) => scope.cast(value, dtype)) : outputs
}

/** (x − mean) / max(√variance, 10⁻⁷), from arguments or from what `adapt` found; `invert` goes the other way. */
function normalization(call: LayerCall): Value {
  const { scope, x, config } = call
  const axes = config.raw('axis') === undefined ? [] : axesOf(call)
  const sizes = call.shape.map((size, i) => (axes.includes(i) ? call.known(size, 'a size of its input') : 1))
  const isLast = axes.length === 1 && axes[0] === sizes.length - 1
  const shape = isLast ? sizes.slice(-1) : axes.length === 0 ? [] : sizes
  const statistic = (role: string): Tensor => {
    const tensor = call.maybeTensor(role) ?? argument(call, role)
    const isOne = elementCount(tensor.shape) === 1
    return call.reshaped(tensor, isOne ? [] : shape)
  }
  const mean = statistic('mean')
  const deviation = maximum(sqrt(statistic('variance')), scalar(call.dtype, 1e-7))
  const meanValue = call.constant('mean', () => mean)
  if (config.bool('invert', false)) {
    const spread = call.constant('deviation', () => deviation)
    return scope.add(scope.mul(x, spread), meanValue)
  }
  return scope.mul(
    scope.sub(x, meanValue),
    call.constant('inverse_deviation', () => reciprocal(deviation)),
  )
}

function argument(call: LayerCall, role: string): Tensor {
  const values = numbersIn(call.config.raw(role))
  if (values.length === 0)
    return call.refuse(
      `its ${role} is not in the file`,
      'Adapt the layer before saving the model, and save it as .keras.',
    )
  return fromValues(call.dtype, [values.length], values)
}

/** The numbers of nested lists, in order. */
function numbersIn(value: Json | undefined): number[] {
  if (typeof value === 'number') return [value]
  return isList(value) ? value.flatMap(numbersIn) : []
}

/** x·scale + offset; each one number, or one for each channel. */
function rescaling(call: LayerCall): Value {
  const { scope, x, config } = call
  const constant = (key: string, otherwise: number): Tensor => {
    const values = config.numbers(key, otherwise)
    return fromValues(call.dtype, values.length === 1 ? [] : [values.length], values)
  }
  const scaledUp = scope.mul(
    x,
    call.constant('Cast/x', () => constant('scale', 1)),
  )
  return scope.add(
    scaledUp,
    call.constant('Cast_1/x', () => constant('offset', 0)),
  )
}

export const NORMALIZATION_LAYERS: readonly LayerClass[] = [
  {
    name: 'LayerNormalization',
    emit: layerNormalization,
    mask: 'pass',
    isWide: true,
    weights: c => scaleAndShift(c['rms_scaling'] === true ? { ...c, scale: true, center: false } : c),
  },
  {
    name: 'GroupNormalization',
    emit: groupNormalization,
    mask: 'pass',
    isWide: true,
    weights: c => scaleAndShift(c, [null]),
  },
  { name: 'RMSNormalization', emit: rmsNormalization, weights: () => [trained('scale')] },
  { name: 'UnitNormalization', emit: unitNormalization, mask: 'pass' },
  {
    name: 'SpectralNormalization',
    emit: spectralNormalization,
    weights: () => [named(unused('vector_u'), 'vector_u', 'sn_u', 'sn_vector_u')],
    wraps: wrapping('layer'),
  },
  {
    name: 'Normalization',
    emit: normalization,
    mask: 'pass in Keras 3',
    weights: ({ mean }) =>
      when(mean === null || mean === undefined, fixed('mean'), fixed('variance'), unused('count', [])),
  },
  { name: 'Rescaling', emit: rescaling, mask: 'pass in Keras 3' },
]
