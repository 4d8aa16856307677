/**
 * The one error class. A message reads `place: what was found, what was
 * expected. What to do.` so that a caller can print it as it is.
 */

/** The kinds of errors that a caller may want to tell apart. Anything else that throws is a bug in this library. */
export type ErrorCode =
  | 'truncated' // the file ends before the structure does
  | 'corrupt' // the bytes contradict themselves or a checksum
  | 'unsupported' // valid, but tfreeze does not support it
  | 'missing' // a file, key, variable, tag, signature or name does not exist
  | 'limit' // larger than any known model; see docs/limits.md
  | 'invalid-graph' // a graph that TensorFlow itself would refuse
  | 'stateful' // the computation needs state that a frozen graph cannot hold
  | 'output' // the result cannot be written to its target
  | 'target' // the consumer asked for cannot read the result

/** A node that whoever is to read the graph cannot read. */
export interface Unreadable {
  readonly node: string
  readonly op: string
  readonly inFunction?: string
  /** Why, as a sentence without its full stop. */
  readonly reason: string
}

/** Where an error was found. */
export interface ErrorPlace {
  readonly file?: string
  /** Absolute byte offset in `file`. */
  readonly offset?: number
  /** From the outside in: `['metaindex', 'block']`, or a node's function and name. */
  readonly path?: readonly string[]
  /** The graph node at fault, when there is one: what the page highlights. */
  readonly node?: string
  /** All nodes that a consumer cannot read, in the order of the graph; `node` is the first of them. */
  readonly nodes?: readonly Unreadable[]
  /** One sentence that says what to do. */
  readonly hint?: string
  readonly cause?: unknown
}

/** Control characters, which a file's names may hold and a terminal would obey, as JSON writes them. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Every error this library throws on purpose. */
export class FreezeError extends Error {
  override readonly name = 'FreezeError'
  readonly code: ErrorCode
  /** The finding, without the place and the hint. */
  readonly what: string
  readonly place: ErrorPlace

  constructor(code: ErrorCode, what: string, place: ErrorPlace = {}) {
    const { file, offset, path, node, hint, cause } = place
    const where = [file, offset !== undefined && `0x${offset.toString(16)}`, path?.join(' › '), node]
      .filter(Boolean)
      .join(' ')
    const message = `${where && `${where}: `}${what}.${hint ? ` ${hint}` : ''}`
    super(printable(message), cause === undefined ? undefined : { cause })
    this.code = code
    this.what = printable(what)
    this.place = place
  }
}

/** Narrows; `isFreezeError(e, 'unsupported')` also checks the code. Works across copies of the package. */
export const isFreezeError = (e: unknown, ...codes: ErrorCode[]): e is FreezeError =>
  e instanceof Error && e.name === 'FreezeError' && (codes.length === 0 || codes.includes((e as FreezeError).code))

/** States what cannot be otherwise; a failure is a bug here, not in the user's file. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`tfreeze bug: ${why}`)
}
