/**
 * Rewrites along the channels of images that OpenCV's importer reads only as convolutions: a dense layer on each pixel,
 * and one channel that is stretched to many. Layer normalisation and the blocks of ConvNeXt are made of both.
 */
import { string } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { any, anything, as, constant, op, where } from '../../rewrite/pattern.ts'
import { type Replacement, type Rule, type RuleContext, rule } from '../../rewrite/rule.ts'
import { reshape, splat, valuesOf } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { isChannelsFirst } from './opencv-layout.ts'
import { isInSubgraph, l2Operand } from './opencv-subgraphs.ts'

/** A convolution of 1×1 whose weights are a matrix of [inputs, outputs]. */
function pointwise(x: Value, weights: Tensor, name: string, { graph }: RuleContext): Value {
  const kernel = graph.const(reshape(weights, [1, 1, ...weights.shape]), `${name}/kernel`)
  const attrs = { strides: [1, 1, 1, 1], padding: 'VALID', data_format: string('NHWC') }
  return graph.add('Conv2D', [x, kernel], attrs, name).out()
}

const rowsOfImage = as(
  'product',
  where(
    node => !node.bool('transpose_a') && !node.bool('transpose_b'),
    op('MatMul', [op('Reshape', [any('x'), anything]), constant('weights', 2)]),
  ),
)

interface Dense {
  readonly image: Node
  readonly product: Node
  readonly x: Value
  readonly weights: { readonly tensor: Tensor }
}

/** Why the rows are not the pixels of an image that comes back with other channels. */
function notPixels({ image, x, weights }: Dense, { facts }: RuleContext): string | false {
  const [before, after] = [facts.shape(x), facts.shape(image.out())]
  if (before?.length !== 4 || after?.length !== 4) return 'the rows are no image before and after'
  const isSame = [1, 2].every(axis => before[axis] !== null && before[axis] === after[axis])
  const [inputs, outputs] = weights.tensor.shape
  return !(isSame && before[3] === inputs && after[3] === outputs) && 'the rows are not the pixels of the image'
}

/** Reshape(Reshape(x) · w) → a convolution, where rows are pixels. */
const denseOnPixels: Rule = rule({
  name: 'dense-on-pixels',
  find: as('image', op('Reshape', [rowsOfImage, anything])),
  unless: notPixels,
  replace: ({ product, x, weights }, context) => pointwise(x, weights.tensor, product.name, context),
})

/** The same with a bias. */
const biasedDenseOnPixels: Rule = rule({
  name: 'dense-on-pixels',
  find: as('image', op('Reshape', [as('sum', op('BiasAdd', [rowsOfImage, any('bias')])), anything])),
  unless: notPixels,
  replace({ sum, product, x, weights, bias }, context) {
    const image = pointwise(x, weights.tensor, product.name, context)
    return context.graph.add('BiasAdd', [image, bias], { data_format: string('NHWC') }, sum.name).out()
  },
})

/** Ops that OpenCV does not stretch one channel to many for. */
const STRETCHED = ['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv']

/** How many channels the other operand has, for an operand that has one; 0 for others. */
function channelsBeside(node: Node, slot: number, { facts }: RuleContext): number {
  const [own, others] = [facts.shape(node.input(slot)), facts.shape(node.input(1 - slot))]
  if (!own || !others || node.input(slot).tensor || own.at(-1) !== 1 || others.length > own.length) return 0
  return others.at(-1) ?? 0
}

/** Whether OpenCV scales each pixel of an image by a number of its own. */
const isScaleOfPixels = (node: Node, rank: number): boolean =>
  rank === 4 && (node.op === 'Mul' || node.op === 'RealDiv') && node.inputs.every(value => !value.tensor)

/** a + b, b of one channel → a + b · ones: each channel is the one. */
const oneChannelToMany: Rule = rule({
  name: 'one-channel-to-many',
  find: as('node', op(STRETCHED, [any('a'), any('b')])),
  test({ node, a, b }, context) {
    const slot = [0, 1].find(each => channelsBeside(node, each, context) > 1)
    if (slot === undefined || a.dtype !== 'float32' || l2Operand(node) >= 0) return false
    const rank = context.facts.shape(node.input(slot))!.length
    return [2, 4].includes(rank) && !isScaleOfPixels(node, rank) && !isChannelsFirst(a) && !isChannelsFirst(b)
  },
  replace({ node }, context): Replacement {
    const inputs = node.inputs.map((value, slot) => {
      const channels = channelsBeside(node, slot, context)
      return channels > 1 ? widened(value, channels, `${node.name}/widened`, context) : value
    })
    return context.like(node, inputs).out()
  },
})

function widened(value: Value, channels: number, name: string, context: RuleContext): Value {
  const ones = splat('float32', [1, channels], 1)
  if (context.facts.shape(value)?.length === 4) return pointwise(value, ones, name, context)
  const { graph } = context
  return graph.add('MatMul', [value, graph.const(ones, `${name}/ones`)], {}, name).out()
}

/** The mean or sum of each row of a matrix → a product with a column: OpenCV reduces images alone. */
const meanAsProduct: Rule = rule({
  name: 'mean-as-product',
  find: as('mean', op(['Mean', 'Sum'], [any('x'), constant('axes')], { keep_dims: true })),
  test({ mean, x, axes }, { facts }) {
    const [axis, ...others] = valuesOf(axes.tensor) ?? []
    const isOfColumns = others.length === 0 && (axis === 1 || axis === -1)
    return x.dtype === 'float32' && facts.shape(x)?.length === 2 && isOfColumns && !isInSubgraph(mean)
  },
  replace({ mean, x }, { graph, facts }) {
    const columns = facts.shape(x)![1]
    if (!columns) return `the columns of ${x} are not known`
    const share = mean.op === 'Mean' ? 1 / columns : 1
    const column = graph.const(splat('float32', [columns, 1], share), `${mean.name}/column`)
    return graph.add('MatMul', [x, column], {}, mean.name).out()
  },
})

export const CHANNEL_RULES: readonly Rule[] = [denseOnPixels, biasedDenseOnPixels, oneChannelToMany, meanAsProduct]
