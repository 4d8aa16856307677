/**
 * Writes files so that they are whole or not there: beside the target under a
 * temporary name, flushed to the disk, then renamed. On failure what was there
 * stays as it was, and nothing else is left.
 */
import { writeSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FreezeError, isFreezeError } from '../errors.ts'
import type { OutputFile } from '../export/output.ts'

type Chunks = AsyncIterable<Uint8Array>
/** Takes a piece that is written. */
type Written = (bytes: Uint8Array) => void

/**
 * Writes a file, or standard output where the path is `-`. `written` is told of each
 * piece of a file once it is, so that its memory can be used again. Returns how many bytes.
 */
export async function writeFile(path: string, chunks: Chunks, written?: Written): Promise<number> {
  if (path === '-') return copy(chunks, toStandardOutput)
  const target = await realTarget(path)
  if (target.isSpecial) return writeThrough(await open(target.path, 'w'), chunks)
  const temporary = await writeTemporary(target.path, chunks, written)
  await commit([temporary])
  return temporary.bytes
}

/**
 * Writes the files of a folder, which is made where it is not there. Throws
 * `unsupported` where it holds anything else: an old model's parts beside a new one's
 * would be read as one. `written` is as `writeFile` has it. Returns how many bytes.
 */
export async function writeFolder(path: string, files: readonly OutputFile[], written?: Written): Promise<number> {
  const isNew = (await mkdir(path, { recursive: true })) !== undefined
  const temporaries: Temporary[] = []
  try {
    await refuseOthers(path, files)
    for (const file of files) temporaries.push(await writeTemporary(join(path, file.path), file.chunks, written))
    await commit(temporaries)
  } catch (error) {
    await discard(temporaries)
    if (isNew) await rmdir(path).catch(() => {})
    throw error
  }
  return temporaries.reduce((sum, t) => sum + t.bytes, 0)
}

async function refuseOthers(folder: string, files: readonly OutputFile[]): Promise<void> {
  const ours = new Set(files.map(file => file.path.split('/')[0]!))
  const other = (await readdir(folder)).sort().find(name => !ours.has(name))
  if (other === undefined) return
  throw new FreezeError('unsupported', `the folder already holds '${other}', which is none of the files to write`, {
    file: folder,
    hint: 'Name a new or empty folder.',
  })
}

/** A file that is written, and not yet where it belongs. */
interface Temporary {
  readonly path: string
  readonly target: string
  readonly bytes: number
}

async function writeTemporary(target: string, chunks: Chunks, written?: Written): Promise<Temporary> {
  const { path, file } = await openTemporary(target)
  try {
    return { path, target, bytes: await writeInto(file, chunks, written) }
  } catch (error) {
    await unlink(path).catch(() => {})
    throw error
  }
}

/** A new file beside the target; the process's number keeps two runs apart. */
async function openTemporary(target: string): Promise<{ path: string; file: FileHandle }> {
  for (let i = 0; ; i++) {
    const path = join(dirname(target), `.${basename(target)}.${process.pid}${i ? `-${i}` : ''}.tmp`)
    try {
      return { path, file: await open(path, 'wx') }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw targetError(target, error)
    }
  }
}

/** Bytes after which the disk is set to work, so that it writes while we still read. */
const FLUSH_BYTES = 16 * 1024 * 1024
/**
 * Bytes of one call of the system's `write`, which ends at a multiple of them. Linux
 * keeps what is written in its page cache in folios, memory in one piece: as large as
 * the call is, where that begins at a multiple of its size. Single pages cost half as
 * much again. Large folios a virtual machine may have returned to its host while they
 * were free, and getting them again can make of 1 s for 1.9 GB 4 s.
 */
const WRITE_BYTES = 128 * 1024

/** Writes and closes. Returns how many bytes. */
async function writeInto(file: FileHandle, chunks: Chunks, written?: Written): Promise<number> {
  let total = 0
  let unflushed = 0
  let flushing = Promise.resolve()
  try {
    for await (const bytes of chunks) {
      writeAt(file, bytes, total)
      written?.(bytes)
      total += bytes.length
      unflushed += bytes.length
      if (unflushed < FLUSH_BYTES) continue
      unflushed = 0
      await flushing
      flushing = file.datasync().catch(ignoreUnsupportedSync)
      flushing.catch(() => {}) // it is awaited later, or not at all when reading fails first
    }
    await flushing
    await file.sync().catch(ignoreUnsupportedSync)
    return total
  } finally {
    await flushing.catch(() => {}) // the descriptor is still in use
    await file.close()
  }
}

/** Hands the bytes to the system at once: it only copies them, which is done before another thread would begin. */
function writeAt(file: FileHandle, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    const room = WRITE_BYTES - ((position + at) % WRITE_BYTES)
    at += writeSync(file.fd, bytes, at, Math.min(room, bytes.length - at), position + at)
  }
}

/** Writes to a pipe or device, which waits for its reader, and closes. Returns how many bytes. */
async function writeThrough(file: FileHandle, chunks: Chunks): Promise<number> {
  try {
    const total = await copy(chunks, async bytes => {
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
    })
    await file.sync().catch(ignoreUnsupportedSync)
    return total
  } finally {
    await file.close()
  }
}

/** Pipes, devices and some file systems cannot be flushed. */
function ignoreUnsupportedSync(error: unknown): void {
  if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error
}

async function commit(temporaries: readonly Temporary[]): Promise<void> {
  try {
    for (const { path, target } of temporaries) await rename(path, target)
  } catch (error) {
    await discard(temporaries)
    throw isFreezeError(error) ? error : targetError(temporaries[0]!.target, error)
  }
}

async function discard(temporaries: readonly Temporary[]): Promise<void> {
  for (const { path } of temporaries) await unlink(path).catch(() => {}) // it may be renamed already
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

/** Where writing really goes: through links, and straight into what is no file (`/dev/null`, a pipe). */
async function realTarget(path: string): Promise<{ path: string; isSpecial: boolean }> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return { path, isSpecial: false }
  if (found.isDirectory()) {
    throw new FreezeError('unsupported', 'this is a folder, and a file is to be written', {
      file: path,
      hint: "End the path in '/' to write a SavedModel folder.",
    })
  }
  return { path: await realpath(path), isSpecial: !found.isFile() }
}

function targetError(target: string, cause: unknown): unknown {
  if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') {
    return new FreezeError('missing', `there is no folder '${dirname(target)}' to write to`, {
      file: basename(target),
      hint: 'Make the folder first.',
      cause,
    })
  }
  return cause
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
