/** Files and folders of the disk as byte sources. */
import { closeSync, fstatSync, openSync, read, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { leadsOut, makeFolder } from '../bytes/folder.ts'
import { type ByteSource, checkRange, type Folder, type Input } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { nearestNames } from '../graph/names.ts'
import { MAX_FILES } from '../limits.ts'
import { memoryFor } from './piece-memory.ts'
import { codeOf } from './temporary.ts'

/** Bytes of one call of the system's `read`: Linux gives at most 2 GiB at once. */
const MAX_READ_BYTES = 1 << 30

/** Reads up to here are done at once: handing them to a thread and waiting for it takes longer. */
const SMALL_BYTES = 64 * 1024

const closing = new FinalizationRegistry<number>(closeSync)

/** A file, open until nobody holds the source. Throws `missing` where there is none, `unsupported` for a pipe or device. */
export function openFile(path: string): ByteSource {
  const stat = statOf(path)
  if (stat.isFile()) return openedFile(opened(path), basename(path))
  const [what, hint] = stat.isDirectory()
    ? ['this is a folder, and a file was expected', 'Name a file in it.']
    : [
        'this is a pipe or a device, which can be read only once',
        'Save it as a file; in a program, read it with openPipe.',
      ]
  throw new FreezeError('unsupported', what, { file: path, hint })
}

/** A file that is open for reading, as a source, which closes it when nobody holds it any more. */
export function openedFile(fd: number, name: string): ByteSource {
  const { size } = fstatSync(fd)
  const source: ByteSource = {
    name,
    size,
    async read(offset, length) {
      if (length <= SMALL_BYTES) return source.readSync!(offset, length)
      checkRange(source, offset, length)
      return fill(length, (bytes, at) => readAt(fd, bytes, at, offset + at), source, offset)
    },
    readSync(offset, length) {
      checkRange(source, offset, length)
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const got = readSync(fd, bytes, at, Math.min(length - at, MAX_READ_BYTES), offset + at)
        at += got || shrunk(source, offset + at)
      }
      return bytes
    },
  }
  closing.register(source, fd)
  return source
}

/** Reads until `length` bytes are there: the system may give fewer at a time. */
async function fill(
  length: number,
  readSome: (bytes: Uint8Array, at: number) => Promise<number>,
  source: ByteSource,
  offset: number,
): Promise<Uint8Array> {
  const bytes = memoryFor(length) // every byte is read, or it throws
  for (let at = 0; at < length; ) at += (await readSome(bytes, at)) || shrunk(source, offset + at)
  return bytes
}

const readAt = (fd: number, bytes: Uint8Array, at: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = Math.min(bytes.length - at, MAX_READ_BYTES)
    read(fd, bytes, at, length, position, (error, count) => (error ? reject(error) : resolve(count)))
  })

function shrunk(source: ByteSource, offset: number): never {
  throw new FreezeError('truncated', `the file became shorter than the ${source.size} bytes that it had`, {
    file: source.name,
    offset,
    hint: 'Something is writing to it: try again when that is done.',
  })
}

function opened(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw notThere(path, cause)
  }
}

/**
 * A folder. Throws `missing` where there is none. Its `file` throws `unsupported`
 * for a path or a link that leads out of it.
 */
export function openFolder(path: string): Folder {
  if (!statOf(path).isDirectory())
    throw new FreezeError('missing', 'this is a file, and a folder was expected', { file: path })
  const root = realpathSync(path)
  const name = basename(resolve(path))
  return makeFolder(name, {
    paths: () => filesIn(path, root),
    async open(inner) {
      const full = join(path, inner)
      if (!isFile(full)) return undefined
      if (!isAllowed(root, realpathSync(full)))
        throw leadsOut(name, inner, 'this is a link that leads out of the folder')
      return openFile(full)
    },
  })
}

/**
 * Whether a file belongs to a folder; both have their links resolved. In the cache of Hugging Face a model's folder holds
 * links to its blobs, which lie in the same entry of the cache and nowhere else:
 *
 *     models--google--bert/snapshots/1a2b/saved_model.pb → models--google--bert/blobs/e3b0c442…
 */
function isAllowed(root: string, path: string): boolean {
  if (isWithin(root, path)) return true
  const [, entry] = /^(.*[/\\]models--[^/\\]+)[/\\]snapshots[/\\][^/\\]+/.exec(root) ?? []
  return entry !== undefined && dirname(path) === join(entry, 'blobs') && /^[0-9a-f]{40,64}$/.test(basename(path))
}

/** Whether a path is below a folder; both have their links resolved. */
function isWithin(root: string, path: string): boolean {
  const inner = relative(root, path)
  return inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner)
}

/** The system's codes for paths that cannot be files: too long a name, links that lead in a circle. */
const NO_FILE = ['ENAMETOOLONG', 'ELOOP']

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
  } catch (cause) {
    if (NO_FILE.includes(String(codeOf(cause)))) return false
    throw notThere(path, cause)
  }
}

/** Opens the file or folder at the path. Throws `missing` where nothing is. */
export const openInput = (path: string): Input => (statOf(path).isDirectory() ? openFolder(path) : openFile(path))

function statOf(path: string) {
  try {
    return statSync(path)
  } catch (cause) {
    throw notThere(path, cause)
  }
}

function notThere(path: string, cause: unknown): FreezeError {
  const code = codeOf(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new FreezeError('missing', 'there is no such file or folder', { file: path, hint: hintFor(path), cause })
  if (code === 'EACCES')
    return new FreezeError('missing', 'the file may not be read', { file: path, hint: 'Check its permissions.', cause })
  throw cause
}

/** A name beside it that differs little. */
function hintFor(path: string): string {
  try {
    const [nearest] = nearestNames(basename(path), readdirSync(dirname(path)))
    if (nearest !== undefined) return `Check the path: did you mean ${join(dirname(path), nearest)}?`
  } catch {
    // the folder around it is not there either
  }
  return 'Check the path.'
}

/** All files below a folder, whose real path is `real`: links to folders are followed once, and not out of it. */
async function filesIn(root: string, real: string): Promise<string[]> {
  const files: string[] = []
  const seen = new Set([real])
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await readdir(join(root, folder))) {
      const path = folder ? `${folder}/${name}` : name
      if (isFile(join(root, path))) files.push(path)
      else {
        const target = await realpath(join(root, path)).catch(() => undefined)
        if (target === undefined || seen.has(target) || !isWithin(real, target) || !statSync(target).isDirectory())
          continue
        seen.add(target)
        folders.push(path)
      }
      if (files.length > MAX_FILES) tooMany(root)
    }
  }
  return files.sort()
}

function tooMany(root: string): never {
  throw new FreezeError('limit', `the folder holds more than ${MAX_FILES} files`, {
    file: root,
    hint: 'Name the folder of the model itself.',
  })
}
