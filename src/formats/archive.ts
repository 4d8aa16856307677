/** Archives as folders: zip, tar and tar.gz, told apart by their first bytes. */
import { makeFolder } from '../bytes/folder.ts'
import { joinBytes } from '../bytes/join.ts'
import { type ByteSource, type Folder, fromBytes } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { MAX_INFLATED_BYTES } from '../limits.ts'
import { isTar, tarFolder } from './tar/tar.ts'
import { isZip } from './zip/signature.ts'
import { zipFolder } from './zip/zip.ts'

/**
 * The files of an archive, undefined when the source is none. Folders that hold
 * everything else (`model/saved_model.pb`, `model/variables/…`) are left out of the paths.
 */
export async function archiveFolder(source: ByteSource): Promise<Folder | undefined> {
  if (await isZip(source)) return withoutWrapping(await zipFolder(source))
  if (await isTar(source)) return withoutWrapping(await tarFolder(source))
  if (!(await isGzip(source))) return undefined
  const tar = fromBytes(await gunzip(source), source.name)
  return (await isTar(tar)) ? withoutWrapping(await tarFolder(tar)) : undefined
}

async function isGzip(source: ByteSource): Promise<boolean> {
  if (source.size < 18) return false
  const [first, second] = await source.read(0, 2)
  return first === 0x1f && second === 0x8b
}

/** Unpacks into memory, under a limit. */
async function gunzip(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of ranges(source).pipeThrough(new DecompressionStream('gzip'))) {
      length += part.length
      if (length > MAX_INFLATED_BYTES)
        throw new FreezeError('limit', `the archive unpacks to more than ${MAX_INFLATED_BYTES} bytes`, {
          file: source.name,
          hint: 'Unpack it and give the folder.',
        })
      parts.push(part)
    }
  } catch (cause) {
    if (cause instanceof FreezeError) throw cause
    throw new FreezeError('corrupt', 'the gzip data cannot be unpacked', {
      file: source.name,
      hint: 'The file is cut short or damaged: copy it again.',
      cause,
    })
  }
  return joinBytes(parts)
}

function ranges(source: ByteSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  const step = 1024 * 1024
  let at = 0
  return new ReadableStream({
    async pull(controller) {
      if (at >= source.size) return controller.close()
      const bytes = await source.read(at, Math.min(step, source.size - at))
      at += bytes.length
      controller.enqueue(new Uint8Array(bytes))
    },
  })
}

/** Entries that macOS adds to an archive. */
const isJunk = (path: string): boolean => path.startsWith('__MACOSX/') || path.endsWith('.DS_Store')

/** Takes off the folders that all files are in. */
async function withoutWrapping(folder: Folder): Promise<Folder> {
  const paths = (await folder.paths()).filter(path => !isJunk(path))
  const prefix = commonFolder(paths)
  return makeFolder(folder.name, {
    paths: async () => paths.map(path => path.slice(prefix.length)),
    open: path => folder.file(prefix + path),
  })
}

/** The longest `a/b/` that every path starts with. */
function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map(path => path.split('/').slice(0, -1))
  if (!first) return ''
  let depth = first.length
  for (const folders of others)
    while (depth > 0 && first.slice(0, depth).join('/') !== folders.slice(0, depth).join('/')) depth--
  return first
    .slice(0, depth)
    .map(name => `${name}/`)
    .join('')
}
