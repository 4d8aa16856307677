/** A case of inference: a graph as text, and what is known of some of its values, printed alike. */
import { Facts } from '../../src/facts/facts.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'

/** What is known of the outputs of a graph: `float32[?,8]`, `int32[2] = 3 ?`, one an output. */
export function factsOf(text: string): string {
  const graph = parse(text)
  const facts = new Facts(graph)
  return graph.outputs.map(port => describeFact(facts, graph, port.key)).join(', ')
}

/** What is known of one output. */
export function describeFact(facts: Facts, graph: Graph, key: string): string {
  const { dtype, shape, elements } = facts.of(graph.outputs.find(p => p.key === key)!.value)
  const dims = shape === null ? '?' : `[${shape.map(d => d ?? '?').join(',')}]`
  return `${dtype}${dims}${elements ? ` = ${elements.map(e => e ?? '?').join(' ')}` : ''}`
}
