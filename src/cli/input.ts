/** The model that a command is given. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ByteSource, isFolder } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { type Detected, detect } from '../models/index.ts'
import { openFile, openFolder, openInput } from '../node/file-source.ts'
import { isPipe, openPipe } from '../node/pipe.ts'
import { isRemote } from '../remote/address.ts'
import { watched } from './progress.ts'

/**
 * Finds out what a path names: a folder, a file, an address, a pipe, `-` for standard input, or the
 * prefix of a checkpoint's files. A file comes with the folder that it lies in, as a
 * SavedModel's `saved_model.pb` needs the files beside it. Throws as `detect` does.
 */
export async function given(path: string): Promise<Detected> {
  if (isRemote(path)) return elsewhere(path)
  if (isPipe(path)) return detect(await openPipe(path))
  const found = modelPath(path)
  const input = openInput(found)
  return detect(watched(input), isFolder(input) ? undefined : openFolder(dirname(found)))
}

/** Opens an address. The code for it is loaded when there is one. */
async function elsewhere(address: string): Promise<Detected> {
  const { openAddress } = await import('../node/remote.ts')
  const { input, siblings } = await openAddress(address)
  return detect(watched(input), siblings)
}

/** A checkpoint may be called by what its files' names begin with. */
export const modelPath = (path: string): string =>
  existsSync(path) ? path : (['.meta', '.index'].map(end => path + end).find(existsSync) ?? path)

/** A file that an option names; it may be a pipe, too, or lie elsewhere. */
export async function givenFile(path: string): Promise<ByteSource> {
  if (!isRemote(path)) return isPipe(path) ? openPipe(path) : openFile(path)
  const { input } = await (await import('../node/remote.ts')).openAddress(path)
  if (!isFolder(input)) return input
  throw new FreezeError('missing', 'this is a folder, and a file was expected', {
    file: path,
    hint: 'Name a file in it.',
  })
}
