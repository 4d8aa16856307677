/** The steps before any value is looked for. What cannot be frozen is refused here; what no output needs is gone after. */

import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import { hasDataflow, inOrder, Liveness } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { legalName, nearestNames } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { verify } from '../graph/verify.ts'
import type { Model } from '../models/model.ts'
import { isVariable } from '../models/state/resource.ts'
import { settingsOf } from '../options/index.ts'
import type { Choice, PublicPort, Selection } from './choice.ts'
import { removePrints } from './clean.ts'
import { Expansion } from './control-flow/expand.ts'
import { flattenLists } from './control-flow/flatten-lists.ts'
import { refuseExplosion } from './control-flow/functions.ts'
import { expandFunctions } from './control-flow/keep.ts'
import { dropUnusedArguments } from './control-flow/unused-arguments.ts'
import type { FreezeOptions } from './options.ts'
import { closeInputs, fixShapes, keepNames, select, selectLate, takeDefaults } from './select.ts'
import { chooseSignature } from './signature.ts'
import type { CarriedState } from './state/assignments.ts'
import { checkState, followState } from './state/check.ts'
import { dropControls, isStackOp, meaningfulControls, type Ordering } from './state/control-edges.ts'
import { accessesOf } from './state/handles.ts'
import { refuseUnfreezable } from './state/refuse.ts'

/** A copy of the model's graph without calls, and with only what its outputs need. */
export interface Prepared {
  readonly graph: Graph
  readonly signature: Choice['signature']
  readonly inputs: readonly PublicPort[]
  readonly outputs: readonly PublicPort[]
  /** The nodes of variables that stay variables. */
  readonly kept: ReadonlySet<Node>
  readonly notes: readonly string[]
}

/** Selects, expands, checks and prunes. Throws what `freeze` throws of names and of state. */
export async function prepare(model: Model, options: FreezeOptions): Promise<Prepared> {
  const notes: string[] = []
  const graph = model.graph.clone(new Map(model.graph.functions))
  const signature = chooseSignature(model, graph, options)
  const choice: Choice = { graph, model, signature, options }
  const selection = select(choice, notes)
  const { effects, outputs } = expand(choice, selection, notes)
  takeDefaults(graph, notes)
  const kept = keptVariables(choice, notes)
  holdWrites(graph, kept, effects)
  const isMeaningful = orderings(graph, kept)
  const { state: mode } = settingsOf('freeze', options)
  const isKept = (node: Node): boolean => kept.has(node)
  const context = { graph, effects, isMeaningful, isKept, mode, notes }
  for (const state of await followState(context)) carry(graph, selection, outputs, state)
  // Branches and loops that are functions are looked at where they are flat.
  if (options.controlFlow !== 'v2') await checkState(context)
  dropControls(graph, isMeaningful)
  graph.prune()
  if (options.controlFlow === 'v2') dropUnusedArguments(graph)
  for (const name of removePrints(graph)) notes.push(`${name}: dropped, it only prints.`)
  graph.prune()
  closeInputs(choice, selection, notes)
  fixShapes(graph, selection, options.shapes ?? new Map())
  graph.prune()
  graph.pruneFunctions()
  refuseUnwritten(graph, model)
  for (const body of graph.withBodies()) refuseUnfreezable(body)
  return { graph, signature, inputs: selection.inputs, outputs, kept, notes }
}

/** Makes the state that a caller carries an input and an output, both named as the variable. */
function carry(
  graph: Graph,
  selection: Selection,
  outputs: PublicPort[],
  { name: key, before, after }: CarriedState,
): void {
  const port = (value: Value): PublicPort => ({
    key,
    port: { key, value },
    shape: before.node.shape('shape'),
    name: legalName(key),
  })
  const [input, output] = [port(before), port(after)]
  selection.inputs.push(input)
  graph.inputs.push(input.port)
  outputs.push(output)
  graph.outputs.push(output.port)
}

/** Takes the calls out of the graph, and resolves the names that only then are there. */
function expand(
  choice: Choice,
  selection: Selection,
  notes: string[],
): { effects: readonly Node[]; outputs: PublicPort[] } {
  const { graph, options } = choice
  const { late } = selection
  const isComplete = late.outputs.length + late.inputs.length === 0
  if (isComplete) graph.prune()
  ownFunctions(graph)
  verify(graph)
  refuseExplosion(graph)
  const keepsFunctions = options.controlFlow === 'v2'
  const unrolling = unrolls(choice.model, options) ? { shapes: askedShapes(choice, selection), notes } : undefined
  const expansion = new Expansion(graph, !keepsFunctions, unrolling)
  expansion.run(isComplete ? graph.roots() : wideRoots(choice))
  if (unrolling) flattenLists(graph, unrolling.shapes)
  if (keepsFunctions) expandFunctions(graph)
  const outputs = selectLate(choice, selection)
  keepNames(graph, outputs)
  refuseInside(graph, outputs)
  return { effects: expansion.effects, outputs }
}

/** Whether loops of the model's graph are to be unrolled; layers of Keras files are written unrolled. */
export const unrolls = ({ madeFrom }: Model, { rnn }: FreezeOptions): boolean =>
  madeFrom === 'graph' && rnn === 'unroll'

/** The shapes that the caller gives to inputs, before they are written: how often a loop turns may follow from them. */
function askedShapes({ options }: Choice, { inputs }: Selection): ReadonlyMap<Value, PartialShape> {
  const asked = [...(options.shapes ?? [])].flatMap(([name, shape]) => {
    const found = inputs.find(({ key, port }) => key === name || port.value.node.name === name)
    return found ? [[found.port.value, shape] as const] : []
  })
  return new Map(asked)
}

/** Gives the graph copies of the functions it needs: the model keeps its own as they are. */
function ownFunctions(graph: Graph): void {
  graph.pruneFunctions()
  for (const [name, f] of graph.functions) graph.functions.set(name, { ...f, body: f.body.clone(graph.functions) })
}

/** Where a name may be that is not in the main graph: in what the signature's outputs run. */
function wideRoots({ graph, model, signature }: Choice): Node[] {
  const signatures = signature ? [signature] : [...model.signatures.values()]
  const names = signatures.flatMap(({ outputs }) => outputs.map(({ value }) => value.node.name))
  return [...graph.roots(), ...names.flatMap(name => graph.node(name) ?? [])]
}

/** Throws for an output that is inside a loop or branch: it has no value outside of it. */
function refuseInside(graph: Graph, outputs: readonly PublicPort[]): void {
  if (!hasDataflow(graph)) return
  const liveness = new Liveness(graph)
  for (const { key, port } of outputs) {
    if (liveness.depth(port.value.node) === 0) continue
    throw new FreezeError('unsupported', `the output '${key}' is inside a loop or branch`, {
      node: port.value.node.name,
      hint: 'Choose an output behind it with --outputs.',
    })
  }
}

/** Throws why a layer of a Keras file was not written that an output needs. */
function refuseUnwritten(graph: Graph, { unwritten }: Model): void {
  for (const [name, error] of unwritten ?? []) if (graph.node(name)) throw error
}

/** The variables to keep. One that the outputs do not read is noted: there is nothing to keep. */
function keptVariables({ graph, model, options }: Choice, notes: string[]): ReadonlySet<Node> {
  const kept = new Set<Node>()
  for (const name of options.keepVariables ?? []) {
    const node = graph.node(name)
    const own = model.graph.node(name)
    if (node && isVariable(node)) kept.add(node)
    else if (own && isVariable(own)) notes.push(`${name} is not kept: the outputs do not read this variable.`)
    else throw unknownVariable(name, [graph, model.graph])
  }
  return kept
}

/** The nearest names are those of variables that the outputs read, if one of them is near. */
function unknownVariable(name: string, graphs: readonly Graph[]): FreezeError {
  const nearestIn = ({ nodes }: Graph): string[] =>
    nearestNames(
      name,
      [...nodes].filter(isVariable).map(variable => variable.name),
    )
  const nearest = graphs.map(nearestIn).find(({ length }) => length > 0) ?? []
  return new FreezeError('missing', `no variable is called '${name}'`, {
    hint: nearest.length > 0 ? `Nearest: ${nearest.join(', ')}.` : 'List the variables with tfreeze inspect.',
  })
}

/**
 * Makes every output wait for what a run does to the variables that stay: a function does it whenever it is called, a
 * session only where something that it fetches waits for it. A write that is an output itself is run when it is asked for.
 */
function holdWrites(graph: Graph, kept: ReadonlySet<Node>, effects: readonly Node[]): void {
  const outputs = graph.outputs.map(({ value }) => value.node)
  const runs = new Set(inOrder([...outputs, ...effects.filter(node => graph.nodes.has(node))]))
  for (const maker of kept) {
    const writes = accessesOf(maker.out()).filter(
      ({ node, kind }) => kind === 'write' && runs.has(node) && !outputs.includes(node),
    )
    for (const { node: write } of writes) {
      const before = new Set(inOrder([write]))
      for (const output of outputs) {
        if (inOrder([output]).includes(write)) continue
        if (before.has(output)) throw lostWrite(write, maker)
        output.addControl(write)
      }
    }
  }
}

const lostWrite = (write: Node, maker: Node): FreezeError =>
  new FreezeError(
    'stateful',
    `this ${write.op} changes ${maker.name}, which stays a variable, after the output is there`,
    {
      node: write.name,
      hint: `Name it as an output too: --outputs …,${write.name}; or freeze the variable.`,
    },
  )

/** Nodes that work on a stack, or on a variable that is kept, happen in the order that the model says. */
function orderings(graph: Graph, kept: ReadonlySet<Node>, isOrdered = isStackOp): Ordering {
  const touching = new Set([...kept].flatMap(node => accessesOf(node.out()).map(access => access.node)))
  return meaningfulControls(graph, node => touching.has(node) || isOrdered(node))
}

/** With these, the nodes that fill the tables that freezing made. */
const isStackOrTableOp = (node: Node): boolean => isStackOp(node) || node.is('fills')

/** Drops what freezing state left over: pins of nodes that turn out to run always, and nodes and functions without readers. */
export function prune({ graph, kept }: Prepared): void {
  if (hasDataflow(graph)) dropControls(graph, orderings(graph, kept, isStackOrTableOp))
  graph.prune()
  graph.pruneFunctions()
}
