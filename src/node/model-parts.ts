/** The files around a file that belong to the same model: the weights of a SavedModel's graph, the shards of an index. */
import { basename } from 'node:path'
import { detect } from '../models/index.ts'
import { openInput } from './file-source.ts'

/** Returns a test for paths, relative to the folder of the file at `path`, that belong to its model; undefined where none does. */
export async function partsOf(path: string): Promise<((inner: string) => boolean) | undefined> {
  const isPart = await detect(openInput(path)).then(
    ({ kind }) => kind.isPart,
    () => undefined, // opening the model says what is wrong with it
  )
  return isPart && (inner => isPart(inner, basename(path)))
}
