/** A file beside the page as a byte source: every read is a range request. */
import { type ByteSource, checkRange } from '../../../src/bytes/source.ts'
import { FreezeError } from '../../../src/errors.ts'

/** Bytes that are fetched at once: readers ask for a few at a time, mostly next to each other. */
const BLOCK_BYTES = 1 << 18
const BLOCKS = 8

/** A source of `size` bytes at an address of this origin. */
export function fromAddress(url: string, name: string, size: number): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>()
  const block = (index: number): Promise<Uint8Array> => {
    const known = blocks.get(index)
    if (known) return known
    if (blocks.size >= BLOCKS) blocks.delete(blocks.keys().next().value!)
    const start = index * BLOCK_BYTES
    const made = request(url, name, start, Math.min(BLOCK_BYTES, size - start))
    blocks.set(index, made)
    made.catch(() => blocks.delete(index))
    return made
  }
  const source: ByteSource = {
    name,
    size,
    async read(offset, length) {
      checkRange(source, offset, length)
      if (length === 0) return new Uint8Array(0)
      const index = Math.floor(offset / BLOCK_BYTES)
      const isWithin = Math.floor((offset + length - 1) / BLOCK_BYTES) === index
      if (!isWithin) return request(url, name, offset, length)
      const bytes = await block(index)
      return bytes.subarray(offset - index * BLOCK_BYTES, offset - index * BLOCK_BYTES + length)
    },
    readSync(offset, length) {
      checkRange(source, offset, length)
      return length === 0 ? new Uint8Array(0) : requestNow(url, name, offset, length)
    },
  }
  return source
}

const rangeOf = (offset: number, length: number): string => `bytes=${offset}-${offset + length - 1}`

async function request(url: string, name: string, offset: number, length: number): Promise<Uint8Array> {
  const response = await fetch(url, { headers: { Range: rangeOf(offset, length) } }).catch(cause =>
    gone(name, offset, cause),
  )
  return whole(new Uint8Array(await response.arrayBuffer()), response.status, name, offset, length)
}

/** A request that blocks, which a worker may make: HDF5 reads in the middle of its own calls. */
function requestNow(url: string, name: string, offset: number, length: number): Uint8Array {
  const request = new XMLHttpRequest()
  request.open('GET', url, false)
  request.responseType = 'arraybuffer'
  request.setRequestHeader('Range', rangeOf(offset, length))
  try {
    request.send()
  } catch (cause) {
    return gone(name, offset, cause)
  }
  return whole(new Uint8Array(request.response as ArrayBuffer), request.status, name, offset, length) // as asked for above
}

function whole(bytes: Uint8Array, status: number, name: string, offset: number, length: number): Uint8Array {
  if (status === 206 && bytes.length === length) return bytes
  return gone(name, offset, new Error(`status ${status}, ${bytes.length} bytes`))
}

function gone(file: string, offset: number, cause: unknown): never {
  throw new FreezeError('missing', 'the file can no longer be read', {
    file,
    offset,
    hint: 'Is tfreeze view still running? Start it again and reload the page.',
    cause,
  })
}
