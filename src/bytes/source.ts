/**
 * Byte sources: where bytes are. A source is read by ranges and never whole, so
 * a file, a Blob, memory, or a part of another source all look the same.
 */
import { FreezeError } from '../errors.ts'

/** Bytes that can be read by ranges. */
export interface ByteSource {
  /** Its name in messages: a file name without its folder, or a path inside an archive. */
  readonly name: string
  /** Total bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; rejects with `truncated` when the range is not whole. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** The same at once, where the source can (memory, files, Blobs in a worker). HDF5 needs it. */
  readSync?(offset: number, length: number): Uint8Array
  /** All of it where it can be read at once, of a source that cannot itself: a copy, made when it is first asked for. */
  atOnce?(): Promise<ByteSource>
  /**
   * Where the part that `offset` lies in ends, of a source whose parts cost something to reach (a chunk to unpack):
   * who reads ahead stops there. What is read ahead for (a field's tag and length) never spans two parts.
   */
  partEnd?(offset: number): number
}

/** Bytes that can also be read at once. */
export type SyncByteSource = ByteSource & Required<Pick<ByteSource, 'readSync'>>

/** Chunk size: large enough for sequential disk throughput, small enough for memory. */
export const CHUNK_BYTES = 1 << 20

/** A folder of sources, or anything that can be read as one (an archive, a list of dropped files). */
export interface Folder {
  readonly name: string
  /** Paths relative to the folder, with `/`, sorted. */
  paths(): Promise<readonly string[]>
  /** Opens a file; undefined when there is none at that path. Throws `unsupported` for a path that leads out of the folder. */
  file(path: string): Promise<ByteSource | undefined>
}

/** The inputs of `open`. */
export type Input = ByteSource | Folder

export const isFolder = (input: Input): input is Folder => 'paths' in input

/** Throws `truncated` unless `offset` and `length` describe a range inside the source. */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) {
    if (offset + length <= source.size) return
  }
  throw new FreezeError('truncated', `${length} bytes are needed here, and the file ends at ${source.size}`, {
    file: source.name,
    offset,
    hint: 'The file is cut short or was not copied whole: copy it again.',
  })
}

/** Bytes in memory. Reads are views, not copies. */
export function fromBytes(bytes: Uint8Array, name = 'memory'): SyncByteSource {
  const source = {
    name,
    size: bytes.length,
    readSync(offset: number, length: number) {
      checkRange(source, offset, length)
      return bytes.subarray(offset, offset + length)
    },
    read: async (offset: number, length: number) => source.readSync(offset, length),
  }
  return source
}

/** The interface of `FileReaderSync`, present in workers only. */
interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}

/** A Blob or File. In a worker it can also be read at once. */
export function fromBlob(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource {
  const source: ByteSource = {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(source, offset, length)
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
  }
  const Reader = (globalThis as { FileReaderSync?: new () => SyncReader }).FileReaderSync
  if (!Reader) return source
  const reader = new Reader()
  source.readSync = (offset, length) => {
    checkRange(source, offset, length)
    return new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + length)))
  }
  return source
}

/** `length` bytes of `source` from `offset`, as a source of its own. */
export function slice(source: ByteSource, offset: number, length: number, name = source.name): ByteSource {
  checkRange(source, offset, length)
  const part: ByteSource = {
    name,
    size: length,
    async read(from, count) {
      checkRange(part, from, count)
      return source.read(offset + from, count)
    },
  }
  const partEnd = source.partEnd?.bind(source)
  if (partEnd) part.partEnd = from => Math.min(partEnd(offset + from) - offset, length)
  const readSync = source.readSync?.bind(source)
  if (readSync) {
    part.readSync = (from, count) => {
      checkRange(part, from, count)
      return readSync(offset + from, count)
    }
  }
  const atOnce = source.atOnce?.bind(source)
  if (atOnce) part.atOnce = async () => slice(await atOnce(), offset, length, name)
  return part
}

/** The whole source, for small files. Throws `limit` above `max` bytes. */
export async function readAll(source: ByteSource, max: number): Promise<Uint8Array> {
  if (source.size > max) {
    throw new FreezeError('limit', `the file has ${source.size} bytes, more than the ${max} that may be read at once`, {
      file: source.name,
    })
  }
  return source.read(0, source.size)
}
