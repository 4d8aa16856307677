/** The totals of a graph: the numbers of the table that is printed before and after optimising. */

import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { byteLength } from '../tensor/tensor.ts'
import { entryFor } from '../tensorflow/op-table.ts'

/** The numbers of a graph and its functions. */
export interface GraphSummary {
  /** For the main graph and all functions. */
  readonly nodes: number
  /** How many nodes each op has, by name. */
  readonly ops: ReadonlyMap<string, number>
  /** For all constants. */
  readonly constantBytes: number
  /** Multiplications with addition of convolutions and matrix products; an unknown size counts as one, a loop's body once. */
  readonly multiplyAdds: number
}

/** Counts a graph and its functions. */
export function summarize(graph: Graph): GraphSummary {
  const ops = new Map<string, number>()
  let nodes = 0
  let constantBytes = 0
  let multiplyAdds = 0
  for (const body of graph.withBodies()) {
    const facts = new Facts(body)
    for (const node of body.nodes) {
      nodes++
      ops.set(node.op, (ops.get(node.op) ?? 0) + 1)
      const tensor = node.out().tensor
      if (tensor) constantBytes += byteLength(tensor)
      multiplyAdds += entryFor(COUNTS, node.op)?.(node, facts) ?? 0
    }
  }
  const sorted = new Map([...ops].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { nodes, ops: sorted, constantBytes, multiplyAdds }
}

type Count = (node: Node, facts: Facts) => number

const product = (shape: PartialShape): number => (shape ?? []).reduce<number>((n, d) => n * (d ?? 1), 1)

/** Each element of the output is a sum over the filter, but for its last axis. */
const convolution: Count = (node, facts) => {
  const filter = facts.shape(node.input(1)) ?? []
  return product(facts.shape(node.out())) * product(filter.slice(0, -1))
}

/** Each element of the output is a sum over a window of one channel. */
const depthwise: Count = (node, facts) =>
  product(facts.shape(node.out())) * product((facts.shape(node.input(1)) ?? []).slice(0, 2))

/** Each element of the input goes into a window of every output channel. */
const transposed: Count = (node, facts) =>
  product(facts.shape(node.input(2))) * product((facts.shape(node.input(1)) ?? []).slice(0, -1))

const matrixProduct =
  (transposeAttr: string): Count =>
  (node, facts) => {
    const shape = facts.shape(node.input(0))
    return product(facts.shape(node.out())) * (shape?.at(node.bool(transposeAttr) ? -2 : -1) ?? 1)
  }

const COUNTS: Readonly<Record<string, Count>> = {
  Conv2D: convolution,
  Conv3D: convolution,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  Conv3DBackpropInputV2: transposed,
  MatMul: matrixProduct('transpose_a'),
  BatchMatMul: matrixProduct('adj_x'),
  BatchMatMulV2: matrixProduct('adj_x'),
  BatchMatMulV3: matrixProduct('adj_x'),
}
