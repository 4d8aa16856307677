/**
 * The two layouts of a value. TensorFlow keeps the channels last, ONNX's convolutions want them behind the batch:
 *
 *     [batch, height, width, channels]  →  [batch, channels, height, width]
 *
 * Which values should be channels first is decided before anything is emitted: what a convolution reads, and backwards
 * through ops that work in either layout, up to the inputs of the graph. So transposes stand at inputs and outputs.
 */
import type { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { pointwiseProduct } from './pointwise.ts'

/** Where an axis of the TensorFlow layout is in the channels-first one. */
export const movedAxis = (axis: number, rank: number): number => (axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1)

/** Whether only dimensions of size 1 move between the layouts: then the elements keep their order. */
export const isFreeMove = (shape: PartialShape): boolean =>
  shape !== null && shape.length > 2 && (shape.at(-1) === 1 || shape.slice(1, -1).every(size => size === 1))

/** The input that each op wants channels first, unless its data format says that it is. */
const IMAGE_INPUT: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: `Conv2D DepthwiseConv2dNative Conv3D MaxPool MaxPoolV2 AvgPool MaxPool3D AvgPool3D FusedBatchNorm
      FusedBatchNormV2 FusedBatchNormV3 LRN ResizeNearestNeighbor ResizeBilinear ResizeBicubic ResizeArea ScaleAndTranslate
      DepthToSpace SpaceToDepth`,
    2: 'Conv2DBackpropInput Conv3DBackpropInputV2 DepthwiseConv2dNativeBackpropInput',
  }).flatMap(([slot, ops]) => ops.split(/\s+/).map(op => [op, Number(slot)] as const)),
)

/** Ops that compute in either layout: their inputs of the result's rank are laid out like it. */
export const EITHER = new Set(
  `Identity StopGradient Snapshot PreventGradient CheckNumerics EnsureShape PlaceholderWithDefault BiasAdd Add AddV2 Sub
  Mul RealDiv Div DivNoNan Maximum Minimum Pow SquaredDifference Square Rsqrt Relu Relu6 Sigmoid Tanh Elu Selu Softplus
  Softsign Exp Log Sqrt Neg Abs Floor Ceil Erf Erfc Reciprocal Inv Sign Sin Cos Tan Round Rint LeakyRelu Log1p Expm1
  ClipByValue Softmax LogSoftmax Cast Pad PadV2 MirrorPad ConcatV2 AddN Mean Sum Max Min Prod Squeeze ExpandDims StridedSlice Slice Split
  SplitV ZerosLike OnesLike SpaceToBatchND BatchToSpaceND FakeQuantWithMinMaxVars FakeQuantWithMinMaxArgs Tile ReverseV2
  Less LessEqual Greater GreaterEqual Equal NotEqual SelectV2`.split(/\s+/),
)

/** Whether the op says that its channels already are first. */
export const isChannelsFirst = (node: Node): boolean => {
  const format = node.attr('data_format')
  return format?.kind === 'string' && String(format.value).startsWith('NC')
}

/** The values that should be channels first, of nodes in an order in which each stands after what it reads. */
export function wantedFirst(nodes: readonly Node[], facts: Facts): ReadonlySet<Value> {
  const wanted = new Set<Value>()
  const rank = (value: Value): number => facts.shape(value)?.length ?? 0
  for (const node of nodes.toReversed()) {
    const slot = IMAGE_INPUT.get(node.op)
    const image = slot === undefined ? undefined : node.inputs[slot]
    if (image && !isChannelsFirst(node)) wanted.add(image)
    const result = node.outputs.find(output => output && wanted.has(output))
    if (!result) continue
    const product = pointwiseProduct(node, facts)
    if (product) wanted.add(product.image)
    if (isIdleTranspose(node, facts)) wanted.add(node.input(0))
    if (!EITHER.has(node.op) || isChannelsFirst(node)) continue
    for (const input of node.inputs)
      if (!input.tensor && rank(input) >= 3 && isAligned(node, input, rank)) wanted.add(input)
  }
  return wanted
}

/** Whether the channels of the input are those of the result: it is not stretched over further axes. */
const isAligned = (node: Node, input: Value, rank: (value: Value) => number): boolean =>
  ['Squeeze', 'ExpandDims'].includes(node.op) || node.outputs.every(output => !output || rank(output) === rank(input))

/** Whether a Transpose leaves every axis where it is. */
export const isIdleTranspose = (node: Node, facts: Facts): boolean =>
  node.op === 'Transpose' && facts.numbers(node.input(1))?.every((axis, i) => axis === i) === true
