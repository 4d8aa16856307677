/** Opens an address as an input: a file, or a folder of files that are opened when they are asked for. */
import { makeFolder } from '../bytes/folder.ts'
import type { ByteSource, Folder, Input } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { isRemote } from './address.ts'
import { type Place, placeOf } from './place.ts'
import { Requests } from './requests.ts'
import { openSource } from './source.ts'
import type { StoreOptions } from './store.ts'

/** An input, and the folder that it lies in if it is a file. */
export interface RemoteInput {
  readonly input: Input
  readonly siblings?: Folder
}

/**
 * Opens a file or folder at an address. Nothing but its first bytes, or the list of its files, is read. Throws `missing`
 * where nothing is there or it may not be read.
 *
 * @example
 * ```
 * import { open } from 'tfreeze'
 * import { openRemote } from 'tfreeze/remote'
 *
 * const { input, siblings } = await openRemote('https://example.com/digits/saved_model.pb')
 * const model = await open(input, { ...(siblings && { siblings }) })
 * ```
 */
export async function openRemote(address: string, options: StoreOptions = {}): Promise<RemoteInput> {
  if (!isRemote(address))
    throw new FreezeError('unsupported', 'this is not an address', {
      file: address,
      hint: 'Write it as https://…, s3://bucket/… or gs://bucket/….',
    })
  const place = placeOf(address, options)
  const found = place ? await inBucket(place, address) : await onServer(address, options)
  if (found) return found
  throw new FreezeError('missing', 'there is no such file or folder', { file: address, hint: 'Check the address.' })
}

const nameOf = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? path

// ---- buckets

async function inBucket(place: Place, address: string): Promise<RemoteInput | undefined> {
  const { bucket, key } = place
  const isFile = key !== '' && !key.endsWith('/')
  const file = isFile ? await bucket.open(key) : undefined
  if (file) return { input: file, siblings: bucketFolder(place, key.replace(/[^/]*$/, ''), address) }
  const prefix = isFile ? `${key}/` : key
  const folder = bucketFolder(place, prefix, address)
  return (await folder.paths()).length > 0 ? { input: folder } : undefined
}

/** The objects whose keys begin with `prefix`. They are listed once. */
function bucketFolder({ bucket }: Place, prefix: string, address: string): Folder {
  let listed: Promise<readonly string[]> | undefined
  const list = async (): Promise<readonly string[]> => {
    const objects = await bucket.list(prefix)
    const paths = objects.map(({ key }) => key.slice(prefix.length))
    return paths.filter(path => path !== '' && !path.endsWith('/')).sort() // some stores keep folders as objects
  }
  return makeFolder(nameOf(prefix) || nameOf(address), {
    paths: () => (listed ??= list()),
    open: path => bucket.open(prefix + path),
  })
}

// ---- web servers

/** The files that a folder of a web server is known by: it has no list. */
const KNOWN = ['saved_model.pb', 'saved_model.pbtxt', 'saved_model.cpb', 'model.json', 'config.json', 'metadata.json']

async function onServer(address: string, options: StoreOptions): Promise<RemoteInput | undefined> {
  const requests = new Requests(options)
  const opened = new Map<string, Promise<ByteSource | undefined>>()
  const open = (path: string, base: string): Promise<ByteSource | undefined> => {
    const url = new URL(path.split('/').map(encodeURIComponent).join('/'), base).href
    const found = opened.get(url) ?? openSource(requests, url)
    opened.set(url, found)
    return found
  }
  const folderAt = (base: string): Folder =>
    makeFolder(nameOf(new URL(base).pathname), {
      paths: async () => {
        const found = await Promise.all(KNOWN.map(path => open(path, base)))
        return KNOWN.filter((_, i) => found[i]).sort()
      },
      open: path => open(path, base),
    })
  const { pathname } = new URL(address)
  if (!pathname.endsWith('/')) {
    const file = await openSource(requests, address)
    return file && { input: file, siblings: folderAt(new URL('.', address).href) }
  }
  const folder = folderAt(address)
  return (await folder.paths()).length > 0 ? { input: folder } : undefined
}
