/** Which nodes are drawn as a badge of their readers: constants, variables, and what only reads one. */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

/** Whether the node passes one tensor on as it is. */
const passes = (node: Node): boolean => node.op === 'Identity' || node.op === 'ReadVariableOp' || node.is('enter')

/** The folded nodes of a graph. What is public, or is a variable's handle that nobody reads, stays a box. */
export function foldedNodes(graph: Graph): ReadonlySet<Node> {
  const folded = new Set<Node>()
  const isPublic = new Set([...graph.inputs, ...graph.outputs].map(port => port.value.node))
  const isRead = (node: Node): boolean => node.outputs.some(output => output !== undefined && output.uses.size > 0)
  const queue = [...graph.nodes].filter(node => node.is('constant', 'variable') || isHandle(node))
  for (let node = queue.pop(); node; node = queue.pop()) {
    if ((node.op !== 'Const' && !isRead(node)) || (isPublic.has(node) && !isHandle(node))) continue
    folded.add(node)
    for (const output of node.outputs) {
      for (const reader of output?.uses.keys() ?? []) {
        if (passes(reader) && reader.inputs.length === 1) queue.push(reader)
      }
    }
  }
  const waiting = waitingForJoins(graph)
  for (const [join, readers] of waiting) if (isIdle(join, readers, folded)) folded.add(join)
  return folded
}

/** Nodes that only wait for reads of weights, or for what all that waits for them reads: every function of TensorFlow 2 ends in one. */
function isIdle(join: Node, waiting: readonly Node[], folded: ReadonlySet<Node>): boolean {
  const isRead = (before: Node): boolean =>
    waiting.length > 0 && waiting.every(reader => reader.inputs.some(({ node }) => node === before))
  return join.controls.size > 0 && [...join.controls].every(before => folded.has(before) || isRead(before))
}

/** The nodes that only order others, and what waits for each. */
function waitingForJoins(graph: Graph): ReadonlyMap<Node, readonly Node[]> {
  const waiting = new Map([...graph.nodes].filter(node => node.is('join')).map(join => [join, [] as Node[]]))
  if (waiting.size > 0)
    for (const node of graph.nodes) for (const before of node.controls) waiting.get(before)?.push(node)
  return waiting
}

/** A variable that is handed to a function. */
const isHandle = (node: Node): boolean => {
  const dtype = node.op === '_Arg' ? node.attr('T') : undefined
  return dtype?.kind === 'type' && dtype.value === 'resource'
}

/** The constant or variable that a folded node stands for, behind the nodes that read it. */
export function foldedOrigin(node: Node): Node {
  let origin = node
  while (passes(origin) && origin.inputs[0]) origin = origin.inputs[0].node
  return origin
}
