/** Optimises a frozen graph for inference. Reads no weight, but what `readAhead` reads for the passes that ask. */

import { invariant } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { list } from '../graph/attr.ts'
import { separateRepeatedReads } from '../graph/edit.ts'
import { mixedFrames } from '../graph/frames.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { LARGE_BYTES, MAX_MEMORY_ELEMENTS } from '../limits.ts'
import { weightsIn } from '../passes/compress-weights.ts'
import { defaultPasses, withDefaults } from '../passes/index.ts'
import type { Applied, Declined } from '../rewrite/engine.ts'
import { isNumeric } from '../tensor/codec.ts'
import { readTensor } from '../tensor/read.ts'
import { byteLength, elementCount, type Tensor } from '../tensor/tensor.ts'
import type { OptionValues, Pass, PassCall } from './pass.ts'
import { runPass } from './run.ts'
import { type GraphSummary, summarize } from './summary.ts'
import { type Leniency, legalize, requireReadable, type Target, type TargetReport, wayOut } from './targets/index.ts'

/** The options of `optimize`. */
export interface OptimizeOptions extends Leniency {
  /** Just these, in this order; all that are on by default where absent. */
  readonly passes?: readonly PassCall[]
  /** Passes of the caller's own: without `passes`, those that are enabled run with the default ones. */
  readonly own?: readonly Pass[]
  /** Stores weights in this type, after the passes; the graph computes in float32. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16' | undefined
  /** Rewrites the graph for this consumer, after that. */
  readonly target?: Target
  /** Called with the name of each pass before it runs. */
  readonly begins?: (pass: string) => void
}

/** The changes that were made, and rules that nearly applied. */
export interface OptimizeReport {
  readonly passes: readonly PassRun[]
  readonly target?: TargetReport
  readonly before: GraphSummary
  readonly after: GraphSummary
}

/** One pass over the main graph and all functions. */
export interface PassRun {
  readonly pass: string
  readonly applied: readonly Applied[]
  /** For the last round, in which nothing was left to do. */
  readonly declined: readonly Declined[]
}

/**
 * Reads the constants that passes look into: the small ones, which are in memory
 * where a graph is read from its file, so that both are optimised alike (an addition
 * of zeros goes); and those that a pass asks for (`sparsify-gather`). No other
 * weight is read. Returns what `optimize` is to be given.
 */
export async function readAhead(frozen: Frozen, { passes, own }: OptimizeOptions): Promise<Frozen> {
  const calls = passes ?? defaultPasses(own)
  const isAsked = (graph: Graph): Node[] => [
    ...(calls.length > 0 ? graph.withBodies().flatMap(smallConstants) : []),
    ...calls.flatMap(({ pass }) => pass.reads(graph)),
  ]
  if (isAsked(frozen.graph).length === 0) return frozen
  const graph = frozen.graph.deepClone()
  for (const node of isAsked(graph)) {
    const tensor = node.tensor('value')
    if (tensor.recipe.kind === 'memory' || elementCount(tensor.shape) > MAX_MEMORY_ELEMENTS) continue
    const recipe = { kind: 'memory', bytes: await readTensor(tensor) } as const
    node.setAttr('value', { kind: 'tensor', value: { ...tensor, recipe } })
  }
  return { ...frozen, graph }
}

/** The constants that are not in memory, and are small with all that they are made of. */
const smallConstants = (graph: Graph): Node[] =>
  [...graph.nodes].filter(node => {
    const { tensor } = node.out()
    return tensor !== undefined && ['range', 'blocks', 'computed'].includes(tensor.recipe.kind) && isSmall(tensor)
  })

function isSmall(t: Tensor): boolean {
  const { recipe } = t
  if (!isNumeric(t.dtype) || byteLength(t) > LARGE_BYTES) return false
  if (recipe.kind === 'computed') return recipe.by.of.every(isSmall)
  return recipe.kind !== 'blocks' || recipe.blocks.every(block => isSmall(block.tensor))
}

/** Rounds of all passes: what one does can be work for another. Three are usual; each level of nested conditionals takes one. */
const MAX_ROUNDS = 32

/**
 * Optimises a copy of the graph; what is given stays as it is (constants are shared,
 * as recipes). Without `passes` all that are enabled by default run, again and
 * again until none has anything left to do, so that optimising the result once
 * more changes nothing. A pass may change the type of an input. Throws `target` where the target cannot read the result.
 */
export function optimize(
  frozen: Frozen,
  { passes, own, dtype = 'float32', target, begins, customOps }: OptimizeOptions = {},
): { frozen: Frozen; report: OptimizeReport } {
  const graph = frozen.graph.deepClone()
  const before = summarize(graph)
  const usual = (): PassCall[] => defaultPasses(own).filter(({ pass }) => !target?.without?.includes(pass.name))
  const runs = (passes ?? usual()).map(call => new Run(call, begins))
  if (passes) for (const run of runs) run.once(graph, 0)
  else runToTheEnd(graph, runs)
  if (dtype !== 'float32') {
    const last = new Run(withDefaults(weightsIn(dtype)), begins)
    last.once(graph, 0)
    runs.push(last)
  }
  graph.pruneFunctions()
  separateRepeatedReads(graph)
  const mixed = mixedFrames(graph)
  invariant(!mixed, `a pass took ${mixed?.node.name} out of the loop of ${mixed?.other.name}`)
  const fit = target && legalize(graph, target, { customOps })
  for (const body of graph.withBodies()) dropLostColocations(body)
  if (fit) requireReadable(fit, () => wayOut(graph, fit.unreadable, frozen.graph))
  const inputs = frozen.inputs.map((port, i) => ({ ...port, dtype: graph.inputs[i]!.value.dtype ?? port.dtype }))
  const report = { passes: runs.map(run => run.result()), before, after: summarize(graph), ...(fit && { target: fit }) }
  return { frozen: { ...frozen, graph, inputs }, report }
}

function runToTheEnd(graph: Graph, runs: readonly Run[]): void {
  let changes = 0
  for (let round = 0, before = -1; before !== changes && round < MAX_ROUNDS; round++) {
    before = changes
    for (const run of runs) if (!run.pass.isLast) changes += run.once(graph, changes)
  }
  for (const run of runs) if (run.pass.isLast) run.once(graph, changes)
}

/** A pass and what it has done so far. */
class Run {
  readonly pass: Pass
  readonly #options: OptionValues
  readonly #begins: ((pass: string) => void) | undefined
  readonly #applied: Applied[] = []
  #declined: readonly Declined[] = []
  /** Changes of the graph, by all passes, when this one was last done with it. */
  #seen = -1

  constructor({ pass, options }: PassCall, begins: ((pass: string) => void) | undefined) {
    this.pass = pass
    this.#options = options
    this.#begins = begins
  }

  /** Runs unless nothing has changed since it last did. Returns how much it changed. */
  once(graph: Graph, changes: number): number {
    if (this.#seen === changes) return 0
    this.#begins?.(this.pass.name)
    const { applied, declined } = runPass(this.pass, graph, this.#options)
    for (const entry of applied) this.#applied.push(entry)
    this.#declined = declined
    this.#seen = applied.length === 0 ? changes : -1 // what it did may be work for itself
    return applied.length
  }

  result(): PassRun {
    return { pass: this.pass.name, applied: this.#applied, declined: this.#declined }
  }
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
