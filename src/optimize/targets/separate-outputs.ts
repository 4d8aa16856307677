/**
 * Outputs as nodes of their own, for consumers that take the nodes without readers as the outputs of a graph: an output
 * that another node reads, too, would be none there.
 */
import type { Graph } from '../../graph/graph.ts'
import type { Value } from '../../graph/node.ts'

/** How a consumer gives outputs. */
export interface OutputNodes {
  /** Whether the consumer loses an output that no node reads, or its name. */
  readonly isLost?: (value: Value, graph: Graph) => boolean
  /** Adds a node that the consumer keeps and that gives the same values. */
  readonly copy: (graph: Graph, value: Value, name: string) => Value
}

/**
 * Gives each output that would be lost a node of its own, under its public name. Inputs, and nodes of which a second
 * result is an output, keep their names, and so stay as they are. Returns the names.
 */
export function separateOutputs(graph: Graph, { isLost, copy }: OutputNodes): string[] {
  const separated: string[] = []
  for (const { value } of [...graph.outputs]) {
    const { node } = value
    const { name } = node
    if (graph.isInput(node) || graph.outputs.some(port => port.value.node === node && port.value.index > 0)) continue
    if (value.uses.size === 0 && !isLost?.(value, graph)) continue
    const ports = graph.outputs.filter(port => port.value === value)
    if (ports.length === 0) continue // another port has the same value
    graph.rename(node, graph.freshName(`${name}/read`))
    const copied = copy(graph, value, name)
    for (const port of ports) port.value = copied
    separated.push(name)
  }
  return separated
}
