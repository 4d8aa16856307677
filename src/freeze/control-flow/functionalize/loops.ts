/**
 * Loops of TensorFlow 1 as While, the reverse of `lower-while.ts`:
 *
 *     init → Enter → Merge → cond … LoopCond               While(init, w) { cond, body }
 *                     ↑ │                │
 *         NextIteration └────→ Switch ←──┘           →
 *                     ↑        1│  0└→ Exit
 *                    body ← w ← Enter (is_constant)
 *
 * A loop that is built in another way stays as it is. Source of how loops are built:
 * tensorflow/python/ops/control_flow_ops.py, WhileContext.
 */
import { standIn } from '../../../graph/edit.ts'
import { type Frame, framesOf } from '../../../graph/frames.ts'
import { type Graph, knownType } from '../../../graph/graph.ts'
import type { Node, Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import { nameFor, outline } from './outline.ts'

/** Writes the loops as functions, inner ones first. Returns the functions' names. */
export function loopsToFunctions(graph: Graph): string[] {
  const made: string[] = []
  for (const enters of loopsOf(graph)) made.push(...raise(graph, enters))
  return made
}

/** The Enter nodes of each loop, inner loops first. */
function loopsOf(graph: Graph): Node[][] {
  const { frames } = framesOf(graph)
  const loops = new Map<Frame, Node[]>()
  for (const [node, frame] of frames) if (node.is('enter')) loops.set(frame, [...(loops.get(frame) ?? []), node])
  return [...loops].sort(([a], [b]) => depthOf(b) - depthOf(a)).map(([, enters]) => enters)
}

const depthOf = ({ parent }: Frame): number => (parent ? depthOf(parent) + 1 : 0)

/** A value that changes from turn to turn. */
interface Variable {
  readonly enter: Node
  readonly merge: Node
  /** Absent where neither the body nor what follows the loop reads it. */
  readonly fork: Node | undefined
  readonly next: Value
}

interface Loop {
  readonly variables: readonly Variable[]
  /** Enter nodes of values that are the same in every turn. */
  readonly constants: readonly Node[]
  readonly condition: Node
}

function raise(graph: Graph, enters: readonly Node[]): string[] {
  const loop = loopOf(enters)
  const types = loop && typesOf(loop)
  if (!loop || !types) return []
  const { variables, constants, condition } = loop
  const name = nameFor(condition)
  const constantAt = constants.map((enter, i) => [enter.out(), variables.length + i] as const)
  const heads = variables.map(({ merge }, i) => [merge.out(), i] as const)
  const inside = variables.flatMap(({ fork }, i) => (fork ? [[fork.out(1), i] as const] : []))
  const isOrdered = (): boolean => true
  const cond = outline(graph, {
    name: `${name}_cond`,
    types,
    stands: new Map([...heads, ...constantAt]),
    results: [condition.input(0)],
    isOrdered,
  })
  const body = outline(graph, {
    name: `${name}_body`,
    types,
    stands: new Map([...heads, ...inside, ...constantAt]),
    results: [...variables.map(({ next }) => next), ...constants.map(enter => enter.out())],
    isOrdered,
  })
  const made = graph.add(
    'While',
    [...variables.map(({ enter }) => enter), ...constants].map(enter => enter.input(0)),
    { cond, body, T: types, parallel_iterations: enters[0]!.int('parallel_iterations') },
    name,
  )
  for (const enter of enters) for (const before of enter.controls) made.addControl(before)
  for (const [i, { fork }] of variables.entries())
    for (const exit of [...(fork?.out(0).uses.keys() ?? [])]) standIn(graph, exit.out(), made.out(i))
  graph.prune()
  return [cond.name, body.name]
}

/** The loop that the Enter nodes of a frame begin; undefined where it is not built as TensorFlow builds one. */
function loopOf(enters: readonly Node[]): Loop | undefined {
  const constants = enters.filter(enter => enter.bool('is_constant'))
  const variables = enters.filter(enter => !constants.includes(enter)).map(variableOf)
  if (!variables.every(variable => variable !== undefined)) return undefined
  const conditions = new Set(variables.flatMap(({ fork }) => fork?.input(1).node ?? []))
  const [condition] = conditions
  const isPlain = conditions.size === 1 && condition!.is('loopCond') && readBySwitchesOnly(condition!)
  return isPlain ? { variables, constants, condition: condition! } : undefined
}

const readBySwitchesOnly = (condition: Node): boolean =>
  [...condition.out().uses.keys()].every(reader => reader.is('switch') && reader.input(0).node.is('merge'))

function variableOf(enter: Node): Variable | undefined {
  const [merge, ...others] = enter.out().uses.keys()
  if (!merge?.is('merge') || others.length > 0 || merge.inputs.length !== 2) return undefined
  const next = merge.inputs.find(value => value.node.is('nextIteration'))
  const forks = [...merge.out().uses.keys()].filter(node => node.is('switch') && node.input(1).node.is('loopCond'))
  const isSimple = next && forks.length <= 1 && merge.outputs.length <= 1
  const exits = [...(forks[0]?.out(0).uses.keys() ?? [])]
  if (!isSimple || !exits.every(node => node.is('exit'))) return undefined
  return { enter, merge, fork: forks[0], next: next.node.input(0) }
}

function typesOf({ variables, constants }: Loop): DType[] | undefined {
  const types = [...variables.map(({ enter }) => enter), ...constants].map(enter => knownType(enter.input(0)))
  return types.every(type => type !== undefined) ? types : undefined
}
