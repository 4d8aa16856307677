/**
 * The same model with float16 in the place of float32, between its inputs and outputs: weights are half as large, and
 * processors that compute in float16 do so. A Cast stands where a value goes from one type to the other.
 *
 *     x: float32 → Cast → Conv, Relu, … in float16 → Cast → y: float32
 */
import { freshName } from '../graph/names.ts'
import { fromValues, MAX_FLOAT16, splat, toFloat16, valuesOf } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import {
  type Attribute,
  elementType,
  type Initializer,
  type OnnxGraph,
  type OnnxNode,
  type Ref,
  type ValueInfo,
} from './model.ts'
import { type Formal, operator } from './operators.ts'

/**
 * Operators that stay in float32. The first line is the block list of onnxconverter-common (float16.py), as far as its
 * operators are written here. The others add up squares or products, which leave the range of float16 (65,504), or
 * compute with positions, which float16 tells apart up to 2,048.
 */
const KEPT = new Set(
  `NonMaxSuppression TopK RoiAlign Resize Range CumSum Min Max Upsample LabelEncoder
  ReduceSumSquare ReduceL2 ReduceProd ReduceLogSumExp Det DFT GridSample`.split(/\s+/),
)

/** Operators that say how large something is, whatever is in it. */
const SIZES = new Set('Shape Size'.split(' '))
/** Operators that make values of a size, which are not positions themselves. */
const FILLS = new Set('ConstantOfShape Expand Tile'.split(' '))

/** The smallest number of float16 above zero. */
const SMALLEST = 2 ** -24
/** Elements of constants at hand that are looked at; larger ones are cast as they are written. */
const MAX_AT_ONCE = 1024

/** The model in float16; `opset` says which operators have it. */
export function inFloat16(graph: OnnxGraph, opset: number): OnnxGraph {
  const names = new Set(allRefs(graph).map(({ name }) => name))
  const halving = new Halving(opset, names, new Set(graph.outputs.map(({ ref }) => ref)))
  for (const { ref, tensor } of graph.initializers) halving.constants.set(ref, { tensor })
  const scope = new Scope(undefined)
  for (const node of graph.nodes) halving.node(node, scope)
  for (const { ref } of graph.outputs) halving.full(ref, scope)
  const read = new Set(allRefs({ ...graph, nodes: scope.nodes, initializers: [] }))
  const halves = [...halving.constants.values()].flatMap(({ half }) => half ?? [])
  return {
    ...graph,
    nodes: scope.nodes,
    initializers: [...graph.initializers, ...halves].filter(({ ref }) => read.has(ref)),
  }
}

/** Every value that a graph and its subgraphs name. */
function allRefs({ nodes, inputs, outputs, initializers }: OnnxGraph): Ref[] {
  const inside = nodes.flatMap(({ inputs: read, outputs: made, attributes }) => [
    ...read.filter(ref => ref !== undefined),
    ...made,
    ...[...attributes.values()].flatMap(a => (a.kind === 'graph' ? allRefs(a.value) : [])),
  ])
  return [...inside, ...[...inputs, ...outputs, ...initializers].map(({ ref }) => ref)]
}

/** The nodes of one graph, and the forms of values that are there: those of the graphs around it, too. */
class Scope {
  readonly nodes: OnnxNode[] = []
  readonly #outer: Scope | undefined
  readonly #forms = new Map<Ref, Ref>()

  constructor(outer: Scope | undefined) {
    this.#outer = outer
  }
  get isMain(): boolean {
    return this.#outer === undefined
  }
  form(ref: Ref): Ref | undefined {
    return this.#forms.get(ref) ?? this.#outer?.form(ref)
  }
  setForm(ref: Ref, form: Ref): void {
    this.#forms.set(ref, form)
  }
}

/** A constant, and its form in float16 where a node wants that. */
interface Constant {
  readonly tensor: Tensor
  half?: Initializer
}

class Halving {
  readonly constants = new Map<Ref, Constant>()
  readonly #opset: number
  readonly #names: Set<string>
  /** Results of the model keep their type and name. */
  readonly #public: ReadonlySet<Ref>
  /** Values that are computed in float16, by what they were in float32. */
  readonly #halves = new Map<Ref, Ref>()
  /** Values that depend on sizes and constants alone. */
  readonly #ofSizes = new Set<Ref>()

  constructor(opset: number, names: Set<string>, results: ReadonlySet<Ref>) {
    this.#opset = opset
    this.#names = names
    this.#public = results
  }

  /** Writes one node, with the casts that it needs. */
  node(node: OnnxNode, scope: Scope): void {
    if (this.#isOfSizes(node)) for (const ref of node.outputs) this.#ofSizes.add(ref)
    if (!this.#isHalf(node)) {
      scope.nodes.push({ ...node, inputs: node.inputs.map(ref => ref && this.full(ref, scope)) })
      return
    }
    const known = operator(node.op)!
    const inputs = node.inputs.map((ref, i) => ref && (isVariable(known.input(i)) ? this.#half(ref, scope) : ref))
    const attributes = new Map(
      [...node.attributes].map(([name, a]) => [name, this.#attribute(name, a, scope)] as const),
    )
    const outputs = node.outputs.map((ref, i) => (isVariable(known.output(i)) ? this.#halfResult(ref) : ref))
    scope.nodes.push({ ...node, inputs, outputs, attributes })
  }

  /** The value in float32, as it was. */
  full(ref: Ref, scope: Scope): Ref {
    const half = this.#halves.get(ref)
    if (!half) return ref
    const known = scope.form(half)
    if (known) return known
    const made = this.#public.has(ref) && scope.isMain ? ref : this.#fresh(`${ref.name}/float32`, 'float32')
    return this.#cast(half, made, scope)
  }

  #half(ref: Ref, scope: Scope): Ref {
    if (ref.dtype !== 'float32') return ref
    const constant = this.constants.get(ref)
    const known = constant ? constant.half?.ref : (this.#halves.get(ref) ?? scope.form(ref))
    if (known) return known
    const made = this.#fresh(`${ref.name}/float16`, 'float16')
    if (!constant) return this.#cast(ref, made, scope)
    constant.half = { ref: made, tensor: inRange(constant.tensor) }
    return made
  }

  #cast(from: Ref, to: Ref, scope: Scope): Ref {
    const value = elementType(to.dtype)!
    scope.nodes.push({
      op: 'Cast',
      domain: '',
      inputs: [from],
      outputs: [to],
      attributes: new Map([['to', { kind: 'int', value }]]),
    })
    scope.setForm(from, to)
    return to
  }

  /** The float16 value in place of a value of the node; it takes over the name, unless that is public. */
  #halfResult(ref: Ref): Ref {
    if (ref.dtype !== 'float32') return ref
    const half: Ref = this.#public.has(ref)
      ? this.#fresh(`${ref.name}/float16`, 'float16')
      : { name: ref.name, dtype: 'float16' }
    this.#halves.set(ref, half)
    return half
  }

  #fresh(base: string, dtype: Ref['dtype']): Ref {
    const name = freshName(base, taken => this.#names.has(taken))
    this.#names.add(name)
    return { name, dtype }
  }

  /** Whether a node computes with numbers of float32 that may be of float16. */
  #isHalf(node: OnnxNode): boolean {
    const known = node.domain === '' && !KEPT.has(node.op) ? operator(node.op) : undefined
    const isFixed = node.attributes.has('dtype') || node.outputs.some(ref => this.#ofSizes.has(ref))
    if (!known || isFixed || this.#onlyLooks(node)) return false
    const operands = [
      ...node.inputs.map((ref, i) => [ref, known.input(i)] as const),
      ...node.outputs.map((ref, i) => [ref, known.output(i)] as const),
    ].filter(([ref, formal]) => ref?.dtype === 'float32' && isVariable(formal))
    const hasHalf = (formal: Formal): boolean =>
      !formal || !('variable' in formal) || known.types(formal.variable, this.#opset).includes('float16')
    return operands.length > 0 && operands.every(([, formal]) => hasHalf(formal))
  }

  /** Whether a node hands on, or gives whole numbers of, values that are in float32: in float16 they would be others. */
  #onlyLooks({ op, inputs, outputs }: OnnxNode): boolean {
    const numbers = inputs.filter(ref => ref?.dtype === 'float32' && !this.constants.has(ref))
    const isFull = numbers.length > 0 && numbers.every(ref => ref && !this.#halves.has(ref))
    return isFull && (op === 'Identity' || outputs.every(ref => ref.dtype !== 'float32'))
  }

  #isOfSizes(node: OnnxNode): boolean {
    if (SIZES.has(node.op)) return true
    if (FILLS.has(node.op) || [...node.attributes.values()].some(({ kind }) => kind === 'graph')) return false
    const read = node.inputs.filter(ref => ref !== undefined)
    const isKnown = (ref: Ref): boolean => this.#ofSizes.has(ref) || this.constants.has(ref)
    return read.some(ref => this.#ofSizes.has(ref)) && read.every(isKnown)
  }

  /** An attribute of a node in float16: the type that it casts to, a number that it fills with, a branch or body. */
  #attribute(name: string, attribute: Attribute, scope: Scope): Attribute {
    if (attribute.kind === 'graph') return { kind: 'graph', value: this.#subgraph(attribute.value, scope) }
    if (attribute.kind === 'tensor' && attribute.value.dtype === 'float32')
      return { kind: 'tensor', value: inRange(attribute.value) }
    if (name === 'to' && attribute.kind === 'int' && attribute.value === elementType('float32'))
      return { kind: 'int', value: elementType('float16')! }
    return attribute
  }

  #subgraph(graph: OnnxGraph, outer: Scope): OnnxGraph {
    const scope = new Scope(outer)
    const inputs = graph.inputs.map(info => ({ ...info, ref: this.#halfResult(info.ref) }))
    for (const node of graph.nodes) this.node(node, scope)
    const outputs = graph.outputs.map((info): ValueInfo => ({ ...info, ref: this.#half(info.ref, scope) }))
    return { ...graph, nodes: scope.nodes, inputs, outputs }
  }
}

const isVariable = (formal: Formal): boolean => !formal || 'variable' in formal

/** The constant in float16: what is finite stays so, and of the numbers at hand what is not zero. */
function inRange(tensor: Tensor): Tensor {
  const { shape, recipe } = tensor
  if (recipe.kind === 'splat') return splat('float16', shape, within(valuesOf({ ...tensor, shape: [] })![0]!))
  const values = elementCount(shape) <= MAX_AT_ONCE ? valuesOf(tensor) : undefined
  if (values) return fromValues('float16', shape, values.map(within))
  return toFloat16(tensor)
}

function within(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value
  const size = Math.min(MAX_FLOAT16, Math.max(SMALLEST, Math.abs(value)))
  return value < 0 ? -size : size
}
