/**
 * Folders of sources. Every folder is made here, so that a path is checked in one
 * place: a model names files (assets, shards, checkpoints), and no name may lead
 * out of the model's own folder.
 */
import { FreezeError } from '../errors.ts'
import type { ByteSource, Folder } from './source.ts'

/** Where a folder's files come from. */
export interface FolderContents {
  readonly paths: () => Promise<readonly string[]>
  /** Opens a file; `path` has passed `innerPath`. */
  readonly open: (path: string) => Promise<ByteSource | undefined>
}

/** A folder that opens only what is in it. `file` throws `unsupported` for a path that leads out. */
export function makeFolder(name: string, { paths, open }: FolderContents): Folder {
  return {
    name,
    paths,
    async file(path) {
      const inner = innerPath(path)
      if (inner !== undefined) return open(inner)
      throw leadsOut(name, path)
    },
  }
}

/** A folder inside another one. */
export const innerFolder = (folder: Folder, path: string): Folder =>
  makeFolder(path, {
    paths: async () =>
      (await folder.paths()).flatMap(inner => (inner.startsWith(`${path}/`) ? inner.slice(path.length + 1) : [])),
    open: inner => folder.file(`${path}/${inner}`),
  })

/** The same folder, checked: for one that a caller made by hand. */
export const checkedFolder = (folder: Folder): Folder =>
  makeFolder(folder.name, { paths: () => folder.paths(), open: path => folder.file(path) })

/** A folder from sources that are already at hand, by path. */
export function fromFiles(files: Iterable<readonly [string, ByteSource]>, name = 'files'): Folder {
  const inside = innerEntries(files)
  return makeFolder(name, { paths: async () => [...inside.keys()].sort(), open: async path => inside.get(path) })
}

/** Entries by their plain paths. Those whose path leads out are left out: nothing may ask for them. */
export function innerEntries<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  const inside = new Map<string, T>()
  for (const [path, entry] of entries) {
    const inner = innerPath(path)
    if (inner !== undefined) inside.set(inner, entry)
  }
  return inside
}

/**
 * A relative path without `.` and empty parts; undefined where it leads out of its
 * folder on any system: absolute, with a drive (`C:`), or with a `..` part, even
 * one that would lead back in.
 */
export function innerPath(path: string): string | undefined {
  if (/^([/\\]|[a-z]:)|\0/i.test(path)) return undefined
  if (path.split(/[/\\]/).includes('..')) return undefined
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/')
}

/** The refusal of a path that is not in the folder called `name`. */
export const leadsOut = (name: string, path: string, what = 'the path leads out of the folder'): FreezeError =>
  new FreezeError('unsupported', what, {
    file: name,
    path: [path],
    hint: 'A model can only use files inside its own folder: copy the file into it, without links.',
  })
