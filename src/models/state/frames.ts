/**
 * Values inside function calls. A frame is a graph that is being run: the main
 * graph, or a function's body together with the call that runs it. Handles are
 * followed from a body, through its arguments, to the node that made them.
 */
import { FreezeError } from '../../errors.ts'
import type { Graph, GraphFunction } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { MAX_DEPTH } from '../../limits.ts'

/** A graph being run. The main graph's frame has no call. */
export interface Frame {
  readonly graph: Graph
  /** How many calls lie between this frame and the main graph. */
  readonly depth: number
  readonly call?: LocatedNode
}

export interface LocatedNode {
  readonly node: Node
  readonly frame: Frame
}

export interface Located {
  readonly value: Value
  readonly frame: Frame
}

export const mainFrame = (graph: Graph): Frame => ({ graph, depth: 0 })
export const located = (value: Value, frame: Frame): Located => ({ value, frame })

/** The names of the calls from the main graph inwards and of the node: `call/inner/node`. */
export function pathOf({ node, frame }: LocatedNode): string {
  const names = [node.name]
  for (let call = frame.call; call; call = call.frame.call) names.push(call.node.name)
  return names.reverse().join('/')
}

/** Calls whose inputs are the function's arguments and whose outputs are its results, one to one. */
const CALLS: ReadonlySet<string> = new Set([
  'PartitionedCall',
  'StatefulPartitionedCall',
  'TPUPartitionedCall',
  'BatchFunction',
])

/** The function that a node calls unconditionally; undefined for every other node. A legacy call has the function's name as its op. */
export function calledFunction(node: Node, graph: Graph): GraphFunction | undefined {
  if (CALLS.has(node.op)) return graph.functions.get(node.func('f').name)
  return node.def ? undefined : graph.functions.get(node.op)
}

/** The frame of `body` run by `call`. Throws `invalid-graph` where functions call each other without end. */
export function enter(body: Graph, call: LocatedNode): Frame {
  const depth = call.frame.depth + 1
  if (depth > MAX_DEPTH) {
    throw new FreezeError('invalid-graph', `functions call each other ${MAX_DEPTH} levels deep`, {
      node: call.node.name,
      hint: 'The model is recursive or damaged: export it again.',
    })
  }
  return { graph: body, depth, call }
}

/** Ops whose first output is their first input. */
const FORWARDS: ReadonlySet<string> = new Set([
  'Identity',
  'RefIdentity',
  'StopGradient',
  'PreventGradient',
  'Snapshot',
])

/**
 * Where a value comes from: back through Identity, from a function's argument to
 * the caller's input, and from a call's output to the function's result.
 * `alsoThrough` names further ops whose first input is followed.
 */
export function origin(start: Located, alsoThrough: ReadonlySet<string> = new Set()): Located {
  let at = start
  for (const seen = new Set<Value>(); ; ) {
    const next = previous(at, alsoThrough)
    if (!next) return at
    if (next.frame !== at.frame) seen.clear()
    else if (seen.has(next.value)) return at // Identity nodes in a circle: TensorFlow would refuse them
    seen.add(next.value)
    at = next
  }
}

function previous({ value, frame }: Located, alsoThrough: ReadonlySet<string>): Located | undefined {
  const { node } = value
  const slot = node.op === 'IdentityN' ? value.index : 0
  const input = node.inputs[slot]
  if (input && (node.op === 'IdentityN' || FORWARDS.has(node.op) || alsoThrough.has(node.op))) {
    return located(input, frame)
  }
  const given = frame.call && argument({ value, frame })
  if (given) return given
  const body = calledFunction(node, frame.graph)?.body
  const result = body?.outputs[value.index]
  return body && result && located(result.value, enter(body, { node, frame }))
}

/** The caller's input for a value that is an argument of its function. */
function argument({ value, frame }: Located): Located | undefined {
  const index = argumentIndex(frame.graph).get(value)
  if (index === undefined || !frame.call) return undefined
  const { node } = frame.call
  const input = node.inputs[CHOOSES.has(node.op) ? index + 1 : index]
  return input && located(input, frame.call.frame)
}

/** Ops whose first input chooses the function, and is none of its arguments. */
const CHOOSES: ReadonlySet<string> = new Set(['If', 'StatelessIf', 'Case', 'StatelessCase'])

const indices = new WeakMap<Graph, ReadonlyMap<Value, number>>()

/** The position of each argument of a body, remembered: a restore function has thousands. */
function argumentIndex(body: Graph): ReadonlyMap<Value, number> {
  let index = indices.get(body)
  if (!index) {
    index = new Map(body.inputs.map((port, i) => [port.value, i]))
    indices.set(body, index)
  }
  return index
}
