/**
 * Multiplies what a node computes by a factor a channel, by multiplying the
 * weights it is computed with: Conv(x, W) · s = Conv(x, W · s). Looks through
 * additions of constants and ops that only move elements.
 */

import { anOp } from '../../graph/names.ts'
import type { Node, Value } from '../../graph/node.ts'
import { isNoLarger } from '../../optimize/conditions.ts'
import { isSole, notSole } from '../../rewrite/match.ts'
import type { RuleContext } from '../../rewrite/rule.ts'
import { mul, reshape, sliceOf } from '../../tensor/make.ts'
import { elementCount, type Shape } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import { entryFor } from '../../tensorflow/op-table.ts'
import { broadcastable, channelAxis, type Factor } from './channels.ts'
import { narrow, widen } from './exact.ts'

/** Makes the multiplied value; called once, when all is known to be possible. */
export type Build = () => Value

/** How far up from the factor the weights may be. */
export const ABSORB_REACH = 8

/** How to make `value` times the factor without a multiplication at run time, or why that cannot be done. */
export function absorb(value: Value, factor: Factor, context: RuleContext, distance = 0): Build | string {
  const { node } = value
  if (distance === ABSORB_REACH) return `no weights are within ${ABSORB_REACH} nodes before the factor`
  const step = value.index === 0 ? entryFor(STEPS, node.op) : undefined
  if (!step) return `${value} is ${anOp(node)}, which has no weights to multiply`
  if (!isSole(value, context.graph)) return notSole(value, context.graph)
  return step(node, factor, context, distance)
}

type Step = (node: Node, factor: Factor, context: RuleContext, distance: number) => Build | string

/** Where an op's weights are, and along which of their axes the output's channels lie. */
interface Weights {
  readonly slot: number
  /** The output's axis, from its end. */
  readonly outputAxis: number
  /** The shape that a vector over the output's channels must have to multiply the weights; undefined: not by channel. */
  readonly vectorShape: (shape: Shape) => Shape
}

/** Multiplies the weights of an op that is linear in them. */
const weighted =
  (weightsOf: (node: Node) => Weights): Step =>
  (node, factor, { graph, like }) => {
    const { slot, outputAxis, vectorShape } = weightsOf(node)
    const weights = node.input(slot)
    const { tensor } = weights
    if (!tensor) return `the weights of ${node.name} are not constant`
    if (!isFloat(tensor.dtype)) return `the weights of ${node.name} are ${tensor.dtype}`
    if (!isSole(weights, graph)) return `${notSole(weights, graph)}, so a changed copy would be stored beside it`
    const shape = vectorShape(tensor.shape)
    const reason = misfit(node, factor, outputAxis, elementCount(shape))
    if (reason) return reason
    return () => {
      const scale = factor.axis === undefined ? factor.tensor : reshape(factor.tensor, shape)
      const scaled = like(weights.node, [], {
        value: { kind: 'tensor', value: narrow(mul(widen(tensor), scale), tensor.dtype) },
      })
      return like(
        node,
        node.inputs.map((v, i) => (i === slot ? scaled.out() : v)),
      ).out()
    }
  }

function misfit(node: Node, { tensor, axis }: Factor, channels: number, count: number): string | undefined {
  if (axis === undefined) return undefined
  if (axis !== channels) return `the factor does not have one element per channel of ${node.name}`
  if (tensor.shape[0] !== count)
    return `the factor has ${tensor.shape[0]} elements, but ${node.name} has ${count} channels`
  return undefined
}

/** [spatial…, in, out] → [out]. */
const convolution = weighted(node => ({
  slot: 1,
  outputAxis: channelAxis(node),
  vectorShape: shape => [shape.at(-1)!],
}))
/** [h, w, in, multiplier] → [in, multiplier]: channel i·multiplier + m of the output. */
const depthwise = weighted(node => ({
  slot: 1,
  outputAxis: channelAxis(node),
  vectorShape: shape => shape.slice(-2),
}))
/** [spatial…, out, in] → [out, 1]. */
const transposed = weighted(node => ({
  slot: 1,
  outputAxis: channelAxis(node),
  vectorShape: shape => [shape.at(-2)!, 1],
}))
/** [in, out] → [out]; transposed [out, in] → [out, 1]. */
const product = (transposeAttr: string): Step =>
  weighted(node => ({
    slot: 1,
    outputAxis: -1,
    vectorShape: shape => (node.bool(transposeAttr) ? [shape.at(-2)!, 1] : [shape.at(-1)!]),
  }))

/** (x + b) · s = x · s + b · s. */
const addition: Step = (node, factor, context, distance) => {
  const slot = node.inputs[1]?.tensor ? 1 : 0
  const { tensor } = node.input(slot)
  if (!tensor) return `${node.name} does not add a constant`
  const inner = node.inputs[1 - slot]!
  if (factor.axis !== undefined && node.op === 'BiasAdd' && channelAxis(node) !== factor.axis) {
    return `the factor does not have one element per channel of ${node.name}`
  }
  const isVector = node.op === 'BiasAdd'
  const scale = isVector ? factor.tensor : broadcastable(factor)
  const scaled = narrow(mul(widen(tensor), scale), tensor.dtype)
  if (elementCount(scaled.shape) > Math.max(elementCount(tensor.shape), elementCount(scale.shape))) {
    return `${node.inputs[slot]} would grow from [${tensor.shape}] to [${scaled.shape}]`
  }
  if (isVector && scaled.shape[0] !== tensor.shape[0]) return `the factor does not fit the bias of ${node.name}`
  if (!isNoLarger(scaled, [node.input(slot)], context.graph)) {
    return `${node.inputs[slot]} has other readers, so a changed copy would be stored beside it`
  }
  const build = absorb(inner, factor, context, distance + 1)
  if (typeof build === 'string') return build
  return () => {
    const bias = context.like(node.input(slot).node, [], {
      value: { kind: 'tensor', value: scaled },
    })
    const product = build()
    return context.like(node, slot === 1 ? [product, bias.out()] : [bias.out(), product]).out()
  }
}

/** An op that moves elements: the factor goes through to its first input, where it lies along the axis that `to` says. */
const moving =
  (to: (node: Node, factor: Factor, context: RuleContext) => number | string): Step =>
  (node, factor, context, distance) => {
    const axis = factor.axis === undefined ? undefined : to(node, factor, context)
    if (typeof axis === 'string') return axis
    const build = absorb(node.input(0), { tensor: factor.tensor, axis }, context, distance + 1)
    return typeof build === 'string' ? build : () => context.like(node, [build(), ...node.inputs.slice(1)]).out()
  }

const splitsChannels = (node: Node): string => `${node.name} mixes the channels with other dimensions`

/** The last dimension stays the last. */
const reshaping = moving((node, { tensor, axis }, { facts }) => {
  const channels = facts.shape(node.input(0))?.at(-1)
  return axis === -1 && channels === tensor.shape[0] ? -1 : splitsChannels(node)
})

const squeezing = moving((node, { axis }, { facts }) => {
  const rank = facts.shape(node.input(0))?.length
  const dims = node.ints('squeeze_dims').map(d => (d >= 0 && rank !== undefined ? d - rank : d))
  return axis === -1 && dims.length > 0 && dims.every(d => d < -1) ? -1 : splitsChannels(node)
})

const batching = moving((node, { axis }, { facts }) => {
  const blockRank = facts.shape(node.input(1))?.[0]
  const rank = facts.shape(node.input(0))?.length
  const isLast = typeof blockRank === 'number' && rank !== undefined && rank > blockRank + 1
  return axis === -1 && isLast ? -1 : splitsChannels(node)
})

const transposing = moving((node, { axis }, { facts }) => {
  const perm = facts.of(node.input(1)).elements
  const from = perm?.[perm.length + axis!] // the axis of one number is not asked for
  return typeof from === 'number' ? from - perm!.length : `the permutation of ${node.name} is not known`
})

/** Each part takes the factor, or its own channels of it where the parts lie side by side along the factor's axis. */
const concatenating: Step = (node, { tensor, axis }, context, distance) => {
  const parts = node.inputs.slice(0, -1)
  const along = context.facts.of(node.inputs.at(-1)!).elements?.[0]
  const rank = context.facts.shape(node.out())?.length
  if (typeof along !== 'number' || rank === undefined) return `the axis of ${node.name} is not known`
  const isSplit = axis !== undefined && (along < 0 ? along : along - rank) === axis
  const builds: Build[] = []
  let start = 0
  for (const part of parts) {
    const size = isSplit ? context.facts.shape(part)?.at(axis) : 0
    if (typeof size !== 'number') return `the number of channels of ${part} is not known`
    const own = isSplit ? sliceOf(tensor, [start], [size]) : tensor
    start += size
    const build = absorb(part, { tensor: own, axis }, context, distance + 1)
    if (typeof build === 'string') return build
    builds.push(build)
  }
  return () => context.like(node, [...builds.map(build => build()), node.inputs.at(-1)!]).out()
}

const staying = moving((_, { axis }) => axis!) // as above

/** (γ · x̂ + β) · s = (γ · s) · x̂ + β · s. */
const normalizing: Step = (node, factor, { graph, like }) => {
  const [x, gamma, beta, ...moments] = node.inputs
  if (!gamma?.tensor || !beta?.tensor || node.bool('is_training')) {
    return `${node.name} has no constants to multiply`
  }
  if (!isSole(gamma, graph) || !isSole(beta, graph)) return `the constants of ${node.name} have other readers`
  const reason = misfit(node, factor, channelAxis(node), elementCount(gamma.tensor.shape))
  if (reason) return reason
  const times = ({ node: constant, tensor }: Value): Value =>
    like(constant, [], {
      value: { kind: 'tensor', value: narrow(mul(widen(tensor!), factor.tensor), tensor!.dtype) }, // checked above
    }).out()
  return () => like(node, [x!, times(gamma), times(beta), ...moments]).out() // a node has the inputs of its op
}

const STEPS: Readonly<Record<string, Step>> = {
  Conv2D: convolution,
  Conv3D: convolution,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  Conv3DBackpropInput: transposed,
  Conv3DBackpropInputV2: transposed,
  MatMul: product('transpose_b'),
  BatchMatMul: product('adj_y'),
  BatchMatMulV2: product('adj_y'),
  BatchMatMulV3: product('adj_y'),
  BiasAdd: addition,
  Add: addition,
  AddV2: addition,
  Sub: addition,
  Reshape: reshaping,
  Squeeze: squeezing,
  BatchToSpaceND: batching,
  SpaceToBatchND: batching,
  Transpose: transposing,
  ConcatV2: concatenating,
  Pad: staying,
  AvgPool: staying,
  AvgPool3D: staying,
  FusedBatchNorm: normalizing,
  FusedBatchNormV2: normalizing,
  FusedBatchNormV3: normalizing,
}
