/** Layers that Keras' own networks (`keras.applications`) define for themselves. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'

/** ConvNeXt: x·γ, one γ for each channel. */
export const layerScale = (call: LayerCall): Value => call.scope.mul(call.x, call.weight('gamma'))

/** InceptionResNetV2: a + b·scale. */
export function customScaleLayer(call: LayerCall): Value {
  const { scope, values } = call
  const [a, b] = values
  if (!a || !b) return call.refuse('it takes two tensors')
  return scope.add(a, scope.mul(b, call.config.number('scale', 1)))
}
