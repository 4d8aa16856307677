/**
 * A graph as GraphDef, the frozen `.pb`. The same graph gives the same bytes:
 * nodes stand after what they read, inputs first, functions by name.
 */

import { Scatter } from '../formats/protobuf/scatter.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph, GraphFunction, Port } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { VersionDef } from '../tensorflow/generated/messages.ts'
import { Constants } from './constants.ts'
import { checkSize, type Exporter } from './exporter.ts'
import { functionDef, functionScatter } from './function-def.ts'
import { nodeDef, scatterNode } from './node-def.ts'
import type { Output } from './output.ts'

export const graphdef: Exporter = {
  kind: 'graph',
  name: 'graphdef',
  description: 'a binary GraphDef; also for paths without a known ending',
  extensions: ['.pb'],
  maxBytes: MAX_MESSAGE_BYTES,
  write: async ({ graph }) => [{ path: '', ...(await graphdefChunks(graph)) }],
}

/** The fields of GraphDef. */
const FIELD = { node: 1, library: 2, versions: 4, libraryFunction: 1 } as const

/**
 * The bytes of the graph. Throws `limit` where they would be more than a
 * protobuf message may have, before anything is written.
 */
export async function graphdefChunks(graph: Graph): Promise<Output> {
  return checked(await graphdefScatter(graph))
}

/** The nodes in the order in which they are written: inputs first, then each after what it reads. */
export const writtenOrder = (graph: Graph): Node[] => inOrder([...graph.roots(), ...graph.nodes])

/** A port's tensor as sessions are asked for it: `probs:0`. */
export const tensorName = ({ value }: Port): string => `${value.node.name}:${value.index}`

/** The functions in the order in which they are written. */
export const writtenFunctions = (graph: Graph): GraphFunction[] =>
  [...graph.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1))

/** The message with its tensors still to be read. */
export async function graphdefScatter(graph: Graph): Promise<Scatter> {
  const constants = await Constants.of(graph)
  const scatter = new Scatter()
  for (const node of writtenOrder(graph)) scatterNode(scatter, FIELD.node, nodeDef(node, constants))
  if (graph.functions.size > 0) {
    const library = new Scatter()
    for (const f of writtenFunctions(graph))
      library.message(FIELD.libraryFunction, functionScatter(functionDef(f, constants, graph.functions)))
    scatter.message(FIELD.library, library)
  }
  return scatter.message(FIELD.versions, new Scatter().bytes(versionDef(graph)))
}

/** The bytes of GraphDef's `versions`. */
export const versionDef = ({ versions: { badConsumers, ...rest } }: Graph): Uint8Array =>
  VersionDef.encode({ ...rest, badConsumers: [...badConsumers] }).finish()

/** The bytes of a message. Throws `limit` unless it can be read back. */
export function checked(scatter: Scatter): Output {
  checkSize(scatter.size, MAX_MESSAGE_BYTES, 'a GraphDef')
  return { size: scatter.size, chunks: scatter.chunks() }
}
