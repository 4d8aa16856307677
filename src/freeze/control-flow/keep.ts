/**
 * Functions that stay: with v2 control flow, the branches and loops. Calls
 * inside them are inlined, what they only did on the way is dropped, and each is
 * marked stateless where it is, so that what reads the graph may optimise it.
 */

import type { Attr } from '../../graph/attr.ts'
import { controlSite, FunctionCopies } from '../../graph/calls.ts'
import { replaceOp } from '../../graph/edit.ts'
import { calledFunctions, type Graph, type GraphFunction } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { dropControls, isStackOp, meaningfulControls } from '../state/control-edges.ts'
import { Expansion } from './expand.ts'

/** Inlines the calls in the functions that branches and loops of the graph run, however deep. */
export function expandFunctions(graph: Graph): void {
  const copies = new FunctionCopies()
  const todo = [graph]
  const change = (body: Graph): void => {
    expandBody(body)
    todo.push(body)
  }
  for (let next = todo.pop(); next; next = todo.pop()) {
    for (const caller of [...next.nodes]) {
      const site = controlSite(caller, graph)
      site?.mapBodies(({ ref }) =>
        copies.of(graph, ref, { caller, key: [...ref.attrs], change, fillsParameters: true }),
      )
    }
  }
}

/** Inlines the calls in a function's body. */
function expandBody(body: Graph): void {
  new Expansion(body, false).run(body.roots())
  body.controlOutputs.clear()
  dropControls(body, meaningfulControls(body, isStackOp))
  body.prune()
}

/** Marks the functions, and the branches and loops, that keep no state. */
export function markStateless(
  graph: Graph,
  attrsOf: (attrs: ReadonlyMap<string, Attr>) => ReadonlyMap<string, Attr>,
): void {
  const stateful = statefulFunctions(graph)
  for (const owner of graph.withBodies()) {
    for (const node of [...owner.nodes]) {
      if (!node.is('branch', 'loop') || !node.def?.isStateful || calledFunctions(node).some(name => stateful.has(name)))
        continue
      replaceOp(owner, node, `Stateless${node.op}`)
    }
  }
  for (const [name, f] of graph.functions) {
    const marked: GraphFunction = { ...f, isStateful: stateful.has(name), attrs: attrsOf(f.attrs) }
    graph.functions.set(name, marked)
  }
}

/** Functions with a stateful op in them, or in what they run. */
function statefulFunctions(graph: Graph): ReadonlySet<string> {
  const stateful = new Set<string>()
  for (let before = -1; before !== stateful.size; ) {
    before = stateful.size
    for (const [name, { body }] of graph.functions)
      if ([...body.nodes].some(node => isStateful(node, stateful))) stateful.add(name)
  }
  return stateful
}

function isStateful(node: Node, functions: ReadonlySet<string>): boolean {
  if (node.is('branch', 'loop')) return calledFunctions(node).some(name => functions.has(name))
  return !node.is('formal') && (node.def?.isStateful ?? true)
}
