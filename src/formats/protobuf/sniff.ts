/** Tells TensorFlow's messages apart by their first fields. Nothing in a file says what message it holds. */
import { WireType } from '@bufbuild/protobuf/wire'
import type { ByteSource } from '../../bytes/source.ts'
import { isFreezeError } from '../../errors.ts'
import { Window } from './window.ts'

/** The likely content of a file, and whether it is text. */
export interface MessageSniff {
  readonly message: 'SavedModel' | 'GraphDef' | 'MetaGraphDef'
  readonly form: 'binary' | 'text'
}

/** Enough for the licence comment that some text files begin with. */
const TEXT_HEAD_BYTES = 8 * 1024
/** Fields looked at in one message: a message that is something else shows it sooner. */
const MAX_FIELDS = 16

/** The likely kind of a source by its first bytes; undefined for none of TensorFlow's messages. Never throws for content. */
export async function sniffMessage(source: ByteSource): Promise<MessageSniff | undefined> {
  const head = await source.read(0, Math.min(source.size, TEXT_HEAD_BYTES))
  if (looksLikeText(head)) {
    const message = textMessage(head)
    return message && { message, form: 'text' }
  }
  const message = await binaryMessage(source)
  return message && { message, form: 'binary' }
}

/** Whether bytes are the start of a message's text: a field name, then `:` or a brace, and no control character. */
export function looksLikeText(head: Uint8Array): boolean {
  // A binary message has the tag 0x12, field 2, within its first field or behind it.
  if (head.some(byte => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false
  return firstName(head) !== undefined
}

/** The fields that each message's text can begin with. */
const TEXT_FIELDS: readonly (readonly [MessageSniff['message'], RegExp])[] = [
  ['SavedModel', /^(saved_model_schema_version|meta_graphs)$/],
  ['GraphDef', /^(node|library|versions|version)$/],
  ['MetaGraphDef', /^(meta_info_def|graph_def|saver_def|collection_def|signature_def|asset_file_def)$/],
]

function textMessage(head: Uint8Array): MessageSniff['message'] | undefined {
  const name = firstName(head) ?? ''
  return TEXT_FIELDS.find(([, names]) => names.test(name))?.[0]
}

const firstName = (head: Uint8Array): string | undefined =>
  /^\uFEFF?(?:\s|#[^\n]*\n)*([A-Za-z_]\w*)\s*[:{<]/.exec(new TextDecoder().decode(head))?.[1]

/** A field's header, and where its content is. */
interface Header {
  readonly number: number
  readonly wireType: number
  readonly offset: number
  /** Bytes of the content; a varint's own. */
  readonly length: number
}

async function binaryMessage(source: ByteSource): Promise<MessageSniff['message'] | undefined> {
  const fields = await headers(source, 0, source.size)
  if (fields === undefined || fields.length === 0) return undefined
  const first = fields[0]!
  const graph = fields.find(field => field.number === 2)
  if (first.number === 1 && first.wireType === WireType.Varint)
    return graph && (await isMetaGraphDef(source, graph)) ? 'SavedModel' : undefined
  if (first.number === 1 && (await isNodeDef(source, first))) return 'GraphDef'
  if (first.number <= 2 && graph && (await isGraphDef(source, graph))) return 'MetaGraphDef'
  // A SavedModel whose schema version is 0 does not say so: it begins with a metagraph, where a graph has its library.
  if (first.number === 2 && (await holdsGraph(source, first))) return 'SavedModel'
  return isGraphWithoutNodes(fields) ? 'GraphDef' : undefined
}

/** Whether a message is a metagraph with a graph in it. */
async function holdsGraph(source: ByteSource, metaGraph: Header): Promise<boolean> {
  if (!(await isMetaGraphDef(source, metaGraph))) return false
  const graph = (await headers(source, metaGraph.offset, metaGraph.length))?.find(field => field.number === 2)
  return graph !== undefined && isGraphDef(source, graph)
}

/** The first fields of the message in a range; undefined when the bytes are not fields. */
async function headers(source: ByteSource, offset: number, length: number): Promise<Header[] | undefined> {
  const window = new Window(source, offset, Math.min(length, source.size - offset))
  const fields: Header[] = []
  try {
    while (window.offset < window.end && fields.length < MAX_FIELDS) {
      if (!window.hasHeader) await window.fill()
      const field = header(window)
      if (field === undefined) return undefined
      fields.push(field)
      // A file that is cut short is still recognised, so that reading it says what is wrong.
      if (field.offset + field.length > window.end) break
    }
  } catch (e) {
    if (isFreezeError(e)) return undefined
    throw e
  }
  return fields
}

const FIXED_BYTES = new Map<number, number>([
  [WireType.Bit32, 4],
  [WireType.Bit64, 8],
])

function header(window: Window): Header | undefined {
  const tag = window.varint()
  const number = Math.floor(tag / 8)
  const wireType = tag % 8
  const { offset } = window
  if (number < 1) return undefined
  if (wireType === WireType.Varint) return { number, wireType, offset, length: window.varintBytes().length }
  const length = wireType === WireType.LengthDelimited ? window.varint() : FIXED_BYTES.get(wireType)
  if (length === undefined) return undefined
  const field = { number, wireType, offset: window.offset, length }
  window.skip(length)
  return field
}

/** A NodeDef: its name and its op, both strings, and fields up to 7. */
async function isNodeDef(source: ByteSource, node: Header): Promise<boolean> {
  if (node.wireType !== WireType.LengthDelimited) return false
  const fields = await headers(source, node.offset, node.length)
  if (!fields?.every(({ number, wireType }) => number <= 7 && wireType === WireType.LengthDelimited)) return false
  const name = fields.find(field => field.number === 1)
  const op = fields.find(field => field.number === 2)
  return name !== undefined && op !== undefined && /^[A-Za-z_][\w>]*$/.test(await start(source, op))
}

/** A MetaGraphDef: messages only. An ONNX file, too, begins with a number and then field 2, which is text there. */
async function isMetaGraphDef(source: ByteSource, metaGraph: Header): Promise<boolean> {
  if (metaGraph.wireType !== WireType.LengthDelimited) return false
  const fields = await headers(source, metaGraph.offset, metaGraph.length)
  return fields?.every(({ number, wireType }) => number <= 7 && wireType === WireType.LengthDelimited) ?? false
}

async function isGraphDef(source: ByteSource, graph: Header): Promise<boolean> {
  if (graph.wireType !== WireType.LengthDelimited) return false
  const fields = await headers(source, graph.offset, graph.length)
  if (fields === undefined) return false
  const first = fields[0]
  return first?.number === 1 ? isNodeDef(source, first) : isGraphWithoutNodes(fields)
}

/** Only a library (2), an old version (3) and versions (4). */
const isGraphWithoutNodes = (fields: readonly Header[]): boolean =>
  fields.every(({ number, wireType }) =>
    number === 3
      ? wireType === WireType.Varint
      : (number === 2 || number === 4) && wireType === WireType.LengthDelimited,
  )

const start = async (source: ByteSource, field: Header): Promise<string> =>
  new TextDecoder().decode(await source.read(field.offset, Math.min(field.length, 256)))
