/** Nodes and values: the parts of a graph. Edges are object references; names are labels. */
import { FreezeError, invariant } from '../errors.ts'
import { MAX_LIST_TENSORS } from '../limits.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { type ArgDef, type OpDef, opDef } from '../tensorflow/ops.ts'
import { type Role, roleOf } from '../tensorflow/roles.ts'
import { type Attr, type AttrKind, defaultAttr, type FuncRef, type Kinds, type PartialShape } from './attr.ts'
import { Uses } from './uses.ts'

/** One output of one node. Compared by identity. */
export class Value {
  readonly node: Node
  readonly index: number
  /** The nodes that read it, each with how many of its inputs do. */
  readonly uses = new Uses<Node>()

  constructor(node: Node, index: number) {
    this.node = node
    this.index = index
  }

  /** The constant, when the producer is a Const. */
  get tensor(): Tensor | undefined {
    return this.node.op === 'Const' ? this.node.tensor('value') : undefined
  }

  /** Its type; undefined when the op is not TensorFlow's own. */
  get dtype(): DType | undefined {
    return this.node.outputTypes?.[this.index]
  }

  /** As GraphDef writes it: `name`, or `name:1`. */
  toString(): string {
    return this.index === 0 ? this.node.name : `${this.node.name}:${this.index}`
  }
}

/** Most nodes have no control edges: they share this one, and a graph of a million nodes is half as large. */
const NONE: ReadonlySet<Node> = new Set()
const NO_VALUES: Value[] = []
let latestSerial = 0

/** @internal The number of the node that was made last. */
export const newestSerial = (): number => latestSerial

/** A copy that takes no more memory than its values: an array that grew has room for sixteen more. */
const exact = (values: readonly Value[]): Value[] => (values.length === 0 ? NO_VALUES : values.slice())

/** An operation. Made by `Graph.add`. */
export class Node {
  /** Unique in its graph. Changed by `Graph.rename` only. */
  name: string
  readonly op: string
  /** The definition in TensorFlow's registry; undefined for a custom op. */
  readonly def: OpDef | undefined
  /** The role of the op; undefined for a plain computation and for a custom op. */
  readonly role: Role | undefined
  device = ''
  /** @internal Later nodes have larger numbers. */
  readonly serial = ++latestSerial
  /** @internal What the latest walk through the graph left here; see `flow.ts`. */
  mark = 0
  /** Shared with copies of the node until one of them changes it. */
  #attrs: ReadonlyMap<string, Attr>
  #inputs: Value[]
  #outputs: Value[] = NO_VALUES
  #controls: Set<Node> | undefined
  #controlUses: Set<Node> | undefined
  #outputTypes: readonly DType[] | undefined

  constructor(name: string, op: string, inputs: readonly Value[], attrs: ReadonlyMap<string, Attr>) {
    this.name = name
    this.op = op
    this.#attrs = attrs
    this.def = opDef(op)
    this.role = this.def && roleOf(op)
    this.#inputs = exact(inputs)
    for (const value of inputs) value.uses.add(this)
  }

  get inputs(): readonly Value[] {
    return this.#inputs
  }
  /** Input `slot`. Throws `invalid-graph` where there is none, which only the verifier rules out. */
  input(slot: number): Value {
    const value = this.#inputs[slot]
    if (value) return value
    throw new FreezeError('invalid-graph', `this ${this.op} has ${this.#inputs.length} inputs, too few`, {
      node: this.name,
      hint: 'The graph is damaged: export it again.',
    })
  }
  /** Nodes that must run before this one although no data flows (`^name` in GraphDef). */
  get controls(): ReadonlySet<Node> {
    return this.#controls ?? NONE
  }
  /** Nodes that wait for this one by a control edge. */
  get controlUses(): ReadonlySet<Node> {
    return this.#controlUses ?? NONE
  }
  /** The outputs that were ever asked for; holes where not. */
  get outputs(): readonly (Value | undefined)[] {
    return this.#outputs
  }
  /** Whether the op's role is of one of these kinds. */
  is(...kinds: readonly Role['kind'][]): boolean {
    const { role } = this
    return role !== undefined && kinds.includes(role.kind)
  }

  /** Output `index`; outputs come into being when first asked for. */
  out(index = 0): Value {
    const made = this.#outputs[index]
    if (made) return made
    const value = new Value(this, index)
    if (this.#outputs === NO_VALUES) this.#outputs = index === 0 ? [value] : []
    this.#outputs[index] = value
    return value
  }

  /** Makes input `slot` read `value` instead. */
  setInput(slot: number, value: Value): void {
    const before = this.#inputs[slot]
    invariant(before, `${this.name} has no input ${slot}`)
    before.uses.drop(this)
    this.#inputs[slot] = value
    value.uses.add(this)
  }
  addInput(value: Value): void {
    this.#inputs = [...this.#inputs, value]
    value.uses.add(this)
  }
  /** Replaces all inputs, in number too. */
  setInputs(values: readonly Value[]): void {
    for (const value of this.#inputs) value.uses.drop(this)
    this.#inputs = exact(values)
    for (const value of values) value.uses.add(this)
  }

  addControl(node: Node): void {
    this.#controls ??= new Set()
    this.#controls.add(node)
    node.#controlUses ??= new Set()
    node.#controlUses.add(this)
  }
  removeControl(node: Node): void {
    this.#controls?.delete(node)
    node.#controlUses?.delete(this)
  }
  clearControls(): void {
    for (const node of [...this.controls]) this.removeControl(node)
  }

  /** The attributes that are written down; `attr` also knows the defaults. */
  get attrs(): ReadonlyMap<string, Attr> {
    return this.#attrs
  }
  setAttr(name: string, value: Attr): void {
    this.#attrs = new Map(this.#attrs).set(name, value)
    this.#outputTypes = undefined
  }
  deleteAttr(name: string): void {
    const attrs = new Map(this.#attrs)
    attrs.delete(name)
    this.#attrs = attrs
    this.#outputTypes = undefined
  }
  /** An attribute, or its default in TensorFlow's registry. */
  attr(name: string): Attr | undefined {
    const written = this.#attrs.get(name)
    if (written) return written
    for (const def of this.def?.attrs ?? []) if (def.name === name) return defaultAttr(def)
    return undefined
  }

  // Typed access; each throws `invalid-graph` where the attribute is absent or of another kind.
  str(name: string): string {
    const value = this.#scalar(name, 'string')
    return typeof value === 'string' ? value : new TextDecoder().decode(value)
  }
  int(name: string): number {
    const value = this.#scalar(name, 'int')
    return typeof value === 'number' ? value : this.#wrong(name, 'within 2^53', `${value}`)
  }
  float(name: string): number {
    return this.#scalar(name, 'float')
  }
  bool(name: string): boolean {
    return this.#scalar(name, 'bool')
  }
  type(name: string): DType {
    return this.#scalar(name, 'type')
  }
  shape(name: string): PartialShape {
    return this.#scalar(name, 'shape')
  }
  tensor(name: string): Tensor {
    return this.#scalar(name, 'tensor')
  }
  func(name: string): FuncRef {
    return this.#scalar(name, 'func')
  }
  ints(name: string): readonly number[] {
    return this.#list(name, 'int').map(v => (typeof v === 'number' ? v : this.#wrong(name, 'within 2^53', `${v}`)))
  }
  floats(name: string): readonly number[] {
    return this.#list(name, 'float')
  }
  bools(name: string): readonly boolean[] {
    return this.#list(name, 'bool')
  }
  strs(name: string): readonly string[] {
    return this.#list(name, 'string').map(v => (typeof v === 'string' ? v : new TextDecoder().decode(v)))
  }
  types(name: string): readonly DType[] {
    return this.#list(name, 'type')
  }
  shapes(name: string): readonly PartialShape[] {
    return this.#list(name, 'shape')
  }
  funcs(name: string): readonly FuncRef[] {
    return this.#list(name, 'func')
  }

  #scalar<K extends AttrKind>(name: string, kind: K): Kinds[K] {
    const attr = this.attr(name)
    if (attr?.kind !== kind) this.#wrong(name, `a ${kind}`, attr && kindOf(attr))
    return attr.value as unknown as Kinds[K] // the kind was just compared, which TypeScript cannot see through K
  }
  #list<K extends AttrKind>(name: string, of: K): readonly Kinds[K][] {
    const attr = this.attr(name)
    if (attr?.kind !== 'list' || (attr.of !== of && attr.value.length > 0))
      this.#wrong(name, `a list of ${of}`, attr && kindOf(attr))
    return attr.value as readonly Kinds[K][] // as above
  }
  #wrong(name: string, expected: string, found = 'absent'): never {
    const what = `attribute '${name}' of this ${this.op} is ${found}, but must be ${expected}`
    throw new FreezeError('invalid-graph', what, { node: this.name })
  }

  /** The type of each output; undefined for a custom op. */
  get outputTypes(): readonly DType[] | undefined {
    return (this.#outputTypes ??= this.def && this.#typesOf(this.def.outputs))
  }
  /** The type that each input must have; undefined for a custom op. */
  get inputTypes(): readonly DType[] | undefined {
    return this.def && this.#typesOf(this.def.inputs)
  }
  #typesOf(args: readonly ArgDef[]): readonly DType[] {
    const [arg] = args
    if (args.length !== 1 || !arg || arg.typeListAttr || arg.numberAttr)
      return args.flatMap(each => this.argTypes(each))
    return one(arg.dtype ?? this.type(arg.typeAttr!))
  }
  /** The types of the tensors of one argument or result of the op's definition. */
  argTypes(arg: ArgDef): readonly DType[] {
    if (arg.typeListAttr) return this.types(arg.typeListAttr)
    const dtype = arg.dtype ?? this.type(arg.typeAttr!)
    return arg.numberAttr ? Array<DType>(this.count(arg.numberAttr)).fill(dtype) : [dtype]
  }
  /** An attribute that says how many tensors an argument or result is. */
  count(name: string): number {
    const count = this.int(name)
    return count >= 0 && count <= MAX_LIST_TENSORS
      ? count
      : this.#wrong(name, `a count up to ${MAX_LIST_TENSORS}`, `${count}`)
  }
}

/** The list of one type: most nodes have one output, and share its list. */
function one(dtype: DType): readonly DType[] {
  const list = LISTS_OF_ONE.get(dtype) ?? [dtype]
  LISTS_OF_ONE.set(dtype, list)
  return list
}
const LISTS_OF_ONE = new Map<DType, readonly DType[]>()

const kindOf = (attr: Attr): string => `a ${attr.kind === 'list' ? `list of ${attr.of}` : attr.kind}`
