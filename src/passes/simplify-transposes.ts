import { list, string } from '../graph/attr.ts'
import { anOp } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { isSole, notSole } from '../rewrite/match.ts'
import { any, as, constant, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { fromValues, reshape, transpose, valuesOf } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { entryFor } from '../tensorflow/op-table.ts'

type Perm = readonly number[]
type Build = () => Value

const isIdentity = (perm: Perm): boolean => perm.every((axis, i) => axis === i)
/** First `inner`, then `outer`. */
const composed = (outer: Perm, inner: Perm): Perm => outer.map(axis => inner[axis]!)

/** The order of a Transpose, where it is known. */
function orderOf(node: Node): Perm | undefined {
  const order = node.inputs[1]?.tensor && valuesOf(node.inputs[1].tensor)
  const isOrder = order && [...order].sort((a, b) => a - b).every((axis, i) => axis === i)
  return isOrder ? order : undefined
}

/** Transpose(x, [0, 1, 2]) → x. */
const nothing = rule({
  name: 'drop-transpose',
  find: as('transpose', op('Transpose', [any('x'), constant('perm')])),
  test: ({ transpose }) => isIdentity(orderOf(transpose) ?? [1]),
  replace: ({ x }) => x,
})

/** Transpose(Transpose(x, p), q) → Transpose(x, p∘q). */
const twice = rule({
  name: 'merge-transposes',
  find: as('outer', op('Transpose', [as('inner', op('Transpose', [any('x'), constant('p')])), constant('q')])),
  replace({ outer, inner, x, q }, { graph, like }) {
    const [p, r] = [orderOf(inner), orderOf(outer)]
    if (!p || !r || p.length !== r.length) return `the permutations of ${inner.name} and ${outer.name} differ in length`
    const both = composed(r, p)
    if (isIdentity(both)) return x
    return like(outer, [x, graph.const(fromValues(q.tensor.dtype, [both.length], both), q.node.name)]).out()
  },
})

/** Transpose(f(Transpose(x, p)), p⁻¹) → f(x), through whatever works element by element or knows both layouts. */
const around = rule({
  name: 'cancel-transposes',
  find: as('outer', op('Transpose', [any('inner'), constant('q')])),
  test: ({ inner }) => inner.node.op in STEPS,
  replace({ outer, inner }, context) {
    const perm = orderOf(outer)
    if (!perm) return `the permutation of ${outer.name} is not known`
    const build = transposed(inner, perm, context, 0)
    return typeof build === 'string' ? build : build()
  },
})

/** How far up the Transpose that is undone may be. */
const REACH = 8

/** How to make `value` in another order without a Transpose, or why that cannot be done. */
function transposed(value: Value, perm: Perm, context: RuleContext, distance: number): Build | string {
  const { node } = value
  if (node.op === 'Transpose' && value.index === 0) {
    const inner = orderOf(node)
    const undone = inner?.length === perm.length && isIdentity(composed(perm, inner))
    return undone ? () => node.input(0) : `${node.name} has another permutation`
  }
  if (distance === REACH) return `no Transpose is within ${REACH} nodes before`
  const step = value.index === 0 ? entryFor(STEPS, node.op) : undefined
  if (!step) return `${value} is ${anOp(node)}, which a transpose cannot be moved across`
  if (!isSole(value, context.graph)) return notSole(value, context.graph)
  return step(node, perm, context, distance)
}

type Step = (node: Node, perm: Perm, context: RuleContext, distance: number) => Build | string

/** Element by element: each input in the new order, constants too. */
const elementwise: Step = (node, perm, context, distance) => {
  const builds = node.inputs.map(v =>
    v.tensor ? ordered(v, v.tensor, perm, context) : transposed(v, perm, context, distance + 1),
  )
  const reason = builds.find(b => typeof b === 'string')
  if (typeof reason === 'string') return reason
  return () =>
    context
      .like(
        node,
        (builds as Build[]).map(build => build()),
      )
      .out() // none is a reason
}

/** A constant that broadcasts, in the new order. */
function ordered(value: Value, t: Tensor, perm: Perm, { graph }: RuleContext): Build | string {
  if (elementCount(t.shape) === 1) return t.shape.length <= perm.length ? () => value : `${value} broadcasts`
  if (t.shape.length > perm.length) return `${value} broadcasts the other operand`
  if (!isSole(value, graph)) return `${notSole(value, graph)}, so a changed copy would be stored beside it`
  const full = reshape(t, [...Array<number>(perm.length - t.shape.length).fill(1), ...t.shape])
  return () => graph.const(transpose(full, perm), value.node.name)
}

/** Channels first, in a Transpose to channels last. */
const TO_LAST: Perm = [0, 2, 3, 1]

/** An op that works by channel: the same with the other data_format. */
const byChannel =
  (windows: readonly string[]): Step =>
  (node, perm, context, distance) => {
    if (node.str('data_format') !== 'NCHW' || perm.join() !== TO_LAST.join()) {
      return `${node.name} is ${node.str('data_format')}, and the permutation is ${perm.join(', ')}`
    }
    if (windows.length > 0 && node.str('padding') === 'EXPLICIT') return `${node.name} has explicit padding`
    const build = transposed(node.input(0), perm, context, distance + 1)
    if (typeof build === 'string') return build
    const moved = windows.map(
      name =>
        [
          name,
          list(
            'int',
            TO_LAST.map(axis => node.ints(name)[axis]!),
          ),
        ] as const,
    )
    const attrs = { data_format: string('NHWC'), ...Object.fromEntries(moved) }
    return () => context.like(node, [build(), ...node.inputs.slice(1)], attrs).out()
  }

const ELEMENTWISE =
  'Abs Add AddV2 Cast Ceil Elu Exp Floor LeakyRelu Log Maximum Minimum Mul Neg RealDiv Relu Relu6 Rsqrt Selu Sigmoid Softplus Softsign Sqrt Square SquaredDifference Sub Tanh'

const STEPS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(ELEMENTWISE.split(' ').map(name => [name, elementwise])),
  BiasAdd: byChannel([]),
  FusedBatchNorm: byChannel([]),
  FusedBatchNormV2: byChannel([]),
  FusedBatchNormV3: byChannel([]),
  MaxPool: byChannel(['ksize', 'strides']),
  AvgPool: byChannel(['ksize', 'strides']),
}

/** Transposes that undo each other go, with what lies between brought into the order outside: channels first to last. */
export const simplifyTransposes = rulePass({
  name: 'simplify-transposes',
  description: 'Removes transposes that change nothing or cancel out, also across elementwise operations.',
  enabled: true,
  requires: ['fold-constants'],
  rules: () => [nothing, twice, { ...around, depth: REACH }],
})
