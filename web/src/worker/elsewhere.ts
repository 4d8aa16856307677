/** Opens a model on a web server, by ranges, as far as the browser lets a page read what others serve. */

import { makeFolder } from '../../../src/bytes/folder.ts'
import { type ByteSource, CHUNK_BYTES, type Folder, fromBlob, isFolder } from '../../../src/bytes/source.ts'
import { FreezeError, isFreezeError } from '../../../src/errors.ts'
import { openRemote, type RemoteInput } from '../../../src/remote/open.ts'

/** A browser says of a request that it did not let through what it says of a broken network: it is soon given up. */
const RETRIES = 2

/** Opens the file or folder at an address. Throws `unsupported` for addresses of object stores, and `missing`, with what may be the reason. */
export async function openElsewhere(address: string): Promise<RemoteInput> {
  if (!/^https?:\/\//i.test(address))
    throw new FreezeError('unsupported', 'the page opens addresses that begin with https:// or http://', {
      file: address,
      hint: 'The command line reads s3:// and gs://, too.',
    })
  const { input, siblings } = await openRemote(address, { fetch: plainly, retries: RETRIES }).catch(refused)
  const opened = isFolder(input) ? readable(input) : copying(input)
  return { input: opened, ...(siblings && { siblings: readable(siblings) }) }
}

/** Asks without `If-Match`, for which a server has to be asked for leave; tags are compared in any case. */
const plainly: typeof fetch = (given, init) => {
  const request = new Request(given, { credentials: 'omit' })
  const headers = new Headers(request.headers)
  headers.delete('if-match')
  return fetch(new Request(request, { headers }), init)
}

function refused(error: unknown): never {
  if (!isFreezeError(error, 'missing') || !(error.cause instanceof TypeError)) throw error
  throw new FreezeError('missing', 'the browser got no answer that it lets this page read', {
    ...error.place,
    hint: 'Check the address. Its server must let other pages read it (CORS: Access-Control-Allow-Origin, and Content-Range and ETag in Access-Control-Expose-Headers). If it does not: download the model, and drop it here.',
    cause: error.cause,
  })
}

/** The source with a copy that can be read at once, for the library that reads HDF5 in chunks. */
function copying(source: ByteSource): ByteSource {
  let copy: Promise<ByteSource> | undefined
  const whole = async (): Promise<ByteSource> => {
    const parts: BlobPart[] = []
    for (let at = 0; at < source.size; at += CHUNK_BYTES)
      parts.push(new Uint8Array(await source.read(at, Math.min(CHUNK_BYTES, source.size - at))))
    return fromBlob(new Blob(parts), source.name)
  }
  return {
    name: source.name,
    size: source.size,
    read: (offset, length) => source.read(offset, length).catch(refused),
    atOnce: () => (copy ??= whole()),
  }
}

const readable = (folder: Folder): Folder =>
  makeFolder(folder.name, {
    paths: () => folder.paths().catch(refused),
    open: async path => {
      const file = await folder.file(path).catch(refused)
      return file && copying(file)
    },
  })
