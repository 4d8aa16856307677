/**
 * Reads a message of any size by ranges. Weights in a GraphDef are `bytes`
 * fields (TensorProto.tensor_content), and protobuf libraries want the whole
 * message in memory. This walk copies everything else to a skeleton, which is
 * small, and leaves large fields where they are:
 *
 *     file       node { attr { tensor { dtype shape tensor_content (90 MB) } } }
 *     skeleton   node { attr { tensor { dtype shape tensor_content (empty) } } }
 *                                                                   at 57 -> source, offset, length
 *
 * Decoding copies no bytes, so that the empty field of the message is a view
 * of the skeleton, and where it begins says which field it is.
 */
import { WireType } from '@bufbuild/protobuf/wire'
import type { ByteSource } from '../../bytes/source.ts'
import { checkRange } from '../../bytes/source.ts'
import { LARGE_BYTES, MAX_DEPTH } from '../../limits.ts'
import { decodeMessage, type MessageType } from './decode.ts'
import { LARGE_FIELDS, LEFT } from './large-fields.ts'
import { Skeleton } from './skeleton.ts'
import { Window } from './window.ts'

/** Bytes that were left in their source. */
export interface LargeBytes {
  readonly source: ByteSource
  readonly offset: number
  readonly length: number
}

/** A decoded message, and where its large fields are. */
export interface Scanned<T> {
  readonly message: T
  /**
   * Where the bytes of a field of `message`, or of any message in it, were left;
   * undefined where the field is not large, and holds its bytes itself.
   */
  largeBytes(field: Uint8Array): LargeBytes | undefined
}

/** The highest legal field number. */
const MAX_FIELD_NUMBER = 2 ** 29 - 1

/** The fields that were left out, by where their empty field is in the skeleton. */
type Left = Map<number, LargeBytes>

/** A message that is being walked through. */
interface Frame {
  /** Its name in LARGE_FIELDS. */
  readonly message: string
  /** Absolute offset of its end in the source. */
  readonly end: number
  /** Where its content begins in the skeleton. */
  readonly start: number
}

/**
 * Reads the message in `range` of a source (all of it by default). Of the
 * fields in LARGE_FIELDS those longer than LARGE_BYTES are left in the source.
 *
 * Throws `truncated` or `corrupt` with the offset, and `limit` when what is not
 * left exceeds MAX_GRAPH_BYTES.
 */
export async function scanMessage<T>(
  source: ByteSource,
  type: MessageType<T>,
  range: { offset: number; length: number } = { offset: 0, length: source.size },
): Promise<Scanned<T>> {
  checkRange(source, range.offset, range.length)
  const window = new Window(source, range.offset, range.length)
  const skeleton = new Skeleton(source.name)
  const left: Left = new Map()
  await walk(window, type.$type.replace('tensorflow.', ''), skeleton, left)
  const bytes = skeleton.bytes()
  const message = decodeMessage(type, bytes, { file: source.name })
  return { message, largeBytes: field => (field.buffer === bytes.buffer ? left.get(field.byteOffset) : undefined) }
}

async function walk(window: Window, message: string, skeleton: Skeleton, left: Left): Promise<void> {
  const stack: Frame[] = [{ message, end: window.end, start: 0 }]
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
function copyField(window: Window, frame: Frame, skeleton: Skeleton, left: Left): Frame | number | undefined {
  const tag = window.varint()
  const number = Math.floor(tag / 8)
  const wireType = tag % 8
  if (number < 1 || number > MAX_FIELD_NUMBER)
    window.fail('corrupt', `field number ${number}, which no message may have`)
  skeleton.varint(tag)
  if (wireType === WireType.Varint) skeleton.raw(window.varintBytes())
  else if (wireType === WireType.Bit32) return within(window, frame, 4)
  else if (wireType === WireType.Bit64) return within(window, frame, 8)
  else if (wireType === WireType.LengthDelimited) return copyDelimited(window, frame, number, skeleton, left)
  else window.fail('corrupt', `wire type ${wireType}, which no field of TensorFlow's messages has`)
  within(window, frame, 0)
  return undefined
}

function copyDelimited(window: Window, frame: Frame, number: number, skeleton: Skeleton, left: Left) {
  const length = within(window, frame, window.varint())
  const inner = length > LARGE_BYTES ? LARGE_FIELDS[frame.message]?.[number] : undefined
  if (inner === undefined) {
    skeleton.varint(length)
    return length
  }
  if (inner !== LEFT) return { message: inner, end: window.offset + length, start: skeleton.open() } satisfies Frame
  skeleton.varint(0)
  left.set(skeleton.length, { source: window.source, offset: window.offset, length })
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
