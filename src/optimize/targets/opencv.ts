import type { Facts } from '../../facts/facts.ts'
import { list } from '../../graph/attr.ts'
import type { Node } from '../../graph/node.ts'
import { any, as, constant, op, where } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { scalar, spread } from '../../tensor/make.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import type { Target } from './target.ts'

/** Ops that OpenCV's importer has a reader for. Source: modules/dnn/src/tensorflow/tf_importer.cpp, buildDispatchMap. */
const OPS = new Set(
  `Abs Add AddN AddV2 ArgMax ArgMin AvgPool AvgPool3D BatchToSpaceND BiasAdd BlockLSTM ClipByValue Concat ConcatV2 Const
  Conv2D Conv2DBackpropInput Conv3D CropAndResize DepthwiseConv2dNative Elu Exp ExpandDims Flatten
  FusedBatchNorm FusedBatchNormV3 FusedResizeAndPadConv2D Identity LRN LeakyRelu MatMul Max MaxPool MaxPool3D Mean
  MirrorPad Mul Pack Pad Placeholder RealDiv Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor Sigmoid Slice
  Softmax SpaceToBatchND Split Squeeze StridedSlice Sub Sum Tanh Transpose`.split(/\s+/),
)

const isDilated = (node: Node): boolean => node.ints('dilations').some(d => d !== 1)
const CONVOLUTIONS = ['Conv2D', 'DepthwiseConv2dNative']

/** OpenCV takes `dilations` for 1 without a word: zeros between the weights say the same. */
const dilationAsZeros: Rule = rule({
  name: 'dilation-as-zeros',
  find: as('conv', where(isDilated, op(CONVOLUTIONS, [any('x'), constant('weights', 4)], { data_format: 'NHWC' }))),
  replace({ conv, x, weights }, { graph, like }) {
    const factors = [...conv.ints('dilations').slice(1, 3), 1, 1]
    const dilated = graph.const(spread(weights.tensor, factors), `${weights.node.name}/dilated`)
    return like(conv, [x, dilated], { dilations: list('int', [1, 1, 1, 1]) }).out()
  },
})

const MINUS_ONE = -1

/** c − x → x · (−1) + c: OpenCV subtracts the constant the other way round. */
const subtractionFromConstant: Rule = rule({
  name: 'subtraction-from-constant',
  find: as('difference', op('Sub', [constant('c'), any('x')])),
  test: ({ c }) => isFloat(c.tensor.dtype),
  replace({ difference, c, x }, { graph }) {
    const minus = graph.const(scalar(c.tensor.dtype, MINUS_ONE), `${difference.name}/minus_one`)
    const negative = graph.add('Mul', [x, minus], {}, `${difference.name}/negative`).out()
    return graph.add('AddV2', [negative, c], {}, difference.name).out()
  },
})

/** −x → x · (−1). */
const negation: Rule = rule({
  name: 'negation',
  find: as('negation', op('Neg', [any('x')])),
  test: ({ negation }) => isFloat(negation.type('T')),
  replace({ negation, x }, { graph }) {
    const minus = graph.const(scalar(negation.type('T'), MINUS_ONE), `${negation.name}/minus_one`)
    return graph.add('Mul', [x, minus], {}, negation.name).out()
  },
})

/** x² → x · x. */
const square: Rule = rule({
  name: 'square',
  find: as('square', op('Square', [any('x')])),
  replace: ({ square, x }, { graph }) => graph.add('Mul', [x, x], {}, square.name).out(),
})

/** FusedBatchNormV2 → FusedBatchNormV3. */
const batchNormV2: Rule = rule({
  name: 'batch-norm-v3',
  find: as('norm', op('FusedBatchNormV2', undefined, { is_training: false })),
  replace: ({ norm }, { graph }) =>
    graph.add('FusedBatchNormV3', norm.inputs, Object.fromEntries(norm.attrs), norm.name).out(),
})

/** Conditions on the nodes of an op, each a sentence where it is not met. */
const CONDITIONS: Readonly<Record<string, (node: Node, facts: Facts) => string | false | undefined>> = {
  Conv2D: node => convolution(node),
  DepthwiseConv2dNative: node => convolution(node),
  Conv2DBackpropInput: node =>
    !node.input(0).tensor && 'OpenCV needs the output size of Conv2DBackpropInput as a constant',
  Reshape: node => !node.input(1).tensor && 'OpenCV needs the shape of Reshape as a constant',
  ResizeBilinear: node => !node.input(1).tensor && 'OpenCV needs the size of ResizeBilinear as a constant',
  ResizeNearestNeighbor: node =>
    !node.input(1).tensor && 'OpenCV needs the size of ResizeNearestNeighbor as a constant',
  Sub: node => node.input(0).tensor !== undefined && 'OpenCV computes value - constant instead of constant - value',
  Softmax(node, facts) {
    const rank = facts.shape(node.out())?.length
    return rank !== undefined && rank > 2 && `OpenCV computes Softmax over another axis at rank ${rank}`
  },
}

function convolution(node: Node): string | undefined {
  if (isDilated(node)) return `OpenCV ignores the dilations of ${node.op}`
  return node.str('padding') === 'EXPLICIT' ? `OpenCV does not read explicit padding of ${node.op}` : undefined
}

function refuses(node: Node, facts: Facts): string | undefined {
  if (node.op === 'NoOp') return undefined
  if (!OPS.has(node.op)) return `OpenCV does not read ${node.op}`
  return CONDITIONS[node.op]?.(node, facts) || undefined
}

/** OpenCV's importer reads networks of convolutions; what it misreads without a word is refused here, or written otherwise. */
export const opencv: Target = {
  name: 'opencv',
  description: "OpenCV's importer of TensorFlow networks.",
  rules: [dilationAsZeros, subtractionFromConstant, negation, square, batchNormV2],
  refuses,
}
