/**
 * While as nodes of TensorFlow 1, for each loop variable:
 *
 *     init → Enter → Merge → cond … LoopCond
 *                     ↑ │                │
 *         NextIteration └────→ Switch ←──┘
 *                     ↑        1│  0└→ Exit → result
 *                    body ← Identity
 *
 * A variable that the body returns as it came is a constant of the loop: it
 * enters once (`is_constant`), takes no part in the cycle, and is its own result.
 * Source: tensorflow/core/common_runtime/lower_while_op.cc.
 */

import { functionNamed } from '../../graph/calls.ts'
import type { GraphFunction } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { pin, type Scope } from './scope.ts'
import type { Expander, Site } from './site.ts'

/** Lowers a While: `inits… → results…`. */
export function lowerWhile(expansion: Expander, site: Site): void {
  const { node } = site
  const body = functionNamed(expansion.graph, site.call.body('body')!.name, node)
  const isConstant = node.inputs.map((_, i) => returnsArgument(body, i))
  const results = isConstant.includes(false) ? loop(expansion, site, isConstant) : node.inputs
  const changing = results.filter((_, i) => !isConstant[i])
  expansion.order(site, { results: changing })
  expansion.finish(site, results)
}

/** One loop variable that changes. */
interface Variable {
  readonly index: number
  readonly merge: Node
}

function loop(expansion: Expander, site: Site, isConstant: readonly boolean[]): Value[] {
  const { node } = site
  const { graph } = expansion
  const frame = expansion.freshFrame(node.name)
  const enters = node.inputs.map((init, i) => enter(expansion, site, init, { frame, isConstant: isConstant[i]! }))
  const free = new Set(enters.filter((_, i) => isConstant[i]))
  const variables: Variable[] = enters.flatMap((value, index) =>
    isConstant[index] ? [] : { index, merge: graph.add('Merge', [value, value], {}, `${node.name}/Merge`) },
  )
  const heads = [...enters]
  for (const { index, merge } of variables) heads[index] = merge.out()
  const going = condition(expansion, site, heads, { pivot: variables[0]!.merge, free })
  const results = [...node.inputs]
  const args = [...enters]
  for (const { index, merge } of variables) {
    const way = graph.add('Switch', [merge.out(), going], {}, `${node.name}/Switch`)
    args[index] = graph.add('Identity', [way.out(1)], {}, `${node.name}/Identity`).out()
    results[index] = graph.add('Exit', [way.out(0)], {}, `${node.name}/Exit`).out()
  }
  const inside: Scope = { pivot: args[variables[0]!.index]!.node, free }
  const copy = expansion.copy(site, { ref: site.call.body('body')!, args, scope: inside, prefix: node.name })
  for (const { index, merge } of variables) {
    const next = pin(graph.add('NextIteration', [copy.results[index]!], {}, `${node.name}/NextIteration`), inside)
    merge.setInput(1, next.out())
  }
  for (const before of node.controls) for (const first of variables) first.merge.input(0).node.addControl(before)
  return results
}

interface Entry {
  readonly frame: string
  readonly isConstant: boolean
}

function enter(expansion: Expander, { node, scope }: Site, init: Value, { frame, isConstant }: Entry): Value {
  const attrs = {
    frame_name: frame,
    is_constant: isConstant,
    parallel_iterations: node.int('parallel_iterations'),
  }
  return pin(expansion.graph.add('Enter', [init], attrs, `${node.name}/Enter`), scope).out()
}

function condition(expansion: Expander, site: Site, heads: readonly Value[], scope: Scope): Value {
  const { node } = site
  const { results } = expansion.copy(site, {
    ref: site.call.body('cond')!,
    args: heads,
    scope,
    prefix: node.name,
  })
  const going = expansion.bool(results[0]!, scope, node.name)
  return pin(expansion.graph.add('LoopCond', [going], {}, `${node.name}/LoopCond`), scope).out()
}

/** Whether a function's result `index` is its argument `index`. */
function returnsArgument({ body }: GraphFunction, index: number): boolean {
  let value = body.outputs[index]?.value
  for (let steps = 0; value?.node.op === 'Identity' && steps <= body.nodes.size; steps++) value = value.node.inputs[0]
  return value !== undefined && value === body.inputs[index]?.value
}
