/**
 * Refuses a computation whose result depends on what it changes. The graph is
 * flat here. An update that neither feeds an output nor touches what an output
 * reads is only in the way (a counter beside the model, batch statistics):
 * it goes, with a note.
 */
import { FreezeError } from '../../errors.ts'
import type { DeadNodes } from '../../graph/flow.ts'
import { hasDataflow, inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { isStaticTable, isTable, isVariable } from '../../models/state/resource.ts'
import type { Ordering } from './control-edges.ts'
import { type Access, accessesOf, deed } from './handles.ts'

/**
 * Throws `stateful` where an output needs a variable or table that is written
 * while it is computed. `effects` are nodes that run although nothing waits for them.
 */
export async function checkState(
  graph: Graph,
  effects: readonly Node[],
  isMeaningful: Ordering,
  isKept: (node: Node) => boolean,
  notes: string[],
): Promise<void> {
  const live = liveNodes(graph, isMeaningful)
  const dead = await neverRuns(graph)
  const reached = inOrder([...graph.roots(), ...effects.filter(node => graph.nodes.has(node))])
  const runs = new Set(reached.filter(node => !dead?.has(node)))
  for (const maker of runs) {
    if (!(isVariable(maker) || isTable(maker)) || isKept(maker)) continue
    const accesses = accessesOf(maker.out()).filter(access => runs.has(access.node))
    const writes = accesses.filter(access => access.kind === 'write' && !isHarmless(access, maker))
    const feeding = writes.find(access => live.has(access.node))
    if (feeding) refuse(feeding, maker, 'and an output depends on it')
    const isRead = accesses.some(access => access.kind === 'read' && live.has(access.node))
    const [write] = writes
    if (!write) continue
    if (isRead) refuse(write, maker, `at each run, and an output reads it`)
    notes.push(`${write.node.name}: dropped, no output depends on what it ${deed(write.node)} ${maker.name}.`)
  }
}

/** What stands in branches that are not taken; the evaluator that finds out is loaded for a graph that branches. */
async function neverRuns(graph: Graph): Promise<DeadNodes | undefined> {
  if (!hasDataflow(graph)) return undefined
  return (await import('./never-runs.ts')).nodesThatNeverRun(graph)
}

/** What the outputs need: by data, and by the control edges that say something. */
function liveNodes(graph: Graph, isMeaningful: Ordering): ReadonlySet<Node> {
  const live = new Set(graph.outputs.map(port => port.value.node))
  for (const node of live) {
    for (const { node: input } of node.inputs) live.add(input)
    for (const before of node.controls) if (isMeaningful(before, node)) live.add(before)
  }
  return live
}

/**
 * A table that the computation itself fills, the same way at each run, holds
 * what it is filled with; one of the kind that is filled once stays as it is,
 * whatever a custom op (a tokeniser) looks up in it.
 */
const isHarmless = ({ node }: Access, maker: Node): boolean =>
  (node.role?.kind === 'fills' && !node.role.adds) || (isStaticTable(maker) && !node.def)

function refuse({ node }: Access, maker: Node, why: string): never {
  const kind = isTable(maker) ? 'table' : 'variable'
  throw new FreezeError('stateful', `this ${node.op} ${deed(node)} the ${kind} ${maker.name} ${why}`, {
    node: node.name,
    hint:
      kind === 'variable'
        ? `Freeze another signature or output, or keep the variable with --keep-variables ${maker.name}.`
        : 'Freeze another signature or output.',
  })
}
