/** A graph as the text of a GraphDef, node by node, so that memory stays flat. */
import { create } from '@bufbuild/protobuf'
import type { Graph } from '../graph/graph.ts'
import { chunks } from '../tensor/read.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { FunctionDefSchema } from '../tensorflow/generated/tensorflow/core/framework/function_pb.js'
import { NodeDefSchema } from '../tensorflow/generated/tensorflow/core/framework/node_def_pb.js'
import { VersionDefSchema } from '../tensorflow/generated/tensorflow/core/framework/versions_pb.js'
import { Constants } from './constants.ts'
import type { Exporter } from './exporter.ts'
import { functionDef, type WrittenFunction } from './function-def.ts'
import { versionDef, writtenFunctions, writtenOrder } from './graphdef.ts'
import { nodeDef, type WrittenNode } from './node-def.ts'
import type { Output } from './output.ts'
import { escapedBytes, messageText, type TextPart } from './text-format.ts'

export const pbtxt: Exporter = {
  name: 'pbtxt',
  sentence: 'GraphDef as text (.pbtxt)',
  fits: path => /\.(pbtxt|pb\.txt|prototxt)$/i.test(path),
  write: async ({ graph }) => [{ path: '', ...(await pbtxtChunks(graph)) }],
}

/** The text of the graph, in the order in which `graphdefChunks` writes it. */
export async function pbtxtChunks(graph: Graph): Promise<Output> {
  const constants = await Constants.of(graph)
  return { chunks: encoded(graphText(graph, constants)) }
}

function* graphText(graph: Graph, constants: Constants): Generator<TextPart> {
  for (const node of writtenOrder(graph)) yield* nodeText('node', nodeDef(node, constants), '')
  if (graph.functions.size > 0) {
    yield 'library {\n'
    for (const f of writtenFunctions(graph)) yield* functionText(functionDef(f, constants, graph.functions))
    yield '}\n'
  }
  yield 'versions {\n'
  yield* messageText(VersionDefSchema, versionDef(graph), () => undefined, '  ')
  yield '}\n'
}

function* nodeText(field: string, { def, contents }: WrittenNode, indent: string): Generator<TextPart> {
  const byMessage = new Map<unknown, Tensor>()
  for (const [key, tensor] of contents) byMessage.set(def.attr[key]!.value.value, tensor)
  yield `${indent}${field} {\n`
  yield* messageText(NodeDefSchema, def, message => byMessage.get(message), `${indent}  `)
  yield `${indent}}\n`
}

/** Signature, nodes, then the rest: the fields in the order of their numbers. */
function* functionText({ def, nodes }: WrittenFunction): Generator<TextPart> {
  const { signature, ...rest } = def
  const nothing = (): undefined => undefined
  yield '  function {\n'
  yield* messageText(FunctionDefSchema, create(FunctionDefSchema, { signature: signature! }), nothing, '    ')
  for (const node of nodes()) yield* nodeText('node_def', node, '    ')
  yield* messageText(FunctionDefSchema, rest, nothing, '    ')
  yield '  }\n'
}

/** Characters gathered before they are handed out. */
const GATHERED = 1 << 20

async function* encoded(parts: Iterable<TextPart>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') text += part
    if (text && (typeof part !== 'string' || text.length >= GATHERED)) {
      yield encoder.encode(text)
      text = ''
    }
    if (typeof part !== 'string') for await (const bytes of chunks(part, GATHERED)) yield escapedBytes(bytes)
  }
  if (text) yield encoder.encode(text)
}
