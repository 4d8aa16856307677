import { int } from '../graph/attr.ts'
import { anOp } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { isSole } from '../rewrite/match.ts'
import { as, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { valuesOf } from '../tensor/make.ts'

const CONCAT = as('concat', op('ConcatV2'))
const partsOf = (concat: Node): readonly Value[] => concat.inputs.slice(0, concat.int('N'))
const axisOf = (concat: Node): Value => concat.inputs[concat.int('N')]!

/** The axis, from the end where the rank is known; undefined where nothing is known. */
function axisNumber(concat: Node, { facts }: RuleContext): number | undefined {
  const { tensor } = axisOf(concat)
  const axis = tensor && valuesOf(tensor)?.[0]
  const rank = facts.shape(partsOf(concat)[0]!)?.length
  return axis === undefined || axis < 0 || rank === undefined ? axis : axis - rank
}

/** Concat(a, Concat(b, c), d) → Concat(a, b, c, d), along one axis. */
const nested = rule({
  name: 'merge-concats',
  find: CONCAT,
  test: ({ concat }) => partsOf(concat).some(part => part.node.op === 'ConcatV2'),
  replace({ concat }, context) {
    const axis = axisNumber(concat, context)
    const isInner = (part: Value): boolean =>
      part.node.op === 'ConcatV2' &&
      isSole(part, context.graph) &&
      (axisOf(part.node) === axisOf(concat) || (axis !== undefined && axis === axisNumber(part.node, context)))
    const parts = partsOf(concat).flatMap(part => (isInner(part) ? partsOf(part.node) : [part]))
    if (parts.length === concat.int('N'))
      return `no input of ${concat.name} is a concatenation along the same axis that only it reads`
    return context.like(concat, [...parts, axisOf(concat)], { N: int(parts.length) }).out()
  },
})

/** Activations: element by element, of one input, and dearer to start than to apply to a part. */
const ACTIVATIONS = ['Relu', 'Relu6', 'LeakyRelu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign']

/** Ops that give nothing negative, and ops that give nothing negative of what is not. */
const POSITIVE = ['Relu', 'Relu6', 'Sigmoid', 'Softmax', 'Softplus']
const KEEP_SIGN = ['MaxPool', 'AvgPool', 'Identity', 'ConcatV2']
function isPositive({ node }: Value, reach = 4): boolean {
  if (POSITIVE.includes(node.op)) return true
  if (reach === 0 || !KEEP_SIGN.includes(node.op)) return false
  return (node.op === 'ConcatV2' ? partsOf(node) : node.inputs).every(v => isPositive(v, reach - 1))
}

const isSameOp = (a: Node, b: Node): boolean =>
  a.op === b.op && (a.op !== 'LeakyRelu' || a.float('alpha') === b.float('alpha'))

/** Concat(f(a), f(b)) → f(Concat(a, b)); Relu also where fewer of the parts have none, for they are not negative anyway. */
const activation = rule({
  name: 'activate-once',
  find: CONCAT,
  test: ({ concat }) => partsOf(concat).filter(part => ACTIVATIONS.includes(part.node.op)).length > 1,
  replace({ concat }, context) {
    const parts = partsOf(concat)
    const first = parts.find(part => ACTIVATIONS.includes(part.node.op))!.node // `test` asked for it
    const goes = (part: Value): boolean => isSameOp(part.node, first) && isSole(part, context.graph)
    const other = parts.find(part => !goes(part) && !(first.op === 'Relu' && isPositive(part)))
    if (other) return `${other} is not ${anOp(first)} like ${first.name}, or has other readers`
    const gone = parts.filter(goes).length
    if (gone < 2 || gone * 2 <= parts.length)
      return `only ${gone} of the parts of ${concat.name} could lose their ${first.op}`
    const { graph } = context
    const before = parts.map(part => (goes(part) ? part.node.input(0) : part))
    const attrs = Object.fromEntries(concat.attrs)
    const inner = graph.add('ConcatV2', [...before, axisOf(concat)], attrs, `${concat.name}/parts`)
    return graph.add(first.op, [inner.out()], Object.fromEntries(first.attrs), concat.name).out()
  },
})

/** Fewer ops around concatenations: one concatenation for several, one activation for all parts. */
export const simplifyConcats = rulePass({
  name: 'simplify-concats',
  description:
    'Merges nested concatenations, and applies an activation once after a concatenation instead of to each part.',
  enabled: true,
  requires: ['remove-identity', 'fold-batch-norm'],
  rules: () => [nested, activation],
})
