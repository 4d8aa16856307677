/**
 * The graph. Nodes own their outputs (values); an edge is a reference to a
 * value, never a name. Names are labels that stay unique and, where they are
 * public (inputs, outputs), survive every pass: `replace` sees to it.
 */
import { invariant, isFreezeError } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { opDef } from '../tensorflow/ops.ts'
import { type Attr, type PlainAttr, plainAttr, type as typeAttr } from './attr.ts'
import { unneeded } from './flow.ts'
import { Node, type Value } from './node.ts'

/** A formal input or output: the key a user knows it by, and the value. */
export interface Port {
  readonly key: string
  value: Value
  /** The declared type, where the node does not tell it: a custom op's result, or `$T` in a function with parameters. */
  readonly type?: Attr
}

/** GraphDef's `versions`: which behaviour of TensorFlow the graph was written for. */
export interface Versions {
  readonly producer: number
  readonly minConsumer: number
  readonly badConsumers: readonly number[]
}

/** The versions of a graph that is made here, not read. */
export const TODAYS_VERSIONS: Versions = { producer: 1882, minConsumer: 12, badConsumers: [] }

/**
 * A library function. Its arguments are `_Arg` nodes of the body (with the
 * argument's own attributes), its results the body's outputs. Of one that a file
 * holds all but the name is read when it is first asked for, and what is wrong with
 * it thrown then: `corrupt` or `invalid-graph`.
 */
export interface GraphFunction {
  readonly name: string
  readonly body: Graph
  /** FunctionDef's own attributes. */
  readonly attrs: ReadonlyMap<string, Attr>
  readonly isStateful: boolean
  /** The signature's attributes: what a body calls `$T`. Only hand-made functions of TensorFlow 1 have any. */
  readonly parameters?: readonly Parameter[] | undefined
}

/** An attribute that a call of a function gives: `T: type`. */
export interface Parameter {
  readonly name: string
  readonly type: string
  readonly default?: Attr
}

/**
 * A graph with formal inputs and outputs: the main graph and every function's body are this.
 *
 * @example
 * ```ts
 * import { Graph, print, vector } from 'tfreeze/graph'
 *
 * const graph = new Graph()
 * const x = graph.add('Placeholder', [], { dtype: 'float32', shape: [2] }, 'x').out()
 * const y = graph.add('Mul', [x, graph.const(vector('float32', [1, 2]), 'scale')], {}, 'y').out()
 * graph.inputs.push({ key: 'x', value: x })
 * graph.outputs.push({ key: 'y', value: y })
 * console.log(print(graph).split('\n')[2]) // y = Mul(x, scale)
 * ```
 */
export class Graph {
  readonly nodes = new Set<Node>()
  readonly inputs: Port[] = []
  readonly outputs: Port[] = []
  /** Nodes that stay though no output needs them: second names of outputs. */
  readonly kept = new Set<Node>()
  /** Nodes that run whenever the function is called, whatever it returns (functions only), by the name of the result. */
  readonly controlOutputs = new Map<string, Node>()
  /** The library: functions that a node may name in an attribute (`f`, `then_branch`, `body`, …). Bodies share it. */
  readonly functions: Map<string, GraphFunction>
  versions: Versions
  readonly #names = new Map<string, Node>()
  readonly #suffixes = new Map<string, number>()

  constructor(functions: Map<string, GraphFunction> = new Map(), versions = TODAYS_VERSIONS) {
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
    return this.isInput(node) || this.isOutput(node) || this.kept.has(node)
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
    for (const output of node.outputs) if (output?.uses.size) invariant(false, `${node.name} is still read`)
    for (const waiting of [...node.controlUses]) waiting.removeControl(node)
    node.clearControls()
    node.setInputs([])
    this.nodes.delete(node)
    this.#names.delete(node.name)
  }

  /** This graph, and the bodies of its functions. */
  withBodies(): Graph[] {
    return [this, ...[...this.functions.values()].map(f => f.body)]
  }

  /** The nodes that must be computed: the outputs, the inputs (a signature keeps its unused ones) and the control outputs. */
  roots(): Node[] {
    return [...this.inputs, ...this.outputs]
      .map(p => p.value.node)
      .concat([...this.controlOutputs.values(), ...this.kept])
  }

  /** Removes the nodes that no root needs. Returns how many. */
  prune(): number {
    const dead = unneeded(this.nodes, this.roots())
    for (const node of dead) {
      node.setInputs([])
      node.clearControls()
    }
    for (const node of dead) this.remove(node)
    return dead.length
  }

  /** The library functions that the nodes of this graph reach, directly or through other functions. */
  reachedFunctions(): ReadonlySet<string> {
    const reached = new Set<string>()
    const graphs: Graph[] = this.functions.size > 0 ? [this] : []
    for (let graph = graphs.pop(); graph; graph = graphs.pop()) {
      for (const node of graph.nodes) {
        for (const name of calledFunctions(node)) {
          const called = this.functions.get(name)
          if (!called || reached.has(name)) continue
          reached.add(name)
          graphs.push(called.body)
        }
      }
    }
    return reached
  }

  /** Drops the library functions that no node of this graph reaches. Returns how many. */
  pruneFunctions(): number {
    const reached = this.reachedFunctions()
    const dead = [...this.functions.keys()].filter(name => !reached.has(name))
    for (const name of dead) this.functions.delete(name)
    return dead.length
  }

  /** A copy; functions are shared unless `functions` says otherwise. */
  clone(functions: Map<string, GraphFunction> = this.functions): Graph {
    const copy = new Graph(functions, this.versions)
    const twin = copy.absorb(this, name => name)
    const port = (p: Port): Port => ({ ...p, value: twin.get(p.value.node)!.out(p.value.index) })
    copy.inputs.push(...this.inputs.map(port))
    copy.outputs.push(...this.outputs.map(port))
    for (const [name, node] of this.controlOutputs) copy.controlOutputs.set(name, twin.get(node)!)
    for (const node of this.kept) copy.kept.add(twin.get(node)!)
    return copy
  }

  /** A copy down to the bodies of functions. */
  deepClone(): Graph {
    const functions = new Map<string, GraphFunction>()
    for (const [name, f] of this.functions) functions.set(name, { ...f, body: f.body.clone(functions) })
    return this.clone(functions)
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
      copy.setInputs(node.inputs.map(value => twin.get(value.node)!.out(value.index)))
      for (const control of node.controls) copy.addControl(twin.get(control)!)
    }
    return twin
  }
}

/** The names of the functions that a node's attributes refer to; a legacy call has the function's name as its op. */
export function calledFunctions(node: Node): readonly string[] {
  let called = node.def ? NO_NAMES : [node.op]
  for (const attr of node.attrs.values()) {
    if (attr.kind === 'func') called = [...called, attr.value.name]
    else if (attr.kind === 'list' && attr.of === 'func') called = [...called, ...attr.value.map(f => f.name)]
  }
  return called
}

const NO_NAMES: readonly string[] = []

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
  return new Map([...attrs, ...derivedAttrs(op, inputs, attrs)])
}

/**
 * The type, list-of-type and count attributes that `given` leaves out and that
 * follow from the inputs. Where an input's type is not known, nothing follows.
 */
export function derivedAttrs(
  op: string,
  inputs: readonly Value[],
  given: ReadonlyMap<string, Attr>,
): ReadonlyMap<string, Attr> {
  const derived = new Map<string, Attr>()
  const known = (name: string | undefined): Attr | undefined =>
    name === undefined ? undefined : (given.get(name) ?? derived.get(name))
  const args = opDef(op)?.inputs ?? []
  let slot = 0
  for (const [i, arg] of args.entries()) {
    const counted = known(arg.numberAttr ?? arg.typeListAttr)
    let count = 1
    if (counted?.kind === 'int') count = Number(counted.value)
    else if (counted?.kind === 'list') count = counted.value.length
    else if (arg.numberAttr || arg.typeListAttr) count = Math.max(0, inputs.length - slot - (args.length - i - 1))
    const types = inputs.slice(slot, slot + count).map(knownType)
    slot += count
    if (arg.numberAttr && !counted) derived.set(arg.numberAttr, { kind: 'int', value: count })
    if (arg.typeListAttr && !counted && types.every(t => t !== undefined)) {
      derived.set(arg.typeListAttr, { kind: 'list', of: 'type', value: types })
    }
    const dtype = types.find(t => t !== undefined)
    if (arg.typeAttr && dtype && !known(arg.typeAttr)) derived.set(arg.typeAttr, typeAttr(dtype))
  }
  return derived
}

/** A value's type; undefined where its node is a custom op or does not say (a parameter, a broken file). */
export function knownType(value: Value): DType | undefined {
  try {
    return value.dtype
  } catch (e) {
    if (isFreezeError(e, 'invalid-graph')) return undefined
    throw e
  }
}
