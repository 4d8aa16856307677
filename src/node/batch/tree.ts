/** The models in a folder and the folders below it, as TF Serving and others lay them out. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isFreezeError } from '../../errors.ts'
import { detect, type InputKind } from '../../models/index.ts'
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

const SAVED_MODEL: readonly string[] = [...GRAPH_FILES, 'saved_model.cpb']
/** Kinds that are a model by themselves: an archive may be anything. */
const KINDS: ReadonlySet<InputKind['kind'] | undefined> = new Set([
  'saved_model',
  'keras_h5',
  'keras_v3',
  'graphdef',
  'checkpoint',
  'tfjs_graph',
  'tfjs_layers',
])

/** The models, sorted by path. Nothing below `except` is looked at. */
export async function modelsIn(root: string, versions: Versions, except: string): Promise<Found[]> {
  const found: Found[] = []
  await search(root, '', { versions, except: resolve(except), found })
  return found
}

interface Search {
  readonly versions: Versions
  readonly except: string
  readonly found: Found[]
}

async function search(root: string, inner: string, given: Search): Promise<void> {
  const folder = join(root, inner)
  if (resolve(folder) === given.except) return
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const at = (name: string): string => (inner === '' ? name : `${inner}/${name}`)
  if (isModelFolder(entries.map(({ name }) => name))) {
    given.found.push({ relative: inner || '.' })
    return
  }
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  const numbered = folders.filter(name => /^\d+$/.test(name) && isModelFolder(readdirSync(join(folder, name))))
  const taken = given.versions === 'all' ? numbered : newest(numbered)
  for (const version of taken) given.found.push({ relative: at(version), version })
  for (const { name } of entries.filter(entry => entry.isFile()))
    if (await isModelFile(join(folder, name))) given.found.push({ relative: at(name) })
  for (const name of folders) if (!numbered.includes(name)) await search(root, at(name), given)
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

/** What a file is by its content; undefined where it is nothing that is known. */
export async function kindOf(path: string): Promise<InputKind['kind'] | undefined> {
  try {
    return (await detect(openInput(path))).kind.kind
  } catch (error) {
    if (isFreezeError(error)) return undefined
    throw error
  }
}
