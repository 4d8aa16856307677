/** A graph as the text of a GraphDef, node by node, so that memory stays flat. */
import type { Graph } from '../graph/graph.ts'
import { chunks } from '../tensor/read.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { AttrValue, NodeDef, TensorProto } from '../tensorflow/generated/messages.ts'
import { Constants } from './constants.ts'
import type { Exporter } from './exporter.ts'
import { functionDef, type WrittenFunction } from './function-def.ts'
import { versionDef, writtenFunctions, writtenOrder } from './graphdef.ts'
import { nodeDef, type WrittenNode } from './node-def.ts'
import type { Output } from './output.ts'

/** How bytes become text: loaded when text is written, as it needs descriptors. */
type TextFormat = typeof import('./text-format.ts')

/** Text, or a tensor whose escaped bytes stand here. */
type TextPart = string | Tensor

export const pbtxt: Exporter = {
  kind: 'graph',
  name: 'pbtxt',
  description: 'GraphDef as text',
  extensions: ['.pbtxt', '.pb.txt', '.prototxt'],
  write: async ({ graph }) => [{ path: '', ...(await pbtxtChunks(graph)) }],
}

/** The text of the graph, in the order in which `graphdefChunks` writes it. */
export async function pbtxtChunks(graph: Graph): Promise<Output> {
  const constants = await Constants.of(graph)
  const format = await import('./text-format.ts')
  return { chunks: encoded(graphText(graph, constants, format), format.escapedBytes) }
}

function* graphText(graph: Graph, constants: Constants, format: TextFormat): Generator<TextPart> {
  for (const node of writtenOrder(graph)) yield* nodeText('node', nodeDef(node, constants), format, '')
  if (graph.functions.size > 0) {
    yield 'library {\n'
    for (const f of writtenFunctions(graph)) yield* functionText(functionDef(f, constants, graph.functions), format)
    yield '}\n'
  }
  yield 'versions {\n'
  yield* format.messageText('tensorflow.VersionDef', versionDef(graph), '  ')
  yield '}\n'
}

function* nodeText(field: string, { def, contents }: WrittenNode, format: TextFormat, indent: string) {
  yield `${indent}${field} {\n`
  yield* format.messageText(NodeDef.$type, NodeDef.encode({ ...def, attr: new Map() }).finish(), `${indent}  `)
  for (const [key, value] of def.attr) {
    yield `${indent}  attr {\n${indent}    key: "${format.escaped(new TextEncoder().encode(key))}"\n`
    yield `${indent}    value {\n`
    yield* attrText(value, contents.get(key), format, `${indent}      `)
    yield `${indent}    }\n${indent}  }\n`
  }
  yield `${indent}}\n`
}

/** An attribute; `content` are the elements that the message lacks. */
function* attrText(attr: AttrValue, content: Tensor | undefined, format: TextFormat, indent: string) {
  if (!content || attr.value?.$case !== 'tensor') {
    yield* format.messageText(AttrValue.$type, AttrValue.encode(attr).finish(), indent)
    return
  }
  yield `${indent}tensor {\n`
  yield* format.messageText(TensorProto.$type, TensorProto.encode(attr.value.value).finish(), `${indent}  `)
  yield `${indent}  tensor_content: "`
  yield content
  yield `"\n${indent}}\n`
}

function* functionText({ head, nodes, tail }: WrittenFunction, format: TextFormat): Generator<TextPart> {
  yield '  function {\n'
  yield* format.messageText('tensorflow.FunctionDef', head, '    ')
  for (const node of nodes()) yield* nodeText('node_def', node, format, '    ')
  yield* format.messageText('tensorflow.FunctionDef', tail, '    ')
  yield '  }\n'
}

/** Characters gathered before they are handed out. */
const GATHERED = 1 << 20

async function* encoded(
  parts: Iterable<TextPart>,
  escapedBytes: TextFormat['escapedBytes'],
): AsyncGenerator<Uint8Array, void> {
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
