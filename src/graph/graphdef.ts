/**
 * GraphDef to Graph: every node, and a library function when something looks at
 * it. Refuses what TensorFlow's own import would: a name that two nodes have, an
 * input that leads nowhere, a constant whose bytes do not fit its shape.
 */

import { MAX_LIST_TENSORS } from '../limits.ts'
import type { GraphDef, OpDef } from '../tensorflow/generated/messages.ts'
import { Graph } from './graph.ts'
import { tensorName } from './names.ts'
import type { Value } from './node.ts'
import { declareFunction } from './proto/function-def.ts'
import { addNode, type Naming, type NodeContext, SharedAttrs, wire } from './proto/node-def.ts'
import { fail, nodePlace } from './proto/place.ts'
import type { LargeBytesOf } from './proto/tensor-proto.ts'
import { outputCount } from './results.ts'

/** Options of `fromGraphDef`. */
export interface GraphDefOptions {
  /** Where the large tensors are, when the message was scanned and not read whole: `Scanned.largeBytes`. */
  readonly large?: LargeBytesOf
  /** Definitions of custom ops that the file brings along (MetaInfoDef.stripped_op_list). */
  readonly customOps?: readonly OpDef[]
}

/**
 * The graph of a GraphDef, without formal inputs and outputs (the caller knows
 * the signature). Gradients of functions are dropped: nothing trains a frozen
 * graph. `file` is what errors name. Throws `invalid-graph`, naming the node,
 * for what TensorFlow would not import, and `corrupt`; of what is in a function,
 * when that is looked at.
 */
export function fromGraphDef(message: GraphDef, file: string, options: GraphDefOptions = {}): Graph {
  const graph = new Graph(new Map(), versionsOf(message))
  const context: NodeContext = {
    file,
    large: options.large ?? (() => undefined),
    results: new Map(options.customOps?.map(op => [op.name, () => op.outputArg])),
    shared: new SharedAttrs(),
  }
  for (const bytes of message.library?.function ?? []) declareFunction(graph, bytes, context)
  const naming: Naming = {
    value: (input, reader) => outputOf(graph, reader, input, file),
    dangling: (input, reader) => dangling(reader, input, file),
  }
  for (const unwired of message.node.map(bytes => addNode(graph, bytes, context))) wire(graph, unwired, naming)
  return graph
}

/** `version` is where files before 2015 have the producer. */
const versionsOf = ({ versions, version }: GraphDef): Graph['versions'] => ({
  producer: versions?.producer ?? version,
  minConsumer: versions?.minConsumer ?? 0,
  badConsumers: versions?.badConsumers ?? [],
})

/** The value that `name` or `name:1` means. */
function outputOf(graph: Graph, reader: string, input: string, file: string): Value {
  const { node: name, index } = tensorName(input)
  const node = graph.node(name) ?? dangling(reader, input, file)
  const count = outputCount(node, graph.functions)
  if (index >= (count ?? MAX_LIST_TENSORS)) {
    const outputs = count === 1 ? 'one output' : `${count || 'no'} outputs`
    fail(nodePlace(file, undefined, reader), 'invalid-graph', `the input '${input}', but ${name} has ${outputs}`)
  }
  return node.out(index)
}

function dangling(reader: string, input: string, file: string): never {
  return fail(nodePlace(file, undefined, reader), 'invalid-graph', `the input '${input}', but there is no such node`)
}
