import type { Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { rule } from '../rewrite/rule.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { channelAxis } from './affine/channels.ts'
import { narrow } from './affine/exact.ts'
import { FUSED, ofFused } from './fold-batch-norm.ts'

/** BatchNorm(x) → x · scale + offset. */
const split = rule({
  name: 'split-batch-norm',
  find: FUSED,
  unless: ({ norm }) =>
    norm.type('T') !== 'float32'
      ? `${norm.name} is ${norm.type('T')}, and computes in float32`
      : channelAxis(norm) !== -1 && `${norm.name} is channels-first`,
  replace(found, { graph }) {
    const { node, x, scale, offset } = ofFused(found)
    const vector = (name: string, t: Tensor): Value => graph.const(narrow(t, 'float32'), `${node.name}/${name}`)
    const scaled = graph.add('Mul', [x, vector('scale', scale)], {}, `${node.name}/scaled`)
    return graph.add('AddV2', [scaled.out(), vector('offset', offset)], {}, node.name).out()
  },
})

/**
 * Batch norms that no weights could take: a product and a sum with two
 * constants are fewer nodes than the op with its four, and no slower where that
 * was measured (DenseNet121 in TensorFlow, OpenVINO and OpenCV). With channels
 * first the op stays: there a constant would stretch along an inner axis.
 */
export const splitBatchNorm = rulePass({
  name: 'split-batch-norm',
  description: 'Replaces batch normalisation that could not be folded with a multiplication and an addition.',
  enabled: true,
  requires: ['fold-batch-norm'],
  rules: () => [split],
})
