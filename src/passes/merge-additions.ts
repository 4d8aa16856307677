import type { Node, Value } from '../graph/node.ts'
import { isNoLarger } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, type Constant, constant, either, type OpPattern, once, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { add, broadcastShapes, neg, reshape, valuesOf } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { isFloat } from '../tensorflow/dtype.ts'
import { additionForward } from './affine/addition-forward.ts'
import { channelAxis } from './affine/channels.ts'
import { narrow, widen } from './affine/exact.ts'

interface Sum {
  readonly outer: Node
  readonly inner: Node
  readonly x: Value
  readonly b: Constant
  readonly c: Constant
}
type SumPattern = OpPattern & { readonly captures?: Sum }

/** The inner sum in both orders, inside the outer one in both orders. A constant that is subtracted comes second. */
const SUMS: readonly SumPattern[] = [
  once(as('inner', op(['BiasAdd', 'Add', 'AddV2', 'Sub'], [any('x'), constant('b')]))),
  once(as('inner', op(['Add', 'AddV2'], [constant('b'), any('x')]))),
].flatMap(inner => [
  as('outer', op(['BiasAdd', 'Add', 'AddV2', 'Sub'], [inner, constant('c')])),
  as('outer', op(['Add', 'AddV2'], [constant('c'), inner])),
])

/** (x + b) + c → x + (b + c), of floating-point numbers: x is added to once, and rounded once. */
const mergeAdditions = rule<Sum>({
  name: 'merge-additions',
  find: either(...SUMS),
  test: ({ b, x }) => isFloat(b.tensor.dtype) && x.tensor === undefined,
  replace({ outer, inner, x, b, c }, { graph, like }) {
    if (cancel(b.tensor, c.tensor))
      return `${b} and ${c} nearly cancel: adding and subtracting a large constant is a rounding idiom`
    if (inner.op === 'BiasAdd' && outer.op === 'BiasAdd') {
      if (channelAxis(inner) !== channelAxis(outer)) return `${inner.name} and ${outer.name} differ in data_format`
      const sum = total(b.tensor, c.tensor)
      return isNoLarger(sum, [b, c], graph) ? like(outer, [x, constantLike(b, sum, like)]).out() : storedTwice(b, c)
    }
    const axis = inner.op === 'BiasAdd' ? channelAxis(inner) : outer.op === 'BiasAdd' ? channelAxis(outer) : undefined
    const left = aligned(inner, b.tensor, axis)
    const right = aligned(outer, c.tensor, axis)
    const shape = broadcastShapes(left.shape, right.shape)
    const larger = Math.max(elementCount(left.shape), elementCount(right.shape))
    if (!shape || elementCount(shape) > larger)
      return `[${left.shape}] and [${right.shape}] combine to a larger constant`
    const sum = total(left, right)
    if (!isNoLarger(sum, [b, c], graph)) return storedTwice(b, c)
    if (axis === undefined) return graph.add('AddV2', [x, constantLike(b, sum, like)], {}, outer.name).out()
    const bias = inner.op === 'BiasAdd' ? inner : outer
    const channels = (bias === inner ? b : c).tensor.shape[0]!
    if (elementCount(sum.shape) !== channels) return `a constant of shape [${sum.shape}] is not a bias`
    return like(bias, [x, constantLike(b, reshape(sum, [channels]), like)]).out()
  },
})

const storedTwice = (b: Value, c: Value): string =>
  `${b} and ${c} have other readers, and their sum would be stored too`

/** A constant in the place, and with the name, of another. */
const constantLike = (before: Constant, value: Tensor, like: RuleContext['like']): Value =>
  like(before.node, [], { value: { kind: 'tensor', value } }).out()

/** Ops whose output has channels, and that runtimes fuse a bias into. */
const WITH_CHANNELS = ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D', 'Conv2DBackpropInput', 'MatMul']

const vectorOf = (b: Constant, channels: number, like: RuleContext['like']): Value =>
  b.tensor.shape.length === 1 ? b : constantLike(b, reshape(b.tensor, [channels]), like)

/** Op(x, W) + b → BiasAdd(Op(x, W), b): the op that runtimes fuse with, and have a faster kernel for. */
const additionToBias = rule<{ readonly sum: Node; readonly linear: Node; readonly b: Constant }>({
  name: 'addition-to-bias',
  find: either(
    as('sum', op(['Add', 'AddV2'], [as('linear', op(WITH_CHANNELS)), constant('b')])),
    as('sum', op(['Add', 'AddV2'], [constant('b'), as('linear', op(WITH_CHANNELS))])),
  ),
  test: ({ linear, b }) => isFloat(b.tensor.dtype) && channelAxis(linear) === -1,
  replace({ sum, linear, b }, { graph, facts, like }) {
    const shape = facts.shape(linear.out())
    const channels = shape?.at(-1)
    const isVector = elementCount(b.tensor.shape) === channels && b.tensor.shape.at(-1) === channels
    if (!shape || !isVector || b.tensor.shape.length > shape.length) {
      return `a constant of shape [${b.tensor.shape}] is not a bias of ${linear.name}`
    }
    const isFolded = b.tensor.recipe.kind === 'computed' && b.uses.size === 1
    const bias = isFolded
      ? constantLike(b, narrow(widen(reshape(b.tensor, [channels!])), b.tensor.dtype), like)
      : vectorOf(b, channels!, like)
    return graph.add('BiasAdd', [linear.out(), bias], { data_format: 'NHWC' }, sum.name).out()
  },
})

type Branches = { readonly sum: Node; readonly x: Value; readonly b: Constant; readonly right: Node } & {
  readonly y: Value
  readonly c: Constant
}

/** (x + b) + (y + c) → x + (y + (b + c)): two branches of a network that meet need one bias. */
const mergeBranches = rule<Branches>({
  name: 'merge-branches',
  find: as(
    'sum',
    op(
      ['Add', 'AddV2'],
      [
        once(as('left', op('BiasAdd', [any('x'), constant('b')]))),
        once(as('right', op('BiasAdd', [any('y'), constant('c')]))),
      ],
    ),
  ),
  test: ({ b }) => isFloat(b.tensor.dtype),
  replace({ sum, x, b, right, y, c }, { graph, like }) {
    if (channelAxis(right) !== -1) return `${right.name} is channels-first`
    if (b.tensor.shape[0] !== c.tensor.shape[0]) return `${b} and ${c} differ in length`
    const both = total(b.tensor, c.tensor)
    if (!isNoLarger(both, [b, c], graph)) return storedTwice(b, c)
    return like(sum, [x, like(right, [y, constantLike(c, both, like)]).out()]).out()
  },
})

/** The constant as it is added: negative where it is subtracted, a bias along its axis. */
function aligned(node: Node, t: Tensor, axis: number | undefined): Tensor {
  if (node.op === 'Sub') return neg(t)
  if (node.op !== 'BiasAdd' || axis === undefined) return t
  return reshape(t, [t.shape[0]!, ...Array<number>(-axis - 1).fill(1)])
}

const total = (a: Tensor, b: Tensor): Tensor => narrow(add(widen(a), widen(b)), a.dtype)

/** Whether two numbers nearly cancel: adding and subtracting 2^23 rounds to whole numbers, and is meant to. */
function cancel(a: Tensor, b: Tensor): boolean {
  const [x, y] = [valuesOf(a), valuesOf(b)]
  if (x?.length !== 1 || y?.length !== 1) return false
  const largest = Math.max(Math.abs(x[0]!), Math.abs(y[0]!))
  return largest >= 2 ** 10 && Math.abs(Math.abs(x[0]!) - Math.abs(y[0]!)) <= largest / 2 ** 10
}

/** The rules of the pass. */
export const ADDITION_RULES = [mergeAdditions, additionToBias, mergeBranches, additionForward]

/** Sums with constants, one after the other or of branches that meet, become one; after a convolution or product, a bias. */
export const mergeAdditionsPass = rulePass({
  name: 'merge-additions',
  description: 'Merges consecutive additions of constants, also across a linear operation, and turns them into biases.',
  enabled: true,
  requires: ['fold-constants'],
  rules: () => ADDITION_RULES,
})
