/**
 * Tar archives as folders, files read in place. Understands ustar, the long
 * names of GNU tar and the `path` and `size` of pax headers.
 *
 *     header  512 bytes: name 0–99, size 124–135 (octal, or base 256), type 156, `ustar` 257, prefix 345–499
 *     data    size bytes, filled up to a multiple of 512
 */
import { fromFiles } from '../../bytes/folder.ts'
import { type ByteSource, type Folder, slice } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_ARCHIVE_ENTRIES } from '../../limits.ts'

const BLOCK = 512
const MAX_NAME_BYTES = 64 * 1024

/** Whether the source begins with a ustar or GNU header. */
export async function isTar(source: ByteSource): Promise<boolean> {
  return source.size >= BLOCK && text(await source.read(257, 5)) === 'ustar'
}

/** The files of an archive by path; links, devices and folders are left out. Throws `truncated`, `corrupt`, `limit`. */
export async function tarFolder(source: ByteSource): Promise<Folder> {
  const files = new Map<string, ByteSource>()
  let extra: { path?: string; size?: number } = {}
  for (let at = 0; at < source.size; ) {
    const header = await source.read(at, BLOCK)
    if (header.every(byte => byte === 0)) break
    const type = String.fromCharCode(header[156]!)
    const size = extra.size ?? numberOf(source, header.subarray(124, 136), at)
    const data = slice(source, at + BLOCK, size)
    if (type === 'x' || type === 'L') extra = { ...extra, ...(await longName(data, type)) }
    else {
      const path = extra.path ?? nameOf(header)
      if (type === '0' || type === '\0')
        files.set(path.replace(/^\/+/, ''), slice(data, 0, size, `${source.name}:${path}`))
      extra = {}
    }
    if (files.size > MAX_ARCHIVE_ENTRIES)
      throw new FreezeError('limit', `the archive has more than ${MAX_ARCHIVE_ENTRIES} files`, { file: source.name })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return fromFiles(files, source.name)
}

/** The fields of an extension header for the next file. */
async function longName(data: ByteSource, type: 'x' | 'L'): Promise<{ path?: string; size?: number }> {
  if (data.size > MAX_NAME_BYTES)
    throw new FreezeError('limit', `an extension header has ${data.size} bytes, at most ${MAX_NAME_BYTES} are read`, {
      file: data.name,
    })
  const content = new TextDecoder().decode(await data.read(0, data.size))
  if (type === 'L') return { path: content.replace(/\0.*$/s, '') }
  const record = (key: string) => content.match(new RegExp(`^\\d+ ${key}=(.*)$`, 'm'))?.[1]
  const [path, size] = [record('path'), record('size')]
  return { ...(path !== undefined && { path }), ...(size !== undefined && { size: Number(size) }) }
}

function nameOf(header: Uint8Array): string {
  const [name, prefix] = [text(header.subarray(0, 100)), text(header.subarray(345, 500))]
  return prefix && text(header.subarray(257, 262)) === 'ustar' && header[262] === 0 ? `${prefix}/${name}` : name
}

/** Octal digits, or with the top bit set a big-endian number. */
function numberOf(source: ByteSource, field: Uint8Array, at: number): number {
  const value =
    field[0]! & 0x80
      ? field.subarray(1).reduce((n, byte) => n * 256 + byte, field[0]! & 0x7f)
      : Number.parseInt(text(field).trim() || '0', 8)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new FreezeError('corrupt', 'the size of a file is no number', { file: source.name, offset: at + 124 })
}

const text = (field: Uint8Array): string => new TextDecoder().decode(field).replace(/\0.*$/s, '')
