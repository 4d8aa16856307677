/**
 * Emits the operators of one graph: the main one, or a body of a branch or loop. It knows under which names a value of
 * TensorFlow is in the ONNX graph: as TensorFlow lays it out, channels first, or both. A form that is asked for and is
 * not there is made of the other by one Transpose. Types for which an operator has no kernel are cast around it.
 */
import { invariant } from '../errors.ts'
import type { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { channelsFirstOrder, channelsLastOrder } from '../tensor/channels.ts'
import { bigintsOf, cast, fromValues, reshape, scalar, transpose, valuesOf, vector } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { type DType, isInteger } from '../tensorflow/dtype.ts'
import { isFreeMove, wantedFirst } from './layout.ts'
import { type Attribute, elementType, type OnnxNode, type Ref } from './model.ts'
import { computedIn, type Operator, operator } from './operators.ts'
import { Refusal, refuse } from './refusal.ts'
import type { Refused, Shared } from './shared.ts'

/** An attribute as lowerings write it: a number is an int, an array is ints; floats say so by `float`. */
export type PlainAttribute = number | string | readonly number[] | Attribute | undefined
export type PlainAttributes = Readonly<Record<string, PlainAttribute>>

/** How an operator is emitted. */
export interface How {
  /** What its output is called; the operator's name where left out. */
  readonly name?: string | undefined
  /** The type of outputs that the operator does not take from its inputs. */
  readonly dtype?: DType
  readonly outputs?: number
  readonly domain?: string
}

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

type Operand = Ref | undefined

/** Whole numbers that are cast at once: beyond 2^53 a computation in float64 would not be exact. */
const MAX_AT_ONCE = 1024

/** Emits one node of a graph. */
export type Lower = (node: Node, emit: Emitter, inFunction?: string) => void

/** What an emitter is made with. */
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

export class Emitter {
  readonly shared: Shared
  readonly graph: Graph
  readonly facts: Facts
  readonly nodes: OnnxNode[]
  readonly lower: Lower
  /** What is in a TensorArray, by what flows from its last write. */
  readonly arrays = new Map<Value, ArrayContent>()
  readonly #shapes = new Map<Value, PartialShape>()
  readonly #forms = new Map<Value, Forms>()
  readonly #flattened = new Map<Value, Flattened>()
  readonly #complex = new Map<Value, Ref>()
  readonly #absorbed = new Set<Node>()
  readonly #wanted: ReadonlySet<Value>

  constructor({ shared, graph, facts, order, lower, nodes = [] }: EmitterParts) {
    this.shared = shared
    this.graph = graph
    this.facts = facts
    this.nodes = nodes
    this.lower = lower
    this.#wanted = wantedFirst(order, facts)
  }

  get opset(): number {
    return this.shared.settings.opset
  }

  // What is known of values.

  shape(value: Value): PartialShape {
    return this.#shapes.get(value) ?? this.facts.shape(value)
  }
  /** What a lowering knows of a result beyond what inference says. */
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
    return shape?.every(size => size !== null) ? (shape as readonly number[]) : refuse(`${what} are not known`)
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

  // Constants.

  tensor(tensor: Tensor, name: string): Ref {
    if (elementType(tensor.dtype) === undefined) refuse(`ONNX has no constants of ${tensor.dtype}`)
    return this.shared.constant(tensor, name)
  }
  /** A vector of int64. */
  vector(values: readonly number[]): Ref {
    return this.tensor(vector('int64', values.map(BigInt)), 'ints')
  }
  scalar(dtype: DType, value: number): Ref {
    return this.tensor(scalar(dtype, isInteger(dtype) ? BigInt(value) : value), 'scalar')
  }

  /** A scalar of an integer type, whatever its size. */
  integer(dtype: DType, value: bigint): Ref {
    return this.tensor(scalar(dtype, value), 'scalar')
  }
  /** A vector of numbers. */
  numbers(dtype: DType, values: readonly number[]): Ref {
    return this.tensor(vector(dtype, values), 'numbers')
  }
  /** A matrix of float32. */
  matrix(values: readonly number[], rows: number, columns: number): Ref {
    return this.tensor(fromValues('float32', [rows, columns], values), 'matrix')
  }

  // Operators.

  /** Emits an operator of one output. */
  op(op: string, inputs: readonly Operand[], attributes: PlainAttributes = {}, how: How = {}): Ref {
    return this.ops(op, inputs, attributes, how)[0]!
  }

  /** Emits an operator. Refuses where the opset does not have it, or nothing computes it for these types. */
  ops(op: string, inputs: readonly Operand[], attributes: PlainAttributes = {}, how: How = {}): Ref[] {
    const known = operator(op)
    invariant(known, `ONNX has no operator ${op}`)
    if (!how.domain && known.since > this.opset)
      refuse(`opset ${this.opset} has no ${op}, which came with opset ${known.since}`)
    const types = this.#bindings(op, known, inputs)
    const operands = inputs.map((ref, i) => {
      const formal = known.input(i)
      return ref && formal && 'variable' in formal ? this.cast(ref, types.get(formal.variable)!.computed) : ref
    })
    const base = how.name ?? op
    const results = Array.from({ length: how.outputs ?? 1 }, (_, i) => {
      const formal = known.output(i)
      const bound = formal && 'variable' in formal ? types.get(formal.variable) : undefined
      const dtype = formal && 'dtype' in formal ? formal.dtype : (bound?.computed ?? how.dtype)
      invariant(dtype, `the type of output ${i} of ${op} is not said`)
      return { name: i === 0 ? base : `${base}:${i}`, dtype, given: bound?.given ?? dtype }
    })
    const outputs = results.map(({ name, dtype, given }) =>
      this.shared.ref(dtype === given ? name : `${name}/${dtype}`, dtype),
    )
    this.emit({ op, domain: how.domain ?? '', inputs: operands, outputs, attributes: attributesOf(attributes) })
    return outputs.map((ref, i) => this.cast(ref, results[i]!.given, results[i]!.name))
  }

  emit(node: OnnxNode): void {
    this.nodes.push(node)
  }

  /** For each type variable the type of the operands, and the one in which the operator computes. */
  #bindings(op: string, known: Operator, inputs: readonly Operand[]) {
    const found = new Map<number, { readonly given: DType; readonly computed: DType }>()
    for (const [i, ref] of inputs.entries()) {
      const formal = known.input(i)
      if (!ref || ref.isSequence || !formal || !('variable' in formal) || found.has(formal.variable)) continue
      const computed = computedIn(known.types(formal.variable, this.opset), ref.dtype)
      found.set(formal.variable, {
        given: ref.dtype,
        computed: computed ?? refuse(`ONNX Runtime has no ${op} of ${ref.dtype}`),
      })
    }
    return found
  }

  /** The value in another type. */
  cast(ref: Ref, dtype: DType, name = `${ref.name}/${dtype}`): Ref {
    if (ref.dtype === dtype) return ref
    const tensor = this.shared.tensorOf(ref)
    const exact = tensor && isInteger(dtype) && elementCount(tensor.shape) <= MAX_AT_ONCE && bigintsOf(tensor)
    if (exact) return this.tensor(fromValues(dtype, tensor.shape, exact), name)
    if (tensor && tensor.dtype !== 'string' && dtype !== 'string') return this.tensor(cast(tensor, dtype), name)
    const to = elementType(dtype) ?? refuse(`ONNX has no ${dtype}`)
    return this.op('Cast', [ref], { to }, { name, dtype })
  }

  /** A reduction along axes, which are an attribute in older opsets. */
  reduce(op: string, ref: Ref, axes: readonly number[], keeps: boolean, name?: string): Ref {
    const isInput = this.opset >= (op === 'ReduceSum' ? 13 : 18)
    const inputs = isInput ? [ref, this.vector(axes)] : [ref]
    return this.op(op, inputs, { ...(!isInput && { axes }), keepdims: keeps ? 1 : 0 }, { name })
  }

  /** Equal parts, or parts of these sizes. */
  split(ref: Ref, axis: number, parts: number | readonly number[], name?: string): Ref[] {
    if (typeof parts !== 'number')
      return this.ops('Split', [ref, this.vector(parts)], { axis }, { name, outputs: parts.length })
    const attributes = this.opset >= 18 ? { axis, num_outputs: parts } : { axis }
    return this.ops('Split', [ref], attributes, { name, outputs: parts })
  }

  /** The elements in another shape, in which one size may be -1. */
  reshape(ref: Ref, sizes: readonly number[], name = `${ref.name}/reshaped`): Ref {
    const tensor = this.shared.tensorOf(ref)
    if (tensor && !sizes.includes(-1) && elementCount(sizes) === elementCount(tensor.shape))
      return this.tensor(reshape(tensor, sizes), name)
    const hasZero = sizes.includes(0)
    if (hasZero && (sizes.includes(-1) || this.opset < 14)) refuse('a reshape to an empty tensor has an open size')
    return this.op('Reshape', [ref, this.vector(sizes)], hasZero ? { allowzero: 1 } : {}, { name })
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

  /** The node as it is, in a domain of its own. It is reported as missing where an output needs it. */
  #standIn(node: Node, refused: Refused): void {
    const types = node.outputTypes ?? node.outputs.map(output => output && this.facts.of(output).dtype)
    const outputs = types.map((dtype, i) => this.shared.ref(String(node.out(i)), dtype ?? 'variant'))
    const standIn: OnnxNode = {
      op: node.op,
      domain: TENSORFLOW_DOMAIN,
      inputs: node.inputs.map(input => this.#asItIs(input)),
      outputs,
      attributes: new Map(),
    }
    for (const [i, ref] of outputs.entries()) this.set(node.out(i), ref)
    this.emit(standIn)
    this.shared.refused.set(standIn, refused)
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

/** The domain of nodes that ONNX cannot say. */
export const TENSORFLOW_DOMAIN = 'ai.onnx.tensorflow'

function attributesOf(plain: PlainAttributes): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>()
  for (const [name, value] of Object.entries(plain)) {
    if (value === undefined) continue
    if (typeof value === 'number') attributes.set(name, { kind: 'int', value })
    else if (typeof value === 'string') attributes.set(name, { kind: 'string', value })
    else if (Array.isArray(value)) attributes.set(name, { kind: 'ints', value })
    else attributes.set(name, value as Attribute) // what is left of the union
  }
  return attributes
}
