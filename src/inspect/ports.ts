/** Lists the inputs and outputs of a graph, with types and shapes: as freezing says, or as the graph itself shows. */
import { Facts } from '../facts/facts.ts'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import type { Graph, Port } from '../graph/graph.ts'
import type { Value } from '../graph/node.ts'
import { likelyOutputs } from '../models/likely-outputs.ts'
import type { InspectedTensor } from './contents.ts'

/** The inputs and outputs of one graph. */
export interface Ports {
  readonly inputs: readonly InspectedTensor[]
  readonly outputs: readonly InspectedTensor[]
}

/** Those of a frozen graph, by the names that the model has for them. */
export function frozenPorts({ graph, inputs, outputs }: Frozen): Ports {
  const described = ({ key, dtype, shape, from }: FrozenPort, { value }: Port): InspectedTensor => ({
    key,
    tensor: from ?? `${value.node.name}:${value.index}`,
    dtype,
    shape,
  })
  return {
    inputs: inputs.map((port, i) => described(port, graph.inputs[i]!)),
    outputs: outputs.map((port, i) => described(port, graph.outputs[i]!)),
  }
}

/** Those that a graph seems to have which cannot be frozen: its placeholders, and what nothing in it reads. */
export function graphPorts(graph: Graph): Ports {
  const facts = new Facts(graph)
  const described = (value: Value): InspectedTensor => ({
    key: String(value),
    tensor: `${value.node.name}:${value.index}`,
    dtype: value.dtype ?? facts.of(value).dtype ?? 'unknown',
    shape: facts.shape(value),
  })
  const placeholders = [...graph.nodes].filter(node => node.is('placeholder'))
  return {
    inputs: placeholders.map(node => described(node.out())),
    outputs: likelyOutputs(graph).map(({ value }) => described(value)),
  }
}
