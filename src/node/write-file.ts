/**
 * Writes files so that they are whole or not there: beside the target under a
 * temporary name, flushed to the disk, then renamed. On failure what was there
 * stays as it was, and nothing else is left.
 */
import { type FileHandle, mkdir, open, readdir, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FreezeError, isFreezeError } from '../errors.ts'
import type { OutputFile } from '../export/output.ts'
import { giveBack } from './piece-memory.ts'

type Chunks = AsyncIterable<Uint8Array>

/** Writes a file, or standard output where the path is `-`. Returns how many bytes. */
export async function writeFile(path: string, chunks: Chunks): Promise<number> {
  if (path === '-') return copy(chunks, 1, toStandardOutput)
  const target = await realTarget(path)
  if (target.isSpecial) return writeInto(await open(target.path, 'w'), chunks, false)
  const temporary = await writeTemporary(target.path, chunks)
  await commit([temporary])
  return temporary.bytes
}

/**
 * Writes the files of a folder, which is made where it is not there. Throws
 * `unsupported` where it holds anything else: an old model's parts beside a new one's
 * would be read as one. Returns how many bytes.
 */
export async function writeFolder(path: string, files: readonly OutputFile[]): Promise<number> {
  const isNew = (await mkdir(path, { recursive: true })) !== undefined
  const temporaries: Temporary[] = []
  try {
    await refuseOthers(path, files)
    for (const file of files) temporaries.push(await writeTemporary(join(path, file.path), file.chunks))
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

async function writeTemporary(target: string, chunks: Chunks): Promise<Temporary> {
  const { path, file } = await openTemporary(target)
  try {
    return { path, target, bytes: await writeInto(file, chunks, true) }
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
/** Pieces that are written at once: the disk need not wait until it is told of the next. */
const WRITES_AT_ONCE = 2

/** Writes and closes; in a pipe or device nothing has a place, and all goes in turn. Returns how many bytes. */
async function writeInto(file: FileHandle, chunks: Chunks, hasPlaces: boolean): Promise<number> {
  let unflushed = 0
  let flushing = Promise.resolve()
  try {
    const total = await copy(chunks, hasPlaces ? WRITES_AT_ONCE : 1, async (bytes, position) => {
      for (let at = 0; at < bytes.length; ) {
        const place = hasPlaces ? position + at : null
        at += (await file.write(bytes, at, bytes.length - at, place)).bytesWritten
      }
      giveBack(bytes)
      unflushed += bytes.length
      if (unflushed < FLUSH_BYTES) return
      unflushed = 0
      await flushing
      flushing = file.datasync().catch(ignoreUnsupportedSync)
    })
    await flushing
    await file.sync().catch(ignoreUnsupportedSync)
    return total
  } finally {
    await flushing.catch(() => {}) // the descriptor is still in use; what failed is told by `sync` or was thrown
    await file.close()
  }
}

/** Pipes and devices cannot be flushed. */
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

/**
 * Hands each chunk with its place to `write`, in order and at most `atOnce` at a time,
 * while the next ones are already being read; `write` is its last holder.
 */
async function copy(
  chunks: Chunks,
  atOnce: number,
  write: (bytes: Uint8Array, position: number) => Promise<void>,
): Promise<number> {
  let total = 0
  const writing: Promise<void>[] = []
  try {
    for await (const bytes of chunks) {
      if (writing.length === atOnce) await writing.shift()
      const written = write(bytes, total)
      written.catch(() => {}) // it is awaited later, or not at all when another fails first
      writing.push(written)
      total += bytes.length
    }
  } finally {
    await Promise.all(writing)
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
