/** The inner tensors of what is compared: what makes them, in the order in which they are computed. */
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** Nodes, each after what it reads. */
export interface Inner {
  readonly nodes: readonly InnerNode[]
  /**
   * Whether a tensor may hold the numbers of TensorFlow's tensor of its name in another order: images with their
   * channels first, as ONNX has them, and rows that were made of such.
   */
  readonly isReordered: boolean
}

/** A node by the names of its tensors. */
export interface InnerNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  /** Those that a run can give. */
  readonly outputs: readonly InnerTensor[]
  /** The names of attributes that are written out; absent for ops that are not TensorFlow's. */
  readonly attributes?: readonly string[]
  /** An attribute, or its default, as text. */
  attribute?(name: string): string | undefined
}

/** A tensor that a node makes. */
export interface InnerTensor {
  readonly name: string
  /** Undefined where only a run tells it. */
  readonly dtype: DType | undefined
}

/** The inner tensors of a graph. */
export const innerOf = (graph: Graph): Inner => ({
  nodes: inOrder(graph.outputs.map(port => port.value.node)).map(innerNode),
  isReordered: false,
})

function innerNode(node: Node): InnerNode {
  const outputs = node.is('constant', 'placeholder') ? [] : node.outputs
  return {
    name: node.name,
    op: node.op,
    inputs: node.inputs.map(String),
    outputs: outputs
      .filter(value => value !== undefined && value.dtype !== 'variant' && value.dtype !== 'resource')
      .map(value => ({ name: String(value), dtype: value!.dtype })),
    attributes: [...node.attrs.keys()],
    attribute: name => attributeText(node, name),
  }
}

const attributeText = (node: Node, name: string): string | undefined =>
  JSON.stringify(node.attr(name), (_, value) => (typeof value === 'bigint' ? String(value) : value))
