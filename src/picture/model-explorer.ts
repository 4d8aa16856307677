/**
 * A model as the JSON that Google's Model Explorer reads (its `builtin_json`
 * adapter): one graph for the main graph and one for each function.
 * Source: ai-edge-model-explorer, `src/ui/src/components/visualizer/common/input_graph.ts`.
 */
import { Facts } from '../facts/facts.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { printAttr } from '../graph/text/attrs.ts'
import { describe } from '../tensor/make.ts'
import { byteLength } from '../tensor/tensor.ts'
import { bodiesOf } from './bodies.ts'
import { typed } from './shapes.ts'

/** Model Explorer's form of a graph collection. */
export interface ModelExplorerCollection {
  readonly label: string
  readonly graphs: readonly ModelExplorerGraph[]
}
export interface ModelExplorerGraph {
  readonly id: string
  readonly nodes: readonly ModelExplorerNode[]
}
export interface ModelExplorerNode {
  readonly id: string
  readonly label: string
  /** The scopes around it, with `/` between them. */
  readonly namespace: string
  readonly attrs: readonly KeyValue[]
  readonly incomingEdges: readonly ModelExplorerEdge[]
  readonly outputsMetadata: readonly { readonly id: string; readonly attrs: readonly KeyValue[] }[]
  /** Graphs that the node runs: the bodies of calls, branches and loops. */
  readonly subgraphIds?: readonly string[]
}
interface KeyValue {
  readonly key: string
  readonly value: string
}
interface ModelExplorerEdge {
  readonly sourceNodeId: string
  readonly sourceNodeOutputId: string
  readonly targetNodeInputId: string
}

/** Elements of constants that are listed. */
const MAX_ELEMENTS = 16

/** All graphs of a model. */
export function modelExplorer(graph: Graph, label: string): ModelExplorerCollection {
  const functions = [...graph.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { label, graphs: [exported(graph, 'main'), ...functions.map(f => exported(f.body, f.name))] }
}

function exported(graph: Graph, id: string): ModelExplorerGraph {
  const facts = new Facts(graph)
  return { id, nodes: inOrder(graph.nodes).map(node => exportedNode(node, graph, facts)) }
}

function exportedNode(node: Node, graph: Graph, facts: Facts): ModelExplorerNode {
  const at = node.name.lastIndexOf('/')
  const bodies = bodiesOf(node, graph)
  const incoming = node.inputs.map((value, i) => ({
    sourceNodeId: value.node.name,
    sourceNodeOutputId: String(value.index),
    targetNodeInputId: String(i),
  }))
  const control = [...node.controls].map((before, i) => ({
    sourceNodeId: before.name,
    sourceNodeOutputId: 'control',
    targetNodeInputId: String(node.inputs.length + i),
  }))
  return {
    id: node.name,
    label: node.op,
    namespace: at < 0 ? '' : node.name.slice(0, at),
    attrs: attributes(node),
    incomingEdges: [...incoming, ...control],
    outputsMetadata: (node.outputTypes ?? node.outputs).map((_, i) => {
      const { dtype, shape } = facts.of(node.out(i))
      return { id: String(i), attrs: [{ key: 'tensor_shape', value: dtype ? typed(dtype, shape) : '' }] }
    }),
    ...(bodies.length > 0 && { subgraphIds: bodies.map(b => b.name) }),
  }
}

function attributes(node: Node): KeyValue[] {
  const tensor = node.op === 'Const' ? node.out().tensor : undefined
  const written = [...node.attrs].filter(([name]) => !(tensor && name === 'value'))
  const listed = written.map(([key, attr]) => ({ key, value: printAttr(attr, undefined, MAX_ELEMENTS) }))
  if (!tensor) return listed
  return [...listed, { key: 'value', value: describe(tensor) }, { key: 'bytes', value: String(byteLength(tensor)) }]
}
