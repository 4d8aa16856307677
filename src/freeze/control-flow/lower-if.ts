/**
 * If and Case as nodes of TensorFlow 1. Every argument goes through a Switch,
 * whose output is dead on the side that is not taken; results meet in a Merge.
 *
 *                 ┌ Switch:1 → then body ┐
 *     arg, pred → ┤                      ├ Merge → result
 *                 └ Switch:0 → else body ┘
 *
 * A Case is a chain of these, each asking for one index: the last branch is the
 * default, also for an index that is out of range.
 * Source: tensorflow/core/common_runtime/{lower_if_op,lower_case_op}.cc.
 */

import { FreezeError } from '../../errors.ts'
import type { FuncRef } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar } from '../../tensor/make.ts'
import { pin, type Scope } from './scope.ts'
import type { Copied, Expander, Site } from './site.ts'

/** Lowers an If (`cond, args… → results…`) or a Case (`index, args… → results…`). */
export function lowerBranch(expansion: Expander, site: Site): void {
  const { call } = site
  const [then, otherwise] = [call.body('then_branch'), call.body('else_branch')]
  close(expansion, site, then && otherwise ? lowerIf(expansion, site, then, otherwise) : lowerCase(expansion, site))
}

function lowerIf(expansion: Expander, site: Site, then: FuncRef, otherwise: FuncRef): Ends {
  const { call, node, scope } = site
  const pred = expansion.bool(call.chooser!, scope, node.name)
  const branch =
    (ref: FuncRef): Build =>
    (inputs, inside) =>
      copyBranch(expansion, site, { ref, args: inputs, scope: inside })
  const choice = { pred, args: call.arguments, taken: branch(then), other: branch(otherwise) }
  return conditional(expansion, site, scope, choice)
}

function lowerCase(expansion: Expander, site: Site): Ends {
  const { call, node, scope } = site
  const branches = call.bodies.map(({ ref }) => ref)
  if (branches.length === 0) throw new FreezeError('invalid-graph', 'it has no branches', { node: node.name })
  const from =
    (k: number): Build =>
    ([index, ...args], inside) => {
      if (k === branches.length - 1) return copyBranch(expansion, site, { ref: branches[k]!, args, scope: inside })
      const number = constIn(expansion, inside, k, `${node.name}/index_${k}`)
      const pred = pin(expansion.graph.add('Equal', [index!, number], {}, `${node.name}/is_${k}`), inside).out()
      const taken: Build = ([, ...own], branch) =>
        copyBranch(expansion, site, { ref: branches[k]!, args: own, scope: branch })
      return conditional(expansion, site, inside, { pred, args: [index!, ...args], taken, other: from(k + 1) })
    }
  return from(0)(node.inputs, scope)
}

/** The results of a branch, and a node that has run once all of the branch has run. */
interface Ends {
  readonly results: readonly Value[]
  readonly done: Node | undefined
}
type Build = (args: readonly Value[], inside: Scope) => Ends

function copyBranch(expansion: Expander, site: Site, branch: Omit<Copied, 'prefix'>): Ends {
  const inside = branch.scope
  const { results, effects } = expansion.copy(site, { ...branch, prefix: site.node.name })
  if (effects.length === 0 || !inside.pivot) return { results, done: undefined }
  const done = expansion.graph.add('Identity', [inside.pivot.out()], {}, `${site.node.name}/done`)
  for (const effect of effects) done.addControl(effect)
  return { results, done }
}

/** One question, and what is run if it is true and if not. */
interface Choice {
  readonly pred: Value
  readonly args: readonly Value[]
  readonly taken: Build
  readonly other: Build
}

/** Both branches, and the Merge of each of their results. Nests as deep as a Case has branches. */
function conditional(expansion: Expander, site: Site, scope: Scope, { pred, args, ...branches }: Choice): Ends {
  const { graph } = expansion
  const { name } = site.node
  const way = pin(graph.add('Switch', [pred, pred], {}, `${name}/Switch`), scope)
  for (const before of site.node.controls) way.addControl(before)
  const switches = args.map(arg => pin(graph.add('Switch', [arg, pred], {}, `${name}/Switch`), scope))
  const run = (build: Build, side: 0 | 1, label: string): Ends => {
    const pivot = graph.add('Identity', [way.out(side)], {}, `${name}/${label}`)
    const inputs = switches.map(node => node.out(side))
    return build(inputs, { pivot, free: new Set() })
  }
  const taken = run(branches.taken, 1, 'switch_t')
  const other = run(branches.other, 0, 'switch_f')
  const merge = (a: Value, b: Value, label: string): Node => graph.add('Merge', [a, b], {}, `${name}/${label}`)
  const results = other.results.map((value, i) => merge(value, taken.results[i]!, 'Merge').out())
  if (site.node.controlUses.size === 0 || !(taken.done || other.done)) return { results, done: undefined }
  const end = ({ done }: Ends, side: 0 | 1): Value => done?.out() ?? way.out(side)
  return { results, done: merge(end(other, 0), end(taken, 1), 'done') }
}

function close(expansion: Expander, site: Site, { results, done }: Ends): void {
  expansion.order(site, { last: done ? [done] : [], results })
  expansion.finish(site, results)
}

function constIn(expansion: Expander, scope: Scope, value: number, name: string): Value {
  const made = expansion.graph.const(scalar('int32', value), name)
  pin(made.node, scope)
  return made
}
