/** Which nodes of an ONNX graph its results need. */
import type { OnnxGraph, OnnxNode, Ref } from './model.ts'

/** The nodes that the results need, in order. */
export function live(nodes: readonly OnnxNode[], results: readonly Ref[]): OnnxNode[] {
  const needed = new Set(results)
  const kept: OnnxNode[] = []
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some(ref => needed.has(ref))) continue
    kept.push(node)
    for (const ref of readBy(node)) needed.add(ref)
  }
  return kept.reverse()
}

/** The values that a node reads, in its subgraphs too. */
function* readBy(node: OnnxNode): Generator<Ref> {
  for (const ref of node.inputs) if (ref) yield ref
  for (const attribute of node.attributes.values()) {
    if (attribute.kind !== 'graph') continue
    for (const inner of attribute.value.nodes) yield* readBy(inner)
    for (const { ref } of attribute.value.outputs) yield ref
  }
}

/** Everything that the nodes read, and the results. */
export const referenced = (nodes: readonly OnnxNode[], results: readonly Ref[]): ReadonlySet<Ref> =>
  new Set([...results, ...nodes.flatMap(node => [...readBy(node)])])

/** The nodes with those of their subgraphs. */
export const allNodes = (nodes: readonly OnnxNode[]): OnnxNode[] =>
  nodes.flatMap(node => [
    node,
    ...[...node.attributes.values()].flatMap(a => (a.kind === 'graph' ? allNodes(a.value.nodes) : [])),
  ])

/** The domains of the operators in a graph. */
export const domainsOf = ({ nodes }: OnnxGraph): ReadonlySet<string> =>
  new Set(allNodes(nodes).map(node => node.domain))
