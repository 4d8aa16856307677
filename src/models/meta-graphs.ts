/**
 * The metagraphs of a SavedModel. Each holds a whole graph, so only their tags
 * and signatures are read until one is chosen:
 *
 *     SavedModel  1 schema_version  2 meta_graphs { 1 meta_info_def  2 graph_def … 5 signature_def }
 */
import { type ByteSource, readAll, slice } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { decodeMessage } from '../formats/protobuf/decode.ts'
import { readMessage } from '../formats/protobuf/message.ts'
import { type Scanned, scanMessage } from '../formats/protobuf/scan.ts'
import type { MessageSniff } from '../formats/protobuf/sniff.ts'
import { Window } from '../formats/protobuf/window.ts'
import { MAX_GRAPH_BYTES } from '../limits.ts'
import { MetaGraphDef, SavedModel } from '../tensorflow/generated/messages.ts'
import type { MetaGraphSummary } from './model.ts'
import { isInternalSignature } from './signatures.ts'

/** A SavedModel's file, of which only the summaries are read. */
export interface MetaGraphs {
  readonly summaries: readonly MetaGraphSummary[]
  /** Reads one whole, its large tensors left in the file. */
  read(index: number): Promise<Scanned<MetaGraphDef>>
}

/** Opens `saved_model.pb` or `.pbtxt`. Throws `truncated` or `corrupt`. */
export const openMetaGraphs = (source: ByteSource, form: MessageSniff['form']): Promise<MetaGraphs> =>
  form === 'text' ? openText(source) : openBinary(source)

async function openText(source: ByteSource): Promise<MetaGraphs> {
  const { message, largeBytes } = await readMessage(source, SavedModel, 'text')
  const { metaGraphs } = message
  return { summaries: metaGraphs.map(summary), read: async index => ({ message: metaGraphs[index]!, largeBytes }) }
}

const META_GRAPHS = 2
/** meta_info_def and signature_def. */
const SUMMARY_FIELDS: ReadonlySet<number> = new Set([1, 5])

async function openBinary(source: ByteSource): Promise<MetaGraphs> {
  const all = await fieldRanges(source, { tag: 0, start: 0, offset: 0, end: source.size })
  const ranges = all.filter(field => field.tag >> 3 === META_GRAPHS)
  const summaries: MetaGraphSummary[] = []
  for (const range of ranges) summaries.push(summary(await readSummary(source, range)))
  return {
    summaries,
    read: index => {
      const { offset, end } = ranges[index]!
      return scanMessage(source, MetaGraphDef, { offset, length: end - offset })
    },
  }
}

/** A field of a message, by absolute offsets: its tag's, its content's, its end. */
interface FieldRange {
  readonly tag: number
  readonly start: number
  readonly offset: number
  readonly end: number
}

const VARINT = 0
const DELIMITED = 2

/** The fields of a message whose fields are numbers and messages, as SavedModel's and MetaGraphDef's are. */
async function fieldRanges(source: ByteSource, within: FieldRange): Promise<FieldRange[]> {
  const window = new Window(source, within.offset, within.end - within.offset)
  const fields: FieldRange[] = []
  while (window.offset < window.end) {
    if (!window.hasHeader) await window.fill()
    const start = window.offset
    const tag = window.varint()
    const value = window.varint()
    if ((tag & 7) !== VARINT && (tag & 7) !== DELIMITED) {
      window.fail('corrupt', `wire type ${tag & 7}, which no field of a SavedModel has`)
    }
    const length = (tag & 7) === VARINT ? 0 : value
    const { offset } = window
    if (offset + length > window.end) {
      window.fail(
        'truncated',
        `a field of ${length} bytes ends at ${offset + length}, and the message at ${window.end}`,
      )
    }
    fields.push({ tag, start, offset, end: offset + length })
    window.skip(length)
  }
  return fields
}

/** The metagraph without its graph, its variables' list and its object graph. */
async function readSummary(source: ByteSource, range: FieldRange): Promise<MetaGraphDef> {
  const fields = (await fieldRanges(source, range)).filter(field => SUMMARY_FIELDS.has(field.tag >> 3))
  const size = fields.reduce((n, field) => n + field.end - field.start, 0)
  if (size > MAX_GRAPH_BYTES) throw new FreezeError('limit', `signatures of ${size} bytes`, { file: source.name })
  const bytes = new Uint8Array(size)
  let at = 0
  for (const { start, end } of fields) {
    bytes.set(await readAll(slice(source, start, end - start), MAX_GRAPH_BYTES), at)
    at += end - start
  }
  return decodeMessage(MetaGraphDef, bytes, { file: source.name, offset: range.offset })
}

const summary = ({ metaInfoDef, signatureDef }: MetaGraphDef): MetaGraphSummary => ({
  tags: metaInfoDef?.tags ?? [],
  signatures: [...signatureDef.keys()].filter(name => !isInternalSignature(name)).sort(),
})
