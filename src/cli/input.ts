/** The model that a command is given. */
import { dirname } from 'node:path'
import { type OpenOptions, open } from '../models/index.ts'
import type { Model } from '../models/model.ts'
import { openFolder, openInput } from '../node/file-source.ts'

/** Opens the model at a path; a file can also see the folder it lies in, as a SavedModel's `saved_model.pb` must. */
export async function openModel(path: string, options: OpenOptions = {}): Promise<Model> {
  const input = openInput(path)
  return open(input, 'paths' in input ? options : { ...options, siblings: openFolder(dirname(path)) })
}
