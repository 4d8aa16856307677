/**
 * Emits operators and constants: refs in, refs out. It knows what ONNX has in an opset and in which types; where an
 * operator has no kernel for a type, casts stand around it.
 */
import { invariant } from '../errors.ts'
import { bigintsOf, cast, fromValues, reshape, scalar, vector } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import { type DType, isInteger } from '../tensorflow/dtype.ts'
import { type Attribute, elementType, type OnnxNode, type Ref } from './model.ts'
import { computedIn, type Operator, operator } from './operators.ts'
import { refuse } from './refusal.ts'
import type { Shared } from './shared.ts'

/** An attribute as lowerings write it: a number is an int, an array is ints; floats say so by `float`. */
export type PlainAttribute = number | string | readonly number[] | Attribute | undefined
export type PlainAttributes = Readonly<Record<string, PlainAttribute>>

/** So many of one type; a list of them where the number is not written out. */
export type Tuple<T, N extends number, Found extends readonly T[] = []> = number extends N
  ? T[]
  : Found['length'] extends N
    ? Found
    : Tuple<T, N, [...Found, T]>

/** How an operator is emitted, with so many outputs. */
export interface How<N extends number = 1> {
  /** The name of its output; the operator's name where left out. */
  readonly name?: string | undefined
  /** The type of outputs that the operator does not take from its inputs. */
  readonly dtype?: DType
  readonly outputs?: N
  readonly domain?: string
}

type Operand = Ref | undefined

/** Whole numbers that are cast at once: beyond 2^53 a computation in float64 would not be exact. */
const MAX_AT_ONCE = 1024

export class OperatorEmitter {
  readonly shared: Shared
  readonly nodes: OnnxNode[]

  constructor(shared: Shared, nodes: OnnxNode[]) {
    this.shared = shared
    this.nodes = nodes
  }

  get opset(): number {
    return this.shared.settings.opset
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
    if (op === 'Gather') return this.#gather(inputs as readonly [Ref, Ref], attributes, how)
    return this.ops(op, inputs, attributes, how)[0]
  }

  /** ONNX Runtime's Gather takes the first string of each row alone; its GatherND takes all. */
  #gather([x, indices]: readonly [Ref, Ref], attributes: PlainAttributes, how: How): Ref {
    const isVector = this.shared.tensorOf(x)?.shape.length === 1
    if (x.dtype !== 'string' || isVector || (attributes.axis ?? 0) !== 0)
      return this.ops('Gather', [x, indices], attributes, how)[0]
    return this.ops('GatherND', [x, this.op('Unsqueeze', [this.cast(indices, 'int64'), this.vector([-1])])], {}, how)[0]
  }

  /** Emits an operator. Refuses where the opset does not have it, or nothing computes it for these types. */
  ops<N extends number = 1>(
    op: string,
    inputs: readonly Operand[],
    attributes: PlainAttributes = {},
    how: How<N> = {},
  ): Tuple<Ref, N> {
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
    const given = outputs.map((ref, i) => this.cast(ref, results[i]!.given, results[i]!.name))
    return given as Tuple<Ref, N> // as many as `how` asks for
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
  split<N extends number>(ref: Ref, axis: number, parts: N, name?: string): Tuple<Ref, N>
  split(ref: Ref, axis: number, parts: number | readonly number[], name?: string): Ref[]
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
}

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
