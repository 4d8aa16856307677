/** Finds what TF.js cannot execute of a graph, or would compute differently from TensorFlow without a word. */
import type { Unreadable } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { attributeRefusal } from './attribute-lint.ts'
import { CONDITIONS } from './conditions/index.ts'
import { narrowIntegerRefusal } from './conditions/types.ts'
import { attributesRead } from './operators.ts'
import { called, initializers, readBy } from './reachable.ts'

/** The nodes of a graph and its functions that cannot be written, in the order of the graph. */
export function lint(graph: Graph): Unreadable[] {
  const read = readBy(graph)
  const main = [...read, ...initializers(graph, read)]
  const functions = [...called(graph, read)].map(([name, body]) => ({ body, nodes: readBy(body), inFunction: name }))
  return [{ body: graph, nodes: main }, ...functions].flatMap(({ body, nodes, ...place }) => {
    const facts = new Facts(body)
    return nodes.flatMap(node => {
      const reason = refusal(node, facts)
      return reason === undefined ? [] : [{ node: node.name, op: node.op, ...place, reason }]
    })
  })
}

function refusal(node: Node, facts: Facts): string | undefined {
  if (node.op === '_Arg') return undefined
  if (!attributesRead(node.op)) return `TF.js does not execute ${node.op}`
  return (
    typeRefusal(node) ?? narrowIntegerRefusal(node) ?? attributeRefusal(node) ?? CONDITIONS.get(node.op)?.(node, facts)
  )
}

/** The types that a tensor of TF.js can have, or stand for. */
const TYPES: ReadonlySet<DType> = new Set<DType>([
  'float32',
  'float64',
  'float16',
  'int32',
  'int64',
  'int8',
  'uint8',
  'bool',
  'string',
  'complex64',
  'resource',
  'variant',
])

function typeRefusal(node: Node): string | undefined {
  const other = node.outputTypes?.find(dtype => !TYPES.has(dtype))
  return other && `TF.js has no tensors of ${other}`
}
