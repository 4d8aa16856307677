/** Bytes on their way out. */

/** A file's bytes, produced as they are taken. */
export interface Output {
  /** Total bytes, where they are known before. */
  readonly size?: number
  /** In order, in pieces of at most a few MiB. To be taken once; a piece does not change any more. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** One of the files that an output kind writes. */
export interface OutputFile extends Output {
  /** Relative to what the user named, with `/`; empty where that is the file itself. */
  readonly path: string
}
