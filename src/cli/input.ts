/** The model that a command is given. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { detect, type OpenOptions, open } from '../models/index.ts'
import type { KerasLook } from '../models/keras/open.ts'
import type { Model } from '../models/model.ts'
import { openFolder, openInput } from '../node/file-source.ts'

/** A checkpoint may be called by what its files' names begin with. */
export const modelPath = (path: string): string =>
  !existsSync(path) && existsSync(`${path}.meta`) ? `${path}.meta` : path

/** Opens the model at a path; a file can also see the folder it lies in, as a SavedModel's `saved_model.pb` must. */
export async function openModel(given: string, options: OpenOptions = {}): Promise<Model> {
  const path = modelPath(given)
  const input = openInput(path)
  return open(input, 'paths' in input ? options : { ...options, siblings: openFolder(dirname(path)) })
}

/** A Keras file, also one that cannot be frozen; undefined for any other model. */
export async function lookAtKeras(given: string, options: OpenOptions): Promise<KerasLook | undefined> {
  const path = modelPath(given)
  const input = openInput(path)
  const { kind } = await detect(input)
  if (!kind.kind.startsWith('keras')) return undefined
  const { inspectKeras } = await import('../models/keras/open.ts')
  const isFile = !('paths' in input)
  return inspectKeras(input, { ...options, ...(isFile && { beside: openFolder(dirname(path)) }) })
}
