import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, constant, op } from '../rewrite/pattern.ts'
import { type Rule, type RuleContext, rule } from '../rewrite/rule.ts'
import { splat } from '../tensor/make.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ABSORB_REACH, absorb } from './affine/absorb.ts'
import { broadcastable, channelAxis } from './affine/channels.ts'
import { type Affine, narrow, normalization } from './affine/exact.ts'

/** The normalisation's place and what it does to each channel. */
interface Norm extends Affine {
  readonly node: Node
  readonly x: Value
}

/** FusedBatchNorm(x, γ, β, μ, σ²), inference only. */
export const FUSED = as(
  'norm',
  op(
    ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'],
    [any('x'), constant('gamma', 1), constant('beta', 1), constant('mean', 1), constant('variance', 1)],
    { is_training: false },
  ),
)

const foldFused = rule({
  name: 'fold-batch-norm',
  find: FUSED,
  replace: (found, context) => foldInto(ofFused(found), context),
})

interface FusedCaptures {
  readonly norm: Node
  readonly x: Value
  readonly gamma: { readonly tensor: Tensor }
  readonly beta: { readonly tensor: Tensor }
  readonly mean: { readonly tensor: Tensor }
  readonly variance: { readonly tensor: Tensor }
}

/** The arithmetic of a fused norm. */
export const ofFused = ({ norm, x, gamma, beta, mean, variance }: FusedCaptures): Norm => ({
  node: norm,
  x,
  ...normalization(
    { variance: variance.tensor, mean: mean.tensor, beta: beta.tensor, gamma: gamma.tensor },
    norm.float('epsilon'),
  ),
})

/** BatchNormWithGlobalNormalization(x, μ, σ², β, γ): γ is unused unless scale_after_normalization says so. */
const GLOBAL = as(
  'norm',
  op('BatchNormWithGlobalNormalization', [
    any('x'),
    constant('mean', 1),
    constant('variance', 1),
    constant('beta', 1),
    constant('gamma', 1),
  ]),
)

const foldGlobal = rule({
  name: 'fold-batch-norm',
  find: GLOBAL,
  replace: (found, context) => foldInto(ofGlobal(found), context),
})

const ofGlobal = ({ norm, x, gamma, beta, mean, variance }: FusedCaptures): Norm => {
  const scaled = norm.bool('scale_after_normalization') ? gamma.tensor : undefined
  return {
    node: norm,
    x,
    ...normalization(
      { variance: variance.tensor, mean: mean.tensor, beta: beta.tensor, gamma: scaled },
      norm.float('variance_epsilon'),
    ),
  }
}

/** Norms that could not be folded are written as the op that runtimes know. */
const modernizeGlobal = rule({
  name: 'modernize-batch-norm',
  find: GLOBAL,
  unless: ({ norm }) =>
    norm.type('T') !== 'float32' && `${norm.name} is ${norm.type('T')}, but FusedBatchNorm takes float32 only`,
  replace({ norm, x, gamma, beta, mean, variance }, { graph }) {
    const used = norm.bool('scale_after_normalization')
    const ones = (): Value => graph.const(splat('float32', gamma.tensor.shape, 1), `${norm.name}/gamma`)
    const inputs = [x, used ? gamma : ones(), beta, mean, variance]
    return graph
      .add('FusedBatchNorm', inputs, { epsilon: norm.float('variance_epsilon'), is_training: false }, norm.name)
      .out()
  },
})

/** The scale into the weights, the offset into a bias that is called as the normalisation was. */
function foldInto({ node, x, scale, offset }: Norm, context: RuleContext): Value | string {
  const axis = channelAxis(node)
  const build = absorb(x, { tensor: scale, axis }, context)
  if (typeof build === 'string') return build
  return addBias(context.graph, build(), narrow(offset, node.type('T')), node)
}

/** x + bias along the channels of a norm, named as that is. BiasAdd knows two layouts; in others an addition broadcasts. */
function addBias(graph: Graph, x: Value, bias: Tensor, norm: Node): Value {
  const axis = channelAxis(norm)
  const { name } = norm
  const constant = `${name}/offset`
  if (axis < -3)
    return graph.add('AddV2', [x, graph.const(broadcastable({ tensor: bias, axis }), constant)], {}, name).out()
  const data_format = axis === -1 ? 'NHWC' : 'NCHW'
  return graph.add('BiasAdd', [x, graph.const(bias, constant)], { data_format }, name).out()
}

/** These rules look as far up as weights may be. */
export const BATCH_NORM_RULES: readonly Rule[] = [foldFused, foldGlobal, modernizeGlobal].map(r => ({
  ...r,
  depth: ABSORB_REACH,
}))

/**
 * BatchNorm(Conv(x, W)) → BiasAdd(Conv(x, W · scale), offset), with
 * scale = γ / √(σ² + ε) and offset = β − μ · scale, into whatever has weights
 * before it: convolutions, transposed and depthwise ones, matrix products.
 *
 * Only in inference (`is_training: false`; that is not the default), where
 * nobody else reads the convolution or its weights. σ² + ε is rounded to
 * float32 as TensorFlow does; the rest is float64, rounded once.
 */
export const foldBatchNorm = rulePass({
  name: 'fold-batch-norm',
  description: 'Folds batch normalisation into the weights of the preceding operation.',
  aliases: ['fold_old_batch_norms'],
  enabled: true,
  requires: ['remove-identity', 'fold-constants'],
  rules: () => BATCH_NORM_RULES,
})
