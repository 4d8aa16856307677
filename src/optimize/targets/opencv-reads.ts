/** The ops that OpenCV's importer reads, found by letting OpenCV 5.0 run each op on an input and behind a convolution. */
import type { Facts } from '../../facts/facts.ts'
import type { PartialShape } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { valuesOf } from '../../tensor/make.ts'
import { isChannelsFirst, isStated } from './opencv-layout.ts'
import { isInSubgraph, l2Operand } from './opencv-subgraphs.ts'

/** Ops that the importer has a reader for (modules/dnn/src/tensorflow/tf_importer.cpp, buildDispatchMap), or a layer of that name. */
const OPS = new Set(
  `Abs Acos Acosh Add AddN AddV2 ArgMax ArgMin Asin Asinh Atan Atanh AvgPool BiasAdd BlockLSTM Ceil ClipByValue Concat
  ConcatV2 Const Conv2D Conv2DBackpropInput Cos Cosh CropAndResize DepthwiseConv2dNative Elu Erf Exp ExpandDims Flatten
  Floor FusedBatchNorm FusedBatchNormV3 FusedResizeAndPadConv2D Identity LRN LeakyRelu Log MatMul Max MaxPool Mean
  MirrorPad Mul Pad Placeholder RealDiv Reciprocal Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor Round Selu
  Sigmoid Sign Sin Sinh Slice Softmax Softplus Softsign Split Sqrt Square Squeeze StridedSlice Sub Sum Tan Tanh
  Transpose`.split(/\s+/),
)

const isDilated = (node: Node): boolean => node.ints('dilations').some(d => d !== 1)
const dimsText = (shape: PartialShape): string => `[${shape?.map(d => d ?? '?').join(',')}]`
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

type Condition = (node: Node, facts: Facts) => string | false | undefined

function convolution(node: Node): string | undefined {
  if (isDilated(node)) return `OpenCV ignores the dilations of ${node.op}`
  return node.str('padding') === 'EXPLICIT' ? `OpenCV does not read explicit padding of ${node.op}` : undefined
}

/** Groups, of an input: OpenCV counts its channels along the wrong axis. */
const groups: Condition = (node, facts) => {
  const channels = facts.shape(node.input(0))?.at(-1)
  const own = facts.shape(node.input(1))?.at(2)
  if (!channels || !own || channels === own || node.input(0).node.op !== 'Placeholder') return undefined
  return 'OpenCV does not read Conv2D in groups of an input'
}

const needsConstant =
  (slot: number, what: string): Condition =>
  node =>
    !node.input(slot).tensor && `OpenCV needs the ${what} of ${node.op} as a constant`

/** A constant operand counts as one number, or as one for each channel. */
const constantOperand: Condition = (node, facts) => {
  const slot = node.inputs.findIndex(value => value.tensor)
  if (slot < 0) return undefined
  const sizes = node.input(slot).tensor!.shape
  const x = facts.shape(node.input(1 - slot))
  const count = product(sizes)
  if (count === 1) return undefined
  if (x?.length === 3 && count === product(x.slice(1).map(size => size ?? 0))) return undefined
  if (x?.at(-1) === 1) return `OpenCV does not stretch ${dimsText(x)} to ${dimsText(sizes)}`
  const isVector = count === sizes.at(-1) && (x === null || x.length === 2 || x.length === 4)
  const isOfRank = x === null || sizes.length <= x.length
  const isFirst = x?.length === 4 && isChannelsFirst(node.input(1 - slot))
  return (
    !(isVector && isOfRank && !isFirst) &&
    `OpenCV reads a constant of shape ${dimsText(sizes)} along another axis of ${dimsText(x)}`
  )
}

/** Two values: of one shape, or one of them a number for each channel of an image. */
const twoValues: Condition = (node, facts) => {
  const [a, b] = node.inputs.map(value => facts.shape(value))
  if (!a || !b || node.inputs.some(value => value.tensor)) return undefined
  if (a.length === b.length && a.every((size, i) => size === b[i] || size === null || b[i] === null)) return undefined
  const isPerChannel = (s: PartialShape): boolean => s?.length === 4 && s[1] === 1 && s[2] === 1
  const isScale = node.op === 'Mul' || node.op === 'RealDiv'
  const isPerPixel = (s: PartialShape): boolean => isScale && s?.length === 4 && s[3] === 1
  const fits = a.length === b.length && a.at(-1) === b.at(-1) && (isPerChannel(a) || isPerChannel(b))
  if (fits || (a.length === b.length && (isPerPixel(a) || isPerPixel(b)))) return undefined
  return `OpenCV stretches ${dimsText(a)} and ${dimsText(b)} in another way`
}

const arithmetic: Condition = (node, facts) => constantOperand(node, facts) || twoValues(node, facts)

const rankOf = (value: Value, facts: Facts): number | undefined => facts.shape(value)?.length

/** Ops that move the axes of an image are right where its order is stated. */
const stated =
  (slot: number): Condition =>
  (node, facts) => {
    const x = node.input(slot)
    if (rankOf(x, facts) !== 4 || isStated(x)) return undefined
    return `OpenCV does not know that the input of this ${node.op} has its channels last`
  }

const reshape: Condition = (node, facts) => {
  const given = needsConstant(1, 'shape')(node, facts) || stated(0)(node, facts)
  if (given) return given
  const before = facts.shape(node.input(0))
  const after = facts.shape(node.out())
  if (after && after.length > 4) return `OpenCV does not read Reshape to rank ${after.length}`
  if (after?.length !== 4) return undefined
  if (after[1] === 1 && after[2] !== 1 && !isChannelsFirst(node.out()))
    return `OpenCV takes the second axis of ${dimsText(after)} for the channels`
  const isFlat = before?.length === 2 && after[1] === 1 && after[2] === 1
  return (
    before?.length !== 4 &&
    !isFlat &&
    !isChannelsFirst(node.out()) &&
    `OpenCV does not read Reshape of ${dimsText(before ?? null)} to an image`
  )
}

const transpose: Condition = (node, facts) => {
  const perm = node.input(1).tensor && valuesOf(node.input(1).tensor!)
  if (!perm) return 'OpenCV needs the order of Transpose as a constant'
  if (perm.length < 4) return undefined
  const order = perm.join()
  if (order === '0,1,2,3') return undefined
  if (isChannelsFirst(node.input(0))) return order !== '0,2,3,1' && `OpenCV does not read Transpose of NCHW to ${order}`
  if (order === '0,3,1,2') return undefined
  return stated(0)(node, facts) || (order !== '0,3,2,1' && `OpenCV does not read Transpose by ${order}`)
}

const stridedSlice: Condition = (node, facts) => {
  const rank = rankOf(node.input(0), facts)
  const [begin, , strides] = node.inputs.slice(1).map(({ tensor }) => tensor && valuesOf(tensor))
  const isPlain = node.int('ellipsis_mask') === 0 && node.int('new_axis_mask') === 0 && strides?.every(s => s === 1)
  const isFromStart = begin?.every((b, i) => b >= 0 || ((node.int('shrink_axis_mask') >> i) & 1) === 0)
  return !((rank === 2 || rank === 3) && isPlain && isFromStart) && 'OpenCV takes other elements for this StridedSlice'
}

const reduction: Condition = (node, facts) => {
  const axes = node.input(1).tensor && valuesOf(node.input(1).tensor!)
  if (!axes) return `OpenCV needs the axes of ${node.op} as a constant`
  const rank = rankOf(node.input(0), facts)
  if (rank === 2) return `OpenCV does not read ${node.op} of a matrix`
  if (rank !== 4 && rank !== 3) return undefined
  const own = axes
    .map(axis => (axis < 0 ? axis + rank : axis))
    .sort()
    .join()
  const isRead = rank === 4 ? ['1,2', '1', '2', '3'].includes(own) : own === '2' && node.bool('keep_dims')
  return !isRead && `OpenCV does not read ${node.op} of rank ${rank} over the axes ${own}`
}

/** A bias is taken into what it is added to, whoever else reads that. */
const BIASED = ['Conv2D', 'DepthwiseConv2dNative', 'Conv2DBackpropInput', 'MatMul']
const isZero = ({ tensor }: Value): boolean => tensor !== undefined && valuesOf(tensor)?.every(v => v === 0) === true

/** Whether OpenCV would add a bias for every reader of a product, where this BiasAdd is one of several. */
export function isAddedForAll(biasAdd: Node): boolean {
  const before = biasAdd.input(0)
  return BIASED.includes(before.node.op) && before.uses.size > 1 && !isZero(biasAdd.input(1))
}

const biasAdd: Condition = (node, facts) => {
  if (isAddedForAll(node)) return `OpenCV adds this bias for every reader of ${node.input(0).node.name}`
  const shape = facts.shape(node.input(0))
  if (shape?.length === 3) return 'OpenCV does not read BiasAdd of a sequence'
  const isRows = shape?.length === 2 && (shape[0] ?? 1) > 1
  return isRows && !BIASED.includes(node.input(0).node.op) && 'OpenCV adds a bias to one row only'
}

const matMul: Condition = node => {
  if (node.inputs.every(value => !value.tensor)) return 'OpenCV needs the weights of MatMul as a constant'
  return (node.bool('transpose_a') || node.bool('transpose_b')) && 'OpenCV does not read transposed MatMul'
}

/** The product that ends an l2_normalize is read with it. */
const multiplication: Condition = (node, facts) => {
  const slot = l2Operand(node)
  return slot < 0 ? arithmetic(node, facts) : stated(1 - slot)(node, facts)
}

/** Conditions on the nodes of an op, each a sentence where it is not met. */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  Add: arithmetic,
  AddV2: arithmetic,
  Mul: multiplication,
  RealDiv: (node, facts) =>
    (node.input(0).tensor !== undefined && 'OpenCV does not divide a constant by a value') || arithmetic(node, facts),
  Sub: (node, facts) =>
    (node.input(0).tensor !== undefined && 'OpenCV computes value - constant instead of constant - value') ||
    arithmetic(node, facts),
  ArgMax: (node, facts) => rankOf(node.input(0), facts) !== 2 && 'OpenCV takes ArgMax over another axis',
  ArgMin: (node, facts) => rankOf(node.input(0), facts) !== 2 && 'OpenCV takes ArgMin over another axis',
  BiasAdd: biasAdd,
  Concat: stated(1),
  ConcatV2: stated(0),
  Conv2D: (node, facts) => convolution(node) || groups(node, facts),
  Conv2DBackpropInput: needsConstant(0, 'output size'),
  DepthwiseConv2dNative: node => convolution(node),
  ExpandDims: (node, facts) => rankOf(node.out(), facts) === 4 && 'OpenCV does not read ExpandDims to an image',
  MatMul: matMul,
  Max: reduction,
  Mean: reduction,
  MirrorPad: node => node.str('mode') !== 'REFLECT' && 'OpenCV does not read MirrorPad but REFLECT',
  Reshape: reshape,
  ResizeBilinear: needsConstant(1, 'size'),
  ResizeNearestNeighbor: needsConstant(1, 'size'),
  Slice: stated(0),
  Softmax: (node, facts) =>
    (rankOf(node.input(0), facts) ?? 2) > 3 && 'OpenCV computes Softmax over another axis at rank 4',
  Split: stated(1),
  Squeeze: stated(0),
  StridedSlice: stridedSlice,
  Sum: reduction,
  Transpose: transpose,
}

/** Why OpenCV cannot read a node, or misreads it. */
export function refuses(node: Node, facts: Facts): string | undefined {
  if (node.op === 'NoOp' || isInSubgraph(node)) return undefined
  if (!OPS.has(node.op)) return `OpenCV does not read ${node.op}`
  return CONDITIONS[node.op]?.(node, facts) || undefined
}
