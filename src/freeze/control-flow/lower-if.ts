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
import type { FuncRef } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar } from '../../tensor/make.ts'
import type { Expansion, Site } from './expand.ts'
import { addIn, pin, type Scope } from './scope.ts'

/** Lowers an If: `cond, args… → results…`. */
export function lowerIf(expansion: Expansion, site: Site): void {
  const { node, scope } = site
  const [cond, ...args] = node.inputs
  const pred = expansion.bool(cond!, scope, node.name)
  const branch = (name: string) => (inputs: readonly Value[], inside: Scope) =>
    copyBranch(expansion, site, node.func(name), inputs, inside)
  const ends = conditional(expansion, site, scope, pred, args, {
    then: branch('then_branch'),
    else: branch('else_branch'),
  })
  close(expansion, site, ends)
}

/** Lowers a Case: `index, args… → results…`. */
export function lowerCase(expansion: Expansion, site: Site): void {
  const { node, scope } = site
  const branches = node.funcs('branches')
  const from =
    (k: number): Build =>
    ([index, ...args], inside) => {
      if (k === branches.length - 1) return copyBranch(expansion, site, branches[k]!, args, inside)
      const number = constIn(expansion, inside, k, `${node.name}/index_${k}`)
      const isThis = addIn(expansion.graph, inside, 'Equal', [index!, number], {}, `${node.name}/is_${k}`).out()
      return conditional(expansion, site, inside, isThis, [index!, ...args], {
        then: ([, ...own], branch) => copyBranch(expansion, site, branches[k]!, own, branch),
        else: from(k + 1),
      })
    }
  close(expansion, site, from(0)(node.inputs, scope))
}

/** What a branch gives: its results, and a node that has run once all it does has run. */
interface Ends {
  readonly results: readonly Value[]
  readonly done: Node | undefined
}
type Build = (args: readonly Value[], inside: Scope) => Ends

function copyBranch(expansion: Expansion, site: Site, ref: FuncRef, args: readonly Value[], inside: Scope): Ends {
  const { results, effects } = expansion.copy(ref, args, site, inside, site.node.name)
  if (effects.length === 0 || !inside.pivot) return { results, done: undefined }
  const done = expansion.graph.add('Identity', [inside.pivot.out()], {}, `${site.node.name}/done`)
  for (const effect of effects) done.addControl(effect)
  return { results, done }
}

/** Both branches, and the Merge of each of their results. Nests as deep as a Case has branches. */
function conditional(
  expansion: Expansion,
  site: Site,
  scope: Scope,
  pred: Value,
  args: readonly Value[],
  branches: { readonly then: Build; readonly else: Build },
): Ends {
  const { graph } = expansion
  const { name } = site.node
  const way = addIn(graph, scope, 'Switch', [pred, pred], {}, `${name}/Switch`)
  for (const before of site.node.controls) way.addControl(before)
  const pivots = { then: way.out(1), else: way.out(0) }
  const switches = args.map(arg => addIn(graph, scope, 'Switch', [arg, pred], {}, `${name}/Switch`))
  const inside = (side: 'then' | 'else', label: string): Scope => ({
    pivot: graph.add('Identity', [pivots[side]], {}, `${name}/${label}`),
    free: new Set(),
  })
  const taken = branches.then(
    switches.map(s => s.out(1)),
    inside('then', 'switch_t'),
  )
  const other = branches.else(
    switches.map(s => s.out(0)),
    inside('else', 'switch_f'),
  )
  const merge = (a: Value, b: Value, label: string): Node => graph.add('Merge', [a, b], {}, `${name}/${label}`)
  const results = other.results.map((value, i) => merge(value, taken.results[i]!, 'Merge').out())
  const isWaitedFor = site.node.controlUses.size > 0 && (taken.done || other.done)
  const done = isWaitedFor && merge((other.done ?? way).out(), (taken.done ?? way).out(taken.done ? 0 : 1), 'done')
  return { results, done: done || undefined }
}

function close(expansion: Expansion, site: Site, { results, done }: Ends): void {
  const { node, scope } = site
  expansion.order(node, scope, [], done ? [done] : [], results)
  expansion.finish(site, results)
}

function constIn(expansion: Expansion, scope: Scope, value: number, name: string): Value {
  const made = expansion.graph.const(scalar('int32', value), name)
  pin(made.node, scope)
  return made
}
