import { list } from '../../graph/attr.ts'
import type { Node } from '../../graph/node.ts'
import { dilationToZeros } from '../../passes/dilation.ts'
import { castToSame } from '../../passes/simplify-arithmetic.ts'
import { any, as, constant, op, where } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { scalar, spread } from '../../tensor/make.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import { BIAS_RULES } from './opencv-biases.ts'
import { CHANNEL_RULES } from './opencv-channels.ts'
import { IMAGE_RULES } from './opencv-images.ts'
import { refuses } from './opencv-reads.ts'
import { isInSubgraph } from './opencv-subgraphs.ts'
import type { OutputNodes } from './separate-outputs.ts'
import type { Target } from './target.ts'
import { widenFloat16 } from './widen-float16.ts'

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
  test: ({ negation }) => isFloat(negation.type('T')) && !isInSubgraph(negation),
  replace({ negation, x }, { graph }) {
    const minus = graph.const(scalar(negation.type('T'), MINUS_ONE), `${negation.name}/minus_one`)
    return graph.add('Mul', [x, minus], {}, negation.name).out()
  },
})

/** 1 − erf(x): Gelu. */
const erfc: Rule = rule({
  name: 'erfc-by-erf',
  find: as('erfc', op('Erfc', [any('x')])),
  test: ({ x }) => x.dtype === 'float32',
  replace({ erfc: node, x }, { graph }) {
    const one = graph.const(scalar('float32', 1), `${node.name}/one`)
    const minus = graph.const(scalar('float32', MINUS_ONE), `${node.name}/minus_one`)
    const erf = graph.add('Erf', [x], {}, `${node.name}/erf`).out()
    const negative = graph.add('Mul', [erf, minus], {}, `${node.name}/negative`).out()
    return graph.add('AddV2', [negative, one], {}, node.name).out()
  },
})

/** min(max(x, low), high) → max(min(x, high), low), the order of bounds that OpenCV reads. */
const boundsInOrder: Rule = rule({
  name: 'bounds-in-order',
  find: as('upper', op('Minimum', [as('lower', op('Maximum', [any('x'), constant('low')])), constant('high')])),
  test: ({ low, high }) => [low, high].every(({ tensor }) => elementCount(tensor.shape) === 1),
  replace({ upper, lower, x, low, high }, { facts, graph }) {
    const [least, most] = [low, high].map(bound => facts.of(bound).elements?.[0])
    if (typeof least !== 'number' || typeof most !== 'number') return 'the bounds are not known'
    if (least > most) return `the lower bound ${least} is above the upper bound ${most}`
    const below = graph.add('Minimum', [x, high], {}, lower.name).out()
    return graph.add('Maximum', [below, low], {}, upper.name).out()
  },
})

/** FusedBatchNormV2 → FusedBatchNormV3. */
const batchNormV2: Rule = rule({
  name: 'batch-norm-v3',
  find: as('norm', op('FusedBatchNormV2', undefined, { is_training: false })),
  replace: ({ norm }, { graph }) =>
    graph.add('FusedBatchNormV3', norm.inputs, Object.fromEntries(norm.attrs), norm.name).out(),
})

/** 1 / √x → the two steps, except in a subgraph that is read as one. */
const rsqrt: Rule = rule({
  name: 'rsqrt-in-two-steps',
  find: as('rsqrt', op('Rsqrt', [any('x')])),
  test: ({ rsqrt }) => !isInSubgraph(rsqrt),
  replace({ rsqrt, x }, { graph }) {
    const root = graph.add('Sqrt', [x], {}, `${rsqrt.name}/sqrt`).out()
    return graph.add('Reciprocal', [root], {}, rsqrt.name).out()
  },
})

/** (x − y)² → the two steps: layer normalisation. */
const squaredDifference: Rule = rule({
  name: 'squared-difference-in-two-steps',
  find: as('squared', op('SquaredDifference', [any('x'), any('y')])),
  test: ({ squared }) => isFloat(squared.type('T')),
  replace({ squared, x, y }, { graph }) {
    const difference = graph.add('Sub', [x, y], {}, `${squared.name}/difference`).out()
    return graph.add('Square', [difference], {}, squared.name).out()
  },
})

/**
 * OpenCV drops an Identity, and gives a bias the name of the layer that it is added to, so that of several outputs one
 * could not be asked for. A product with one is kept.
 */
const OUTPUT_NODES: OutputNodes = {
  isLost: ({ node }, { outputs }) => outputs.length > 1 && node.op === 'BiasAdd',
  copy(graph, value, name) {
    const { dtype } = value
    if (!dtype || !isFloat(dtype)) return graph.add('Identity', [value], {}, name).out()
    return graph.add('Mul', [value, graph.const(scalar(dtype, 1), `${name}/one`)], {}, name).out()
  },
}

/** OpenCV's importer reads networks of convolutions; what it misreads without a word is refused here, or written otherwise. */
export const opencv: Target = {
  name: 'opencv',
  description: "OpenCV's importer of TensorFlow networks.",
  prepare: widenFloat16,
  rules: [
    castToSame, // left where a cast to a narrow type was
    dilationToZeros,
    dilationAsZeros,
    subtractionFromConstant,
    negation,
    rsqrt,
    squaredDifference,
    boundsInOrder,
    ...BIAS_RULES,
    batchNormV2,
    erfc,
    ...CHANNEL_RULES,
    ...IMAGE_RULES,
  ],
  outputNodes: OUTPUT_NODES,
  refuses,
}
