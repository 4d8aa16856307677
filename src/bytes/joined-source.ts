/** Several sources, one after the other, as one: the shards of a file. */
import { joinBytes } from './join.ts'
import { type ByteSource, checkRange } from './source.ts'

/** The part of a source that a range of the whole needs. */
interface Piece {
  readonly source: ByteSource
  readonly offset: number
  readonly length: number
}

/** The bytes of all sources in their order. A range that lies in one of them is not copied. */
export function joinedSource(sources: readonly ByteSource[], name: string): ByteSource {
  const [only] = sources
  if (only && sources.length === 1) return only
  const size = sources.reduce((sum, source) => sum + source.size, 0)
  const pieces = (offset: number, length: number): Piece[] => {
    checkRange(joined, offset, length)
    const found: Piece[] = []
    let start = 0
    for (const source of sources) {
      const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + source.size)]
      if (from < to) found.push({ source, offset: from - start, length: to - from })
      start += source.size
    }
    return found
  }
  const joined: ByteSource = {
    name,
    size,
    async read(offset, length) {
      const parts = pieces(offset, length).map(piece => piece.source.read(piece.offset, piece.length))
      return joinBytes(await Promise.all(parts))
    },
  }
  if (sources.every(source => source.readSync)) {
    joined.readSync = (offset, length) =>
      joinBytes(pieces(offset, length).map(piece => piece.source.readSync!(piece.offset, piece.length)))
  }
  return joined
}

/** The same, where who reads ahead stops at the end of each source (`partEnd`). */
export function joinedParts(sources: readonly ByteSource[], name: string): ByteSource {
  const joined = joinedSource(sources, name)
  if (sources.length === 1) return joined
  return {
    ...joined,
    partEnd(offset) {
      let start = 0
      for (const source of sources) {
        if (offset < start + source.size) return start + (source.partEnd?.(offset - start) ?? source.size)
        start += source.size
      }
      return start
    },
  }
}
