/** Weight clustering of tensorflow_model_optimization: a wrapper that moves the layer's weights to the nearest of few values. */
import { nearest } from '../../../../tensor/make.ts'
import type { Tensor } from '../../../../tensor/tensor.ts'
import type { Emitted, LayerCall } from '../../call.ts'
import { named, type SlotsOf, trained, unused, type WeightSlot } from '../../weights/slots.ts'
import { type LayerClass, wrapping } from '../layer-class.ts'
import { mainWeights } from './main-weights.ts'

/** The layer inside, each element of its main weights the nearest of the weight's centroids. */
function clusterWeights(call: LayerCall): Emitted {
  const inner = call.child('layer')
  const clustered = mainWeights(inner, at => call.emission.slots(at)).map(({ owner, role }, i) => ({
    owner,
    role,
    index: i,
  }))
  if (clustered.length === 0 && inner.registeredName !== undefined)
    return call.refuse('which weights of the layer inside are clustered is not in the file')
  for (const owner of new Set(clustered.map(weight => weight.owner)))
    call.emission.changeWeights(owner, {
      tensor(role, tensor) {
        const found = clustered.find(weight => weight.owner === owner && weight.role === role)
        return found ? moved(call, tensor, call.tensor(`centroids_${found.index}`)) : tensor
      },
    })
  return call.emitInside(inner)
}

/** Each channel of a convolution may have centroids of its own, which then are [channels, centroids]. */
function moved(call: LayerCall, tensor: Tensor, centroids: Tensor): Tensor {
  if (centroids.shape.length === 1) return nearest(tensor, centroids)
  const isFirst = call.child('layer').config['data_format'] === 'channels_first'
  const axis = isFirst ? 1 : tensor.shape.length - 1 // the kernel has its channels last in both cases; tfmot takes axis 1
  if (centroids.shape[0] === tensor.shape[axis]) return nearest(tensor, centroids, axis)
  return call.refuse(`it has centroids for ${centroids.shape[0]} channels, and its weight [${tensor.shape}]`)
}

const weights: SlotsOf = (_, __, { children, slots }) => {
  const inner = children.get('layer')
  const clustered = inner ? mainWeights(inner, slots) : []
  return [
    ...clustered.flatMap(({ owner, role, name }, i): WeightSlot[] => [
      { ...trained(role), unused: true, owner },
      named(trained(`centroids_${i}`), `cluster_centroids_${name}`),
    ]),
    ...clustered.map(
      ({ name }, i): WeightSlot => ({ ...named(unused(`indices_${i}`), `pulling_indices_${name}`), isWhole: true }),
    ),
  ]
}

export const CLUSTER_LAYERS: readonly LayerClass[] = ['ClusterWeights', 'ClusterWeightsRNN', 'ClusterWeightsMHA'].map(
  name => ({ name, emit: clusterWeights, wraps: wrapping('layer'), weights }),
)
