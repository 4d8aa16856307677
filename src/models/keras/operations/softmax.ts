/** Softmax and its relatives as functions. */
import type { Value } from '../../../graph/node.ts'
import { logSoftmax, softmax, sparsemax } from '../activation.ts'
import { floating } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

export const softmaxOp: Emit = f => {
  const x = floating(f)
  const axes = f.ints('axis')?.map(axis => f.call.axis(axis, f.rank(x)))
  if (axes) return softmax(f.scope, x, axes)
  return asRow(f, x, (row, axis) => softmax(f.scope, row, [axis]))
}

export const logSoftmaxOp: Emit = f => {
  const x = floating(f)
  if (f.has('axis')) return logSoftmax(f.scope, x, f.axis('axis', x, -1))
  return asRow(f, x, (row, axis) => logSoftmax(f.scope, row, axis))
}

/** Keras 3 takes the whole for one row where the axis is None, TensorFlow the last one. */
function asRow(f: FunctionCall, x: Value, formula: (row: Value, axis: number) => Value): Value {
  if (f.call.profile !== 'k3') return formula(x, f.rank(x) - 1)
  return f.scope.reshape(formula(f.scope.reshape(x, [null]), 0), f.scope.dims(x))
}

export const sparsemaxOp: Emit = f => {
  const x = floating(f)
  if (f.call.layer.config['axis'] === null) f.refuse('its axis is None, with which Keras itself fails on TensorFlow')
  return sparsemax(f.scope, x, f.axis('axis', x, -1))
}
