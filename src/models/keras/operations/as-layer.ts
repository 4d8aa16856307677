/** Calls of functions written as layers are. */
import type { Value } from '../../../graph/node.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { type Emission, LayerCall } from '../call.ts'
import type { LayerConfig } from '../layer-graph.ts'
import type { FunctionCall } from './function-call.ts'
import { asFloat } from './promotion.ts'

/** An emission in which one layer has weights that came as arguments. */
const withWeights = (emission: Emission, weights: ReadonlyMap<string, Tensor>): Emission => ({
  dialect: emission.dialect,
  options: emission.options,
  notes: emission.notes,
  table: (layer, name, contents) => emission.table(layer, name, contents),
  vocabulary: layer => emission.vocabulary(layer),
  constant: (layer, name, make) => emission.constant(layer, name, make),
  cell: call => emission.cell(call),
  slots: layer => emission.slots(layer),
  weightNames: layer => emission.weightNames(layer),
  makersOf: values => emission.makersOf(values),
  emit: (...call) => emission.emit(...call),
  changeWeights: (layer, change) => emission.changeWeights(layer, change),
  unmask: tensor => emission.unmask(tensor),
  tensor: (_, role) => weights.get(role),
})

/** The call as one of a layer with this configuration and these weights, for what is written as layers are. */
export function asLayer(
  f: FunctionCall,
  x: Value,
  config: LayerConfig,
  weights: ReadonlyMap<string, Tensor> = new Map(),
): LayerCall {
  const { layer, scope } = f.call
  const emission = withWeights(f.call.emission, weights)
  const dtype = x.dtype === 'float64' ? 'float64' : 'float32'
  const own = { ...layer, kind: 'layer' as const, config, dtype: { compute: dtype, variable: dtype } }
  return new LayerCall(own, [{ kind: 'tensor', tensor: { value: x } }], new Map(), scope, emission)
}

/** An argument in real numbers. */
export const floating = (f: FunctionCall, name = 'x'): Value => {
  const x = f.tensor(name)
  return f.scope.cast(x, asFloat(x.dtype ?? 'float32'))
}
