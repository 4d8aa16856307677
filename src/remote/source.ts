/**
 * A file at an address as a byte source. Readers ask for a few bytes at a time, mostly next to each other: what is asked
 * for in order is fetched ahead in growing pieces, and what jumps about in small ones.
 */
import { type ByteSource, checkRange } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { type Answer, changed, plain, type Requests, refused } from './requests.ts'

/** The sizes of a fetch for a read that jumps, and of reading ahead for reads in order. */
const PIECE_BYTES = { first: 64 * 1024, most: 8 * 1024 * 1024 } as const
/** Bytes of pieces that are kept. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Part of the file, on its way or there. */
interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: Promise<Uint8Array>
}

/** Opens the file; undefined where there is none. Throws `missing` where it may not be read, `unsupported` without ranges. */
export async function openSource(requests: Requests, url: string): Promise<ByteSource | undefined> {
  const answer = await requests.send(url, { headers: rangeOf(0, PIECE_BYTES.first) })
  if (answer.status === 404) return undefined
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') || plain(url)
  const size = await sizeOf(requests, url, answer)
  return new Remote(requests, { url, name, size, tag: answer.headers.get('etag') }, answer.body)
}

const rangeOf = (start: number, end: number): Record<string, string> => ({ Range: `bytes=${start}-${end - 1}` })

/** The length of the whole file: `Content-Range: bytes 0-99/1234`, which browsers hide unless the server says otherwise. */
async function sizeOf(requests: Requests, url: string, answer: Answer): Promise<number> {
  const { status, headers, body } = answer
  if (status === 416) return 0 // of an empty file there is no first byte
  if (status === 200) {
    if (body.length <= PIECE_BYTES.first) return body.length
    throw new FreezeError('unsupported', 'the server gives files only whole, and models are read in parts', {
      file: plain(url),
      hint: 'Download the file, and give that.',
    })
  }
  if (status !== 206) refused(url, answer)
  const range = headers.get('content-range')
  const said =
    range === null
      ? (await requests.send(url, { method: 'HEAD' })).headers.get('content-length')
      : /\/(\d+)$/.exec(range)?.[1]
  const size = Number(said ?? Number.NaN)
  if (Number.isSafeInteger(size)) return size
  throw new FreezeError('unsupported', 'the server does not say how long the file is', { file: plain(url) })
}

interface Found {
  readonly url: string
  readonly name: string
  readonly size: number
  /** A tag that changes when the file does. */
  readonly tag: string | null
}

class Remote implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #requests: Requests
  readonly #found: Found
  /** The one that was used last comes last. */
  #pieces: Piece[] = []
  /** Where the latest piece ends, and how long it was. */
  #ahead: { readonly end: number; readonly length: number }

  constructor(requests: Requests, found: Found, head: Uint8Array) {
    this.name = found.name
    this.size = found.size
    this.#requests = requests
    this.#found = found
    this.#keep({ start: 0, end: head.length, bytes: Promise.resolve(head) })
    this.#ahead = { end: head.length, length: PIECE_BYTES.first }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    if (length === 0) return new Uint8Array(0)
    const piece = this.#pieces.find(({ start, end }) => start <= offset && offset + length <= end)
    const { start, bytes } = this.#keep(piece ?? this.#fetch(offset, length))
    const whole = await bytes
    return whole.subarray(offset - start, offset - start + length)
  }

  #fetch(offset: number, length: number): Piece {
    const isNext = Math.abs(offset - this.#ahead.end) < PIECE_BYTES.first
    const grown = isNext ? Math.min(2 * this.#ahead.length, PIECE_BYTES.most) : PIECE_BYTES.first
    const end = Math.min(this.size, offset + Math.max(length, grown))
    this.#ahead = { end, length: grown }
    const piece: Piece = { start: offset, end, bytes: this.#load(offset, end) }
    piece.bytes.catch(() => {
      this.#pieces = this.#pieces.filter(each => each !== piece) // whoever asks again may be luckier
    })
    return piece
  }

  #keep(piece: Piece): Piece {
    const pieces = [...this.#pieces.filter(each => each !== piece), piece]
    let kept = pieces.reduce((sum, { start, end }) => sum + end - start, 0)
    while (kept > KEPT_BYTES && pieces.length > 1) {
      const [oldest] = pieces.splice(0, 1)
      kept -= oldest!.end - oldest!.start
    }
    this.#pieces = pieces
    return piece
  }

  async #load(start: number, end: number): Promise<Uint8Array> {
    const { url, tag } = this.#found
    const isStrong = tag !== null && !tag.startsWith('W/')
    const headers = { ...rangeOf(start, end), ...(isStrong && { 'If-Match': tag }) }
    const answer = await this.#requests.send(url, { headers })
    if (answer.status !== 206) refused(url, answer)
    if (tag !== null && answer.headers.get('etag') !== tag) throw changed(url)
    if (answer.body.length === end - start) return answer.body
    throw new FreezeError('truncated', `the server gave ${answer.body.length} bytes of ${end - start}`, {
      file: plain(url),
      offset: start,
    })
  }
}
