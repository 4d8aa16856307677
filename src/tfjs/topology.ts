/**
 * The graph as TF.js reads it: GraphDef as JSON, without the elements of constants, and the graph that fills tables.
 * Source: tfjs-converter/src/data/compiled_api.ts, operation_mapper.ts.
 */
import type { PartialShape } from '../graph/attr.ts'
import type { Graph, Port } from '../graph/graph.ts'
import { knownType } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { attributesJson, type Json, shapeJson, typeName } from './attributes.ts'
import { Names } from './names.ts'
import { called, initializers, readBy } from './reachable.ts'
import type { WeightSource } from './weights.ts'

/** The parts of `model.json` that say what is computed. */
export interface Topology {
  readonly modelTopology: Json
  /** Fills the tables when the model is loaded. */
  readonly modelInitializer?: Json
  /** The tensor of each output: a node of its own where TF.js would mix it up with another. */
  readonly outputs: readonly string[]
  /** The constants of all graphs. */
  readonly weights: readonly WeightSource[]
}

export function topologyOf(graph: Graph): Topology {
  const names = new Names(graph)
  const writer = new Writer(names)
  const read = readBy(graph)
  const fills = initializers(graph, read)
  const main = read.filter(node => !node.is('fills'))
  const { extra, tensors } = singleOutputs(graph.outputs, names, graph.inputs)
  const node = [...main.map(n => writer.node(n)), ...extra]
  const functions = [...called(graph, read)].map(([name, body]) => writer.function(name, body))
  const tables = [...new Set(fills.map(fill => fill.input(0).node))]
  const filling = new Set(fills.flatMap(fill => fill.inputs.slice(1).map(value => value.node)))
  const constants = [...filling].filter(n => n.op === 'Const')
  const initializer = [...tables, ...constants, ...fills].map(n => writer.node(n))
  return {
    modelTopology: {
      node,
      library: functions.length > 0 ? { function: functions } : {},
      versions: { producer: graph.versions.producer, minConsumer: graph.versions.minConsumer },
    },
    ...(fills.length > 0 && { modelInitializer: { node: initializer, versions: {} } }),
    outputs: tensors,
    weights: [...writer.weights].map(n => ({ name: names.of(n), node: n })),
  }
}

/** Writes nodes, and collects the constants among them. */
class Writer {
  readonly weights = new Set<Node>()
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  node(node: Node): Json {
    if (node.op === 'Const') this.weights.add(node)
    return {
      name: this.#names.of(node),
      op: node.op,
      input: node.inputs.map(value => this.#names.ofValue(value)),
      attr: attributesJson(node),
    }
  }

  function(name: string, body: Graph): Json {
    const args = new Set(body.inputs.map(port => port.value.node))
    const nodes = readBy(body).filter(node => !args.has(node))
    const { extra, tensors } = singleOutputs(body.outputs, this.#names, [])
    const results = tensors.map((tensor, i) => [`result_${i}`, tensor] as const)
    return {
      signature: {
        name,
        inputArg: body.inputs.map(({ value }) => ({ name: this.#names.of(value.node), type: typeOf(value) })),
        outputArg: results.map(([key], i) => ({ name: key, type: typeOf(body.outputs[i]!.value) })),
      },
      nodeDef: [...nodes.map(node => this.node(node)), ...extra],
      ret: Object.fromEntries(results),
    }
  }
}

const typeOf = (value: Value): string => typeName(knownType(value) ?? 'float32')

interface SingleOutputs {
  readonly extra: readonly Json[]
  readonly tensors: readonly string[]
}

/**
 * TF.js knows an output by its node, once: a second output of the same node, one that is not its first, and one that is
 * an input get an Identity.
 */
function singleOutputs(outputs: readonly Port[], names: Names, inputs: readonly Port[]): SingleOutputs {
  const seen = new Set<Node>(inputs.map(port => port.value.node))
  const extra: Json[] = []
  const tensors = outputs.map(({ value }) => {
    const { node, index } = value
    if (index === 0 && !seen.has(node)) {
      seen.add(node)
      return names.of(node)
    }
    const name = names.fresh(`${names.of(node)}/output_${index}`, names.of(node))
    extra.push({ name, op: 'Identity', input: [names.ofValue(value)], attr: { T: { type: typeOf(value) } } })
    return name
  })
  return { extra, tensors }
}

/** An input or output in the model's signature. */
export const portJson = (name: string, dtype: DType, shape: PartialShape): Json => ({
  name,
  dtype: typeName(dtype),
  tensorShape: shapeJson(shape),
})
