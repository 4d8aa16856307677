/**
 * How control flows through a graph of TensorFlow 1's dataflow: the order of nodes, what runs conditionally, in which
 * frame, and what never runs. The outputs of a Switch that are not taken are dead, and so is what reads them, up to a
 * Merge; a loop's nodes run in a frame of their own, from Enter to Exit.
 *
 *     y = cond(p, f(x), g(x))       s = Switch(x, p)   f(s:1)   g(s:0)   y = Merge(g, f)
 *     while c(x): x = f(x)          Enter → Merge → c → LoopCond;  Switch(merge, cond):1 → f → NextIteration → Merge
 */
import type { Node, Value } from './node.ts'

/** The nodes that a node needs: those that it reads, and those that it waits for. */
export const needsOf = (node: Node): Node[] => [...node.inputs.map(value => value.node), ...node.controls]

/** Whether the edge closes a loop of the control flow that TensorFlow 1 wrote: the only cycle a graph may have. */
export const isBackEdge = (from: Node, to: Node): boolean =>
  from.role?.kind === 'nextIteration' && to.role?.kind === 'merge'

/**
 * The roots and everything they need, each node after what it reads and waits
 * for, except a Merge, which stands before the NextIteration that closes its
 * loop. An explicit stack: real graphs are deeper than the call stack.
 */
export function inOrder(roots: Iterable<Node>): Node[] {
  return new Walk(roots).order
}

/** The nodes that no root needs. */
export function unneeded(nodes: Iterable<Node>, roots: Iterable<Node>): Node[] {
  const walk = new Walk(roots)
  return Array.from(nodes).filter(node => !walk.reached(node))
}

/** A node that waits for itself, loops aside; undefined in a graph that can run. */
export function nodeOnACycle(nodes: Iterable<Node>): Node | undefined {
  return new Walk(nodes).onACycle
}

/** The latest mark that a walk left on a node. A walk ends before the next begins, so that one field of a node will do. */
let latestMark = 0

const NONE: readonly Node[] = []

/** A walk from roots to all that they need. Nodes are marked: a set of 100,000 takes longer to ask than the walk. */
class Walk {
  /** The nodes so far, each after what it needs. */
  readonly order: Node[] = []
  /** A node that the walk came back to before it had left it. */
  onACycle: Node | undefined
  /** The mark of a node whose needs are being walked, and of one that is in the order. */
  readonly #entered = ++latestMark
  readonly #left = ++latestMark
  readonly #loopEnds: Node[] = []
  /** The way from the root to here, and for each node on it how many of its needs were walked. */
  readonly #path: Node[] = []
  readonly #walked: number[] = []
  readonly #controls: (readonly Node[])[] = []

  constructor(roots: Iterable<Node>) {
    for (const root of roots) this.#visit(root)
    for (let end = this.#loopEnds.pop(); end; end = this.#loopEnds.pop()) this.#visit(end)
  }

  #visit(root: Node): void {
    this.#enter(root)
    for (let top = this.#path.length - 1; top >= 0; top = this.#path.length - 1) {
      const node = this.#path[top]!
      const i = this.#walked[top]!++
      const need = node.inputs[i]?.node ?? this.#controls[top]![i - node.inputs.length]
      if (!need) this.#leave(node)
      else if (!isBackEdge(need, node)) this.#enter(need)
    }
  }

  #enter(node: Node): void {
    if (node.mark === this.#left) return
    if (node.mark === this.#entered) {
      this.onACycle ??= node
      return
    }
    node.mark = this.#entered
    this.#path.push(node)
    this.#walked.push(0)
    this.#controls.push(node.controls.size === 0 ? NONE : [...node.controls])
    if (node.role?.kind === 'merge') this.#loopEnds.push(...needsOf(node).filter(need => isBackEdge(need, node)))
  }

  #leave(node: Node): void {
    node.mark = this.#left
    this.order.push(node)
    this.#path.pop()
    this.#walked.pop()
    this.#controls.pop()
  }

  /** Until the next walk: whether the walk came to the node. */
  reached(node: Node): boolean {
    return node.mark === this.#left
  }
}

/** Whether a branch or a loop of TensorFlow 1 starts at the node. */
export const startsFlow = ({ role }: Node): boolean => role?.kind === 'switch' || role?.kind === 'enter'

/** Whether any such control flow is among the nodes: then control edges also say in which branch or loop a node is. */
export function hasDataflow({ nodes }: { readonly nodes: Iterable<Node> }): boolean {
  for (const node of nodes) if (startsFlow(node)) return true
  return false
}

/** Whether a value enters a loop once and is the same in every turn. */
export const isLoopConstant = ({ node }: Value): boolean => node.is('enter') && node.bool('is_constant')

/** How many conditionals and loops a node is inside of. A constant that takes its place would run always, and outside. */
export class Liveness {
  readonly #depth = new Map<Node, number>()

  constructor(graph: { readonly nodes: ReadonlySet<Node> }) {
    if (!hasDataflow(graph)) return
    for (const node of inOrder(graph.nodes)) this.#depth.set(node, this.#ofInputs(node))
  }

  /** 0: runs whenever the graph does. Nodes made since count from their inputs. */
  depth(node: Node): number {
    if (this.#depth.size === 0) return 0
    return this.#depth.get(node) ?? this.#ofNew(node)
  }

  #ofNew(node: Node): number {
    for (const made of inOrder([node])) if (!this.#depth.has(made)) this.#depth.set(made, this.#ofInputs(made))
    return this.#depth.get(node)!
  }

  /** From the inputs that are known; the way back into a loop is not, and adds nothing. */
  #ofInputs(node: Node): number {
    let depth = 0
    for (const { node: before } of node.inputs) depth = Math.max(depth, this.#depth.get(before) ?? 0)
    for (const before of node.controls) {
      if (!before.is('trigger')) depth = Math.max(depth, this.#depth.get(before) ?? 0) // that runs also after what is dead
    }
    if (node.is('enter')) return depth + 1
    if (node.is('exit')) return Math.max(0, depth - 1)
    if (node.is('switch')) return isLoopSwitch(node) ? depth : depth + 1
    if (node.is('merge')) return isLoopMerge(node) ? depth : Math.max(0, depth - 1)
    return depth
  }
}

const isLoopSwitch = (node: Node): boolean => node.inputs[1]?.node.is('loopCond') ?? false
const isLoopMerge = (node: Node): boolean => node.inputs.some(value => value.node.is('enter', 'nextIteration'))

/**
 * Nodes that never run: behind a Switch whose condition is known, the outputs that are not taken are dead, and so is
 * what reads them, up to a Merge that lives by another input.
 */
export class DeadNodes {
  readonly #values: Set<Value>
  readonly #nodes = new Set<Node>()

  /** From outputs that are never alive. */
  constructor(values: readonly Value[]) {
    this.#values = new Set(values)
    const stack = values.flatMap(v => [...v.uses.keys()])
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (this.#nodes.has(node) || !this.#mustDie(node)) continue
      this.#nodes.add(node)
      for (const output of node.outputs) stack.push(...(output?.uses.keys() ?? []))
      stack.push(...node.controlUses)
    }
  }

  has(node: Node): boolean {
    return this.#nodes.has(node)
  }
  isDead(value: Value): boolean {
    return this.#values.has(value) || this.#nodes.has(value.node)
  }

  /** A Merge lives while one input does; the way back into a loop does not start it. */
  #mustDie(node: Node): boolean {
    if (node.is('trigger')) return false // runs also after what is dead
    if ([...node.controls].some(c => this.#nodes.has(c))) return true
    if (!node.is('merge')) return true
    return node.inputs.every(v => this.isDead(v) || isBackEdge(v.node, node))
  }
}

/** The outputs of a Switch, each of which is alive when the condition chooses it. */
export function switchOutputs(node: Node): Value[] {
  const count = node.role?.kind === 'switch' && node.role.by === 'index' ? node.int('num_outs') : 2
  return Array.from({ length: count }, (_, i) => node.out(i))
}

/** The output of a Switch that a condition chooses: a bool as 0 and 1; an index out of range is the last. */
export function takenOutput(node: Node, condition: number): number {
  if (node.role?.kind !== 'switch' || node.role.by === 'bool') return condition === 0 ? 0 : 1
  const count = node.int('num_outs')
  return condition >= 0 && condition < count ? condition : count - 1
}

/**
 * The outputs by which a node hands an input on, unchanged or not at all: through an Identity, a branch or a loop.
 * Undefined where it does something with it.
 */
export function handedOn(node: Node, slot: number): Value[] | undefined {
  switch (node.role?.kind) {
    case 'forwards':
      return [node.out(node.role.isMany ? slot : 0)]
    case 'enter':
    case 'exit':
    case 'nextIteration':
    case 'merge':
      return [node.out()]
    case 'switch':
      return slot === 0 ? switchOutputs(node) : undefined
    default:
      return undefined
  }
}

/** The outputs of a reader that are what it reads by an input; undefined where it makes something else of it. */
export type HandsOn = (reader: Node, slot: number) => readonly Value[] | undefined

/** These values, and all that they are handed on as. */
export function handedOnFrom(values: Iterable<Value>, handsOn: HandsOn = handedOn): Set<Value> {
  const found = new Set(values)
  for (const value of found) {
    for (const reader of value.uses.keys())
      for (const [slot, input] of reader.inputs.entries())
        if (input === value) for (const on of handsOn(reader, slot) ?? []) found.add(on)
  }
  return found
}
