/**
 * Riegeli/records: a file of records of any size, in chunks that may be compressed:
 *
 *     signature   64 bytes, always the same
 *     chunk       header_hash (8)  data_size (8)  data_hash (8)  type (1)  num_records (7)  decoded_data_size (8)
 *                 data: compression (1)  size of sizes (varint)  sizes  values
 *
 * Every 64 KiB another header lies in between (`blocks.ts`). A record is named by where its chunk begins plus its
 * index in it. Source: github.com/google/riegeli, doc/riegeli_records_file_format.md.
 */
import { Cursor } from '../../bytes/cursor.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_ARCHIVE_ENTRIES } from '../../limits.ts'
import { contentOffset, endPosition, roundUpToChunkEnd, withoutBlockHeaders } from './blocks.ts'
import { CHUNK_HEADER_BYTES, type Chunk, Chunks } from './chunk.ts'
import { riegeliHash } from './highway-hash.ts'

/** The records of a file. */
export interface Records {
  /** The record at a position. Throws `corrupt` where none is. */
  at(position: number): Promise<ByteSource>
  /** The record that is last in the file. Throws `corrupt` where there is none. */
  last(): Promise<ByteSource>
}

/** Types of chunks, as letters. */
const SIMPLE = 0x72
const TRANSPOSED = 0x74

/** Reads the headers of all chunks. Throws `truncated`, `corrupt`, `unsupported` for what only other writers make. */
export async function openRecords(file: ByteSource): Promise<Records> {
  const content = withoutBlockHeaders(file)
  const chunks = await readChunks(file, content)
  const opened = new Chunks(content)
  return {
    async at(position) {
      const chunk = chunks.find(({ begin, records }) => position >= begin && position < begin + records)
      if (!chunk) throw damaged(file, `no record is at ${position}`)
      return opened.record(chunk, position - chunk.begin)
    },
    async last() {
      const chunk = chunks.at(-1)
      if (!chunk) throw damaged(file, 'the file holds no records')
      return opened.record(chunk, chunk.records - 1)
    },
  }
}

/** The chunks that hold records. */
async function readChunks(file: ByteSource, content: ByteSource): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for (let begin = 0; begin < file.size; ) {
    const { chunk, type } = await readHeader(file, content, begin)
    if (type === TRANSPOSED)
      throw new FreezeError('unsupported', 'its records are transposed, which TensorFlow does not write', {
        file: file.name,
        offset: begin,
      })
    if (type === SIMPLE && chunk.records > 0) chunks.push(chunk)
    if (chunks.length > MAX_ARCHIVE_ENTRIES)
      throw new FreezeError('limit', `the file has more than ${MAX_ARCHIVE_ENTRIES} chunks`, { file: file.name })
    const end = endPosition(chunk.data + chunk.dataSize)
    if (end > file.size) throw cutShort(file, end)
    begin = Math.max(end, roundUpToChunkEnd(begin + chunk.records))
  }
  return chunks
}

async function readHeader(file: ByteSource, content: ByteSource, begin: number) {
  const start = contentOffset(begin)
  const data = start + CHUNK_HEADER_BYTES
  if (data > content.size) throw cutShort(file, endPosition(data))
  const bytes = await content.read(start, CHUNK_HEADER_BYTES)
  const cursor = new Cursor(bytes, file.name, begin)
  if (cursor.u64() !== riegeliHash(bytes.subarray(8)))
    throw damaged(file, "a chunk's header is not what its hash says", begin)
  const dataSize = Number(cursor.u64())
  const dataHash = cursor.u64()
  const typeAndRecords = cursor.u64()
  const chunk: Chunk = {
    begin,
    data,
    dataSize,
    dataHash,
    records: Number(typeAndRecords >> 8n),
    decodedSize: Number(cursor.u64()),
  }
  return { chunk, type: Number(typeAndRecords & 0xffn) }
}

const HINT = 'The file is cut short or damaged: copy it again.'

const damaged = (file: ByteSource, what: string, offset?: number): FreezeError =>
  new FreezeError('corrupt', what, { file: file.name, ...(offset !== undefined && { offset }), hint: HINT })

const cutShort = (file: ByteSource, end: number): FreezeError =>
  new FreezeError('truncated', `a chunk ends at ${end}, and the file at ${file.size}`, { file: file.name, hint: HINT })
