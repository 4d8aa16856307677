/**
 * Values inside function calls. A frame is a graph that is being run: the main
 * graph, or a function's body together with the call that runs it. Handles are
 * followed from a body, through its arguments, to the node that made them.
 */

import { FreezeError } from '../../errors.ts'
import { CallSite } from '../../graph/calls.ts'
import type { Graph } from '../../graph/graph.ts'
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

/**
 * Where a value comes from: back through Identity, from a function's argument to
 * the caller's input, and from a call's output to the function's result.
 * `alsoThrough` names a further op whose first input is followed.
 */
export function origin(start: Located, alsoThrough?: string): Located {
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

function previous({ value, frame }: Located, alsoThrough: string | undefined): Located | undefined {
  const { node } = value
  const { role } = node
  const isForwarded = role?.kind === 'forwards' || node.op === alsoThrough
  const input = node.inputs[role?.kind === 'forwards' && role.isMany ? value.index : 0]
  if (input && isForwarded) return located(input, frame)
  const given = frame.call && argument({ value, frame })
  if (given) return given
  const { functions } = frame.graph
  const site = CallSite.of(node, functions)
  const body = site?.kind === 'call' ? functions.get(site.bodies[0]!.ref.name)?.body : undefined
  const result = body?.outputs[value.index]
  return body && result && located(result.value, enter(body, { node, frame }))
}

/** The caller's input for a value that is an argument of its function. */
function argument({ value, frame }: Located): Located | undefined {
  const index = argumentIndex(frame.graph).get(value)
  if (index === undefined || !frame.call) return undefined
  const { node, frame: outer } = frame.call
  const input = CallSite.of(node, outer.graph.functions)?.arguments[index]
  return input && located(input, outer)
}

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
