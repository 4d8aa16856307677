import type { Value } from '../graph/node.ts'
import { isSameView } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, anything, as, either, op, where } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** Ops that give the elements of their first input another shape. */
const VIEWS = ['Reshape', 'Squeeze', 'ExpandDims']

/** A view, or several on top of each other, that ends in the shape it began with → what it began with. */
const viewOfItself = rule({
  name: 'drop-reshape',
  find: as(
    'view',
    where(node => VIEWS.includes(node.op), op(VIEWS)),
  ),
  test: ({ view }, { facts }) =>
    original(view.out(), v => isSameView(facts.shape(v), facts.shape(view.out()))) !== undefined,
  replace: ({ view }, { facts }) => original(view.out(), v => isSameView(facts.shape(v), facts.shape(view.out())))!,
})

/** The farthest value up through views that holds of; undefined where none does. */
function original(value: Value, holds: (v: Value) => boolean): Value | undefined {
  let found: Value | undefined
  for (let v = value; VIEWS.includes(v.node.op); ) {
    v = v.node.input(0)
    if (holds(v)) found = v
  }
  return found
}

/** Reshape(Reshape(x, …), shape) → Reshape(x, shape): the shape between does not matter. */
const reshapeOfView = rule({
  name: 'merge-reshapes',
  find: as(
    'outer',
    op('Reshape', [
      either(op('Reshape', [any('x'), anything]), op('ExpandDims', [any('x'), anything]), op('Squeeze', [any('x')])),
      any('shape'),
    ]),
  ),
  replace: ({ outer, x, shape }, { like }) => like(outer, [x, shape]).out(),
})

/** EnsureShape(x) → x, where x is known to have the shape. */
const knownShape = rule({
  name: 'drop-ensure-shape',
  find: as('ensure', op('EnsureShape', [any('x')])),
  unless({ ensure, x }, { facts }) {
    const wanted = ensure.shape('shape')
    const found = facts.shape(x)
    const holds =
      wanted === null || (found?.length === wanted.length && wanted.every((d, i) => d === null || d === found[i]))
    return !holds && `${x} may have another shape`
  },
  replace: ({ x }) => x,
})

/** Reshape, Squeeze and ExpandDims that undo each other or change nothing. */
export const simplifyReshapes = rulePass({
  name: 'simplify-reshapes',
  description: 'Removes reshapes that change nothing, and merges consecutive ones.',
  enabled: true,
  requires: ['materialize-shapes'],
  rules: () => [viewOfItself, reshapeOfView, knownShape],
})
