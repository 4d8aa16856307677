/** The model that a command is given. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ByteSource, type Folder, type Input, isFolder } from '../bytes/source.ts'
import { detect, type OpenOptions, open } from '../models/index.ts'
import type { KerasLook } from '../models/keras/open.ts'
import type { Model } from '../models/model.ts'
import { openFile, openFolder, openInput } from '../node/file-source.ts'
import { isPipe, openPipe } from '../node/pipe.ts'

/** What a path names, opened; a pipe is read once, here. */
export interface Given {
  readonly input: Input
  /** The folder that a file lies in: a SavedModel's `saved_model.pb` needs the files beside it. */
  readonly siblings?: Folder
}

/** Opens what a path names: a folder, a file, a pipe, `-` for standard input, or the prefix of a checkpoint's files. */
export async function given(path: string): Promise<Given> {
  if (isPipe(path)) return { input: await openPipe(path) }
  const input = openInput(modelPath(path))
  return isFolder(input) ? { input } : { input, siblings: openFolder(dirname(path)) }
}

/** A checkpoint may be called by what its files' names begin with. */
export const modelPath = (path: string): string =>
  !existsSync(path) && existsSync(`${path}.meta`) ? `${path}.meta` : path

/** A file that an option names; it may be a pipe, too. */
export const givenFile = async (path: string): Promise<ByteSource> => (isPipe(path) ? openPipe(path) : openFile(path))

/** Opens the model that was given. */
export const openModel = async ({ input, siblings }: Given, options: OpenOptions = {}): Promise<Model> =>
  open(input, siblings ? { ...options, siblings } : options)

/** A Keras file, also one that cannot be frozen; undefined for any other model. */
export async function lookAtKeras({ input, siblings }: Given, options: OpenOptions): Promise<KerasLook | undefined> {
  const { kind } = await detect(input)
  if (!kind.kind.startsWith('keras')) return undefined
  const { inspectKeras } = await import('../models/keras/open.ts')
  return inspectKeras(input, { ...options, ...(siblings && { beside: siblings }) })
}
