/** The models in a folder and the folders below it, as TF Serving and others lay them out. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isFreezeError } from '../../errors.ts'
import { detect, type InputKind } from '../../models/index.ts'
import { MODEL_KINDS } from '../../models/model.ts'
import { GRAPH_FILES } from '../../models/saved-model.ts'
import { openInput } from '../file-source.ts'

/** A model that was found. */
export interface Found {
  /** From the folder that was searched. */
  readonly relative: string
  /** The number of its folder, where that is one of several versions. */
  readonly version?: string
}

/** Which versions of a model are taken. */
export type Versions = 'newest' | 'all'

const SAVED_MODEL: readonly string[] = GRAPH_FILES
/** Kinds that are a model by themselves: an archive may be anything. */
const KINDS: ReadonlySet<string | undefined> = new Set(Object.keys(MODEL_KINDS))

/** A tree of folders that is searched: one of the disk, or what a store lists. */
export interface Tree {
  /** The entries of a folder; '' is the root. */
  entries(folder: string): readonly { readonly name: string; readonly isFolder: boolean }[]
  isModel(path: string): Promise<boolean>
}

/** The models, sorted by path. Nothing below `except` is looked at. */
export async function modelsIn(root: string, versions: Versions, except: string): Promise<Found[]> {
  const tree: Tree = {
    entries(folder) {
      if (resolve(root, folder) === resolve(except)) return []
      const found = readdirSync(join(root, folder), { withFileTypes: true })
      return found
        .filter(entry => entry.isDirectory() || entry.isFile())
        .map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
    },
    isModel: path => isModelFile(join(root, path)),
  }
  return modelsOf(tree, versions)
}

/** The models of a tree, sorted by path. What is hidden is not looked at. */
export async function modelsOf(tree: Tree, versions: Versions): Promise<Found[]> {
  const found: Found[] = []
  await search('', { tree, versions, found })
  return found
}

interface Search {
  readonly tree: Tree
  readonly versions: Versions
  readonly found: Found[]
}

async function search(folder: string, given: Search): Promise<void> {
  const { tree, versions, found } = given
  const entries = tree
    .entries(folder)
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const at = (name: string): string => (folder === '' ? name : `${folder}/${name}`)
  const namesIn = (name: string): string[] => tree.entries(at(name)).map(entry => entry.name)
  if (isModelFolder(entries.map(({ name }) => name))) {
    found.push({ relative: folder || '.' })
    return
  }
  const folders = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)
  const numbered = folders.filter(name => /^\d+$/.test(name) && isModelFolder(namesIn(name)))
  for (const version of versions === 'all' ? numbered : newest(numbered)) found.push({ relative: at(version), version })
  for (const { name, isFolder } of entries)
    if (!isFolder && (await tree.isModel(at(name)))) found.push({ relative: at(name) })
  for (const name of folders) if (!numbered.includes(name)) await search(at(name), given)
}

/** A SavedModel, or an unpacked Keras file. */
const isModelFolder = (names: readonly string[]): boolean =>
  names.some(name => SAVED_MODEL.includes(name)) || (names.includes('config.json') && names.includes('metadata.json'))

const newest = (versions: readonly string[]): string[] => {
  const [last] = [...versions].sort((a, b) => Number(BigInt(b) - BigInt(a)))
  return last === undefined ? [] : [last]
}

/** Whether a file is a model by its content; of a checkpoint's files the one that names the graph, of JSON what TF.js wrote. */
async function isModelFile(path: string): Promise<boolean> {
  if (/\.(index|data-\d+-of-\d+|weights\.h5)$/.test(path)) return false
  const kind = await kindOf(path)
  return path.endsWith('.json') ? kind?.startsWith('tfjs') === true : KINDS.has(kind)
}

/** The kind of a file by its content; undefined where the content is not known. */
export async function kindOf(path: string): Promise<InputKind['kind'] | undefined> {
  try {
    return (await detect(openInput(path))).kind.kind
  } catch (error) {
    if (isFreezeError(error)) return undefined
    throw error
  }
}
