/**
 * Writes files so that they are whole or not there: beside the target under a
 * temporary name, flushed to the disk, then renamed. On failure what was there
 * stays as it was, and nothing else is left.
 */
import { close, fchmodSync, fdatasync, fsync, mkdirSync, readdirSync, renameSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { innerPath } from '../bytes/folder.ts'
import { FreezeError, invariant } from '../errors.ts'
import type { OutputFile } from '../export/output.ts'
import { attempt, cannotWrite, type Target, writable } from './target.ts'
import { codeOf, forget, noteFolder, openTemporary, remove, removeFolder } from './temporary.ts'

/** Bytes on their way out, in pieces. */
export type Chunks = AsyncIterable<Uint8Array>
/** Takes a piece that is written. */
export type Written = (bytes: Uint8Array) => void

/** A file's whole content, as pieces. */
export async function* wholeFile(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof content === 'string' ? new TextEncoder().encode(content) : content
}

/**
 * Writes a file, or standard output where the path is `-`. `written` is told of each
 * piece of a file once it is, so that its memory can be used again. Returns how many
 * bytes. Throws `output` where the system does not let it be written.
 */
export async function writeFile(path: string, chunks: Chunks, written?: Written): Promise<number> {
  if (path === '-') return copy(chunks, toStandardOutput)
  const target = writable(path)
  return target.isSpecial ? writeThrough(target, chunks) : writeAll([{ target, chunks }], written)
}

/**
 * Writes the files of an output kind: into the folder where the path ends in `/`, else
 * the file itself and what lies beside it, all or none. Throws `unsupported` where
 * several files are to go to a stream. Otherwise as `writeFile` and `writeFolder`.
 */
export async function writeFiles(path: string, files: readonly OutputFile[], written?: Written): Promise<number> {
  if (/[/\\]$/.test(path)) return writeFolder(path, files, written)
  const [first, ...others] = files
  invariant(first?.path === '', 'an exporter gives the file that was asked for first')
  if (others.length === 0) return writeFile(path, first.chunks, written)
  if (path === '-' || writable(path).isSpecial)
    throw new FreezeError('unsupported', `this output has ${files.length} files, and a stream can take one`, {
      file: path,
      hint: 'Name a file.',
    })
  return writeAll(
    files.map(file => ({
      target: writable(file.isBeside ? join(dirname(path), file.path) : path + file.path),
      chunks: file.chunks,
    })),
    written,
  )
}

/** Writes each, then puts all in their places. On failure none is left. */
async function writeAll(
  files: readonly { readonly target: Target; readonly chunks: Chunks }[],
  written?: Written,
): Promise<number> {
  const temporaries: Temporary[] = []
  const made: string[] = []
  try {
    for (const { target } of files) made.push(...makeFolder(dirname(target.given)))
    for (const { target, chunks } of files) temporaries.push(await writeTemporary(target, chunks, written))
    commit(temporaries)
    for (const folder of made) forget(folder)
  } catch (error) {
    for (const { path } of temporaries) remove(path)
    for (const folder of [...made].reverse()) removeFolder(folder)
    throw error
  }
  return temporaries.reduce((sum, t) => sum + t.bytes, 0)
}

/**
 * Writes the files of a folder, which is made where it is not there. Throws
 * `unsupported` where it holds anything else: an old model's parts beside a new one's
 * would be read as one. `written` and errors are as `writeFile` has them. Returns how many bytes.
 */
export async function writeFolder(path: string, files: readonly OutputFile[], written?: Written): Promise<number> {
  const made = makeFolder(path)
  try {
    refuseOthers(path, files)
    for (const file of files) {
      invariant(innerPath(file.path) === file.path, `an exporter names the file ${file.path}`)
      made.push(...makeFolder(dirname(join(path, file.path))))
    }
    const placed = files.map(file => ({ target: writable(join(path, file.path)), chunks: file.chunks }))
    const bytes = await writeAll(placed, written)
    for (const folder of made) forget(folder)
    return bytes
  } catch (error) {
    for (const folder of [...made].reverse()) removeFolder(folder)
    throw error
  }
}

/** Makes a folder with those around it. Returns what was made, the outermost first. */
function makeFolder(path: string): string[] {
  const first = attempt(path, () => mkdirSync(path, { recursive: true }))
  if (first === undefined) return []
  const made: string[] = []
  for (let folder = resolve(path); folder.length >= resolve(first).length; folder = dirname(folder))
    made.unshift(folder)
  for (const folder of made) noteFolder(folder)
  return made
}

function refuseOthers(folder: string, files: readonly OutputFile[]): void {
  const ours = new Set(files.map(file => file.path.split('/')[0]!))
  const other = readdirSync(folder)
    .sort()
    .find(name => !ours.has(name))
  if (other === undefined) return
  throw new FreezeError('unsupported', `the folder already holds '${other}', which is not part of the output`, {
    file: folder,
    hint: 'Name a new or empty folder.',
  })
}

/** A file that is written, and not yet where it belongs. */
interface Temporary {
  readonly path: string
  readonly target: Target
  readonly bytes: number
}

async function writeTemporary(target: Target, chunks: Chunks, written?: Written): Promise<Temporary> {
  const { path, fd } = attempt(target.given, () => openTemporary(target.path))
  try {
    if (target.mode !== undefined) attempt(target.given, () => fchmodSync(fd, target.mode!))
    return { path, target, bytes: await writeInto({ fd, given: target.given }, chunks, written) }
  } catch (error) {
    remove(path)
    throw error
  }
}

/** Bytes after which the disk is set to work, so that it writes while we still read. */
const FLUSH_BYTES = 16 * 1024 * 1024
/**
 * Bytes of one call of the system's `write`, which ends at a multiple of them. Aligned writes of
 * 128 kB let Linux's page cache allocate large folios, at half the cost of single pages. Larger ones
 * may have been returned to the virtual machine's host, and are slow to get back: 1.9 GB then takes
 * 4 s, not 1 s.
 */
const WRITE_BYTES = 128 * 1024

/** A file that is open for writing. */
interface Opened {
  readonly fd: number
  readonly given: string
}

/** Writes and closes. Returns how many bytes. */
async function writeInto(file: Opened, chunks: Chunks, written?: Written): Promise<number> {
  let total = 0
  let unflushed = 0
  let flushing = Promise.resolve()
  try {
    for await (const bytes of chunks) {
      attempt(file.given, () => writeAt(file.fd, bytes, total))
      written?.(bytes)
      total += bytes.length
      unflushed += bytes.length
      if (unflushed < FLUSH_BYTES) continue
      unflushed = 0
      await flushing
      flushing = flushed(file, promisify(fdatasync))
      flushing.catch(() => {}) // it is awaited later, or not at all when reading fails first
    }
    await flushing
    await flushed(file, promisify(fsync))
    return total
  } finally {
    await flushing.catch(() => {}) // the descriptor is still in use
    await promisify(close)(file.fd)
  }
}

/** Pipes, devices and some file systems cannot be flushed. */
async function flushed({ fd, given }: Opened, sync: (fd: number) => Promise<void>): Promise<void> {
  await sync(fd).catch(error => {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw cannotWrite(given, error)
  })
}

/** Hands the bytes to the system at once: it only copies them, which is done before another thread would begin. */
function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    const room = WRITE_BYTES - ((position + at) % WRITE_BYTES)
    at += writeSync(fd, bytes, at, Math.min(room, bytes.length - at), position + at)
  }
}

/** Writes to a pipe or device, which waits for its reader, and closes. Returns how many bytes. */
async function writeThrough({ given, path }: Target, chunks: Chunks): Promise<number> {
  const refuse = (error: unknown): never => {
    throw cannotWrite(given, error)
  }
  const file = await open(path, 'w').catch(refuse)
  try {
    const total = await copy(chunks, async bytes => {
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at).catch(refuse)).bytesWritten
    })
    await flushed({ fd: file.fd, given }, promisify(fsync))
    return total
  } finally {
    await file.close()
  }
}

/** Renames without a pause, so that no signal comes between the files of a folder. */
function commit(temporaries: readonly Temporary[]): void {
  try {
    for (const { path, target } of temporaries) {
      attempt(target.given, () => renameSync(path, target.path))
      forget(path)
    }
  } catch (error) {
    for (const { path } of temporaries) remove(path) // it may be renamed already
    throw error
  }
}

/** Hands each chunk to `write`, one at a time and in order. Returns how many bytes. */
async function copy(chunks: Chunks, write: (bytes: Uint8Array) => Promise<void>): Promise<number> {
  let total = 0
  for await (const bytes of chunks) {
    await write(bytes)
    total += bytes.length
  }
  return total
}

/** Waits until the bytes are taken, so that a slow reader does not fill the memory. */
const toStandardOutput = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(bytes, error => (error ? reject(error) : resolve()))
  })
