/**
 * Emits the nodes of one graph: the main one, or a body of a branch or loop. It knows under which names a value of
 * TensorFlow is in the ONNX graph: as TensorFlow lays it out, channels first, or both. A form that is asked for and is
 * not there is made of the other by one Transpose.
 */
import { invariant, type Unreadable } from '../errors.ts'
import type { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { channelsFirstOrder, channelsLastOrder } from '../tensor/channels.ts'
import { fromValues, transpose, valuesOf } from '../tensor/make.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type DType, isInteger } from '../tensorflow/dtype.ts'
import { customAttributes, TENSORFLOW_DOMAIN } from './custom.ts'
import { isFreeMove, wantedFirst } from './layout.ts'
import { elementType, type OnnxNode, type Ref } from './model.ts'
import { OperatorEmitter } from './operator-emitter.ts'
import { Refusal, refuse } from './refusal.ts'
import type { Shared } from './shared.ts'

/** The names of a value. */
interface Forms {
  last?: Ref
  first?: Ref
}

/** The elements of a TensorArray that were written, with what is known of their shapes. */
export type ArrayContent = readonly ({ readonly ref: Ref; readonly shape: PartialShape } | undefined)[]

/** Rows of images whose channels were first when they were made rows. */
interface Flattened {
  readonly ref: Ref
  readonly sizes: readonly number[]
}

/** Emits one node of a graph. */
export type Lower = (node: Node, emit: Emitter, inFunction?: string) => void

/** The parameters of an emitter. */
export interface EmitterParts {
  readonly shared: Shared
  readonly graph: Graph
  readonly facts: Facts
  /** The nodes that will be emitted, each after what it reads. */
  readonly order: readonly Node[]
  readonly lower: Lower
  /** Where operators go; a body that is emitted in place goes to those of its caller. */
  readonly nodes?: OnnxNode[]
}

export class Emitter extends OperatorEmitter {
  readonly graph: Graph
  readonly facts: Facts
  readonly lower: Lower
  /** The content of a TensorArray, by the flow value of its last write. */
  readonly arrays = new Map<Value, ArrayContent>()
  readonly #shapes = new Map<Value, PartialShape>()
  readonly #forms = new Map<Value, Forms>()
  readonly #flattened = new Map<Value, Flattened>()
  readonly #complex = new Map<Value, Ref>()
  readonly #absorbed = new Set<Node>()
  readonly #wanted: ReadonlySet<Value>

  constructor({ shared, graph, facts, order, lower, nodes = [] }: EmitterParts) {
    super(shared, nodes)
    this.graph = graph
    this.facts = facts
    this.lower = lower
    this.#wanted = wantedFirst(order, facts)
  }

  // Known facts about values.

  shape(value: Value): PartialShape {
    return this.#shapes.get(value) ?? this.facts.shape(value)
  }
  /** Records facts about a result that a lowering knows and inference does not. */
  setShape(value: Value, shape: PartialShape): void {
    if (!this.facts.shape(value)) this.#shapes.set(value, shape)
  }
  /** The rank; refuses where it is not known. */
  rank(value: Value): number {
    return this.shape(value)?.length ?? refuse(`the rank of ${value} is not known`)
  }
  /** All sizes; refuses where one is open. */
  dimsOf(value: Value, what: string): readonly number[] {
    const shape = this.shape(value)
    return shape?.every(size => size !== null) ? shape : refuse(`${what} are not known`)
  }
  dtype(value: Value): DType {
    return value.dtype ?? this.facts.of(value).dtype ?? refuse(`the type of ${value} is not known`)
  }
  /** The constant that a value is, or that nodes make of what is known. */
  constant(value: Value): Tensor | undefined {
    let at = value
    while (at.node.op === 'Identity') at = at.node.input(0)
    return at.tensor ?? this.#knownTensor(value)
  }
  /** Whole numbers that are known before the model runs. */
  known(value: Value): readonly number[] | undefined {
    const numbers = this.facts.numbers(value)
    if (numbers) return numbers
    const tensor = this.constant(value)
    return tensor && valuesOf(tensor)
  }
  /** The same; refuses where they are computed. */
  ints(value: Value, what: string): readonly number[] {
    return this.known(value) ?? refuse(`${what} is computed while the model runs`)
  }

  /** A small tensor of integers that is known although nodes compute it. */
  #knownTensor(value: Value): Tensor | undefined {
    const { dtype, shape, elements } = this.facts.of(value)
    if (!dtype || !(isInteger(dtype) || dtype === 'bool') || !elements?.every(e => e !== null)) return undefined
    const sizes = shape as readonly number[] // there are elements only where all sizes are known
    return fromValues(dtype, sizes, elements.map(BigInt))
  }

  // Values under their names.

  /** The value as TensorFlow lays it out. */
  value(value: Value): Ref {
    const forms = this.#formsOf(value)
    return (forms.last ??= this.#moved(value, forms.first!, 'last'))
  }
  /** The value with its channels behind the batch. */
  channelsFirst(value: Value): Ref {
    const forms = this.#formsOf(value)
    return (forms.first ??= this.#moved(value, forms.last!, 'first'))
  }
  /** Either form, of a value whose elements have the same order in both; else as TensorFlow lays it out. */
  inOrder(value: Value): Ref {
    const { first, last } = this.#formsOf(value)
    return !last && first && isFreeMove(this.shape(value)) ? first : this.value(value)
  }
  /** Whether the value is at hand channels first. */
  hasFirst(value: Value): boolean {
    return this.#forms.get(value)?.first !== undefined
  }
  hasLast(value: Value): boolean {
    return this.#forms.get(value)?.last !== undefined
  }
  /** Whether a node that works in either layout should be channels first: its result is wanted so, or an input is. */
  prefersFirst(node: Node): boolean {
    if (node.outputs.some(output => output && this.#wanted.has(output))) return true
    return node.inputs.some(input => this.hasFirst(input) && !this.hasLast(input))
  }
  /** A result as TensorFlow lays it out. */
  set(value: Value, ref: Ref): void {
    this.#forms.set(value, { last: ref })
  }
  /** A result with its channels behind the batch. */
  setFirst(value: Value, ref: Ref): void {
    this.#forms.set(value, { first: ref })
  }
  /** A value that is another. */
  alias(value: Value, other: Value): void {
    const pairs = this.#complex.get(other)
    if (pairs) this.#complex.set(value, pairs)
    else this.#forms.set(value, this.#formsOf(other))
  }
  isSet(value: Value): boolean {
    return this.#forms.has(value) || this.#flattened.has(value) || this.#complex.has(value)
  }
  /** Complex numbers as pairs: an axis more, [real, imaginary]. */
  setComplex(value: Value, pairs: Ref): void {
    this.#complex.set(value, pairs)
  }
  isComplex(value: Value): boolean {
    return this.#complex.has(value)
  }
  complex(value: Value): Ref {
    return this.#complex.get(value) ?? refuse(`${value} is not computed from real numbers`)
  }
  /** Marks a node as said together with another. */
  absorb(node: Node): void {
    this.#absorbed.add(node)
  }
  isAbsorbed(node: Node): boolean {
    return this.#absorbed.has(node)
  }

  /** An image whose channels are first, as rows: `sizes` are its own, in TensorFlow's order. */
  setFlattened(value: Value, ref: Ref, sizes: readonly number[]): void {
    this.#flattened.set(value, { ref, sizes })
  }
  flattened(value: Value): Flattened | undefined {
    return this.#flattened.get(value)
  }

  #formsOf(value: Value): Forms {
    const known = this.#forms.get(value)
    if (known) return known
    if (this.#complex.has(value)) refuse('ONNX has no complex numbers')
    const tensor = this.constant(value)
    if (!tensor && value.dtype === 'resource') refuse(`ONNX has no handle such as ${value}`)
    invariant(tensor, `nothing emitted ${value}`)
    const forms = { last: this.tensor(tensor, value.node.name) }
    this.#forms.set(value, forms)
    return forms
  }

  #moved(value: Value, from: Ref, to: 'first' | 'last'): Ref {
    const rank = this.rank(value)
    const perm = to === 'first' ? channelsFirstOrder(rank) : channelsLastOrder(rank)
    const name = to === 'first' ? `${value}/nchw` : `${value}/nhwc`
    const tensor = this.shared.tensorOf(from)
    if (tensor) return this.tensor(transpose(tensor, perm), name)
    const shape = this.shape(value)!
    const sizes = to === 'first' ? perm.map(axis => shape[axis]!) : shape
    const isPlain = isFreeMove(shape) && sizes.filter(size => size === null).length < 2 && !sizes.includes(0)
    if (isPlain)
      return this.reshape(
        from,
        sizes.map(size => size ?? -1),
        name,
      )
    return this.op('Transpose', [from], { perm }, { name })
  }

  /** Runs a lowering; where it refuses, a node in the domain of TensorFlow stands for what it was to say. */
  attempt(node: Node, inFunction: string | undefined, lower: () => void): void {
    try {
      lower()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#standIn(node, { node: node.name, op: node.op, reason: error.message, ...(inFunction && { inFunction }) })
    }
  }

  /**
   * The node as it is, in a domain of its own. Where custom ops are asked for it stays so; otherwise, and where ONNX has
   * no form for a part of it, it is reported as missing if an output needs it.
   */
  #standIn(node: Node, refused: Unreadable): void {
    const types = node.outputTypes ?? node.outputs.map(output => output && this.facts.of(output).dtype)
    const outputs = types.map((dtype, i) => this.shared.ref(String(node.out(i)), dtype ?? 'variant'))
    const inputs = node.inputs.map(input => this.#asItIs(input))
    const values = [...inputs, ...outputs]
    const isWhole = values.every(ref => ref && elementType(ref.dtype) !== undefined)
    const attributes = this.shared.settings.customOps && isWhole ? customAttributes(node) : undefined
    const standIn: OnnxNode = {
      op: node.op,
      domain: TENSORFLOW_DOMAIN,
      inputs,
      outputs,
      attributes: attributes ?? new Map(),
    }
    for (const [i, ref] of outputs.entries()) this.set(node.out(i), ref)
    this.emit(standIn)
    const list = attributes ? this.shared.custom : this.shared.refused
    list.set(standIn, refused)
  }

  /** A value for a node that stands in: what closes a loop of TensorFlow 1 is not there yet, nor what cannot be laid out. */
  #asItIs(input: Value): Ref | undefined {
    if (!this.#forms.has(input) && !this.constant(input)) return undefined
    try {
      return this.value(input)
    } catch (error) {
      if (error instanceof Refusal) return undefined
      throw error
    }
  }
}
