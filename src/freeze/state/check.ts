/**
 * Refuses a computation whose result depends on what it changes. The graph is
 * flat here. An update that neither feeds an output nor touches what an output
 * reads is only in the way (a counter beside the model, batch statistics):
 * it goes, with a note.
 */
import { FreezeError } from '../../errors.ts'
import { replaceOp } from '../../graph/edit.ts'
import type { DeadNodes } from '../../graph/flow.ts'
import { hasDataflow, inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { isStaticTable, isTable, isVariable } from '../../models/state/resource.ts'
import { type CarriedState, followAssignments, type StateMode } from './assignments.ts'
import type { Ordering } from './control-edges.ts'
import { decidingPlaceholder } from './deciding-placeholder.ts'
import { type Access, accessesOf, effectOf } from './handles.ts'
import { dropMovingStatistics } from './moving-statistics.ts'

/** The context of the check. */
export interface StateContext {
  readonly graph: Graph
  /** Nodes that run although nothing waits for them. */
  readonly effects: readonly Node[]
  readonly isMeaningful: Ordering
  readonly isKept: (node: Node) => boolean
  readonly mode: StateMode
  readonly notes: string[]
}

/** Follows the assignments of variables that the outputs read, where it can. Returns the state that the caller carries. */
export async function followState(context: StateContext): Promise<CarriedState[]> {
  const { graph, mode, notes } = context
  let needed: ReadonlySet<Node> | undefined
  dropMovingStatistics(graph, node => (needed ??= liveNodes(graph, context.isMeaningful)).has(node))
  const carried: CarriedState[] = []
  for (const maker of makersOf(context).filter(isVariable)) {
    const { runs, live } = await whatRuns(context)
    const { write, isRead, feeding } = usesOf(maker, runs, live)
    if (!write || !(isRead || feeding)) continue
    const followed = followAssignments(graph, maker, runs, mode)
    if (followed) notes.push(followed.note)
    if (followed?.carried) carried.push(followed.carried)
  }
  return carried
}

/** Throws `stateful` where an output needs a variable or table that is written while it is computed. */
export async function checkState(context: StateContext): Promise<void> {
  const makers = makersOf(context)
  if (makers.length === 0) return
  const { runs, live, idle } = await whatRuns(context)
  for (const node of idle) if (isAssignment(node)) disarm(context.graph, node)
  for (const maker of makers.filter(node => runs.has(node))) {
    const { write, isRead, feeding } = usesOf(maker, runs, live)
    if (feeding) refuse(feeding, maker, 'and an output depends on it')
    if (!write) continue
    if (isRead) refuse(write, maker, `at each run, and an output reads it`)
    context.notes.push(
      `${write.node.name}: dropped: it ${effectOf(write.node)} ${maker.name}, which no output depends on.`,
    )
  }
}

const makersOf = ({ graph, isKept }: StateContext): Node[] =>
  [...graph.nodes].filter(node => (isVariable(node) || isTable(node)) && !isKept(node))

/** The nodes that run, those of them that the outputs need, and those that are in the way of outputs and never run. */
async function whatRuns({
  graph,
  effects,
  isMeaningful,
}: StateContext): Promise<Record<'runs' | 'live', ReadonlySet<Node>> & { readonly idle: readonly Node[] }> {
  const dead = await neverRuns(graph)
  const reached = inOrder([...graph.roots(), ...effects.filter(node => graph.nodes.has(node))])
  return {
    runs: new Set(reached.filter(node => !dead?.has(node))),
    live: liveNodes(graph, isMeaningful),
    idle: dead ? reached.filter(node => dead.has(node)) : [],
  }
}

/** Whether the node gives the variable's new value, which is made of the old one and of its second input. */
const isAssignment = (node: Node): boolean =>
  node.role?.kind === 'writes' &&
  (node.role.how === 'assign' || node.role.sign !== undefined) &&
  node.outputTypes?.length === 1

/** An assignment that never runs gives its second input instead: nobody sees it, and the graph has no assignment left. */
function disarm(graph: Graph, node: Node): void {
  replaceOp(graph, node, 'Identity', { inputs: [node.input(1)], attrs: new Map([['T', node.attr('T')!]]) }) // as each of them has
}

interface Uses {
  /** The first write that matters. */
  readonly write: Access | undefined
  /** A write that the outputs need. */
  readonly feeding: Access | undefined
  /** Whether the outputs need a read. */
  readonly isRead: boolean
}

function usesOf(maker: Node, runs: ReadonlySet<Node>, live: ReadonlySet<Node>): Uses {
  const accesses = runs.has(maker) ? accessesOf(maker.out()).filter(({ node }) => runs.has(node)) : []
  const writes = accesses.filter(access => access.kind === 'write' && !isHarmless(access, maker))
  return {
    write: writes[0],
    feeding: writes.find(({ node }) => live.has(node)),
    isRead: accesses.some(({ node, kind }) => kind === 'read' && live.has(node)),
  }
}

/** The nodes of branches that are not taken; the evaluator that finds out is loaded for a graph that branches. */
async function neverRuns(graph: Graph): Promise<DeadNodes | undefined> {
  if (!hasDataflow(graph)) return undefined
  return (await import('./never-runs.ts')).nodesThatNeverRun(graph)
}

/** The nodes that the outputs need: by data, and by control edges that matter. */
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
  throw new FreezeError('stateful', `this ${node.op} ${effectOf(node)} the ${kind} ${maker.name} ${why}`, {
    node: node.name,
    hint: wayOut(node, maker, kind),
  })
}

function wayOut(node: Node, maker: Node, kind: 'table' | 'variable'): string {
  const decider = decidingPlaceholder(node)
  if (decider) return `It runs where ${decider.name} says so: set that with --set ${decider.name}=false.`
  if (kind === 'table') return 'Freeze another signature or output.'
  const others = `freeze another signature or output, or keep the variable with --keep-variables ${maker.name}.`
  const isFollowed = node.role?.kind === 'writes' && (node.role.how === 'assign' || node.role.sign !== undefined)
  if (!isFollowed) return `F${others.slice(1)}`
  return `Begin each run with the same state by --state zero, make it an input and an output by --state io, ${others}`
}
