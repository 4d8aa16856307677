/**
 * A frozen graph becomes an ONNX model: each node by its lowering, in the order in which they are written. What the
 * outputs do not need is dropped at the end, so a node that is refused counts only where an output depends on it.
 */
import type { Unreadable } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph, Port } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { fromValues } from '../tensor/make.ts'
import { isFloat, isInteger } from '../tensorflow/dtype.ts'
import { Emitter } from './emitter.ts'
import { allNodes, live, referenced } from './liveness.ts'
import { complexLoweringFor, loweringFor } from './lowerings/index.ts'
import { elementType, type OnnxGraph, type Ref, type ValueInfo } from './model.ts'
import { refuse } from './refusal.ts'
import { type Settings, Shared } from './shared.ts'

/** The result of converting a graph. */
export interface Conversion {
  /** Holds stand-ins for what is missing. */
  readonly graph: OnnxGraph
  /** The nodes that ONNX cannot say and that an output needs, in the order of the graph. */
  readonly missing: readonly Unreadable[]
  /** Those that stay as they are, where custom ops are asked for. */
  readonly custom: readonly Unreadable[]
}

/** Says a graph in ONNX. */
export function convert(graph: Graph, settings: Settings, name = 'graph'): Conversion {
  const shared = new Shared(settings)
  const facts = new Facts(graph, legacyScalars(graph))
  const order = inOrder(graph.outputs.map(port => port.value.node))
  const emit = new Emitter({ shared, graph, facts, order, lower })
  const inputs = distinct(graph.inputs).map(value => declareInput(emit, value))
  for (const node of order) lower(node, emit)
  const named = nameOutputs(emit, distinct(graph.outputs), inputs)
  const nodes = live(
    emit.nodes,
    named.map(({ ref }) => ref),
  )
  const needed = referenced(
    nodes,
    named.map(({ ref }) => ref),
  )
  return {
    graph: {
      name,
      nodes,
      initializers: shared.initializers.filter(({ ref }) => needed.has(ref)),
      inputs,
      outputs: named,
    },
    missing: [
      ...[...graph.inputs, ...graph.outputs].flatMap(port => unfit(port, emit) ?? []),
      ...allNodes(nodes).flatMap(node => shared.refused.get(node) ?? []),
    ],
    custom: allNodes(nodes).flatMap(node => shared.custom.get(node) ?? []),
  }
}

/** An input or output that no program could feed or read. */
function unfit({ value }: Port, emit: Emitter): Unreadable | undefined {
  const dtype = emit.facts.of(value).dtype ?? value.dtype
  const refused = (reason: string): Unreadable => ({ node: value.node.name, op: value.node.op, reason })
  if (dtype === 'bfloat16') return refused('programs of ONNX Runtime have no arrays of bfloat16')
  if (dtype === undefined || elementType(dtype) === undefined) return refused(`ONNX has no tensors of ${dtype}`)
  if (emit.shape(value) === null)
    return refused('ONNX needs its rank, which is not known; fix the shapes of inputs with --shape')
  return undefined
}

/** Emits one node, unless a node before it has been said together with it, or its values are known. */
function lower(node: Node, emit: Emitter, inFunction?: string): void {
  if (['Const', 'NoOp', '_Arg'].includes(node.op) || emit.isAbsorbed(node)) return
  const used = node.outputs.filter(output => output !== undefined)
  if (used.length > 0 && used.every(output => emit.isSet(output) || emit.constant(output))) return
  if (used.length > 0 && used.every(output => setEmpty(output, emit))) return
  const isComplex = node.inputs.some(input => emit.isComplex(input))
  const lowering = isComplex ? complexLoweringFor(node.op) : loweringFor(node.op)
  emit.attempt(node, inFunction, () => {
    if (!lowering) refuse(noLowering(node))
    lowering(node, emit)
    for (const { value } of emit.graph.outputs.filter(port => port.value.node === node)) {
      if (emit.isComplex(value)) refuse('ONNX Runtime has no complex numbers')
      if (!emit.isSet(value)) refuse(`ONNX has nothing for its output ${value}`)
    }
  })
}

/** A value that is known to have no elements is a constant, whatever computes it. */
function setEmpty(value: Value, emit: Emitter): boolean {
  const dims = emit.facts.dims(value)
  const dtype = value.dtype
  if (!dims?.includes(0) || !dtype || !(isFloat(dtype) || isInteger(dtype))) return false
  emit.set(value, emit.tensor(fromValues(dtype, dims, []), String(value)))
  return true
}

const noLowering = ({ op }: Node): string => `ONNX has no operators for ${op}`

/** Graphs of old versions of TensorFlow write no shape and the shape of a scalar alike; ONNX must be told, so it is a scalar. */
function legacyScalars(graph: Graph): ReadonlyMap<Value, PartialShape> {
  const facts = new Facts(graph)
  const isWritten = ({ node }: Value): boolean => {
    const shape = node.attrs.get('shape')
    return shape?.kind === 'shape' && shape.value?.length === 0
  }
  const values = graph.inputs.map(port => port.value).filter(value => !facts.shape(value) && isWritten(value))
  return new Map(values.map(value => [value, []]))
}

/** The values of ports: a signature may have two keys for one, which has one name in ONNX. */
const distinct = (ports: readonly Port[]): Value[] => [...new Set(ports.map(({ value }) => value))]

function declareInput(emit: Emitter, value: Value): ValueInfo {
  const ref = emit.shared.ref(value.node.name, emit.dtype(value))
  emit.set(value, ref)
  return valueInfo(ref, emit.shape(value))
}

function valueInfo(ref: Ref, shape: PartialShape): ValueInfo {
  const symbols = shape?.map((size, i) => (size !== null ? undefined : i === 0 ? 'batch' : `${ref.name}_${i}`))
  return { ref, shape, ...(symbols && { symbols }) }
}

/**
 * Each output gets its TensorFlow name. One that is computed as a constant or as another output goes through an Identity;
 * one that is an input is given out as it is.
 */
function nameOutputs(emit: Emitter, values: readonly Value[], inputs: readonly ValueInfo[]): ValueInfo[] {
  const refs = values.map(value => emit.value(value))
  const made = new Set(emit.nodes.flatMap(node => node.outputs))
  const given = new Set<Ref>(inputs.map(({ ref }) => ref))
  const byName = new Map([...made, ...emit.shared.initializers.map(({ ref }) => ref)].map(ref => [ref.name, ref]))
  const taken = new Set<Ref>()
  return values.map((value, i) => {
    const ref = refs[i]!
    const name = String(value)
    if (given.has(ref) && ref.name === name) return valueInfo(ref, emit.shape(value))
    const isOwn = made.has(ref) && !taken.has(ref)
    const result = isOwn ? ref : emit.op('Identity', [ref], {}, { name: `${value}/output` })
    taken.add(result)
    if (result.name !== name) emit.shared.rename(result, name, byName.get(name))
    return valueInfo(result, emit.shape(value))
  })
}
