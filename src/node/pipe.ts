/**
 * Pipes as byte sources. A model is read by ranges and a pipe only from its beginning
 * to its end, so it is kept in a temporary file first, which has no name: it is gone
 * when the process is, however that ends.
 */
import { closeSync, createReadStream, fchmodSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { ByteSource } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { openedFile } from './file-source.ts'
import { attempt } from './target.ts'
import { openTemporary, remove } from './temporary.ts'

/** Whether a path is a pipe or a socket (`/dev/stdin`, `<(…)` of a shell), or `-`, standard input. */
export function isPipe(path: string): boolean {
  if (path === '-') return true
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && (stat.isFIFO() || stat.isSocket())
}

/**
 * Reads a pipe, or standard input where the path is `-`, to its end. Throws
 * `unsupported` for a terminal, `output` where there is no room for the temporary file.
 */
export async function openPipe(path: string): Promise<ByteSource> {
  if (path !== '-') return kept(() => createReadStream(path), basename(path))
  if (!process.stdin.isTTY) return kept(() => process.stdin, 'stdin')
  throw new FreezeError('unsupported', 'standard input is a terminal, and a model was expected', {
    file: path,
    hint: 'Pipe a model into the command.',
  })
}

const kept = (begin: () => AsyncIterable<Uint8Array>, name: string): Promise<ByteSource> =>
  keptFile({ [Symbol.asyncIterator]: () => begin()[Symbol.asyncIterator]() }, name)

/** A stream that can be read once, kept in a temporary file without a name, as a source. */
export async function keptFile(pieces: AsyncIterable<Uint8Array>, name: string): Promise<ByteSource> {
  const place = join(tmpdir(), 'tfreeze')
  const { path, fd } = attempt(place, () => openTemporary(place))
  try {
    fchmodSync(fd, 0o600)
    remove(path)
    for await (const piece of pieces) attempt(place, () => writeWhole(fd, piece))
    return openedFile(fd, name)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}
