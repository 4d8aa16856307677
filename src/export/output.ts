/** Bytes on their way out. */

/** A file's bytes, produced as they are taken. */
export interface Output {
  /** Total bytes, where they are known before. */
  readonly size?: number
  /** In order, in pieces of at most a few MiB. To be taken once; a piece does not change any more. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** A text, whole. */
export function wholeOutput(text: string): Output {
  const bytes = new TextEncoder().encode(text)
  return {
    size: bytes.length,
    chunks: (async function* () {
      yield bytes
    })(),
  }
}

/** One of the files that an output kind writes. */
export interface OutputFile extends Output {
  /** In a folder the path in it, with `/`; otherwise what is appended to the output's path: nothing, or `.data`. */
  readonly path: string
  /** Outside a folder: the path is a name beside the output's, not an ending. */
  readonly isBeside?: boolean
  /** Notes about the file for the user, a sentence each. */
  readonly notes?: readonly string[]
}
