/**
 * The part of a graph that a TF.js model holds: the nodes that its outputs read. Control edges do not matter here: what is frozen has no
 * effects, and tables are filled before the model runs.
 */
import { calledFunctions, type Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

/** The nodes that compute the outputs and the formal inputs, each after what it reads. */
export function readBy(graph: Graph): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const roots = [...graph.inputs, ...graph.outputs].map(port => port.value.node)
  for (const root of [...roots, ...graph.kept]) {
    const stack = [{ node: root, next: 0 }]
    if (seen.has(root)) continue
    seen.add(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++]?.node
      if (!input) {
        order.push(top.node)
        stack.pop()
      } else if (!seen.has(input)) {
        seen.add(input)
        stack.push({ node: input, next: 0 })
      }
    }
  }
  return order
}

/** The functions that these nodes call, and those that they call. */
export function called(graph: Graph, nodes: readonly Node[]): Map<string, Graph> {
  const found = new Map<string, Graph>()
  const visit = (callers: readonly Node[]): void => {
    for (const name of callers.flatMap(calledFunctions)) {
      const body = graph.functions.get(name)?.body
      if (!body || found.has(name)) continue
      found.set(name, body)
      visit(readBy(body))
    }
  }
  visit(nodes)
  return found
}

/** The nodes that fill the tables among these. */
export function initializers(graph: Graph, nodes: readonly Node[]): Node[] {
  const tables = new Set(nodes.filter(node => node.is('table')))
  return [...graph.nodes].filter(node => node.is('fills') && tables.has(node.input(0).node))
}
