/** Layers that Keras' own networks (`keras.applications`) define for themselves. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import { named, trained } from '../weights/slots.ts'
import { passThrough } from './core.ts'
import type { LayerClass } from './layer-class.ts'

/** ConvNeXt: x·γ, one γ for each channel. */
const layerScale = (call: LayerCall): Value => call.scope.mul(call.x, call.weight('gamma'))

/** InceptionResNetV2: a + b·scale. */
function customScaleLayer(call: LayerCall): Value {
  const { scope, values } = call
  const [a, b] = values
  if (!a || !b) return call.refuse('it takes two tensors')
  return scope.add(a, scope.mul(b, call.config.number('scale', 1)))
}

export const APPLICATION_LAYERS: readonly LayerClass[] = [
  {
    name: 'LayerScale',
    emit: layerScale,
    mask: 'pass',
    weights: () => [named(trained('gamma', [null]), 'gamma', 'variable')],
  },
  { name: 'CustomScaleLayer', emit: customScaleLayer, mask: 'pass' },
  { name: 'StochasticDepth', emit: passThrough, mask: 'pass' },
]
