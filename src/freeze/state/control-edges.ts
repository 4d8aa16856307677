/**
 * Control edges. In a frozen graph most order nothing: they made reads wait for
 * assignments, and outputs for assertions. Those that say in which branch or
 * loop a node runs stay, as do those that order what works on a stack or on a
 * variable that is kept.
 */
import { hasDataflow, inOrder, isLoopConstant, Liveness, startsFlow } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'

/** Whether the control edge `from` → `to` says anything. */
export type Ordering = (from: Node, to: Node) => boolean

/** Whether the node works on a stack, as the gradient of a loop does: in which order, control edges say. */
export const isStackOp = (node: Node): boolean => node.is('stack') && node.inputs.length > 0

/** Which control edges of the graph say something. `isOrdered`: nodes that others wait for with reason. */
export function meaningfulControls(graph: Graph, isOrdered: (node: Node) => boolean): Ordering {
  if (!hasControls(graph)) return () => false
  const order = inOrder(graph.nodes)
  const ordered = new Set<Node>()
  for (const node of order) {
    // A ControlTrigger also waits for what does not run, as the gradient of a branch in a loop does.
    const waits = node.is('join', 'trigger') && [...node.controls].some(before => ordered.has(before))
    if (isOrdered(node) || waits) ordered.add(node)
  }
  // A node that fills a stack waits for the turn of the loop that it belongs to.
  const says: Ordering = (from, to) => ordered.has(from) || isStackOp(to)
  if (!hasDataflow(graph)) return says
  const { bound, held } = boundNodes(graph, order)
  return (from, to) => says(from, to) || (bound.has(from) && !held.has(to))
}

function hasControls({ nodes }: Graph): boolean {
  for (const node of nodes) if (node.controls.size > 0) return true
  return false
}

/** Drops the control edges that say nothing. */
export function dropControls(graph: Graph, isMeaningful: Ordering): void {
  for (const node of graph.nodes) {
    for (const before of node.controls) if (!isMeaningful(before, node)) node.removeControl(before)
  }
}

/**
 * Nodes that run in a branch or loop only, and those that an input holds there, so that no control edge need. A value
 * that is the same in every turn holds nothing: what reads it alone may be in a branch of the loop.
 */
function boundNodes(graph: Graph, order: readonly Node[]): { bound: ReadonlySet<Node>; held: ReadonlySet<Node> } {
  const liveness = new Liveness(graph)
  const bound = new Set<Node>()
  const held = new Set<Node>()
  for (const node of order) {
    if (liveness.depth(node) === 0) continue
    const inside = node.inputs.filter(value => bound.has(value.node))
    if (inside.some(value => !isLoopConstant(value))) held.add(node)
    if (inside.length > 0 || startsFlow(node) || [...node.controls].some(before => bound.has(before))) bound.add(node)
  }
  return { bound, held }
}
