import type { Facts } from '../facts/facts.ts'
import type { Node, Value } from '../graph/node.ts'
import { isAll, isSameView } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, either, type OpPattern, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** Whether the node draws evenly from [0, 1). */
const drawsUnit = ({ role }: Node): boolean => role?.kind === 'random' && role.isUnit

type Masked = { readonly root: Node; readonly kept: Value; readonly rate: Value; readonly random: Value }

/** The mask of a layer that keeps everything: ⌊1 + u⌋ with u in [0, 1), or u ≥ 0. */
const MASKS: readonly (OpPattern & { readonly captures?: Pick<Masked, 'rate' | 'random'> })[] = [
  op('Floor', [op(['Add', 'AddV2'], [any('rate'), any('random')])]),
  op('Floor', [op(['Add', 'AddV2'], [any('random'), any('rate')])]),
  op('Cast', [op('GreaterEqual', [any('random'), any('rate')])]),
]
const CONDITION = op('GreaterEqual', [any('random'), any('rate')])

/** x · mask → x, where the mask is all ones. */
const maskOfOnes = rule<Masked>({
  name: 'remove-dropout',
  find: either(
    ...MASKS.map(mask => as('root', op('Mul', [any('kept'), mask]))),
    ...MASKS.map(mask => as('root', op('Mul', [mask, any('kept')]))),
    as('root', op(['SelectV2', 'Select'], [CONDITION, any('kept'), any('dropped')])),
  ),
  test: ({ random, kept }, { facts }) => isUniform(random, facts) && hasShapeOf(source(random), kept, facts),
  unless({ root, rate }, { facts }) {
    const isFloor = root.inputs.some(v => v.node.op === 'Floor')
    const keepsAll = isAll(rate, isFloor ? 1 : 0, facts)
    return !keepsAll && `${root.name} drops elements: ${rate} is not ${isFloor ? 1 : 0}`
  },
  replace: ({ kept }) => kept,
})

/** The node that draws. */
function source(random: Value): Node {
  let { node } = random
  while (!drawsUnit(node)) node = node.input(0).node
  return node
}

/** Whether the value is drawn evenly from [0, 1). */
function isUniform(random: Value, facts: Facts): boolean {
  const { node } = random
  if (drawsUnit(node)) return true
  const [a, b] = node.inputs
  if (!a || !b) return false
  if (node.op === 'Mul') return drawsUnit(a.node) && isAll(b, 1, facts)
  return (node.op === 'Add' || node.op === 'AddV2') && isAll(b, 0, facts) && isUniform(a, facts)
}

/** Whether the mask is as large as what it masks, or stretches to it. */
function hasShapeOf(random: Node, kept: Value, facts: Facts): boolean {
  const shape = random.input(0)
  const made = facts.shape(random.out())
  if (isSameView(made, facts.shape(kept))) return true
  if (shape.node.op !== 'Shape') return false
  // Noise drawn in the shape of x, or of what x was multiplied or divided by the rate to.
  const of = shape.node.input(0)
  return of === kept || kept.node.inputs[0] === of || kept.node.inputs[1] === of
}

/** Dropout that keeps everything: what is left of it when its rate is the constant that inference gives it. */
export const removeDropout = rulePass({
  name: 'remove-dropout',
  description: 'Removes dropout whose rate is a constant that drops nothing.',
  enabled: true,
  requires: ['use-placeholder-defaults', 'fold-constants'],
  rules: () => [maskOfOnes],
})
