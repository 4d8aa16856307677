/** Pruning of tensorflow_model_optimization: a wrapper that multiplies the layer's weights by masks. */
import { mul } from '../../../../tensor/make.ts'
import type { Tensor } from '../../../../tensor/tensor.ts'
import type { Emitted, LayerCall } from '../../call.ts'
import { fixed, named, type SlotsOf, unused, type WeightSlot } from '../../weights/slots.ts'
import { type LayerClass, wrapping } from '../layer-class.ts'
import { mainWeights } from './main-weights.ts'

/** The layer inside, each of its main weights multiplied by its mask of ones and zeros. */
function pruneLowMagnitude(call: LayerCall): Emitted {
  const inner = call.child('layer')
  const pruned = mainWeights(inner, at => call.emission.slots(at)).map(({ owner, role }, i) => ({
    owner,
    role,
    mask: call.tensor(`mask_${i}`),
  }))
  for (const owner of new Set(pruned.map(weight => weight.owner)))
    call.emission.changeWeights(owner, {
      tensor(role, tensor) {
        const found = pruned.find(weight => weight.owner === owner && weight.role === role)
        return found ? masked(call, tensor, found.mask, role) : tensor
      },
    })
  return call.emitInside(inner)
}

function masked(call: LayerCall, tensor: Tensor, mask: Tensor, role: string): Tensor {
  if (String(mask.shape) === String(tensor.shape)) return mul(tensor, mask)
  return call.refuse(`the mask of its weight '${role}' is [${mask.shape}], and the weight [${tensor.shape}]`)
}

const weights: SlotsOf = (_, __, { children, slots }) => {
  const inner = children.get('layer')
  const pruned = inner ? mainWeights(inner, slots) : []
  return [
    ...pruned.map(({ owner, role }): WeightSlot => ({ ...unused(role), owner })),
    ...pruned.flatMap((_, i) => [named(fixed(`mask_${i}`), 'mask'), named(unused(`threshold_${i}`, []), 'threshold')]),
    { ...unused('pruning_step', []), isWhole: true },
  ]
}

export const PRUNE_LAYERS: readonly LayerClass[] = [
  { name: 'PruneLowMagnitude', emit: pruneLowMagnitude, wraps: wrapping('layer'), weights },
]
