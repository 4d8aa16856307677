/**
 * A constant that is added before a linear operation becomes part of the one
 * that is added after it:
 *
 *     W · (x + c) + b = W · x + (b + W · c)
 *
 * W · c is the same everywhere only where every result is made of all the
 * weights: zeros that padding puts around x + c have no c in them.
 */
import type { Facts } from '../../facts/facts.ts'
import type { Node, Value } from '../../graph/node.ts'
import { isNoLarger, keepsShape } from '../../optimize/conditions.ts'
import { isSole, notSole } from '../../rewrite/match.ts'
import { as, type Constant, constant, either, op, where } from '../../rewrite/pattern.ts'
import { type Rule, type RuleContext, rule } from '../../rewrite/rule.ts'
import { add, mul, neg, reshape, sum } from '../../tensor/make.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { broadcastable, channelAxis, type Factor, factorOf, INPUT_VECTOR } from './channels.ts'
import { narrow, widen } from './exact.ts'

interface Found {
  readonly outer: Node
  readonly b: Constant
}

/** x + c, and the number or vector that is added. */
interface Inner {
  readonly node: Node
  readonly x: Value
  readonly c: Tensor
}

const SUMS = ['BiasAdd', 'Add', 'AddV2']
const PRODUCTS = ['MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3']

/** The linear operation inside a sum. */
const linearOf = (outer: Node): Value | undefined => outer.inputs.find(value => value.node.op in INPUT_VECTOR)

const innerOf = (linear: Node): Inner | undefined => {
  const { node } = linear.input(0)
  const [a, b] = node.inputs
  if (SUMS.includes(node.op) && b?.tensor) return { node, x: a!, c: b.tensor }
  if (node.op === 'Sub' && b?.tensor) return { node, x: a!, c: neg(b.tensor) }
  return SUMS.includes(node.op) && a?.tensor ? { node, x: b!, c: a.tensor } : undefined
}

/** Whether the sum is about this rule at all. */
function isAfterSum(outer: Node): boolean {
  const linear = linearOf(outer)
  const inner = linear && innerOf(linear.node)
  return inner !== undefined && inner.x.tensor === undefined
}

/** Op(x + c, W) + b → Op(x, W) + (b + W · c). */
export const additionForward: Rule = {
  ...rule<Found>({
    name: 'fold-addition-forward',
    find: either(
      where(isAfterSum, as('outer', op(SUMS, [op(Object.keys(INPUT_VECTOR)), constant('b')]))),
      where(isAfterSum, as('outer', op(['Add', 'AddV2'], [constant('b'), op(Object.keys(INPUT_VECTOR))]))),
    ),
    replace({ outer, b }, context) {
      const linear = linearOf(outer)!
      const inner = innerOf(linear.node)! // `isAfterSum` has looked
      const { graph, facts, like } = context
      const reason = obstacle(linear, inner, context)
      if (reason) return reason
      const total = totalOf({ outer, b }, linear.node, inner, facts)
      if (typeof total === 'string') return total
      if (!isNoLarger(total, [b], graph)) return `${b} has other readers, so a changed copy would be stored beside it`
      const [, ...rest] = linear.node.inputs
      const product = like(linear.node, [inner.x, ...rest]).out()
      const bias = like(b.node, [], { value: { kind: 'tensor', value: total } }).out()
      return like(
        outer,
        outer.inputs.map(value => (value === b ? bias : product)),
      ).out()
    },
  }),
  depth: 3,
}

function obstacle(linear: Value, { node, x, c }: Inner, { graph, facts }: RuleContext): string | undefined {
  const { node: next } = linear
  const weights = next.input(1)
  for (const value of [linear, node.out()]) if (!isSole(value, graph)) return notSole(value, graph)
  if (!weights.tensor) return `the weights of ${next.name} are not constant`
  if (c.dtype !== 'float32' && c.dtype !== 'float64')
    return `${node.name} is ${c.dtype}, which may be too narrow for the sum`
  if (PRODUCTS.includes(next.op)) {
    if (weights.tensor.shape.length !== 2) return `the weights of ${next.name} have rank ${weights.tensor.shape.length}`
    if (next.bool(next.op === 'MatMul' ? 'transpose_a' : 'adj_x'))
      return `${next.name} transposes the input that the constant is added to`
  } else if (pads(next, weights.tensor.shape)) return `${next.name} pads with zeros, to which the constant is not added`
  const isStretched = node.op !== 'BiasAdd' && !keepsShape(facts.shape(x), c.shape)
  return isStretched ? `a constant of shape [${c.shape}] may broadcast ${x} to a larger shape` : undefined
}

/** Whether a convolution has padding in effect: a kernel of one element has none. */
function pads(node: Node, kernel: Shape): boolean {
  const padding = node.str('padding')
  if (padding === 'EXPLICIT') return node.ints('explicit_paddings').some(n => n !== 0)
  return padding === 'SAME' && kernel.slice(0, -2).some(size => size !== 1)
}

/** b + W · c, in the shape that b can have. */
function totalOf({ outer, b: { tensor: b } }: Found, linear: Node, inner: Inner, facts: Facts): Tensor | string {
  const axis = channelAxis(linear)
  const before = inner.node.op === 'BiasAdd' ? { tensor: inner.c, axis: channelAxis(inner.node) } : factorOf(inner.c)
  if (!before || (before.axis !== undefined && before.axis !== axis))
    return `the constant of ${inner.node.name} does not have one element per channel of ${linear.name}`
  const after = outer.op === 'BiasAdd' ? { tensor: b, axis: channelAxis(outer) } : factorOf(b)
  if (
    !after ||
    (after.axis !== undefined && after.axis !== axis) ||
    b.shape.length > (facts.shape(linear.out())?.length ?? 0)
  )
    return `the constant of ${outer.name} does not have one element per channel of ${linear.name}`
  const product = channelSums(linear, before)
  if (typeof product === 'string') return product
  if (after.axis !== undefined && after.tensor.shape[0] !== product.shape[0])
    return `the constant of ${outer.name} does not fit ${linear.name}`
  const total = narrow(add(widen(after.tensor), product), b.dtype)
  return outer.op === 'BiasAdd' ? total : broadcastable({ tensor: total, axis })
}

/** W · c for each channel of the result. */
function channelSums(linear: Node, { tensor, axis }: Factor): Tensor | string {
  const weights = linear.input(1).tensor! // `obstacle` has looked
  const shape = INPUT_VECTOR[linear.op]!(weights.shape, linear)
  if (axis !== undefined && tensor.shape[0] !== elementCount(shape)) return `the constant does not fit ${linear.name}`
  const scaled = mul(widen(weights), widen(axis === undefined ? tensor : reshape(tensor, shape)))
  const out = linear.op === 'DepthwiseConv2dNative' ? 2 : 1
  const isTransposed = PRODUCTS.includes(linear.op) && shape.length === 1
  const axes = isTransposed ? [1] : weights.shape.map((_, i) => i).slice(0, -out)
  const sums = sum(scaled, axes)
  return reshape(sums, [elementCount(sums.shape)])
}
