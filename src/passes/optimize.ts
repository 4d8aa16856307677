/** Optimises a frozen graph for inference. Reads no weight. */
import type { Frozen } from '../freeze/frozen.ts'
import { list } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Applied, Declined } from '../rewrite/engine.ts'
import { defaultPasses, type PassCall } from './index.ts'
import { runPass } from './pass.ts'
import { type GraphSummary, summarize } from './summary.ts'

export interface OptimizeOptions {
  /** Just these, in this order; all that are on by default where absent. */
  readonly passes?: readonly PassCall[]
}

/** What was done, and what came close. */
export interface OptimizeReport {
  readonly passes: readonly PassRun[]
  readonly before: GraphSummary
  readonly after: GraphSummary
}

/** One pass over the main graph and all functions. */
export interface PassRun {
  readonly pass: string
  readonly applied: readonly Applied[]
  /** Of the last round, in which nothing was left to do. */
  readonly declined: readonly Declined[]
}

/** Rounds of all passes: what one does can be work for another. Two or three are usual. */
const MAX_ROUNDS = 8

/**
 * Optimises in place. Without `passes` all that are on by default run, again and
 * again until none has anything left to do, so that optimising the result once
 * more changes nothing.
 */
export function optimize(frozen: Frozen, { passes }: OptimizeOptions = {}): { frozen: Frozen; report: OptimizeReport } {
  const { graph } = frozen
  const before = summarize(graph)
  const runs = (passes ?? defaultPasses()).map(call => ({
    ...call,
    applied: [] as Applied[],
    declined: [] as readonly Declined[],
  }))
  for (let round = 0, changed = true; changed && round < (passes ? 1 : MAX_ROUNDS); round++) {
    changed = false
    for (const run of runs) {
      const { applied, declined } = runPass(run.pass, graph, run.options)
      for (const entry of applied) run.applied.push(entry)
      run.declined = declined
      changed ||= applied.length > 0
    }
  }
  graph.pruneFunctions()
  for (const body of [graph, ...[...graph.functions.values()].map(f => f.body)]) dropLostColocations(body)
  const report = {
    passes: runs.map(({ pass, applied, declined }) => ({ pass: pass.name, applied, declined })),
    before,
    after: summarize(graph),
  }
  return { frozen, report }
}

/** TensorFlow refuses a node that should be placed with one that is not there. */
function dropLostColocations(graph: Graph): void {
  for (const node of graph.nodes) {
    if (!node.attrs.has('_class')) continue
    const places = node.strs('_class')
    const left = places.filter(place => !place.startsWith('loc:@') || graph.node(place.slice(5)))
    if (left.length === 0) node.deleteAttr('_class')
    else if (left.length < places.length) node.setAttr('_class', list('string', left))
  }
}
