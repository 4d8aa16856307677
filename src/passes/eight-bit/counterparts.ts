/**
 * The 8-bit counterparts of float ops: those whose kernels TensorFlow has on a CPU, and
 * what these kernels take. Conv2DBackpropInput had one that was never there.
 * Source: tensorflow/core/kernels/quantized_*.cc.
 */
import type { Facts } from '../../facts/facts.ts'
import type { PartialShape, PlainAttr } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar, valuesOf } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export interface Counterpart {
  readonly op: string
  /** The inputs in the counterpart's order, without ranges; a tensor is a constant to be made. Floats become codes. */
  inputs(node: Node, facts: Facts): readonly (Value | Tensor)[]
  /** Attributes that both have. */
  readonly copied?: readonly string[]
  /** Those that the inputs do not tell. */
  readonly attrs?: Readonly<Record<string, PlainAttr>>
  /** Whether all minima come before all maxima. */
  readonly groupsRanges?: boolean
  /** Whether the result has 32 bits. */
  readonly is32?: boolean
  /** The limitation of the kernel, as a sentence without its full stop. */
  readonly obstacle?: (node: Node, facts: Facts) => string | undefined
}

const inOrder = ({ inputs }: Node): readonly Value[] => inputs

const lastChannels = (node: Node): string | undefined =>
  node.str('data_format') === 'NHWC' ? undefined : `${node.name} is channels-first`
const noExplicitPadding = (node: Node): string | undefined =>
  node.str('padding') === 'EXPLICIT' ? `${node.name} has explicit padding` : undefined

function convolutionObstacle(node: Node): string | undefined {
  const strides = node.ints('strides')
  if (node.ints('dilations').some(d => d !== 1)) return `${node.name} is dilated`
  if (strides[1] !== strides[2]) return `the strides of ${node.name} differ`
  return lastChannels(node) ?? noExplicitPadding(node)
}

function poolingObstacle(node: Node): string | undefined {
  const [batch, , , depth] = node.ints('ksize')
  if (batch !== 1 || depth !== 1) return `${node.name} pools over more than height and width`
  return lastChannels(node) ?? noExplicitPadding(node)
}

/** The kernels stretch one number, or a vector along the last axis. */
function stretchObstacle({ name, inputs: [a, b] }: Node, facts: Facts): string | undefined {
  const [x, y] = [facts.shape(a!), facts.shape(b!)]
  if (!x || !y) return `the shapes that ${name} combines are not known`
  if ([...x, ...y].every(size => size === 1))
    return `${name} is a single number, perhaps a counter, which must stay exact`
  const isSame = x.length === y.length && x.every((size, i) => size !== null && size === y[i])
  return isSame || isSmall(x, y) || isSmall(y, x)
    ? undefined
    : `${name} broadcasts [${shown(x)}] and [${shown(y)}] along an axis that is not the last`
}

/** Whether `a` is one number, or a vector as long as the last axis of `b`. */
const isSmall = (a: readonly (number | null)[], b: readonly (number | null)[]): boolean =>
  a.every(size => size === 1) || (a.length === 1 && b.length > 1 && a[0] !== null && a[0] === b.at(-1))

const shown = (shape: NonNullable<PartialShape>): string => shape.map(size => size ?? '?').join(',')

/** The axis comes first, and is counted from the front. */
function concatInputs(node: Node, facts: Facts): readonly (Value | Tensor)[] {
  const [axis, parts] = axisAndParts(node)
  return [scalar('int32', frontAxis(axis, parts, facts)!), ...parts] // `concatObstacle` has asked
}

const concatObstacle = (node: Node, facts: Facts): string | undefined =>
  frontAxis(...axisAndParts(node), facts) === undefined ? `the axis of ${node.name} is not known` : undefined

const axisAndParts = ({ op, inputs }: Node): readonly [Value, readonly Value[]] =>
  op === 'Concat' ? [inputs[0]!, inputs.slice(1)] : [inputs.at(-1)!, inputs.slice(0, -1)]

function frontAxis(value: Value, [first]: readonly Value[], facts: Facts): number | undefined {
  const axis = value.tensor && valuesOf(value.tensor)?.[0]
  if (axis === undefined || axis >= 0) return axis
  const rank = first && facts.shape(first)?.length
  return rank === undefined ? undefined : axis + rank
}

const elementwise = (name: string): Counterpart => ({
  op: name,
  inputs: inOrder,
  attrs: { Toutput: 'qint32' },
  is32: true,
  obstacle: stretchObstacle,
})
const pooling = (name: string): Counterpart => ({
  op: name,
  inputs: inOrder,
  copied: ['ksize', 'strides', 'padding'],
  obstacle: poolingObstacle,
})
const cutting = (name: string): Counterpart => ({ op: name, inputs: inOrder, attrs: { out_type: 'quint8' } })
const concat: Counterpart = {
  op: 'QuantizedConcat',
  inputs: concatInputs,
  copied: ['N'],
  groupsRanges: true,
  obstacle: concatObstacle,
}

/** Counterparts by the op that they stand for. */
export const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  Add: elementwise('QuantizedAdd'),
  AddV2: elementwise('QuantizedAdd'),
  Mul: elementwise('QuantizedMul'),
  AvgPool: pooling('QuantizedAvgPool'),
  MaxPool: pooling('QuantizedMaxPool'),
  BiasAdd: {
    op: 'QuantizedBiasAdd',
    inputs: inOrder,
    attrs: { out_type: 'qint32' },
    is32: true,
    obstacle: lastChannels,
  },
  Concat: concat,
  ConcatV2: concat,
  Conv2D: {
    op: 'QuantizedConv2D',
    inputs: inOrder,
    copied: ['strides', 'padding'],
    attrs: { out_type: 'qint32' },
    is32: true,
    obstacle: convolutionObstacle,
  },
  MatMul: {
    op: 'QuantizedMatMul',
    inputs: inOrder,
    copied: ['transpose_a', 'transpose_b'],
    attrs: { Toutput: 'qint32' },
    is32: true,
  },
  Relu: cutting('QuantizedRelu'),
  Relu6: cutting('QuantizedRelu6'),
  Reshape: { op: 'QuantizedReshape', inputs: inOrder },
  ResizeBilinear: {
    op: 'QuantizedResizeBilinear',
    inputs: inOrder,
    copied: ['align_corners', 'half_pixel_centers'],
    obstacle: ({ inputs: [images] }) => (images!.dtype === 'float32' ? undefined : `${images} is ${images!.dtype}`),
  },
}

/** Why a node cannot be its counterpart. */
export function counterpartObstacle(node: Node, counterpart: Counterpart, facts: Facts): string | undefined {
  const { dtype } = node.out()
  if (dtype !== 'float32') return `${node.name} is ${dtype}`
  const empty = node.inputs.find(value => value.dtype === 'float32' && facts.shape(value)?.includes(0))
  return empty ? `${empty} is empty and has no range` : counterpart.obstacle?.(node, facts)
}
