/**
 * Changes of a graph that the steps of freezing share. Unlike `Graph.replace`,
 * none of them moves a name: names are given once, at the end.
 */
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/** Every reader of `from`, and every output of the graph, takes `to` instead. Control edges stay. */
export function redirect(graph: Graph, from: Value, to: Value): void {
  if (from === to) return
  for (const reader of [...from.uses.keys()]) {
    if (reader === to.node) continue // `to` wraps `from`
    for (const [slot, value] of reader.inputs.entries()) if (value === from) reader.setInput(slot, to)
  }
  for (const port of graph.outputs) if (port.value === from) port.value = to
}

/** Takes out a node whose outputs nobody reads. What waited for it waits for what it waited for. */
export function splice(graph: Graph, node: Node): void {
  for (const waiting of [...node.controlUses]) for (const before of node.controls) waiting.addControl(before)
  graph.kept.delete(node)
  graph.remove(node)
}

/** Whether any control flow of TensorFlow 1 is in the graph: then control edges also say in which branch or loop a node is. */
export function hasFrames(graph: Graph): boolean {
  for (const node of graph.nodes) if (FRAME_OPS.has(node.op)) return true
  return false
}

/** Ops with which a branch or a loop of TensorFlow 1 starts. */
export const FRAME_OPS: ReadonlySet<string> = new Set(['Switch', 'RefSwitch', '_SwitchN', 'Enter', 'RefEnter'])
