/**
 * Riegeli's blocks. Every 64 KiB of a file begin with a header of 24 bytes, wherever that is in the content:
 *
 *     file      [24 | content …][24 | content …][24 | …
 *     content        content …    content …
 *
 * The headers are for those who begin in the middle of a file; who reads from its beginning passes over them.
 */
import { type ByteSource, checkRange } from '../../bytes/source.ts'

const BLOCK_BYTES = 64 * 1024
const HEADER_BYTES = 24
const USABLE_BYTES = BLOCK_BYTES - HEADER_BYTES

/** The file without the headers of its blocks. */
export function withoutBlockHeaders(file: ByteSource): ByteSource {
  const source: ByteSource = {
    name: file.name,
    size: contentOffset(file.size),
    async read(offset, length) {
      checkRange(source, offset, length)
      const [begin, end] = fileRange(offset, length)
      return compact(await file.read(begin, end - begin), begin, length)
    },
  }
  const readSync = file.readSync?.bind(file)
  if (readSync)
    source.readSync = (offset, length) => {
      checkRange(source, offset, length)
      const [begin, end] = fileRange(offset, length)
      return compact(readSync(begin, end - begin), begin, length)
    }
  return source
}

/** The offset in the content of the byte at `position` of the file; inside a header, of the first byte behind it. */
export function contentOffset(position: number): number {
  const block = Math.floor(position / BLOCK_BYTES)
  return block * USABLE_BYTES + Math.max(0, (position % BLOCK_BYTES) - HEADER_BYTES)
}

/** The position in the file at which the content before `offset` ends. */
export function endPosition(offset: number): number {
  if (offset === 0) return 0
  const last = offset - 1
  return Math.floor(last / USABLE_BYTES) * BLOCK_BYTES + HEADER_BYTES + (last % USABLE_BYTES) + 1
}

/** The next position from `position` on at which a chunk may end: neither inside nor right behind a header. */
export const roundUpToChunkEnd = (position: number): number => {
  const inBlock = position % BLOCK_BYTES
  return inBlock > 0 && inBlock <= HEADER_BYTES ? position - inBlock + HEADER_BYTES + 1 : position
}

function fileRange(offset: number, length: number): [number, number] {
  const begin = Math.floor(offset / USABLE_BYTES) * BLOCK_BYTES + HEADER_BYTES + (offset % USABLE_BYTES)
  return [begin, length === 0 ? begin : endPosition(offset + length)]
}

/** The `length` bytes of content in bytes of the file from `begin` on. */
function compact(bytes: Uint8Array, begin: number, length: number): Uint8Array {
  if (bytes.length === length) return bytes
  const content = new Uint8Array(length)
  let at = 0
  for (let from = 0; from < bytes.length; ) {
    const end = Math.min(bytes.length, from + BLOCK_BYTES - ((begin + from) % BLOCK_BYTES))
    content.set(bytes.subarray(from, end), at)
    at += end - from
    from = end + HEADER_BYTES
  }
  return content
}
