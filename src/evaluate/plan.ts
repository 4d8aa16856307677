/**
 * In which order to run a graph. Loops of version 1 (Enter, Merge, NextIteration,
 * Exit) become one step each, whose own steps are repeated, so that what is
 * left has no cycles.
 */

import { FreezeError } from '../errors.ts'
import { needsOf } from '../graph/flow.ts'
import type { Node, Value } from '../graph/node.ts'

/** A loop of version 1: the nodes of one frame, and of the frames within. */
export interface Loop {
  readonly frame: Frame
  readonly enters: Node[]
  /** The Merge nodes that a NextIteration feeds: the loop's variables. */
  readonly variables: Node[]
  readonly exits: Node[]
  condition: Node | undefined
  /** The steps of one iteration. */
  steps: Step[]
}

export type Step = Node | Loop
export const isLoop = (step: Step): step is Loop => 'enters' in step

interface Frame {
  readonly name: string
  readonly depth: number
  readonly parent: Frame | undefined
  readonly children: Map<string, Frame>
}

const newFrame = (name: string, parent?: Frame): Frame => ({
  name,
  parent,
  depth: parent ? parent.depth + 1 : 0,
  children: new Map(),
})

/** Steps, and after each the values that no later one reads. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly releases: readonly (readonly Value[])[]
}

/** The steps that compute `roots`, of whose values `kept` stay to the end. */
export function planOf(roots: readonly Node[], given: ReadonlySet<Node>, kept: readonly Value[]): Plan {
  const steps = stepsOf(roots, given)
  const last = new Map<Value, number>()
  for (const node of given) for (const value of node.outputs) if (value) last.set(value, 0)
  for (const [i, step] of steps.entries()) for (const value of touched(step)) last.set(value, i)
  for (const value of kept) last.delete(value)
  const releases: Value[][] = steps.map(() => [])
  for (const [value, i] of last) releases[i]?.push(value)
  return { steps, releases }
}

/** The values that a step reads, and those that it gives. */
function* touched(step: Step): Generator<Value> {
  if (!isLoop(step)) {
    yield* step.inputs
    for (const value of step.outputs) if (value) yield value
    return
  }
  for (const node of [...step.enters, ...step.variables, ...step.exits]) yield* touched(node)
  for (const inner of step.steps) yield* touched(inner)
}

/**
 * The steps that compute `roots`. Nodes in `given` are sources: what they read
 * is not needed. Throws `invalid-graph` where a value crosses into or out of a
 * loop without an Enter or Exit, as TensorFlow does.
 */
export function stepsOf(roots: readonly Node[], given: ReadonlySet<Node>): Step[] {
  const nodes = needed(roots, given)
  const root = newFrame('')
  const frames = framesOf(nodes, given, root)
  for (const node of nodes) if (!given.has(node)) checkFrames(node, frames)
  return new Planner(nodes, given, frames).stepsIn(root)
}

/** The roots and all that they need, each after what it needs, but for the back edges of loops. */
function needed(roots: readonly Node[], given: ReadonlySet<Node>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; needs: Node[] }[] = []
  const enter = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    stack.push({ node, needs: given.has(node) ? [] : needsOf(node).reverse() })
  }
  for (const root of roots) {
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const need = top.needs.pop()
      if (need) enter(need)
      else order.push(stack.pop()!.node)
    }
  }
  return order
}

/**
 * The frame that each node runs in (of an Exit, the one around it): the deepest
 * of those that its inputs come from. Repeated until nothing changes, as the
 * nodes of a loop lie before what feeds them.
 */
function framesOf(nodes: readonly Node[], given: ReadonlySet<Node>, root: Frame): Map<Node, Frame> {
  const frames = new Map<Node, Frame>()
  for (let changed = true; changed; ) {
    changed = false
    for (const node of nodes) {
      const frame = frameOf(node, given.has(node), frames, root)
      if (!frame || frame === frames.get(node)) continue
      frames.set(node, frame)
      changed = true
    }
  }
  return frames
}

function checkFrames(node: Node, frames: ReadonlyMap<Node, Frame>): void {
  const [first, ...others] = needsOf(node)
  const other = first && others.find(need => frames.get(need) !== frames.get(first))
  if (!other) return
  const where = (need: Node): string => `${need.name} in '${frames.get(need)?.name}'`
  throw new FreezeError('invalid-graph', `the inputs come from different loops: ${where(first)}, ${where(other)}`, {
    node: node.name,
  })
}

function frameOf(node: Node, isGiven: boolean, frames: ReadonlyMap<Node, Frame>, root: Frame): Frame | undefined {
  const needs = isGiven ? [] : needsOf(node)
  if (needs.length === 0) return root
  let deepest: Frame | undefined
  for (const need of needs) {
    const frame = frames.get(need)
    if (frame && (!deepest || frame.depth > deepest.depth)) deepest = frame
  }
  if (!deepest) return undefined
  if (node.is('exit')) return deepest.parent ?? root
  if (!node.is('enter')) return deepest
  const outside = frames.get(node.input(0).node)
  if (!outside) return undefined
  const name = node.str('frame_name')
  const child = outside.children.get(name) ?? newFrame(name, outside)
  outside.children.set(name, child)
  return child
}

class Planner {
  readonly #given: ReadonlySet<Node>
  readonly #frames: ReadonlyMap<Node, Frame>
  readonly #members = new Map<Frame, Node[]>()
  readonly #loops = new Map<Frame, Loop>()

  constructor(nodes: readonly Node[], given: ReadonlySet<Node>, frames: ReadonlyMap<Node, Frame>) {
    this.#given = given
    this.#frames = frames
    for (const node of nodes) this.#place(node)
  }

  /** Puts a node where it runs: an Exit belongs to the loop that it leaves. */
  #place(node: Node): void {
    const frame = this.#frames.get(node)!
    const inner = node.is('exit') && !this.#given.has(node) ? this.#frames.get(node.input(0).node)! : frame
    const members = this.#members.get(inner)
    if (members) members.push(node)
    else this.#members.set(inner, [node])
    if (!inner.parent) return
    const loop = this.#loopOf(inner)
    if (node.is('enter')) loop.enters.push(node)
    if (node.is('exit')) loop.exits.push(node)
    if (node.is('loopCond')) loop.condition = node
    if (node.inputs.some(v => v.node.is('nextIteration'))) loop.variables.push(node)
  }

  #loopOf(frame: Frame): Loop {
    const known = this.#loops.get(frame)
    if (known) return known
    const loop: Loop = { frame, enters: [], variables: [], exits: [], condition: undefined, steps: [] }
    this.#loops.set(frame, loop)
    return loop
  }

  /** The steps of one frame, each after what it needs. */
  stepsIn(frame: Frame): Step[] {
    const members = this.#members.get(frame) ?? []
    const inner = [...frame.children.values()].filter(child => this.#members.has(child)).map(c => this.#loopOf(c))
    for (const loop of inner) loop.steps = this.stepsIn(loop.frame)
    const own = members.filter(node => !(node.is('enter') || node.is('exit')) || !frame.parent || this.#given.has(node))
    const order: Step[] = []
    const seen = new Set<Step>()
    const stack: { step: Step; needs: Step[] }[] = []
    const enter = (step: Step): void => {
      if (seen.has(step)) return
      seen.add(step)
      stack.push({ step, needs: this.#stepNeeds(step, frame) })
    }
    for (const step of [...own, ...inner]) {
      enter(step)
      for (let top = stack.at(-1); top; top = stack.at(-1)) {
        const need = top.needs.pop()
        if (need) enter(need)
        else order.push(stack.pop()!.step)
      }
    }
    return order
  }

  /** The steps of `frame` that a step waits for. */
  #stepNeeds(step: Step, frame: Frame): Step[] {
    const nodes = isLoop(step) ? this.#membersWithin(step.frame) : [step]
    const needs = new Set<Step>()
    for (const node of nodes) {
      if (this.#given.has(node)) continue
      for (const need of needsOf(node)) {
        const at = need.is('nextIteration') ? undefined : this.#stepAt(need, frame)
        if (at && at !== step) needs.add(at)
      }
    }
    return [...needs]
  }

  #membersWithin(frame: Frame): Node[] {
    const found: Node[] = []
    const frames = [frame]
    for (let next = frames.pop(); next; next = frames.pop()) {
      found.push(...(this.#members.get(next) ?? []))
      frames.push(...next.children.values())
    }
    return found
  }

  /** The step of `frame` that gives a node's value; undefined when that is a step further out. */
  #stepAt(node: Node, frame: Frame): Step | undefined {
    let inner =
      node.is('exit') && !this.#given.has(node) ? this.#frames.get(node.input(0).node)! : this.#frames.get(node)!
    if (inner === frame) return node.is('enter') && frame.parent ? undefined : node
    while (inner.parent && inner.parent !== frame) inner = inner.parent
    return inner.parent ? this.#loopOf(inner) : undefined
  }
}
