/** Shapes of neural networks: convolution, pooling, products of matrices, normalisation, activations, losses. */
import type { Node } from '../../graph/node.ts'
import type { Fact } from '../fact.ts'
import { forEach, like, numbersOf, type Rule, type Rules, shapeFrom, withRank } from '../rule.ts'
import {
  broadcastShapes,
  Contradiction,
  convOutput,
  type Dim,
  mergeShapes,
  ofRank,
  overDim,
  type Padding,
  timesDim,
} from '../shape.ts'
import { einsum } from './einsum.ts'

const ALIKE = `
  Elu LeakyRelu LogSoftmax LRN Relu Relu6 Selu Softmax Softplus Softsign BiasAdd BiasAddV1 LRNGrad
  ApplyGradientDescent ApplyMomentum ApplyAdam ApplyAdagrad ApplyRMSProp ApplyFtrl`

/** Where the batch, the channels and the spatial axes are. */
interface Layout {
  readonly batch: number
  readonly channel: number
  readonly spatial: readonly number[]
}

function layoutOf(node: Node, spatialRank: number): Layout {
  const format = node.attr('data_format') ? node.str('data_format') : 'NHWC'
  const axes = Array.from({ length: spatialRank }, (_, i) => i)
  if (/^N[D]?HWC$|^NWC$/.test(format)) return { batch: 0, channel: spatialRank + 1, spatial: axes.map(i => i + 1) }
  if (/^NC[D]?HW$|^NCW$/.test(format)) return { batch: 0, channel: 1, spatial: axes.map(i => i + 2) }
  throw new Contradiction(`data format ${format}`)
}

/** Puts the parts of an output where the layout has them. */
function laidOut({ batch, channel, spatial }: Layout, n: Dim, c: Dim, sizes: readonly Dim[]): Dim[] {
  const shape = ofRank(spatial.length + 2)
  shape[batch] = n
  shape[channel] = c
  spatial.forEach((axis, i) => {
    shape[axis] = sizes[i]!
  })
  return shape
}

function paddingOf(node: Node, axis: number): Padding {
  const padding = node.str('padding')
  if (padding === 'SAME' || padding === 'VALID') return padding
  const explicit = node.ints('explicit_paddings')
  const [before, after] = [explicit[2 * axis], explicit[2 * axis + 1]]
  if (before === undefined || after === undefined) throw new Contradiction('paddings that are not there')
  return [before, after]
}

/** `kernel`: sizes along the spatial axes; `channels`: of the output. */
function windowed(
  node: Node,
  x: Fact,
  kernel: readonly Dim[],
  channels: Dim | 'same',
  strides: readonly number[],
): Dim[] {
  const layout = layoutOf(node, kernel.length)
  const dims = withRank(x, kernel.length + 2)
  const dilations = node.attr('dilations') ? node.ints('dilations') : []
  const sizes = layout.spatial.map((axis, i) => {
    const stride = strides[axis] ?? 1
    return convOutput(dims[axis]!, kernel[i]!, stride, dilations[axis] ?? 1, paddingOf(node, axis))
  })
  const c = channels === 'same' ? dims[layout.channel]! : channels
  return laidOut(layout, dims[layout.batch]!, c, sizes)
}

/** The filter is [spatial…, in, out]. */
const convolution =
  (spatialRank: number): Rule =>
  (node, [x, filter]) => {
    const dims = withRank(filter, spatialRank + 2)
    return [windowed(node, x, dims.slice(0, spatialRank), dims.at(-1)!, node.ints('strides'))]
  }

/** The filter is [h, w, in, multiplier]. */
const depthwise: Rule = (node, [x, filter]) => {
  const dims = withRank(filter, 4)
  const inputs = dims[2] ?? withRank(x, 4)[layoutOf(node, 2).channel]!
  return [windowed(node, x, dims.slice(0, 2), timesDim(inputs, dims[3]!), node.ints('strides'))]
}

/** The shape is a value: that of the convolution's input, or its spatial axes only. */
const convolutionInput =
  (spatialRank: number): Rule =>
  (node, [sizes, filter, gradient]) => {
    const layout = layoutOf(node, spatialRank)
    const wanted = shapeFrom(sizes)
    const batch = withRank(gradient, spatialRank + 2)[layout.batch]!
    if (wanted?.length !== spatialRank) return [mergeShapes(wanted, laidOut(layout, batch, null, ofRank(spatialRank)))]
    return [laidOut(layout, batch, withRank(filter, spatialRank + 2).at(-2)!, wanted)]
  }

/** The shape of a filter, as a value. */
const filterOf =
  (rank: number): Rule =>
  (_, [, sizes]) => [mergeShapes(shapeFrom(sizes), ofRank(rank))]

const pool =
  (spatialRank: number): Rule =>
  (node, [x]) => [pooled(node, x, spatialRank, node.ints('ksize'), node.ints('strides'))]

function pooled(
  node: Node,
  x: Fact,
  spatialRank: number,
  window: readonly number[],
  strides: readonly number[],
): Dim[] {
  const layout = layoutOf(node, spatialRank)
  if (window[layout.channel] === 1)
    return windowed(
      node,
      x,
      layout.spatial.map(axis => window[axis] ?? null),
      'same',
      strides,
    )
  const channels = convOutput(
    withRank(x, spatialRank + 2)[layout.channel]!,
    window[layout.channel] ?? null,
    strides[layout.channel] ?? 1,
    1,
    'VALID',
  )
  return windowed(
    node,
    x,
    layout.spatial.map(axis => window[axis] ?? null),
    channels,
    strides,
  )
}

const maxPoolV2: Rule = (node, [x, window, strides]) => {
  const [sizes, steps] = [numbersOf(window), numbersOf(strides)]
  if (!sizes || !steps || sizes.includes(null) || steps.includes(null))
    return [mergeShapes(x.shape && ofRank(x.shape.length), ofRank(4))]
  return [pooled(node, x, 2, sizes.map(Number), steps.map(Number))]
}

const maxPoolWithArgmax: Rule = (node, [x]) => {
  const shape = pooled(node, x, 2, node.ints('ksize'), node.ints('strides'))
  return [shape, shape]
}

/** x [n, h, w, c], filter [kh, kw, c]. */
const dilation2d: Rule = (node, [x, filter]) => {
  const [kh, kw] = withRank(filter, 3)
  const [n, h, w, c] = withRank(x, 4)
  const [, sh, sw] = node.ints('strides')
  const [, rh, rw] = node.ints('rates')
  const padding = paddingOf(node, 0)
  return [[n!, convOutput(h!, kh!, sh ?? 1, rh ?? 1, padding), convOutput(w!, kw!, sw ?? 1, rw ?? 1, padding), c!]]
}

/** Patches side by side in the last axis. */
const extractPatches: Rule = (node, [x]) => {
  const [n, h, w, c] = withRank(x, 4)
  const [kernel, strides, rates] = [node.ints('ksizes'), node.ints('strides'), node.ints('rates')]
  const along = (size: Dim, axis: number): Dim =>
    convOutput(size, kernel[axis] ?? null, strides[axis] ?? 1, rates[axis] ?? 1, paddingOf(node, axis))
  return [[n!, along(h!, 1), along(w!, 2), timesDim(c!, (kernel[1] ?? 1) * (kernel[2] ?? 1))]]
}

const spaceToDepth: Rule = (node, [x]) => {
  const layout = layoutOf(node, 2)
  const block = node.int('block_size')
  const dims = withRank(x, 4)
  const sizes = layout.spatial.map(axis => overDim(dims[axis]!, block))
  return [laidOut(layout, dims[layout.batch]!, timesDim(dims[layout.channel]!, block * block), sizes)]
}

const depthToSpace: Rule = (node, [x]) => {
  const layout = layoutOf(node, 2)
  const block = node.int('block_size')
  const dims = withRank(x, 4)
  const sizes = layout.spatial.map(axis => timesDim(dims[axis]!, block))
  return [laidOut(layout, dims[layout.batch]!, overDim(dims[layout.channel]!, block * block), sizes)]
}

/** The result, and the statistics: a number for each channel. */
const batchNorm: Rule = (node, [x, scale, offset]) => {
  if (x.shape === null && scale.shape === null) return []
  const format = node.str('data_format')
  const axis = x.shape === null ? 0 : format.startsWith('NC') ? 1 : x.shape.length - 1
  const known = mergeShapes(mergeShapes(scale.shape, offset.shape), [x.shape?.[axis] ?? null])
  const statistics = known ?? [null]
  const y = x.shape === null ? null : x.shape.with(axis, statistics[0]!)
  return [y, statistics, statistics, statistics, statistics]
}

/** One more for V3's reserve, of which nothing is known. */
const batchNormV1: Rule = (_, [x]) => [x.shape]

const biasGradient: Rule = (node, [x]) => [
  [(node.str('data_format') === 'NCHW' ? x.shape?.[1] : x.shape?.at(-1)) ?? null],
]

const matMul: Rule = (node, [a, b]) => {
  const [p, q] = [withRank(a, 2), withRank(b, 2)]
  return [[p[node.bool('transpose_a') ? 1 : 0]!, q[node.bool('transpose_b') ? 0 : 1]!]]
}

/** The last two axes are matrices; those before broadcast, or (in the first version) are the same. */
const batchMatMul =
  (combine: typeof broadcastShapes): Rule =>
  (node, [a, b]) => {
    if (a.shape === null || b.shape === null || a.shape.length < 2 || b.shape.length < 2) return []
    const batch = combine(a.shape.slice(0, -2), b.shape.slice(0, -2))
    return [batch && [...batch, a.shape.at(node.bool('adj_x') ? -1 : -2)!, b.shape.at(node.bool('adj_y') ? -2 : -1)!]]
  }

/** Logits and labels broadcast: a loss for each row, and the gradient. */
const softmaxCrossEntropy: Rule = (_, [logits, labels]) => {
  const shape = broadcastShapes(logits.shape, labels.shape)
  return shape?.length === 2 ? [[shape[0]!], shape] : [[null], [null, null]]
}

const sparseSoftmaxCrossEntropy: Rule = (_, [logits, labels]) => {
  const [rows, classes] = withRank(logits, 2)
  const [count] = withRank(labels, 1)
  return [[rows ?? count!], [rows ?? count!, classes!]]
}

/** x [batch, in] and the previous state [batch, cell]: gates, states and output. */
const lstmCell: Rule = (_, [x, previous]) => {
  const [batch] = withRank(x, 2)
  const shape = mergeShapes([batch!, null], withRank(previous, 2))
  return Array(7).fill(shape)
}

/** As a cell's, for each step: x is [time, batch, in]. */
const lstmBlock: Rule = (_, [, x, previous]) => {
  const [time, batch] = withRank(x, 3)
  const [rows, cell] = withRank(previous, 2)
  return Array(7).fill([time!, batch ?? rows!, cell!])
}

const gruCell: Rule = (_, [x, previous]) => {
  const [batch] = withRank(x, 2)
  const shape = mergeShapes([batch!, null], withRank(previous, 2))
  return Array(4).fill(shape)
}

/** Gradients that have the shape of an input of the forward op. */
const GRADIENTS_LIKE_FIRST = 'MaxPoolGrad MaxPool3DGrad MaxPoolGradWithArgmax FakeQuantWithMinMaxArgsGradient'

/** The shape of what was pooled is a value. */
const averagePoolGradient: Rule = (_, [shape]) => [shapeFrom(shape)]

/** The gradients of x, scale and offset. */
const batchNormGradient: Rule = (_, [gradient, x, scale]) => [
  mergeShapes(gradient.shape, x.shape),
  scale.shape,
  scale.shape,
]

const ctcGreedy: Rule = (_, [inputs]) => [[null, 2], [null], [2], [withRank(inputs, 3)[1]!, 1]]

const ctcLoss: Rule = (_, [inputs]) => [[withRank(inputs, 3)[1]!], inputs.shape]

/** The shape functions of neural networks. */
export const nnRules: Rules = {
  ...forEach(ALIKE, like()),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  DepthwiseConv2dNative: depthwise,
  ...forEach('Conv2DBackpropInput DepthwiseConv2dNativeBackpropInput', convolutionInput(2)),
  Conv3DBackpropInputV2: convolutionInput(3),
  ...forEach('Conv2DBackpropFilter DepthwiseConv2dNativeBackpropFilter', filterOf(4)),
  Conv3DBackpropFilterV2: filterOf(5),
  ...forEach('MaxPool AvgPool', pool(2)),
  ...forEach('MaxPool3D AvgPool3D', pool(3)),
  MaxPoolV2: maxPoolV2,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  ...forEach(GRADIENTS_LIKE_FIRST, like()),
  ...forEach('AvgPoolGrad AvgPool3DGrad', averagePoolGradient),
  Dilation2D: dilation2d,
  ExtractImagePatches: extractPatches,
  SpaceToDepth: spaceToDepth,
  DepthToSpace: depthToSpace,
  ...forEach('FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', batchNorm),
  ...forEach('FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3', batchNormGradient),
  BatchNormWithGlobalNormalization: batchNormV1,
  BiasAddGrad: biasGradient,
  ...forEach('MatMul SparseMatMul', matMul),
  BatchMatMul: batchMatMul(mergeShapes),
  ...forEach('BatchMatMulV2 BatchMatMulV3', batchMatMul(broadcastShapes)),
  Einsum: einsum,
  SoftmaxCrossEntropyWithLogits: softmaxCrossEntropy,
  SparseSoftmaxCrossEntropyWithLogits: sparseSoftmaxCrossEntropy,
  LSTMBlockCell: lstmCell,
  ...forEach('BlockLSTM BlockLSTMV2', lstmBlock),
  GRUBlockCell: gruCell,
  CTCGreedyDecoder: ctcGreedy,
  ...forEach('CTCLoss CTCLossV2', ctcLoss),
}
