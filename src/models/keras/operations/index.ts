/** Calls of functions that a model holds as layers: how each becomes ops. */
import type { Emitter, LayerCall } from '../call.ts'
import { passThrough } from '../layers/core.ts'
import { FunctionCall, type Operation } from './function-call.ts'
import { KERAS3, KERAS3_REFUSED } from './keras3.ts'
import { ofRagged } from './ragged.ts'
import { recordedNode } from './recorded-node.ts'
import { functionNamed } from './tensorflow.ts'

const written =
  ({ parameters, emit }: Operation, usesConfig: boolean) =>
  (call: LayerCall) =>
    emit(new FunctionCall(call, parameters, usesConfig))

/** A function of TensorFlow that Keras 2 recorded by its name. */
function tensorFlowFunction(call: LayerCall): ReturnType<Operation['emit']> {
  const name = call.config.text('function')
  const found = functionNamed(name)
  if (!found) return call.refuse(`the function tf.${name} is not known here`, WAYS_OUT)
  const unknown = unknownArgument(call, found)
  if (unknown !== undefined) return call.refuse(`the argument '${unknown}' of tf.${name} is not known here`, WAYS_OUT)
  return written(found, false)(call)
}

/** An argument that would change what the function computes and that the table has not; None, false and what only speeds up are none. */
function unknownArgument(call: LayerCall, { parameters }: Operation): string | undefined {
  const known = new Set(parameters.map(parameter => parameter.replace(/^\*/, '').split('=')[0]!))
  return [...call.kwargs].find(
    ([name, arg]) => !known.has(name) && !WITHOUT_EFFECT.has(name) && !(arg.kind === 'constant' && !arg.value),
  )?.[0]
}

/** Arguments that name, check or speed up. */
const WITHOUT_EFFECT = new Set([
  'name',
  'use_cudnn_on_gpu',
  'validate_indices',
  'training',
  'mask',
  'seed',
  'stable',
  'precise',
  'dtype_hint',
])

const WAYS_OUT =
  'Give a module that emits its ops with --custom, by the name of the layer, or export the model as a SavedModel (model.export) and freeze that.'

/** How the call of a function is written. Its mask ends: the functions know of none. */
export interface OperationClass {
  readonly emit: Emitter
  /** It reads ragged tensors. */
  readonly takesRagged?: boolean
}

/** By class. */
export const OPERATIONS: ReadonlyMap<string, OperationClass> = new Map<string, OperationClass>([
  ...Object.entries(KERAS3).map(([name, operation]) => [name, { emit: written(operation, true) }] as const),
  ...Object.entries(KERAS3_REFUSED).map(
    ([name, why]) => [name, { emit: (call: LayerCall) => call.refuse(why, WAYS_OUT) }] as const,
  ),
  ['TFOpLambda', { emit: tensorFlowFunction }],
  ['SlicingOpLambda', { emit: tensorFlowFunction }],
  ['InstanceMethod', { emit: ofRagged, takesRagged: true }],
  ['InstanceProperty', { emit: ofRagged, takesRagged: true }],
  ['TensorFlowOpLayer', { emit: recordedNode }],
  ['AddLoss', { emit: passThrough }],
  ['AddMetric', { emit: passThrough }],
])
