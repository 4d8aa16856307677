/** BatchNormalization, as it is at inference: a scale and a shift for each channel. */
import type { Value } from '../../../graph/node.ts'
import { add, fromValues, mul, neg, rsqrt, scalar, splat } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import { fixed, named, type SlotsOf, scaleAndShift, unused, type WeightSlot, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'

/**
 * γ·(x − μ) / √(σ² + ε) + β with the statistics that training left, each [channels]: of images the op that Keras 1
 * and 2 have, else, and in Keras 3, a scale and a shift made from the weights. Both fold into convolutions.
 * Keras 1's modes 1 and 2, and a call with training=True in Keras 1 and 2, take the input's own statistics.
 */
function batchNormalization(call: LayerCall): Value {
  const { config, profile } = call
  const mode = profile === 'k1' ? config.int('mode', 0) : 0
  if (mode === 1) return ofEachSample(call)
  const axes = config.ints('axis', undefined, -1).map(axis => call.axis(axis))
  if (mode === 2 || (profile !== 'k3' && call.flag('training', 1))) return ofTheBatch(call, axes)
  const [axis] = axes
  if (axes.length > 1 || axis === undefined) return scaledAndShifted(call, [])
  if (call.shape.length !== 4 || call.dtype !== 'float32') return scaledAndShifted(call, axes)
  return profile === 'k3' && axis === 3 ? scaledAndShifted(call, axes) : fused(call, axis)
}

const epsilonOf = ({ config }: LayerCall): number => config.number('epsilon', 1e-3)

/** FusedBatchNormV3 with the channels last. */
function fused(call: LayerCall, axis: number, isTraining = false): Value {
  const { scope } = call
  const perm = [...[0, 1, 2, 3].filter(i => i !== axis), axis]
  const x = scope.transpose(call.x, perm)
  const shape = [call.known(call.shape[axis], 'the number of its channels')]
  const statistics = isTraining
    ? [scope.const(fromValues('float32', [0], []), 'mean'), scope.const(fromValues('float32', [0], []), 'variance')]
    : [call.weight('moving_mean'), call.weight('moving_variance')]
  const y = scope.op('FusedBatchNormV3', [x, ...gains(call, shape), ...statistics], {
    is_training: isTraining,
    epsilon: epsilonOf(call),
  })
  return scope.transpose(
    y,
    perm.map((_, i) => perm.indexOf(i)),
    'transpose_1',
  )
}

/** γ and β as constants, ones and zeros where the layer has none. */
const gains = (call: LayerCall, shape: readonly number[]): [Value, Value] => [
  call.maybeWeight('gamma') ?? call.constant('gamma', () => splat(call.dtype, shape, 1)),
  call.maybeWeight('beta') ?? call.constant('beta', () => splat(call.dtype, shape, 0)),
]

/** x·s + t, with s = γ / √(σ² + ε) and t = β − μ·s. The weights stand at `axes`, or already have the input's rank. */
function scaledAndShifted(call: LayerCall, axes: readonly number[]): Value {
  const { scope } = call
  const at = (tensor: Tensor): Tensor =>
    axes.length === 0 ? tensor : call.reshaped(tensor, broadcast(call, tensor, axes[0]!))
  const gamma = call.maybeTensor('gamma')
  const beta = call.maybeTensor('beta')
  const inverse = rsqrt(add(call.tensor('moving_variance'), scalar(call.dtype, epsilonOf(call))))
  const scale = gamma ? mul(inverse, gamma) : inverse
  const down = neg(mul(call.tensor('moving_mean'), scale))
  const scaled = scope.mul(
    call.x,
    call.constant('batchnorm/mul', () => at(scale)),
    'batchnorm/mul_1',
  )
  return scope.add(
    scaled,
    call.constant('batchnorm/sub', () => at(beta ? add(down, beta) : down)),
    'batchnorm/add_1',
  )
}

/** [channels] so that it meets the axis of the input; the last axis is met as it is. */
function broadcast(call: LayerCall, tensor: Tensor, axis: number): readonly number[] {
  const behind = call.shape.length - 1 - axis
  return behind === 0 ? tensor.shape : [...tensor.shape, ...Array<number>(behind).fill(1)]
}

/** The statistics of all samples together. */
function ofTheBatch(call: LayerCall, axes: readonly number[]): Value {
  const [axis] = axes
  if (axes.length === 1 && call.shape.length === 4 && call.dtype === 'float32') return fused(call, axis!, true)
  const over = call.shape.map((_, i) => i).filter(i => !axes.includes(i))
  return normalized(call, over, axes.length === 1 ? axis : undefined)
}

/** Keras 1, mode 1: the statistics of each sample's last dimension, with ε once more beside the deviation. */
function ofEachSample(call: LayerCall): Value {
  const last = call.shape.length - 1
  return normalized(call, [last], last, epsilonOf(call))
}

/** γ·(x − mean) / (√(variance + ε) + `more`) + β. */
function normalized(call: LayerCall, over: readonly number[], axis: number | undefined, more = 0): Value {
  const { scope, x } = call
  const centred = scope.sub(x, scope.reduce('Mean', x, over, true))
  const variance = scope.reduce('Mean', scope.mul(centred, centred), over, true)
  const shifted = scope.add(variance, epsilonOf(call))
  const unit =
    more === 0
      ? scope.mul(centred, scope.op('Rsqrt', [shifted]))
      : scope.div(centred, scope.add(scope.op('Sqrt', [shifted]), more))
  const at = (role: string): Value | undefined => {
    const tensor = call.maybeTensor(role)
    if (!tensor || axis === undefined) return tensor && call.weight(role)
    return call.constant(role, () => call.reshaped(tensor, broadcast(call, tensor, axis)))
  }
  const [gamma, beta] = [at('gamma'), at('beta')]
  const scaled = gamma ? scope.mul(unit, gamma) : unit
  return beta ? scope.add(scaled, beta) : scaled
}

const weights: SlotsOf = c => {
  const shape = isList(c['axis']) && c['axis'].length > 1 ? undefined : [null]
  // Keras 1's modes 1 and 2 take the input's own statistics.
  const kept = (slot: WeightSlot): WeightSlot =>
    c['mode'] === 1 || c['mode'] === 2 ? { ...slot, optional: true } : slot
  return [
    ...scaleAndShift(c, shape),
    kept(named(fixed('moving_mean', shape), 'moving_mean', 'running_mean')),
    kept(named(fixed('moving_variance', shape), 'moving_variance', 'running_std', 'running_variance')),
    ...when(c['renorm'] === true, unused('moving_stddev'), unused('renorm_mean'), unused('renorm_stddev')),
  ]
}

export const BATCH_NORMALIZATION_LAYERS: readonly LayerClass[] = [
  {
    name: 'BatchNormalization',
    aliases: ['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
    emit: batchNormalization,
    mask: 'pass',
    isWide: true,
    refusedInKeras0: 'divides by a deviation to which it adds epsilon',
    weights,
  },
]
