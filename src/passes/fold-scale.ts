import type { Node, Value } from '../graph/node.ts'
import { keepsShape } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, type Constant, constant, either, once, op, type Pattern } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { mul, reciprocal, reshape } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { isFloat } from '../tensorflow/dtype.ts'
import { ABSORB_REACH, absorb } from './affine/absorb.ts'
import { channelAxis, type Factor, factorOf, INPUT_VECTOR } from './affine/channels.ts'
import { isScalar, narrow, widen } from './affine/exact.ts'

type Product = { readonly product: Node; readonly x: Value; readonly c: Constant }

const PRODUCT: Pattern<Product> = either(
  as('product', op('Mul', [any('x'), constant('c')])),
  as('product', op('Mul', [constant('c'), any('x')])),
)
const QUOTIENT: Pattern<Product> = as('product', op('RealDiv', [any('x'), constant('c')]))

/** Op(x, W) · c → Op(x, W · c). */
const intoWeightsBefore = rule({
  name: 'fold-scale',
  find: either(PRODUCT, QUOTIENT),
  test: ({ c, x }) => isFloat(c.tensor.dtype) && x.tensor === undefined,
  replace({ product, x, c }, context) {
    const factor = factorFor(x, c.tensor, context)
    if (typeof factor === 'string') return factor
    const wide = widen(factor.tensor)
    const scale = { tensor: product.op === 'RealDiv' ? reciprocal(wide) : wide, axis: factor.axis }
    const build = absorb(x, scale, context)
    return typeof build === 'string' ? build : build()
  },
})

/** A constant as a factor of `x`, where it stretches to `x` and not the other way round. */
function factorFor(x: Value, c: Tensor, { facts }: RuleContext): Factor | string {
  const factor = factorOf(c)
  if (!factor) return `a constant of shape [${c.shape}] varies along more than one axis`
  const shape = facts.shape(x)
  // For a vector, the op that has the weights tells whether it has as many channels.
  const stretches = isScalar(c) ? !keepsShape(shape, c.shape) : (shape?.length ?? 0) < c.shape.length
  return stretches ? `a constant of shape [${c.shape}] may broadcast ${x} to a larger shape` : factor
}

/** Op(x · c, W) → Op(x, c · W). Zeros that padding adds are zeros on either side. */
const intoWeightsAfter = rule({
  name: 'fold-scale-forward',
  find: either(
    as(
      'next',
      op(Object.keys(INPUT_VECTOR), [once(as('product', op('Mul', [any('x'), constant('c')]))), constant('weights')]),
    ),
    as(
      'next',
      op(Object.keys(INPUT_VECTOR), [once(as('product', op('Mul', [constant('c'), any('x')]))), constant('weights')]),
    ),
  ),
  test: ({ c, x }) => isFloat(c.tensor.dtype) && x.tensor === undefined,
  replace({ next, x, c, weights }, context) {
    const factor = factorFor(x, c.tensor, context)
    if (typeof factor === 'string') return factor
    const shape = INPUT_VECTOR[next.op]!(weights.tensor.shape, next)
    const reason =
      weights.uses.size > 1
        ? `${weights} has other readers, so a changed copy would be stored beside it`
        : misfit(next, x, factor, context)
    if (reason) return reason
    const scale = factor.axis === undefined ? factor.tensor : reshape(factor.tensor, shape)
    const value = narrow(mul(widen(weights.tensor), widen(scale)), weights.tensor.dtype)
    const scaled = context.like(weights.node, [], { value: { kind: 'tensor', value } })
    return context.like(next, [x, scaled.out()]).out()
  },
})

/** Why a factor of `x` cannot go into the weights of the node that reads the product; undefined if it can. */
function misfit(next: Node, x: Value, { tensor, axis }: Factor, { facts }: RuleContext): string | undefined {
  if (next.op === 'MatMul' && next.bool('transpose_a'))
    return `${next.name} transposes the input that the constant multiplies`
  if (axis === undefined) return undefined
  if (next.op === 'BatchMatMulV2' && next.bool('adj_x'))
    return `${next.name} transposes the input that the constant multiplies`
  if (axis !== channelAxis(next)) return `the constant does not have one element per channel of ${next.name}`
  const weights = next.input(1).tensor! // the rule asks for a constant
  const channels = elementCount(INPUT_VECTOR[next.op]!(weights.shape, next))
  if (tensor.shape[0] !== channels)
    return `the constant has ${tensor.shape[0]} elements, but ${next.name} has ${channels} channels`
  return facts.shape(x)?.at(axis) === channels ? undefined : `the constant may broadcast ${x} to a larger shape`
}

/** The rules of the pass. */
export const SCALE_RULES = [{ ...intoWeightsBefore, depth: ABSORB_REACH }, intoWeightsAfter]

/**
 * Multiplication by a constant becomes part of the weights: of the operation
 * before it where that has weights, else of the one after it. Adds, moves and
 * other constants between are looked through.
 */
export const foldScale = rulePass({
  name: 'fold-scale',
  description: 'Folds multiplication by a constant into the weights of the preceding or following operation.',
  aliases: ['fold_batch_norms'],
  enabled: true,
  requires: ['fold-constants'],
  rules: () => SCALE_RULES,
})
