/** Activation functions, each in the ops that every consumer reads. Formulas: Keras' documentation. */
import type { Value } from '../../graph/node.ts'
import type { LayerCall } from './call.ts'
import type { Json } from './layer-graph.ts'

/** Applies the activation that a configuration names: null, a name, or an object with a configuration of its own. */
export function activate(call: LayerCall, activation: Json | undefined, x: Value): Value {
  if (activation === undefined || activation === null || activation === 'linear') return x
  if (typeof activation !== 'string')
    return call.refuse(`its activation ${JSON.stringify(activation).slice(0, 80)} is not known`)
  const write = ACTIVATIONS.get(activation)
  return write ? write(call, x) : call.refuse(`its activation '${activation}' is not known`)
}

type Activation = (call: LayerCall, x: Value) => Value

const op =
  (name: string): Activation =>
  (call, x) =>
    call.scope.op(name, [x])

/** By the name that configurations use. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['relu', op('Relu')],
  ['relu6', op('Relu6')],
  ['sigmoid', op('Sigmoid')],
  ['tanh', op('Tanh')],
  ['softplus', op('Softplus')],
  ['softmax', op('Softmax')],
])
