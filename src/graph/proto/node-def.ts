/** NodeDef to Node, without its edges: the same in the main graph and in functions. */
import type { NodeDef } from '../../tensorflow/generated/messages.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../node.ts'
import type { ResultDef } from '../results.ts'
import { attrsFromProto } from './attr-value.ts'
import { fail, nodePlace } from './place.ts'
import type { LargeBytesOf } from './tensor-proto.ts'

/** What reading nodes needs from around them. */
export interface NodeContext {
  /** What errors name. */
  readonly file: string
  readonly large: LargeBytesOf
  /** The results of ops that are not in TensorFlow's registry: library functions, and custom ops that the file defines. */
  readonly results: Map<string, () => readonly ResultDef[]>
}

/** Adds the node. Throws `invalid-graph` for a name that is empty or taken, and for a constant without a value. */
export function addNode(graph: Graph, def: NodeDef, context: NodeContext, functionName?: string): Node {
  const place = nodePlace(context.file, functionName, def.name)
  if (!def.name) fail(place, 'invalid-graph', `a node (${def.op}) without a name`)
  if (graph.node(def.name)) fail(place, 'invalid-graph', 'two nodes have this name')
  const attrs = attrsFromProto(def.attr, { large: context.large, place }, def.op)
  if (def.op === 'Const' && attrs.get('value')?.kind !== 'tensor')
    fail(place, 'invalid-graph', 'a constant without a value')
  const node = graph.addNode(def.op, [], attrs, def.name)
  node.device = def.device
  return node
}
