/** Where in a model a message was found, for errors. */
import { type ErrorCode, type ErrorPlace, FreezeError } from '../../errors.ts'

/** A node's place: the file, the function around it, its name. */
export function nodePlace(file: string, functionName: string | undefined, node: string): ErrorPlace {
  return { file, ...(functionName !== undefined && { path: [functionName] }), node }
}

/** Throws at `place`. */
export function fail(place: ErrorPlace, code: ErrorCode, what: string, hint?: string): never {
  throw new FreezeError(code, what, { ...place, ...(hint && { hint }) })
}
