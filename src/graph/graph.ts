/**
 * The graph. Nodes own their outputs (values); an edge is a reference to a
 * value, never a name. Names are labels that stay unique and, where they are
 * public (inputs, outputs), survive every pass: `replace` sees to it.
 */
import { invariant } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { opDef } from '../tensorflow/ops.ts'
import { type Attr, type PlainAttr, plainAttr, type as typeAttr } from './attr.ts'
import { Node, type Value } from './node.ts'

/** A formal input or output: the key a user knows it by, and the value. */
export interface Port {
  readonly key: string
  value: Value
}

/** GraphDef's `versions`: which behaviour of TensorFlow the graph was written for. */
export interface Versions {
  readonly producer: number
  readonly minConsumer: number
  readonly badConsumers: readonly number[]
}

/** A library function. Its arguments are `_Arg` nodes of the body, its results the body's outputs. */
export interface GraphFunction {
  readonly name: string
  readonly body: Graph
  /** FunctionDef's own attributes. */
  readonly attrs: ReadonlyMap<string, Attr>
  readonly isStateful: boolean
}

/** A graph with formal inputs and outputs: the main graph and every function's body are this. */
export class Graph {
  readonly nodes = new Set<Node>()
  readonly inputs: Port[] = []
  readonly outputs: Port[] = []
  /** Nodes that run whenever the function is called, whatever it returns (functions only), by the name of the result. */
  readonly controlOutputs = new Map<string, Node>()
  /** The library: functions that a node may name in an attribute (`f`, `then_branch`, `body`, …). Bodies share it. */
  readonly functions: Map<string, GraphFunction>
  versions: Versions
  readonly #names = new Map<string, Node>()
  readonly #suffixes = new Map<string, number>()

  constructor(
    functions: Map<string, GraphFunction> = new Map(),
    versions: Versions = { producer: 1882, minConsumer: 12, badConsumers: [] },
  ) {
    this.functions = functions
    this.versions = versions
  }

  /**
   * Adds a node. Attributes may be bare values where the op is TensorFlow's own;
   * type, list-of-type and count attributes that are not given follow from the inputs.
   */
  add(op: string, inputs: readonly Value[], attrs: Readonly<Record<string, PlainAttr>> = {}, name = op): Node {
    return this.addNode(op, inputs, completeAttrs(op, inputs, attrs), name)
  }

  /** Adds a node with exactly these attributes. A name that is taken gets a suffix. */
  addNode(op: string, inputs: readonly Value[], attrs: ReadonlyMap<string, Attr>, name: string): Node {
    const node = new Node(this.freshName(name), op, inputs, attrs)
    this.nodes.add(node)
    this.#names.set(node.name, node)
    return node
  }

  const(tensor: Tensor, name = 'Const'): Value {
    const attrs = new Map<string, Attr>([
      ['dtype', typeAttr(tensor.dtype)],
      ['value', { kind: 'tensor', value: tensor }],
    ])
    return this.addNode('Const', [], attrs, name).out()
  }

  /** The node with this name. */
  node(name: string): Node | undefined {
    return this.#names.get(name)
  }

  /** `base`, or `base_1`, `base_2`, … : the first that no node has. TensorFlow's names differ in more than case. */
  freshName(base: string): string {
    if (!this.#names.has(base)) return base
    for (let i = this.#suffixes.get(base) ?? 1; ; i++) {
      const name = `${base}_${i}`
      if (this.#names.has(name)) continue
      this.#suffixes.set(base, i + 1)
      return name
    }
  }

  /** Gives `node` this very name; a node that has it gives way to a suffix. */
  rename(node: Node, name: string): void {
    if (node.name === name) return
    const holder = this.#names.get(name)
    this.#names.delete(node.name)
    this.#names.set(name, node)
    node.name = name
    if (!holder) return
    holder.name = this.freshName(name)
    this.#names.set(holder.name, holder)
  }

  isInput(node: Node): boolean {
    return this.inputs.some(p => p.value.node === node)
  }
  isOutput(node: Node): boolean {
    return this.outputs.some(p => p.value.node === node)
  }
  /** Whether a user may know the node by its name. */
  isPublic(node: Node): boolean {
    return this.isInput(node) || this.isOutput(node)
  }

  /** Why `to` cannot stand in for `from`; undefined when it can. Only public names stand in the way. */
  obstacle(from: Value, to: Value): string | undefined {
    if (!this.outputs.some(p => p.value === from)) return undefined
    if (this.isPublic(to.node)) return `${from.node.name} and ${to.node.name} are both public names`
    if (to.index !== from.index) return `${from} is an output, and ${to} cannot take its name`
    return undefined
  }

  /**
   * Every reader of `from` reads `to` instead, and a public name of `from` moves
   * to `to`. Control edges of `from`'s node go to `to` when that is new, else to
   * the readers: never to a node that ran earlier, which could close a cycle.
   */
  replace(from: Value, to: Value): void {
    invariant(!this.obstacle(from, to), this.obstacle(from, to) ?? '')
    const isNew = to.uses.size === 0 && to.node.controlUses.size === 0 && !this.isPublic(to.node)
    const order = [...from.node.controls].filter(c => c !== to.node)
    for (const reader of [...from.uses.keys()]) {
      if (reader === to.node) continue // `to` wraps `from`
      reader.inputs.forEach((value, slot) => {
        if (value === from) reader.setInput(slot, to)
      })
      if (!isNew) for (const node of order) reader.addControl(node)
    }
    if (isNew) for (const node of order) to.node.addControl(node)
    for (const port of this.outputs) {
      if (port.value !== from) continue
      port.value = to
      this.rename(to.node, from.node.name)
      if (!isNew) for (const node of order) to.node.addControl(node)
    }
  }

  /** Removes a node that nothing reads. */
  remove(node: Node): void {
    for (const output of node.outputs) invariant(!output || output.uses.size === 0, `${node.name} is still read`)
    for (const waiting of [...node.controlUses]) waiting.removeControl(node)
    node.clearControls()
    node.setInputs([])
    this.nodes.delete(node)
    this.#names.delete(node.name)
  }

  /** What must be computed: the outputs, the inputs (a signature keeps its unused ones) and the control outputs. */
  roots(): Node[] {
    return [...this.inputs, ...this.outputs].map(p => p.value.node).concat([...this.controlOutputs.values()])
  }

  /** Removes the nodes that no root needs. Returns how many. */
  prune(): number {
    const live = new Set(inOrder(this.roots()))
    const dead = [...this.nodes].filter(node => !live.has(node))
    for (const node of dead) {
      node.setInputs([])
      node.clearControls()
    }
    for (const node of dead) this.remove(node)
    return dead.length
  }

  /** Drops library functions that no node of this graph reaches, directly or through other functions. Returns how many. */
  pruneFunctions(): number {
    const live = new Set<string>()
    const graphs: Graph[] = [this]
    for (let graph = graphs.pop(); graph; graph = graphs.pop()) {
      for (const node of graph.nodes) {
        for (const name of calledFunctions(node)) {
          const called = this.functions.get(name)
          if (!called || live.has(name)) continue
          live.add(name)
          graphs.push(called.body)
        }
      }
    }
    const dead = [...this.functions.keys()].filter(name => !live.has(name))
    for (const name of dead) this.functions.delete(name)
    return dead.length
  }

  /** A copy; functions are shared unless `functions` says otherwise. */
  clone(functions: Map<string, GraphFunction> = this.functions): Graph {
    const copy = new Graph(functions, this.versions)
    const twin = copy.absorb(this, name => name)
    const port = (p: Port): Port => ({ key: p.key, value: twin.get(p.value.node)!.out(p.value.index) })
    copy.inputs.push(...this.inputs.map(port))
    copy.outputs.push(...this.outputs.map(port))
    for (const [name, node] of this.controlOutputs) copy.controlOutputs.set(name, twin.get(node)!)
    return copy
  }

  /** Adds copies of another graph's nodes, named by `naming`. Returns each node's copy. */
  absorb(other: Graph, naming: (name: string) => string): Map<Node, Node> {
    const twin = new Map<Node, Node>()
    for (const node of other.nodes) {
      const copy = this.addNode(node.op, [], node.attrs, naming(node.name))
      copy.device = node.device
      twin.set(node, copy)
    }
    for (const [node, copy] of twin) {
      for (const value of node.inputs) copy.addInput(twin.get(value.node)!.out(value.index))
      for (const control of node.controls) copy.addControl(twin.get(control)!)
    }
    return twin
  }
}

/** The names of the functions that a node's attributes refer to; a legacy call has the function's name as its op. */
export function* calledFunctions(node: Node): Generator<string> {
  if (!node.def) yield node.op
  for (const attr of node.attrs.values()) {
    if (attr.kind === 'func') yield attr.value.name
    else if (attr.kind === 'list' && attr.of === 'func') for (const f of attr.value) yield f.name
  }
}

/**
 * The roots and everything they need, each node after what it reads and waits
 * for; around a loop (Merge ← NextIteration) in the order of discovery. An
 * explicit stack: real graphs are deeper than the call stack.
 */
export function inOrder(roots: Iterable<Node>): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  for (const root of roots) {
    const stack: { node: Node; needs: Node[]; next: number }[] = []
    const enter = (node: Node): void => {
      if (seen.has(node)) return
      seen.add(node)
      stack.push({ node, needs: [...node.inputs.map(v => v.node), ...node.controls], next: 0 })
    }
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const need = top.needs[top.next++]
      if (need) enter(need)
      else {
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

/** The attributes of a new node: the given ones in the op's kinds, and what follows from the inputs. */
function completeAttrs(
  op: string,
  inputs: readonly Value[],
  given: Readonly<Record<string, PlainAttr>>,
): ReadonlyMap<string, Attr> {
  const def = opDef(op)
  const attrs = new Map<string, Attr>()
  for (const [name, value] of Object.entries(given)) {
    const attrDef = def?.attrs.find(a => a.name === name)
    invariant(attrDef || (typeof value === 'object' && value && 'kind' in value), `${op} has no attribute ${name}`)
    attrs.set(name, attrDef ? plainAttr(attrDef, value) : (value as Attr))
  }
  if (!def) return attrs
  let slot = 0
  for (const [i, arg] of def.inputs.entries()) {
    const known = arg.numberAttr
      ? attrs.get(arg.numberAttr)
      : arg.typeListAttr
        ? attrs.get(arg.typeListAttr)
        : undefined
    const rest = inputs.length - slot - (def.inputs.length - i - 1)
    let count = 1
    if (known?.kind === 'int') count = Number(known.value)
    else if (known?.kind === 'list') count = known.value.length
    else if (arg.numberAttr || arg.typeListAttr) count = rest
    const mine = inputs.slice(slot, slot + count)
    slot += count
    if (arg.numberAttr && !known) attrs.set(arg.numberAttr, { kind: 'int', value: count })
    if (arg.typeListAttr && !known) {
      attrs.set(arg.typeListAttr, { kind: 'list', of: 'type', value: mine.map(v => v.dtype!) })
    }
    const dtype = mine[0]?.dtype
    if (arg.typeAttr && dtype && !attrs.has(arg.typeAttr)) attrs.set(arg.typeAttr, typeAttr(dtype))
  }
  return attrs
}
