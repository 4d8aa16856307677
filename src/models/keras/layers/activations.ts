/** Activations that are layers of their own. */
import type { Value } from '../../../graph/node.ts'
import { abs, add, neg } from '../../../tensor/make.ts'
import { activate, elu, generalRelu, leakyRelu, lowestOf, prelu, softmax } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import { trained } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'

const activation = (call: LayerCall): Value => activate(call, call.x)

const relu = (call: LayerCall): Value => {
  const { config } = call
  const limit = config.has('max_value') ? config.number('max_value') : undefined
  return generalRelu(call.scope, call.x, config.number('negative_slope', 0), config.number('threshold', 0), limit)
}

const leakyReLU = (call: LayerCall): Value =>
  leakyRelu(call.scope, call.x, call.config.number('negative_slope', call.config.number('alpha', 0.3)))

const eluLayer = (call: LayerCall): Value => elu(call.scope, call.x, call.config.number('alpha', 1))

/** x > θ ? x : 0. */
const thresholdedReLU = ({ scope, x, config }: LayerCall): Value =>
  scope.mul(x, scope.indicator('Greater', x, config.number('theta', 1)))

/** alpha has the input's shape without the batch, 1 at shared axes. */
const parametricReLU = (call: LayerCall): Value =>
  prelu(
    call.scope,
    call.x,
    call.constant('alpha', () => neg(call.tensor('alpha'))),
  )

/** Over `axis`, one or several. Where a mask is given, what it leaves out gets nothing. */
function softmaxLayer(call: LayerCall): Value {
  const { scope, x, profile } = call
  const axes = call.config.ints('axis', undefined, -1)
  const given = call.tensorArg('mask', 1)
  if (!given) return softmax(scope, x, axes)
  const mask = scope.cast(given.value, 'bool')
  const lowest = lowestOf(x.dtype!, profile)
  if (profile !== 'k3') {
    const left = scope.cast(scope.op('LogicalNot', [mask]), x.dtype!)
    return softmax(scope, scope.add(x, scope.mul(left, lowest)), axes)
  }
  const masked = softmax(scope, scope.select(mask, x, scope.number(lowest, x)), axes)
  return scope.select(mask, masked, scope.number(0, x))
}

/** Keras 1: alpha·softplus(beta·x). */
const parametricSoftplus = (call: LayerCall): Value => {
  const { scope } = call
  return scope.mul(scope.op('Softplus', [scope.mul(call.x, call.weight('betas'))]), call.weight('alphas'))
}

/**
 * Keras 1: with r = t_left + |t_right|, below t_left it is t_left + a_left·(x − t_left),
 * above r it is r + a_right·(x − r), between x.
 */
function sReLU(call: LayerCall): Value {
  const { scope, x } = call
  const left = call.weight('t_left')
  const right = call.constant('t_right_actual', () => add(call.tensor('t_left'), abs(call.tensor('t_right'))))
  const below = scope.add(scope.mul(scope.sub(x, left), call.weight('a_left')), left)
  const above = scope.add(scope.mul(scope.sub(x, right), call.weight('a_right')), right)
  const upper = scope.select(scope.compare('GreaterEqual', x, right), above, x)
  return scope.select(scope.compare('LessEqual', x, left), below, upper)
}

export const ACTIVATION_LAYERS: readonly LayerClass[] = [
  { name: 'Activation', emit: activation, mask: 'pass' },
  { name: 'ReLU', emit: relu, mask: 'pass' },
  { name: 'LeakyReLU', emit: leakyReLU, mask: 'pass', oldArguments: { alpha: 'negative_slope' } },
  { name: 'PReLU', emit: parametricReLU, mask: 'pass', weights: () => [trained('alpha')] },
  { name: 'ELU', emit: eluLayer, mask: 'pass' },
  { name: 'ThresholdedReLU', emit: thresholdedReLU, mask: 'pass' },
  { name: 'Softmax', emit: softmaxLayer, mask: 'pass' },
  {
    name: 'ParametricSoftplus',
    emit: parametricSoftplus,
    mask: 'pass',
    weights: () => [trained('alphas'), trained('betas')],
  },
  {
    name: 'SReLU',
    emit: sReLU,
    mask: 'pass',
    weights: () => [trained('t_left'), trained('a_left'), trained('t_right'), trained('a_right')],
  },
]
