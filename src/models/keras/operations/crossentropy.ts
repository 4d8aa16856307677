/** Cross-entropies. */
import type { Value } from '../../../graph/node.ts'
import { valuesOf } from '../../../tensor/make.ts'
import { logSoftmax } from '../activation.ts'
import type { Scope } from '../scope.ts'
import { floating } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/**
 * The logits: `output` itself where it is said to be such. Of the result of a sigmoid or a softmax,
 * whichever, Keras 3 takes what that was of, also where `from_logits` is true.
 */
function logitsOf(f: FunctionCall, output: Value): Value | undefined {
  const before = f.call.profile === 'k3' ? beforeActivation(f.scope, output) : undefined
  return before ?? (f.bool('from_logits') ? output : undefined)
}

function beforeActivation(scope: Scope, output: Value): Value | undefined {
  const { op, inputs } = output.node
  if (op === 'Sigmoid' || op === 'Softmax') return inputs[0]
  // A softmax over other axes than the last stands between two of these.
  if (op !== 'Transpose' && op !== 'Reshape') return undefined
  const inner = beforeActivation(scope, inputs[0]!)
  if (inner?.node.op !== op) return undefined
  if (op === 'Transpose') return scope.transpose(inner, valuesOf(inputs[1]!.tensor!)!) // a constant, as we write it
  const given = inner.node.inputs[0]!
  return scope.ranked(given).join() === scope.ranked(output).join() ? given : undefined
}

/** −Σ target·log(output), of classes. */
export const categoricalCrossentropy: Emit = f => {
  const { scope } = f
  const [target, output] = f.together(['target', 'output'], asFloat) as readonly [Value, Value] // as many as names
  const axis = f.axis('axis', output, -1)
  const logits = logitsOf(f, output)
  const logs = logits ? logSoftmax(scope, logits, axis) : clippedLog(f, output, [axis])
  return scope.mul(scope.reduce('Sum', scope.mul(target, logs), [axis]), -1)
}

function clippedLog(f: FunctionCall, output: Value, axes: readonly number[]): Value {
  const { scope } = f
  const shares = scope.div(output, scope.reduce('Sum', output, axes, true))
  return scope.op('Log', [scope.clip(shares, 1e-7, 1 - 1e-7)])
}

/** −log(output) of the class that is right. */
export const sparseCategoricalCrossentropy: Emit = f => {
  const { scope } = f
  const given = floating(f, 'output')
  const logits = logitsOf(f, given) ?? scope.op('Log', [scope.clip(given, 1e-7, 1 - 1e-7)])
  const rank = f.rank(logits)
  const classes = scope.size(logits, -1, 'depth')
  const target = scope.cast(f.tensor('target', 'int32'), 'int32')
  const places = f.rank(target) === rank ? scope.squeeze(target, [rank - 1]) : target
  const right = scope.op('OneHot', [places, classes, scope.number(1, logits), scope.number(0, logits)])
  return scope.mul(scope.reduce('Sum', scope.mul(right, logSoftmax(scope, logits, -1)), [rank - 1]), -1)
}

/** max(x, 0) − x·target + log(1 + e^−|x|): what binary cross-entropy is of logits. */
function logisticLossOf(scope: Scope, target: Value, x: Value): Value {
  const log = scope.op('Log1p', [scope.op('Exp', [scope.mul(scope.op('Abs', [x]), -1)])])
  return scope.add(scope.sub(scope.op('Relu', [x]), scope.mul(x, target)), log)
}

export const sigmoidCrossEntropy: Emit = f => {
  const [target, x] = f.together(['target', 'output'], asFloat) as readonly [Value, Value] // as many as names
  return logisticLossOf(f.scope, target, x)
}

/** −Σ target·log softmax(x). */
export const softmaxCrossEntropy: Emit = f => {
  const { scope } = f
  const [target, x] = f.together(['target', 'output'], asFloat) as readonly [Value, Value] // as many as names
  const axis = f.axis('axis', x, -1)
  return scope.mul(scope.reduce('Sum', scope.mul(target, logSoftmax(scope, x, axis)), [axis]), -1)
}

/** −target·log(output) − (1 − target)·log(1 − output). */
export const binaryCrossentropy: Emit = f => {
  const { scope } = f
  const [target, given] = f.together(['target', 'output'], asFloat) as readonly [Value, Value] // as many as names
  const logits = logitsOf(f, given)
  if (logits) return logisticLossOf(scope, target, logits)
  const share = scope.clip(given, 1e-7, 1 - 1e-7)
  const yes = scope.mul(target, scope.op('Log', [share]))
  const one = scope.number(1, share)
  const no = scope.mul(scope.sub(one, target), scope.op('Log', [scope.sub(one, share)]))
  return scope.mul(scope.add(yes, no), -1)
}

/** −log softmax(x) of the class that is right. */
export const sparseSoftmaxCrossEntropy: Emit = f => {
  const { scope } = f
  const x = f.tensor('output')
  const classes = scope.size(x, -1, 'depth')
  const target = scope.cast(f.tensor('target', 'int32'), 'int32')
  const right = scope.op('OneHot', [target, classes, scope.number(1, x), scope.number(0, x)])
  const last = f.rank(x) - 1
  return scope.mul(scope.reduce('Sum', scope.mul(right, logSoftmax(scope, x, last)), [last]), -1)
}
