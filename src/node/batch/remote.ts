/** Batches whose models or outputs lie in an object store. */
import { createHash } from 'node:crypto'
import { type ByteSource, isFolder, readAll } from '../../bytes/source.ts'
import { FreezeError, isFreezeError } from '../../errors.ts'
import { wholeOutput } from '../../export/output.ts'
import { MAX_CONFIG_BYTES } from '../../limits.ts'
import { isRemote } from '../../remote/address.ts'
import { openRemote } from '../../remote/open.ts'
import { placeOf } from '../../remote/place.ts'
import { storeOptions, writeToAddress } from '../remote.ts'
import type { Source } from './source.ts'
import { modelsOf, type Tree, type Versions } from './tree.ts'

/** An address with a path below it. */
export const below = (address: string, path: string): string => `${address.replace(/\/+$/, '')}/${path}`

/**
 * The models at an address: of a folder in a store all below it, told by the names of their files, as reading each would
 * take a request; else the one that is named. Nothing below `except` is looked at.
 */
export async function remoteSources(address: string, versions: Versions, except: string): Promise<readonly Source[]> {
  const place = placeOf(address, storeOptions(address))
  const name = address.replace(/\/+$/, '').split('/').at(-1)!
  if (!place) return [{ path: address, relative: name }]
  const prefix = place.key === '' || place.key.endsWith('/') ? place.key : `${place.key}/`
  const root = address.slice(0, address.length - place.key.length).replace(/\/*$/, '/') + prefix
  const objects = await place.bucket.list(prefix)
  if (objects.length === 0) return [{ path: address, relative: name }]
  const paths = objects.map(({ key }) => key.slice(prefix.length))
  const own = paths.filter(path => !`${root}${path}`.startsWith(`${except.replace(/\/+$/, '')}/`))
  const found = await modelsOf(treeOf(own), versions)
  return found.map(({ relative, version }) => ({
    path: relative === '.' ? root : root + relative,
    relative: relative === '.' ? name : relative,
    ...(version !== undefined && { version }),
  }))
}

const MODEL = /\.(h5|hdf5|keras|pb|pbtxt|cpb|meta)$|(^|[/-])model\.json$/i

function treeOf(paths: readonly string[]): Tree {
  const folders = new Map<string, Map<string, boolean>>()
  for (const path of paths) {
    const names = path.split('/')
    for (const [i, name] of names.entries()) {
      const folder = names.slice(0, i).join('/')
      const entries = folders.get(folder) ?? new Map<string, boolean>()
      if (name !== '') entries.set(name, i < names.length - 1)
      folders.set(folder, entries)
    }
  }
  return {
    entries: folder => [...(folders.get(folder) ?? [])].map(([name, isInner]) => ({ name, isFolder: isInner })),
    isModel: async path => MODEL.test(path) && !/\.weights\.h5$/.test(path),
  }
}

const NAMES_OTHERS = /(^|[/-])(saved_model\.(?:pb|pbtxt|cpb)|model\.json)$|\.meta$/i

/** The tags that identify the content of a model at an address: names and tags of its objects. */
export async function tagsOf(address: string): Promise<string | undefined> {
  const place = placeOf(address, storeOptions(address))
  if (!place) return undefined // a web server lists nothing
  const { bucket, key } = place
  // A file that names others may need its whole folder.
  const prefix = NAMES_OTHERS.test(key) ? key.replace(/[^/]*$/, '') : key
  const objects = await bucket.list(prefix)
  const own = objects.filter(
    each => each.key.startsWith(`${prefix.replace(/\/+$/, '')}/`) || each.key === key || prefix === '',
  )
  const hash = createHash('sha256')
  for (const { key: name, size, tag } of own) hash.update(`${name} ${size} ${tag}\n`)
  return hash.digest('hex')
}

/** The names of the files in a folder of a store. */
export async function namesAt(folder: string): Promise<readonly string[]> {
  const { bucket, key } = placeOf(folder, storeOptions(folder))!
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`
  const names = (await bucket.list(prefix)).map(object => object.key.slice(prefix.length))
  return names.filter(name => name !== '' && !name.includes('/'))
}

/** A small text at an address; undefined where there is none. */
export async function textAt(address: string): Promise<string | undefined> {
  const file = await fileAt(address)
  return file && new TextDecoder().decode(await readAll(file, MAX_CONFIG_BYTES))
}

/** Whether a file or folder is at an address. */
export async function isThere(address: string): Promise<boolean> {
  try {
    const { input } = await openRemote(address, storeOptions(address))
    return isFolder(input) || input.size > 0
  } catch (error) {
    if (isFreezeError(error, 'missing')) return false
    throw error
  }
}

async function fileAt(address: string): Promise<ByteSource | undefined> {
  const place = placeOf(address, storeOptions(address))
  return place?.bucket.open(place.key)
}

/** Writes a text to an address. */
export async function writeText(address: string, text: string): Promise<void> {
  await writeToAddress(address, [{ path: '', ...wholeOutput(text) }])
}

/** Throws for a folder of outputs that cannot be written to. */
export function checkOutputs(folder: string): void {
  if (!isRemote(folder) || placeOf(folder, storeOptions(folder))) return
  throw new FreezeError('unsupported', 'files are not written to web servers', {
    file: folder,
    hint: 'Name a folder, or an address that begins with s3:// or gs://.',
  })
}
