/** The same computation written as another op. */
import type { Attr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/**
 * Puts a node of another op in the place of `node`, under its name, with its
 * readers, its control edges and its part as an input or output.
 */
export function respell(
  graph: Graph,
  node: Node,
  op: string,
  inputs: readonly Value[] = node.inputs,
  attrs: ReadonlyMap<string, Attr> = node.attrs,
): Node {
  const { name } = node
  const made = graph.addNode(op, inputs, attrs, name)
  made.device = node.device
  for (const control of node.controls) made.addControl(control)
  for (const waiting of [...node.controlUses]) {
    waiting.removeControl(node)
    waiting.addControl(made)
  }
  for (const output of node.outputs) if (output) moveReaders(graph, output, made.out(output.index))
  if (graph.kept.delete(node)) graph.kept.add(made)
  for (const [key, output] of graph.controlOutputs) if (output === node) graph.controlOutputs.set(key, made)
  graph.remove(node)
  graph.rename(made, name)
  return made
}

function moveReaders(graph: Graph, from: Value, to: Value): void {
  for (const reader of [...from.uses.keys()]) {
    reader.inputs.forEach((value, slot) => {
      if (value === from) reader.setInput(slot, to)
    })
  }
  for (const port of [...graph.inputs, ...graph.outputs]) if (port.value === from) port.value = to
}
