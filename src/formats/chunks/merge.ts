/**
 * Puts a message together from its chunks, without reading the large ones. A chunk is merged into the message at its
 * path as protobuf merges: its bytes come behind what is there. What is around a place that grows keeps its bytes and
 * gets a new length:
 *
 *     base     GraphDef { node { Const attr { value { tensor { dtype shape } } } }  node { … } }
 *     chunk    node[0].attr["value"].tensor.tensor_content = 3 GB
 *     merged   [ tag ][ new lengths … dtype shape ][ the chunk, in its file ][ node { … } ]
 *
 * Source: tensorflow/tools/proto_splitter/merge.cc.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joinedParts } from '../../bytes/joined-source.ts'
import { type ByteSource, fromBytes, slice } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_ASSET_BYTES } from '../../limits.ts'
import { Window } from '../protobuf/window.ts'
import type { ChunkedMessage, Step } from './metadata.ts'

/** A message, a field that holds bytes, or an entry of a map, into which chunks go. */
interface Target {
  /** The chunks behind the bytes that are there. */
  readonly chunks: ByteSource[]
  readonly inner: Inner[]
}

/** A field of a target that is itself one. */
interface Inner extends Step {
  readonly target: Target
}

const newTarget = (): Target => ({ chunks: [], inner: [] })

/** The whole message, as if it had never been split. `chunk` gives a chunk by its number. Throws `corrupt`. */
export async function mergeChunks(
  message: ChunkedMessage,
  chunk: (index: number) => Promise<ByteSource>,
  name: string,
): Promise<ByteSource> {
  const target = newTarget()
  await collect(message, target, chunk)
  return merged(target, fromBytes(new Uint8Array(0), name), name)
}

/** Sorts what belongs together: chunks of one place come in the order of their numbers. */
async function collect(message: ChunkedMessage, target: Target, chunk: (index: number) => Promise<ByteSource>) {
  if (message.chunk !== undefined) target.chunks.push(await chunk(message.chunk))
  const fields = [...message.fields].sort((a, b) => (a.message.chunk ?? 0) - (b.message.chunk ?? 0))
  for (const { path, message } of fields) await collect(message, path.reduce(innerTarget, target), chunk)
}

const MAP_KEY = 1
const MAP_VALUE = 2

/** The target in a target. The value of an entry of a map is one in the entry. */
function innerTarget(target: Target, step: Step): Target {
  let found = target.inner.find(({ field, at }) => field === step.field && at === step.at)
  if (!found) target.inner.push((found = { ...step, target: newTarget() }))
  return typeof step.at === 'string' ? innerTarget(found.target, { field: MAP_VALUE }) : found.target
}

/** A target's content: the bytes that are there, the chunks behind them, and in its fields what belongs there. */
async function merged({ chunks, inner }: Target, there: ByteSource, name: string): Promise<ByteSource> {
  const whole = joinedParts(
    [there, ...chunks].filter(({ size }) => size > 0),
    name,
  )
  if (inner.length === 0) return whole
  const rest = new Set(inner)
  const counts = new Map<number, number>()
  const parts: ByteSource[] = []
  let copied = 0
  for await (const { number, start, offset, end } of delimitedFields(whole)) {
    const index = counts.get(number) ?? 0
    counts.set(number, index + 1)
    const content = slice(whole, offset, end - offset)
    const found = await innerOf(rest, number, index, content)
    if (!found) continue
    rest.delete(found)
    parts.push(slice(whole, copied, start - copied), ...(await field(number, found.target, content, name)))
    copied = end
  }
  parts.push(slice(whole, copied, whole.size - copied))
  for (const added of [...rest].sort((a, b) => Number(a.at ?? 0) - Number(b.at ?? 0) || 0))
    parts.push(...(await field(added.field, added.target, newContent(added, counts, whole), name)))
  return joinedParts(
    parts.filter(part => part.size > 0),
    name,
  )
}

/** A field's tag, its new length and its content. */
async function field(number: number, target: Target, there: ByteSource, name: string): Promise<ByteSource[]> {
  const content = await merged(target, there, name)
  const header = new BinaryWriter().tag(number, WireType.LengthDelimited).uint64(content.size).finish()
  return [fromBytes(header, name), content]
}

/** The target that the `index`th field of its number is; undefined where it is none. */
async function innerOf(targets: ReadonlySet<Inner>, number: number, index: number, content: ByteSource) {
  for (const target of targets) {
    if (target.field !== number) continue
    if (typeof target.at === 'string' ? (await keyOf(content)) === target.at : (target.at ?? 0) === index) return target
  }
  return undefined
}

/** The key of an entry of a map. */
async function keyOf(entry: ByteSource): Promise<string | undefined> {
  for await (const { number, offset, end } of delimitedFields(entry)) {
    if (number !== MAP_KEY || end - offset > MAX_ASSET_BYTES) continue
    return new TextDecoder().decode(await entry.read(offset, end - offset))
  }
  return ''
}

/** The content before any chunk of a field that only chunks make: nothing, or the key of its entry. Throws where values before it are missing. */
function newContent({ field, at }: Inner, counts: Map<number, number>, whole: ByteSource): ByteSource {
  const count = counts.get(field) ?? 0
  if (typeof at === 'number' && at !== count)
    throw new FreezeError('corrupt', `a chunk belongs into element ${at} of field ${field}, which has ${count}`, {
      file: whole.name,
      hint: 'Write the model again.',
    })
  counts.set(field, count + 1)
  if (typeof at !== 'string') return fromBytes(new Uint8Array(0), whole.name)
  return fromBytes(new BinaryWriter().tag(MAP_KEY, WireType.LengthDelimited).string(at).finish(), whole.name)
}

/** A field by its offsets: of its tag, of its content, of its end. */
interface Found {
  readonly number: number
  readonly start: number
  readonly offset: number
  readonly end: number
}

/** The fields of a message that have a length: bytes, strings and messages. Their content is passed over. */
async function* delimitedFields(source: ByteSource): AsyncGenerator<Found> {
  const window = new Window(source, 0, source.size)
  while (window.offset < window.end) {
    if (!window.hasHeader) await window.fill()
    const start = window.offset
    const tag = window.varint()
    const number = Math.floor(tag / 8)
    const length = lengthOf(window, tag % 8)
    const { offset } = window
    if (offset + length > window.end)
      window.fail('corrupt', `a field of ${length} bytes ends at ${offset + length}, and the chunk at ${window.end}`)
    window.skip(length)
    if (tag % 8 === WireType.LengthDelimited) yield { number, start, offset, end: offset + length }
  }
}

/** Bytes of a field behind its tag and its length. */
function lengthOf(window: Window, wireType: number): number {
  if (wireType === WireType.Bit32) return 4
  if (wireType === WireType.Bit64) return 8
  if (wireType === WireType.LengthDelimited) return window.varint()
  if (wireType !== WireType.Varint) window.fail('corrupt', `wire type ${wireType}, which no field has`)
  window.varintBytes()
  return 0
}
