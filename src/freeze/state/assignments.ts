/**
 * Variables that a run assigns, as values: what reads before an assignment reads the variable, what reads after it reads
 * what was assigned.
 *
 *     r = ReadVariableOp(w)                            r = ReadVariableOp(w)
 *     n = Mul(r, mask)                                 n = Mul(r, mask)
 *     a = AssignVariableOp(w, n)                  →
 *     s = ReadVariableOp(w) ^a    y = MatMul(x, s)     y = MatMul(x, n)
 *
 * TensorFlow writes such graphs for weights that are pruned as they are used, and for the state of recurrent layers.
 * Each run of the frozen graph is a first run: by `--state zero` the state of recurrent layers is zeros before it, as
 * Keras resets it; by `--state io` the caller gives the state and is given the next one.
 */
import { shape as shapeAttr } from '../../graph/attr.ts'
import { bypass, splice, takePlace } from '../../graph/edit.ts'
import { Liveness } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import type { SettingsOf } from '../../options/index.ts'
import { splat } from '../../tensor/make.ts'
import { type Access, accessesOf } from './handles.ts'

export type StateMode = SettingsOf<'freeze'>['state']

/** A variable whose value a run changes, in the order in which it does. */
interface Assigned {
  readonly maker: Node
  readonly writes: readonly Node[]
  /** Each read with how many of the writes come before it. */
  readonly reads: ReadonlyMap<Node, number>
}

/** State that the caller carries from run to run. */
export interface CarriedState {
  /** The variable's name. */
  readonly name: string
  readonly before: Value
  readonly after: Value
}

/** The result of following the assignments of a variable: a note for the user, and the state that the caller carries. */
export interface Followed {
  readonly note: string
  readonly carried?: CarriedState
}

/** Follows the assignments of a variable. Undefined where their order is open, or `mode` does not allow it: nothing is changed. */
export function followAssignments(
  graph: Graph,
  maker: Node,
  runs: ReadonlySet<Node>,
  mode: StateMode,
): Followed | undefined {
  const assigned = inOrderOfRun(graph, maker, runs)
  if (!assigned || (mode === 'refuse' && !isKnown(assigned))) return undefined
  const start = mode === 'io' ? inputFor(graph, maker) : isRecurrent(assigned) ? zerosFor(graph, maker) : undefined
  if (mode === 'io' && !start) return undefined
  const after = replaceReads(graph, assigned, start)
  const name = maker.name
  if (mode === 'io') return { note: `${name} is an input and an output.`, carried: { name, before: start!, after } }
  if (mode === 'refuse') return { note: `${name} is what a first run assigns to it.` }
  return { note: `${name} begins each run ${start ? 'as zeros' : 'with its saved value'}.` }
}

/** The writes and reads of a variable, where each read is surely before or after each write. */
function inOrderOfRun(graph: Graph, maker: Node, runs: ReadonlySet<Node>): Assigned | undefined {
  const accesses = accessesOf(maker.out()).filter(({ node, kind }) => kind !== 'pass' && runs.has(node))
  const writes = accesses.filter(({ kind }) => kind === 'write').map(({ node }) => node)
  const liveness = new Liveness(graph)
  if (!writes.every(write => isAssignment(write) && liveness.depth(write) === 0)) return undefined
  const before = new Map(writes.map(write => [write, ancestorsOf(write)]))
  writes.sort((a, b) => Number(before.get(a)!.has(b)) - Number(before.get(b)!.has(a)))
  const isOrdered = writes.every((write, i) => writes.slice(0, i).every(earlier => before.get(write)!.has(earlier)))
  if (!isOrdered) return undefined
  const reads = new Map<Node, number>()
  for (const access of accesses.filter(({ kind }) => kind === 'read')) {
    const earlier = writesBefore(access, writes, before)
    if (earlier === undefined) return undefined
    reads.set(access.node, earlier)
  }
  return { maker, writes, reads }
}

/** How many writes come before a read; undefined where that is open, or what is read is not the whole value. */
function writesBefore(
  { node, slot }: Access,
  writes: readonly Node[],
  before: ReadonlyMap<Node, ReadonlySet<Node>>,
): number | undefined {
  const own = ancestorsOf(node)
  const earlier = writes.filter(write => own.has(write))
  const later = writes.filter(write => before.get(write)!.has(node))
  if (earlier.length + later.length < writes.length) return undefined
  const { role } = node
  const isWhole = role?.kind === 'reads' ? role.how === 'value' : node.def?.inputs[slot]?.isRef === false
  return earlier.length > 0 && !isWhole ? undefined : earlier.length
}

function isAssignment({ role }: Node): boolean {
  return role?.kind === 'writes' && (role.how === 'assign' || role.sign !== undefined)
}

function ancestorsOf(start: Node): ReadonlySet<Node> {
  const seen = new Set<Node>([start])
  for (const node of seen) {
    for (const { node: input } of node.inputs) seen.add(input)
    for (const control of node.controls) seen.add(control)
  }
  seen.delete(start)
  return seen
}

/** The nodes that lead to a value by data alone. */
function sourcesOf(start: Value): ReadonlySet<Node> {
  const seen = new Set<Node>([start.node])
  for (const node of seen) for (const { node: input } of node.inputs) seen.add(input)
  return seen
}

/**
 * Whether what is assigned follows from constants and other variables, so that each run assigns the same; or is the
 * variable times such a value: a mask, which a second run applies again.
 */
function isKnown({ maker, writes }: Assigned): boolean {
  const [write] = writes
  if (!write || writes.length > 1 || write.role?.kind !== 'writes' || write.role.how !== 'assign') return false
  const value = write.inputs[1]!
  const sources = sourcesOf(value)
  if ([...sources].some(node => node.is('placeholder', 'random', 'queue', 'dataset', 'python', 'file'))) return false
  const ownFactors = value.node.inputs.filter(factor => sourcesOf(factor).has(maker))
  return !sources.has(maker) || (value.node.op === 'Mul' && ownFactors.length === 1)
}

/** Whether the next value follows from the one before and from an input: state of a recurrent layer, not a counter. */
function isRecurrent({ maker, writes }: Assigned): boolean {
  const sources = sourcesOf(writes.at(-1)!.inputs[1]!)
  return sources.has(maker) && [...sources].some(node => node.is('placeholder'))
}

const variableShape = (maker: Node): readonly number[] | undefined => {
  const sizes = maker.shape('shape')
  return sizes?.every(size => size !== null) ? (sizes as readonly number[]) : undefined
}

function zerosFor(graph: Graph, maker: Node): Value | undefined {
  const sizes = variableShape(maker)
  return sizes && graph.const(splat(maker.type('dtype'), sizes, 0), `${maker.name}/zeros`)
}

function inputFor(graph: Graph, maker: Node): Value {
  const attrs = { dtype: maker.type('dtype'), shape: shapeAttr(maker.shape('shape')) }
  return graph.add('Placeholder', [], attrs, `${maker.name}/before`).out()
}

/** Gives each read the value that it reads, from `start` on, and takes the writes out. Returns the last value. */
function replaceReads(graph: Graph, { maker, writes, reads }: Assigned, start: Value | undefined): Value {
  const values = [start]
  for (const write of writes) values.push(valueAfter(graph, write, values.at(-1), maker))
  for (const [read, earlier] of reads) {
    const value = values[earlier]
    if (value) stand(graph, read, value)
  }
  const after = values.at(-1)!
  for (const write of [...writes].reverse()) {
    if (write.outputs.length === 0) splice(graph, write)
    else stand(graph, write, after)
  }
  return after
}

/** `value` in the place of a node of one output. */
function stand(graph: Graph, node: Node, value: Value): void {
  if (graph.isPublic(node)) takePlace(graph, node, [graph.add('Identity', [value]).out()])
  else bypass(graph, node, value)
}

/** The variable's value after a write. */
function valueAfter(graph: Graph, write: Node, before: Value | undefined, maker: Node): Value {
  const [, given] = write.inputs
  const { role } = write
  if (role?.kind !== 'writes' || role.how === 'assign') return given!
  const from = before ?? graph.add(...readOf(maker)).out()
  return graph.add(role.sign === 1 ? 'AddV2' : 'Sub', [from, given!], {}, `${write.name}/value`).out()
}

/** A read of the variable as it is before the run; of a reference, a copy. */
const readOf = (
  maker: Node,
): [op: string, inputs: Value[], attrs: { dtype?: ReturnType<Node['type']> }, name: string] =>
  maker.out().dtype === 'resource'
    ? ['ReadVariableOp', [maker.out()], { dtype: maker.type('dtype') }, `${maker.name}/Read`]
    : ['Identity', [maker.out()], {}, `${maker.name}/read`]
