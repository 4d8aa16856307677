/**
 * Reads a message of any size by ranges. Weights in a GraphDef are `bytes`
 * fields (TensorProto.tensor_content), and protobuf libraries want the whole
 * message in memory. This walk copies everything else to a skeleton, which is
 * small, and leaves large fields where they are:
 *
 *     file       node { attr { tensor { dtype shape tensor_content (90 MB) } } }
 *     skeleton   node { attr { tensor { dtype shape marker #0             } } }
 *                                                     #0 -> source, offset, length
 */
import type { DescField, DescMessage, Message, MessageShape } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { WireType } from '@bufbuild/protobuf/wire'
import type { ByteSource } from '../../bytes/source.ts'
import { checkRange } from '../../bytes/source.ts'
import { LARGE_BYTES, MAX_DEPTH } from '../../limits.ts'
import { decodeMessage } from './decode.ts'
import { Skeleton } from './skeleton.ts'
import { Window } from './window.ts'

/** Bytes that were left in their source. */
export interface LargeBytes {
  readonly source: ByteSource
  readonly offset: number
  readonly length: number
}

/** A decoded message, and where its large fields are. */
export interface Scanned<M extends Message> {
  readonly message: M
  /**
   * Where a `bytes` field of `message`, or of any message in it, was left;
   * undefined where the field is not large, and holds its bytes itself.
   */
  largeBytes<N extends Message>(message: N, field: keyof N & string): LargeBytes | undefined
}

/**
 * The highest legal field number: it marks what was left, as a fixed32 with the
 * place's index. No schema here uses it; a file that does can only point at
 * its own large fields.
 */
const MARKER = 2 ** 29 - 1

interface Left extends LargeBytes {
  /** The local name of the field. */
  readonly field: string
}

/** A message that is being walked through. */
interface Frame {
  readonly fields: Fields
  /** Absolute offset of its end in the source. */
  readonly end: number
  /** Where its content begins in the skeleton. */
  readonly start: number
}

/**
 * Reads the message in `range` of a source (all of it by default). A `bytes`
 * field longer than LARGE_BYTES is left in the source where it is neither
 * repeated nor one of a oneof, in the outermost messages that have such
 * fields: a tensor inside a tensor's variant comes whole.
 *
 * Throws `truncated` or `corrupt` with the offset, and `limit` when what is not
 * left exceeds MAX_GRAPH_BYTES.
 */
export async function scanMessage<Desc extends DescMessage>(
  source: ByteSource,
  schema: Desc,
  range: { offset: number; length: number } = { offset: 0, length: source.size },
): Promise<Scanned<MessageShape<Desc>>> {
  checkRange(source, range.offset, range.length)
  const window = new Window(source, range.offset, range.length)
  const skeleton = new Skeleton(source.name)
  const left: Left[] = []
  await walk(window, schema, skeleton, left)
  const message = decodeMessage(schema, skeleton.bytes(), { file: source.name })
  return { message, largeBytes: (of, field) => markedBytes(left, of, field) }
}

async function walk(window: Window, schema: DescMessage, skeleton: Skeleton, left: Left[]): Promise<void> {
  const stack: Frame[] = [{ fields: fieldsOf(schema), end: window.end, start: 0 }]
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    if (window.offset === frame.end) {
      stack.pop()
      if (stack.length > 0) skeleton.close(frame.start)
      continue
    }
    if (!window.hasHeader) await window.fill()
    const inner = copyField(window, frame, skeleton, left)
    if (typeof inner === 'number') await copyBytes(window, inner, skeleton)
    else if (inner && stack.push(inner) > MAX_DEPTH)
      window.fail('limit', `messages nest deeper than ${MAX_DEPTH}, which no model does`)
  }
}

/** Copies one field, up to what must wait: the number of bytes still to copy, or a message to walk into. */
function copyField(window: Window, frame: Frame, skeleton: Skeleton, left: Left[]): Frame | number | undefined {
  const tag = window.varint()
  const number = Math.floor(tag / 8)
  const wireType = tag % 8
  if (number < 1 || number > MARKER) window.fail('corrupt', `field number ${number}, which no message may have`)
  skeleton.varint(tag)
  if (wireType === WireType.Varint) skeleton.raw(window.varintBytes())
  else if (wireType === WireType.Bit32) return within(window, frame, 4)
  else if (wireType === WireType.Bit64) return within(window, frame, 8)
  else if (wireType === WireType.LengthDelimited) return copyDelimited(window, frame, number, skeleton, left)
  else window.fail('corrupt', `wire type ${wireType}, which no field of TensorFlow's messages has`)
  within(window, frame, 0)
  return undefined
}

function copyDelimited(window: Window, frame: Frame, number: number, skeleton: Skeleton, left: Left[]) {
  const length = within(window, frame, window.varint())
  const field = length > LARGE_BYTES ? frame.fields.get(number) : undefined
  if (field === undefined) {
    skeleton.varint(length)
    return length
  }
  if (typeof field !== 'string')
    return { fields: field, end: window.offset + length, start: skeleton.open() } satisfies Frame
  // Written as empty first: of a field that comes twice the last one counts.
  skeleton.varint(0)
  skeleton.fixed32(MARKER, left.length)
  left.push({ field, source: window.source, offset: window.offset, length })
  window.skip(length)
  return undefined
}

/** Throws unless `length` more bytes are inside the message. */
function within(window: Window, frame: Frame, length: number): number {
  const end = window.offset + length
  if (end > window.end)
    window.fail('truncated', `a field of ${length} bytes ends at ${end}, and the message ends at ${window.end}`)
  if (end > frame.end)
    window.fail('corrupt', `a field of ${length} bytes ends at ${end}, and the message around it at ${frame.end}`)
  return length
}

async function copyBytes(window: Window, length: number, skeleton: Skeleton): Promise<void> {
  skeleton.reserve(length)
  const held = window.held(length)
  if (held) return skeleton.raw(held)
  for (let rest = length; rest > 0; ) {
    const part = await window.some(rest)
    skeleton.raw(part)
    rest -= part.length
  }
}

function markedBytes(left: readonly Left[], message: Message, field: string): LargeBytes | undefined {
  // A field that has bytes came again after the one that was left, and replaces it.
  const value: unknown = Reflect.get(message, field)
  if (value instanceof Uint8Array && value.length > 0) return undefined
  return message.$unknown
    ?.filter(unknown => unknown.no === MARKER && unknown.wireType === WireType.Bit32)
    .map(({ data }) => left[new DataView(data.buffer, data.byteOffset).getUint32(0, true)])
    .findLast(place => place?.field === field)
}

/** By number: the local name of a field that is left when it is large, or the fields of a message to walk into. */
type Fields = Map<number, string | Fields>

const known = new WeakMap<DescMessage, Fields>()

/** The fields of a message through which a large one can be reached; all others are copied as they are. */
function fieldsOf(message: DescMessage): Fields {
  const before = known.get(message)
  if (before) return before
  const fields: Fields = new Map()
  known.set(message, fields)
  for (const field of message.fields) if (isLeft(field)) fields.set(field.number, field.localName)
  if (fields.size > 0) return fields
  for (const field of message.fields) {
    const inner = innerFields(field)
    if (inner) fields.set(field.number, inner)
  }
  return fields
}

const isLeft = (field: DescField): boolean =>
  field.fieldKind === 'scalar' && field.scalar === ScalarType.BYTES && field.oneof === undefined

function innerFields(field: DescField): Fields | undefined {
  if (!field.message) return undefined
  const inner = fieldsOf(field.message)
  // An entry of a map is a message whose value is field 2.
  return field.fieldKind === 'map' ? new Map([[2, inner]]) : inner
}
