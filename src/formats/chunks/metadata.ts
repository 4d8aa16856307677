/**
 * The list of a message's chunks and their places in it: the last record of its file.
 * Source: tensorflow/tools/proto_splitter/chunk.proto.
 *
 *     ChunkMetadata   2 chunks { 1 type  2 size  3 offset }   3 message
 *     ChunkedMessage  1 chunk_index   2 chunked_fields { 1 field_tag { 1 field | 2 map_key { 1 s } | 3 index }  3 message }
 */
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { type ErrorPlace, FreezeError, isFreezeError } from '../../errors.ts'
import { MAX_DEPTH } from '../../limits.ts'

/** A message that is put together from chunks. */
export interface ChunkedMessage {
  /** The chunk that holds what is not in other chunks. */
  readonly chunk?: number
  readonly fields: readonly ChunkedField[]
}

/** A message that goes into another at a path; an empty path is the other message itself. */
export interface ChunkedField {
  readonly path: readonly Step[]
  readonly message: ChunkedMessage
}

/** A field; of one that has several values, which: by index or, in a map, by key. */
export interface Step {
  readonly field: number
  readonly at?: number | string
}

export interface ChunkMetadata {
  /** The records of the chunks: Riegeli's positions, and bytes. */
  readonly chunks: readonly { readonly position: number; readonly size: number }[]
  readonly message: ChunkedMessage
}

/** Decodes it. Throws `corrupt` at `place`, `unsupported` for maps whose keys are numbers. */
export function decodeChunkMetadata(bytes: Uint8Array, place: ErrorPlace): ChunkMetadata {
  const metadata = { chunks: [] as ChunkMetadata['chunks'][number][], message: { fields: [] } as ChunkedMessage }
  try {
    eachField(new BinaryReader(bytes), {
      2: reader => metadata.chunks.push(chunkInfo(reader)),
      3: reader => {
        metadata.message = chunkedMessage(reader, place, 0)
      },
    })
  } catch (cause) {
    if (isFreezeError(cause)) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FreezeError('corrupt', `its last record does not say what its chunks are (${why})`, { ...place, cause })
  }
  if (metadata.chunks.length > 0) return metadata
  throw new FreezeError(
    'corrupt',
    'it holds records of another kind, and the chunks of a SavedModel were expected',
    place,
  )
}

type Readers = Readonly<Record<number, (reader: BinaryReader) => void>>

/** Gives each field to its reader, and skips those that have none. */
function eachField(reader: BinaryReader, readers: Readers): void {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const read = readers[number]
    if (read) read(reader)
    else reader.skip(wireType, number)
  }
}

const inner = (reader: BinaryReader): BinaryReader => new BinaryReader(reader.bytes())

function chunkInfo(reader: BinaryReader) {
  const chunk = { size: 0, position: 0 }
  eachField(inner(reader), {
    2: field => {
      chunk.size = Number(field.uint64())
    },
    3: field => {
      chunk.position = Number(field.uint64())
    },
  })
  return chunk
}

function chunkedMessage(reader: BinaryReader, place: ErrorPlace, depth: number): ChunkedMessage {
  if (depth > MAX_DEPTH) throw new FreezeError('limit', `chunks nest deeper than ${MAX_DEPTH}`, place)
  let chunk: number | undefined
  const fields: ChunkedField[] = []
  eachField(inner(reader), {
    1: field => {
      chunk = Number(field.uint64())
    },
    2: field => fields.push(chunkedField(field, place, depth)),
  })
  return { ...(chunk !== undefined && { chunk }), fields }
}

function chunkedField(reader: BinaryReader, place: ErrorPlace, depth: number): ChunkedField {
  const path: Step[] = []
  let message: ChunkedMessage = { fields: [] }
  eachField(inner(reader), {
    1: field => addStep(path, inner(field), place),
    3: field => {
      message = chunkedMessage(field, place, depth + 1)
    },
  })
  return { path, message }
}

/** A field begins a step; an index or a key belongs to the field before it. */
function addStep(path: Step[], reader: BinaryReader, place: ErrorPlace): void {
  const say = (at: number | string): void => {
    const step = path.pop()
    if (!step || step.at !== undefined) throw new FreezeError('corrupt', 'a chunk has an index without a field', place)
    path.push({ ...step, at })
  }
  eachField(reader, {
    1: field => path.push({ field: field.uint32() }),
    2: field => say(mapKey(inner(field), place)),
    3: field => say(Number(field.uint64())),
  })
}

function mapKey(reader: BinaryReader, place: ErrorPlace): string {
  let key: string | undefined
  eachField(reader, {
    1: field => {
      key = field.string()
    },
  })
  if (key !== undefined) return key
  throw new FreezeError(
    'unsupported',
    'a chunk belongs into a map whose keys are numbers, which no SavedModel has',
    place,
  )
}
