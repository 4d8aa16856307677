import { inOrder, Liveness } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import { hasEffect } from '../optimize/purity.ts'

/**
 * A control edge from a node that only computes orders nothing. One from a NoOp
 * stands for the NoOp's own. What stays: edges from nodes with an effect (a
 * table's initialisation) or after one, and those that say in which branch or
 * loop a node runs.
 */
export const removeControlEdges = pass({
  name: 'remove-control-edges',
  description: 'Removes control edges that do not affect the order of side effects.',
  aliases: ['remove_control_dependencies'],
  enabled: true,
  run(graph, { report }) {
    const liveness = new Liveness(graph)
    const effectful = afterEffects(graph)
    for (const node of [...graph.nodes]) {
      if (node.controls.size === 0) continue
      const needed = neededControls(node, effectful, liveness)
      if (needed.size === node.controls.size && [...needed].every(c => node.controls.has(c))) continue
      node.clearControls()
      for (const control of needed) node.addControl(control)
      report.apply(node.name)
    }
  },
})

/** Nodes with an effect, and those that read or wait for one. */
function afterEffects(graph: Graph): Set<Node> {
  const effectful = new Set<Node>()
  for (const node of inOrder(graph.nodes)) {
    const before = node.inputs.some(v => effectful.has(v.node)) || [...node.controls].some(c => effectful.has(c))
    if (before || hasEffect(node)) effectful.add(node)
  }
  return effectful
}

function neededControls(node: Node, effectful: ReadonlySet<Node>, liveness: Liveness): Set<Node> {
  const needed = new Set<Node>()
  const inputs = new Set(node.inputs.map(v => v.node))
  const stack = [...node.controls].reverse()
  const seen = new Set(stack)
  for (let control = stack.pop(); control; control = stack.pop()) {
    const isConditional = liveness.depth(control) > 0
    if (!isConditional && !effectful.has(control)) continue
    if (!isConditional && inputs.has(control)) continue
    if (control.op !== 'NoOp' || isConditional || node.op === 'NoOp') {
      needed.add(control)
      continue
    }
    for (const before of [...control.controls].reverse()) {
      if (seen.has(before)) continue
      seen.add(before)
      stack.push(before)
    }
  }
  return needed
}
