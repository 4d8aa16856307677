/**
 * Zip archives as folders. A stored entry is read in place, as a range of the
 * archive, so weights in a `.keras` file are never unpacked; a deflated one is
 * unpacked into memory when it is opened.
 */
import type { Entry, FileEntry, ZipReader } from '@zip.js/zip.js'
import { innerEntries, leadsOut, makeFolder } from '../../bytes/folder.ts'
import { type ByteSource, type Folder, fromBytes, slice } from '../../bytes/source.ts'
import { createCrc32 } from '../../bytes/streaming-crc.ts'
import { FreezeError } from '../../errors.ts'
import { FREE_EXPANSION_BYTES, MAX_ARCHIVE_ENTRIES, MAX_EXPANSION, MAX_INFLATED_BYTES } from '../../limits.ts'
import { LOCAL_HEADER_BYTES } from './signature.ts'

type Library = typeof import('@zip.js/zip.js')

const STORED = 0

/** The files of an archive by path. Throws `truncated`, `corrupt`, `limit`; an encrypted entry when it is opened. */
export async function zipFolder(source: ByteSource): Promise<Folder> {
  const library = await zipLibrary()
  const entries = innerEntries(await listEntries(library, source))
  const opened = new Map<string, Promise<ByteSource>>()
  return makeFolder(source.name, {
    paths: async () => [...entries.keys()].sort(),
    open: async path => {
      const entry = entries.get(path)
      if (!entry) return undefined
      const file = opened.get(path) ?? openEntry(source, entry)
      opened.set(path, file)
      return file
    },
  })
}

async function zipLibrary(): Promise<Library> {
  // The part that unpacks by the platform's own streams; its types are those of the whole.
  return (await import('@zip.js/zip.js/lib/zip-core-native.js')) as Library
}

async function listEntries(library: Library, source: ByteSource): Promise<Map<string, FileEntry>> {
  const reader: ZipReader<unknown> = new library.ZipReader(sourceReader(library, source), { useWebWorkers: false })
  const entries = new Map<string, FileEntry>()
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entries.size >= MAX_ARCHIVE_ENTRIES)
        throw new FreezeError('limit', `the archive has more than ${MAX_ARCHIVE_ENTRIES} entries`, {
          file: source.name,
        })
      if (!entry.directory) entries.set(entry.filename.replace(/^\/+/, ''), entry)
    }
  } catch (cause) {
    throw refusal(source, [], cause)
  } finally {
    await reader.close()
  }
  return entries
}

/** zip.js reads by `readUint8Array`, past the end too, where it wants what there is. */
function sourceReader(library: Library, source: ByteSource) {
  class SourceReader extends library.Reader<ByteSource> {
    override size = source.size
    override readUint8Array(index: number, length: number): Promise<Uint8Array> {
      const from = Math.min(index, source.size)
      return source.read(from, Math.min(length, source.size - from))
    }
  }
  return new SourceReader(source)
}

async function openEntry(source: ByteSource, entry: FileEntry): Promise<ByteSource> {
  const name = `${source.name}:${entry.filename}`
  checkEntry(source, entry)
  const start = await dataOffset(source, entry)
  if (entry.compressionMethod !== STORED) return fromBytes(await inflate(source, entry), name)
  return checkedStored(slice(source, start, entry.uncompressedSize, name), entry, source)
}

/** Where the bytes of an entry begin: behind its local header, which must say what the directory says. */
async function dataOffset(source: ByteSource, entry: FileEntry): Promise<number> {
  const header = await source.read(entry.offset, LOCAL_HEADER_BYTES)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const place = { file: source.name, path: [entry.filename], hint: 'The file is damaged: copy it again.' }
  if (view.getUint32(0, true) !== 0x04034b50)
    throw new FreezeError('corrupt', 'there is no local header where the directory says', {
      ...place,
      offset: entry.offset,
    })
  const nameLength = view.getUint16(26, true)
  const nameAt = entry.offset + LOCAL_HEADER_BYTES
  const name = await source.read(nameAt, Math.min(nameLength, source.size - nameAt))
  const agrees =
    view.getUint16(8, true) === entry.compressionMethod &&
    name.length === entry.rawFilename.length &&
    name.every((byte, i) => byte === entry.rawFilename[i])
  if (!agrees) throw new FreezeError('corrupt', 'its local header and the directory contradict each other', place)
  return nameAt + nameLength + view.getUint16(28, true)
}

/** Who reads more than this of an entry reads its weights, and it is checked whole; who only looks reads less. */
const LOOKED_AT_BYTES = 1 << 20
/** Bytes that are read at once to check an entry. */
const CHECKED_BYTES = 1 << 20

/** A stored entry, read in place, that rejects with `corrupt` where its checksum is wrong. */
function checkedStored(stored: ByteSource, { crc32, filename }: FileEntry, { name: file }: ByteSource): ByteSource {
  let checking: Promise<ByteSource> | undefined
  let read = 0
  const check = async (): Promise<ByteSource> => {
    const source = (await stored.atOnce?.()) ?? stored // else all would be fetched twice
    const crc = await createCrc32(source.size)
    for (let offset = 0; offset < source.size; offset += CHECKED_BYTES)
      crc.update(await source.read(offset, Math.min(CHECKED_BYTES, source.size - offset)))
    if (crc32 === undefined || crc.digest() >>> 0 === crc32 >>> 0) return source
    throw new FreezeError('corrupt', 'the checksum of its bytes is not the one that the archive has', {
      file,
      path: [filename],
      hint: 'The file is damaged: copy it again.',
    })
  }
  return {
    ...stored,
    async read(offset, length) {
      read += length
      const isLookedAt = read < Math.min(stored.size, LOOKED_AT_BYTES)
      const source = isLookedAt ? stored : await (checking ??= check())
      return source.read(offset, length)
    },
  }
}

function checkEntry(
  source: ByteSource,
  { filename, encrypted, compressedSize, uncompressedSize, compressionMethod }: Entry,
) {
  const place = { file: source.name, path: [filename] }
  if (encrypted)
    throw new FreezeError('unsupported', 'the entry is encrypted', { ...place, hint: 'Save it without a password.' })
  if (compressionMethod === STORED && compressedSize !== uncompressedSize)
    throw new FreezeError('corrupt', `a stored entry has ${compressedSize} and ${uncompressedSize} bytes`, place)
  if (compressionMethod === STORED) return
  const free = uncompressedSize <= FREE_EXPANSION_BYTES
  if (uncompressedSize > MAX_INFLATED_BYTES || (!free && uncompressedSize > MAX_EXPANSION * compressedSize))
    throw new FreezeError('limit', `${compressedSize} bytes say that they unpack to ${uncompressedSize}`, {
      ...place,
      hint: 'Pack the archive without compression.',
    })
}

/** Unpacks an entry, at most to the size that the directory gives. */
async function inflate(source: ByteSource, entry: FileEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.uncompressedSize)
  let filled = 0
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      if (filled + chunk.length > bytes.length)
        throw new FreezeError('corrupt', `the entry unpacks to more than its ${bytes.length} bytes`, {
          file: source.name,
          path: [entry.filename],
        })
      bytes.set(chunk, filled)
      filled += chunk.length
    },
  })
  try {
    await entry.getData(sink, { checkCrc32: true, useWebWorkers: false })
  } catch (cause) {
    throw refusal(source, [entry.filename], cause)
  }
  if (filled === bytes.length) return bytes
  throw new FreezeError('truncated', `the entry unpacks to ${filled} of its ${bytes.length} bytes`, {
    file: source.name,
    path: [entry.filename],
  })
}

function refusal(source: ByteSource, path: readonly string[], cause: unknown): FreezeError {
  if (cause instanceof FreezeError) return cause
  if (cause instanceof Error && 'filename' in cause) return leadsOut(source.name, String(cause.filename)) // zip.js refuses it
  const reason = cause instanceof Error ? cause.message.toLowerCase() : String(cause)
  return new FreezeError('corrupt', `the zip archive cannot be read (${reason})`, {
    file: source.name,
    path,
    hint: 'The file is cut short or damaged: copy it again.',
    cause,
  })
}
