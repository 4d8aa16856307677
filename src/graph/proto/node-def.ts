/** NodeDef to Node, without its edges: the same in the main graph and in functions. */
import { decodeMessage } from '../../formats/protobuf/decode.ts'
import { NodeDef } from '../../tensorflow/generated/messages.ts'
import type { Attr } from '../attr.ts'
import type { Graph } from '../graph.ts'
import type { Node, Value } from '../node.ts'
import type { ResultDef } from '../results.ts'
import { attrsFromProto } from './attr-value.ts'
import { fail, nodePlace } from './place.ts'
import type { LargeBytesOf } from './tensor-proto.ts'

/** The context for reading nodes. */
export interface NodeContext {
  /** The name for errors. */
  readonly file: string
  readonly large: LargeBytesOf
  /** The results of ops that are not in TensorFlow's registry: library functions, and custom ops that the file defines. */
  readonly results: Map<string, () => readonly ResultDef[]>
  readonly shared: SharedAttrs
}

/** A node, and its inputs as the message names them: they may be nodes that come later. */
export interface UnwiredNode {
  readonly node: Node
  readonly input: readonly string[]
}

/**
 * Adds the node of which `bytes` are the NodeDef. Throws `corrupt`, and `invalid-graph` for a name that is empty or
 * taken, and for a constant without a value.
 */
export function addNode(graph: Graph, bytes: Uint8Array, context: NodeContext, functionName?: string): UnwiredNode {
  const def = decodeMessage(NodeDef, bytes, {
    file: context.file,
    ...(functionName !== undefined && { path: [functionName] }),
  })
  const place = nodePlace(context.file, functionName, def.name)
  if (!def.name) fail(place, 'invalid-graph', `a node (${def.op}) without a name`)
  if (graph.node(def.name)) fail(place, 'invalid-graph', 'two nodes have this name')
  const attrs = attrsFromProto(def.attr, { large: context.large, place }, def.op)
  if (def.op === 'Const' && attrs.get('value')?.kind !== 'tensor')
    fail(place, 'invalid-graph', 'a constant without a value')
  const node = graph.addNode(def.op, [], context.shared.of(attrs), def.name)
  node.device = def.device
  return { node, input: def.input }
}

/** How the names of inputs are read where the nodes are. Both throw where there is no such node. */
export interface Naming {
  readonly value: (input: string, reader: string) => Value
  readonly dangling: (input: string, reader: string) => never
}

/** Gives a node its inputs and control inputs, once all nodes of the graph are there. */
export function wire(graph: Graph, { node, input }: UnwiredNode, { value, dangling }: Naming): void {
  const inputs: Value[] = []
  for (const name of input) {
    if (name.startsWith('^')) node.addControl(graph.node(name.slice(1)) ?? dangling(name, node.name))
    else inputs.push(value(name, node.name))
  }
  node.setInputs(inputs)
}

/** Attributes that many nodes have alike, `T: float32` above all: each set is held once. */
export class SharedAttrs {
  readonly #sets = new Map<string, ReadonlyMap<string, Attr>>()

  /** The first set that was equal to this one; the set itself where it has more than numbers, names and types. */
  of(attrs: ReadonlyMap<string, Attr>): ReadonlyMap<string, Attr> {
    let key = ''
    for (const [name, attr] of attrs) {
      if (attr.kind !== 'type' && attr.kind !== 'int' && attr.kind !== 'bool') return attrs
      key += `${name.length} ${name} ${attr.kind} ${attr.value} ` // a file may put spaces into a name
    }
    const known = this.#sets.get(key)
    if (!known) this.#sets.set(key, attrs)
    return known ?? attrs
  }
}
