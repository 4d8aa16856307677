/**
 * Applies rules until none matches. A rule says what stands in for a node; the
 * engine moves readers, names and control edges, and removes what is dead.
 *
 * Work is proportional to the graph: rules are indexed by the op of their root,
 * and after a change only the nodes that could see it are looked at again: the
 * new ones, and the readers as far down as the deepest pattern looks up.
 */
import { invariant } from '../errors.ts'
import type { Facts } from '../facts/facts.ts'
import { inOrder, Liveness } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { type Node, newestSerial, type Value } from '../graph/node.ts'
import type { Rule, RuleContext } from './rule.ts'

/** A rule did its work at the node of this name. */
export interface Applied {
  readonly rule: string
  readonly at: string
  /** The library function whose body it was in. */
  readonly inFunction?: string
}
/** A rule came close at the node of this name, and why it was not applied: a sentence without its full stop. */
export interface Declined extends Applied {
  readonly reason: string
}
/** The effect of a set of rules on a graph. */
export interface RewriteReport {
  readonly applied: readonly Applied[]
  /** Each rule and node once, as of the last attempt; at most `MAX_DECLINED` of a rule. */
  readonly declined: readonly Declined[]
}

/** Reasons kept of each rule: more than anybody reads, and no more memory on a graph of a million nodes. */
const MAX_DECLINED = 1000
/** Applications for each node of the graph before the rules are taken to undo each other. */
const MAX_PER_NODE = 8

/** Rewrites one graph (the main one or a function's body) in place. */
export function rewrite(graph: Graph, rules: readonly Rule[], facts: Facts): RewriteReport {
  return new Engine(graph, rules, facts).run()
}

class Engine {
  readonly #graph: Graph
  readonly #context: RuleContext
  readonly #liveness: Liveness
  readonly #byOp = new Map<string, readonly Rule[]>()
  readonly #rules: readonly Rule[]
  readonly #reach: number
  /** The newest node before the current attempt: what is newer was made by the rule that is tried. */
  #newest = 0
  readonly #queue: Node[]
  readonly #queued: Set<Node>
  /** The node whose name a node made by `like` takes over, once that is gone. */
  readonly #predecessor = new Map<Node, Node>()
  /** The nodes that have such a successor: it waits for what they waited for. */
  readonly #succeeded = new WeakSet<Node>()
  readonly #applied: Applied[] = []
  readonly #declined = new Map<string, Map<Node, string>>()

  constructor(graph: Graph, rules: readonly Rule[], facts: Facts) {
    this.#graph = graph
    this.#rules = rules
    this.#reach = Math.max(1, ...rules.map(r => r.depth))
    this.#liveness = new Liveness(graph)
    this.#queue = this.#hasRoots() ? inOrder(graph.nodes).filter(node => this.#rulesFor(node.op).length > 0) : []
    this.#queued = new Set(this.#queue)
    this.#context = { graph, facts, like: (node, inputs, attrs) => this.#like(node, inputs, attrs) }
  }

  run(): RewriteReport {
    const limit = MAX_PER_NODE * this.#graph.nodes.size + 100
    for (let next = 0; next < this.#queue.length; next++) {
      const node = this.#queue[next]!
      this.#queued.delete(node)
      this.#visit(node)
      if (this.#applied.length > limit) invariant(false, this.#pingPong())
    }
    return { applied: this.#applied, declined: [...this.#declinedInOrder()] }
  }

  #hasRoots(): boolean {
    for (const node of this.#graph.nodes) if (this.#rulesFor(node.op).length > 0) return true
    return false
  }

  #rulesFor(op: string): readonly Rule[] {
    let rules = this.#byOp.get(op)
    if (!rules) {
      rules = this.#rules.filter(r => r.ops.includes(op) || r.ops.includes('*'))
      this.#byOp.set(op, rules)
    }
    return rules
  }

  /** Tries the rules of a node's op, in order, until one is applied. */
  #visit(node: Node): void {
    if (!this.#graph.nodes.has(node) || this.#isDead(node)) return
    for (const rule of this.#rulesFor(node.op)) {
      const at = node.name
      this.#newest = newestSerial()
      const result = rule.attempt(node, this.#context)
      if (result === undefined) {
        this.#declined.get(rule.name)?.delete(node)
        continue
      }
      const reason = typeof result === 'string' ? result : this.#install(node, 'node' in result ? [result] : result)
      if (reason === undefined) {
        this.#declined.get(rule.name)?.delete(node)
        this.#applied.push({ rule: rule.name, at })
        return
      }
      this.#decline(rule, node, reason)
    }
  }

  /** Puts the replacements in the place of the root's outputs; or takes them back and says why. */
  #install(root: Node, replacements: readonly (Value | undefined)[]): string | undefined {
    const made = this.#newNodes(replacements)
    const pairs = replacements.flatMap((to, i) => (to && root.outputs[i] ? [{ from: root.out(i), to }] : []))
    for (const { from, to } of pairs) invariant(from !== to, `a rule puts ${from} in the place of itself`)
    const sources = this.#unanchored(root, made)
    const reason =
      (this.#changesNothing(root) ? `nothing reads ${root.name}, and its name is public` : undefined) ??
      this.#sharedName(pairs) ??
      (sources.length > 0 && this.#anchors(root).length === 0 ? alwaysRuns(root) : undefined) ??
      pairs.map(({ from, to }) => this.#obstacle(from, to, made)).find(r => r !== undefined)
    if (reason !== undefined) {
      for (const node of made.reverse()) this.#takeBack(node)
      return reason
    }
    for (const source of sources) for (const anchor of this.#anchors(root)) source.addControl(anchor)
    const readers = new Set(pairs.flatMap(({ from }) => [...from.uses.keys()]))
    const isPublic = this.#graph.isPublic(root)
    for (const { from, to } of pairs) this.#stand(from, to, made)
    this.#sweep(root, pairs[0]?.to, made, readers)
    this.#rename(root, isPublic ? undefined : pairs[0]?.to.node, made)
    this.#requeue([...made, ...readers])
    return undefined
  }

  /** Why a node cannot take the name of a second output: a public name moves once. */
  #sharedName(pairs: readonly { readonly from: Value; readonly to: Value }[]): string | undefined {
    const named = pairs.filter(({ from }) => this.#graph.outputs.some(port => port.value === from))
    const shared = named.find(({ to }, i) => named.slice(0, i).some(other => other.to.node === to.node))
    return shared && `${shared.from.node.name} has several outputs that are public`
  }

  /**
   * Whether a replacement would leave the graph as it is, and the rule to match again: nothing takes the root's place,
   * as nothing reads it or waits for it, and the root stays, as a second name of an output.
   */
  #changesNothing(root: Node): boolean {
    if (!this.#graph.isPublic(root) || root.controlUses.size > 0) return false
    const isRead = (value: Value | undefined): boolean =>
      value !== undefined && (value.uses.size > 0 || this.#graph.outputs.some(port => port.value === value))
    return !root.outputs.some(isRead)
  }

  /** The nodes that a rule has made for these values, each after its inputs. */
  #newNodes(values: readonly (Value | undefined)[]): Node[] {
    const made: Node[] = []
    const seen = new Set<Node>()
    const enter = (node: Node): void => {
      if (node.serial <= this.#newest || seen.has(node)) return
      seen.add(node)
      for (const value of node.inputs) enter(value.node) // as deep as a replacement is, a handful of nodes
      made.push(node)
    }
    for (const value of values) if (value) enter(value.node)
    return made
  }

  /** Why `to` cannot stand in for `from`. */
  #obstacle(from: Value, to: Value, made: readonly Node[]): string | undefined {
    const isNew = made.includes(to.node)
    const { controls, controlUses } = from.node
    if (to.node.is('switch') && (controlUses.size > 0 || [...from.uses.keys()].some(reader => reader.is('merge')))) {
      return `other nodes wait for ${from.node.name}, and its replacement is an output of a Switch`
    }
    const twice = to.node.is('switch') && [...from.uses].find(([reader, count]) => count > 1 || to.uses.has(reader))
    if (twice) return `${twice[0].name} would read ${to} twice`
    if (!isNew && controls.size > 0 && [...from.uses.keys()].some(reader => reader.is('merge'))) {
      return `${from} waits for ${[...controls].map(c => c.name).join(', ')}, and a Merge reads it`
    }
    if (isNew && this.#isLessConditional(from.node, to.node) && this.#anchors(from.node).length === 0) {
      return alwaysRuns(from.node)
    }
    if (!isNew && controls.size > 0 && this.#graph.outputs.some(p => p.value === from)) {
      return `${from} is an output and waits for ${[...controls].map(c => c.name).join(', ')}`
    }
    // It would stay for its name, and be computed beside what takes its place.
    if (!isNew && this.#graph.kept.has(from.node)) return `${from.node.name} is a public name`
    return this.#graph.obstacle(from, to)
  }

  #isLessConditional(from: Node, to: Node): boolean {
    return this.#liveness.depth(to) < this.#liveness.depth(from)
  }

  /** Constants made in a conditional or a loop: they must wait for something there, or TensorFlow runs them outside it. */
  #unanchored(root: Node, made: readonly Node[]): Node[] {
    if (this.#liveness.depth(root) === 0) return []
    return made.filter(node => node.inputs.length === 0 && node.controls.size === 0)
  }

  /** Nodes that run exactly when `node` does, for a replacement to wait for; none where only a Switch is at hand. */
  #anchors(node: Node): Node[] {
    const before = [...node.inputs.map(v => v.node), ...node.controls]
    const depth = this.#liveness.depth(node)
    return before
      .flatMap(n => (n.op === 'Const' ? [...n.controls] : [n]))
      .filter(n => !n.is('switch') && this.#liveness.depth(n) === depth)
      .slice(0, 1)
  }

  /** Readers, names and control edges go from `from` to `to`. */
  #stand(from: Value, to: Value, made: readonly Node[]): void {
    const isNew = made.includes(to.node)
    if (isNew && this.#isLessConditional(from.node, to.node)) {
      for (const anchor of this.#anchors(from.node)) to.node.addControl(anchor)
    }
    this.#graph.replace(from, to)
    if (from.index > 0) return
    const orders = to.node.op !== 'Const' || to.node.controls.size > 0
    for (const waiting of [...from.node.controlUses]) {
      if (waiting === to.node) continue
      waiting.removeControl(from.node)
      if (orders) waiting.addControl(to.node)
      if (!isNew) for (const control of from.node.controls) waiting.addControl(control)
    }
  }

  /** Removes what nobody needs any more, from the root upwards; what it waited for is waited for by the replacement. */
  #sweep(root: Node, to: Value | undefined, made: readonly Node[], readers: ReadonlySet<Node>): void {
    const dead = [root]
    const depth = this.#liveness.depth(root)
    for (let node = dead.pop(); node; node = dead.pop()) {
      if (!this.#graph.nodes.has(node) || !this.#isDead(node)) continue
      const inputs = new Set(node.inputs)
      const controls = [...node.controls]
      this.#graph.remove(node)
      if (node !== root && !this.#succeeded.has(node)) {
        // A wait in a branch that a Merge ends does not order what comes after the Merge.
        const outside = controls.filter(control => this.#liveness.depth(control) <= depth)
        this.#keepOrder(outside, to, made, readers)
      }
      for (const value of inputs) {
        dead.push(value.node)
        if (value.uses.size === 1) this.#requeue(value.uses.keys()) // `once` may hold of it now
      }
      dead.push(...controls)
    }
  }

  /** An inner node that goes had these run before it: they still run before what took its place. */
  #keepOrder(controls: readonly Node[], to: Value | undefined, made: readonly Node[], readers: Iterable<Node>): void {
    const waiting = to && made.includes(to.node) ? [to.node] : readers
    for (const control of controls) for (const node of waiting) if (node !== control) node.addControl(control)
  }

  #isDead(node: Node): boolean {
    if (node.controlUses.size > 0 || node.outputs.some(value => value && value.uses.size > 0)) return false
    if (this.#graph.isPublic(node)) return false
    for (const output of this.#graph.controlOutputs.values()) if (output === node) return false
    return true
  }

  /** New nodes take over the names of those that went: the one in the root's place the root's, unless it has another. */
  #rename(root: Node, standIn: Node | undefined, made: readonly Node[]): void {
    for (const node of made) {
      const before = this.#predecessor.get(node)
      this.#predecessor.delete(node)
      if (before && !this.#graph.nodes.has(before) && !this.#graph.isPublic(node)) this.#graph.rename(node, before.name)
      else if (node === standIn && !this.#graph.nodes.has(root)) this.#graph.rename(node, root.name)
    }
  }

  /** Looks again at these nodes and at what reads them, as far down as a pattern can see them from. */
  #requeue(nodes: Iterable<Node>): void {
    const seen = new Set(nodes)
    let level = [...seen]
    for (let distance = 0; level.length > 0; distance++) {
      for (const node of level) this.#enqueue(node)
      if (distance === this.#reach) return
      const below: Node[] = []
      for (const value of level.flatMap(node => node.outputs)) {
        for (const reader of value?.uses.keys() ?? []) {
          if (seen.has(reader)) continue
          seen.add(reader)
          below.push(reader)
        }
      }
      level = below
    }
  }

  #enqueue(node: Node): void {
    if (this.#queued.has(node) || !this.#graph.nodes.has(node) || this.#rulesFor(node.op).length === 0) return
    this.#queued.add(node)
    this.#queue.push(node)
  }

  #like(node: Node, inputs: readonly Value[], attrs: Parameters<RuleContext['like']>[2]): Node {
    const all = new Map([...node.attrs, ...Object.entries(attrs ?? {})])
    const made = this.#graph.addNode(node.op, inputs, all, node.name)
    made.device = node.device
    for (const control of node.controls) made.addControl(control)
    this.#succeeded.add(node)
    this.#predecessor.set(made, node)
    return made
  }

  /** Removes what a rule made and could not be used; the node that it stood in for is again as it was. */
  #takeBack(node: Node): void {
    const predecessor = this.#predecessor.get(node)
    if (predecessor) this.#succeeded.delete(predecessor)
    this.#predecessor.delete(node)
    this.#graph.remove(node)
  }

  #decline(rule: Rule, node: Node, reason: string): void {
    let reasons = this.#declined.get(rule.name)
    if (!reasons) this.#declined.set(rule.name, (reasons = new Map()))
    if (reasons.size < MAX_DECLINED || reasons.has(node)) reasons.set(node, reason)
  }

  /** Only of nodes that are still there. */
  *#declinedInOrder(): Generator<Declined> {
    for (const [rule, reasons] of this.#declined) {
      for (const [node, reason] of reasons) if (this.#graph.nodes.has(node)) yield { rule, at: node.name, reason }
    }
  }

  #pingPong(): string {
    const names = [...new Set(this.#applied.slice(-20).map(a => a.rule))].sort()
    return `the rules ${names.join(' and ')} undo each other at ${this.#applied.at(-1)?.at}`
  }
}

const alwaysRuns = (node: Node): string =>
  `${node.name} runs in a conditional or a loop, but its replacement would always run`
