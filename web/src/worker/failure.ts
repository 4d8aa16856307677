/** The error as the page gets it. */
import { isFreezeError } from '../../../src/errors.ts'
import type { Failure } from '../protocol.ts'

export function failure(error: unknown): Failure {
  if (isFreezeError(error)) {
    return {
      message: error.message,
      code: error.code,
      ...(error.place.node !== undefined && { node: error.place.node }),
    }
  }
  const what = error instanceof Error ? error.message : String(error)
  if (what === 'cancelled') return { message: 'cancelled' }
  return { message: `tfreeze: unexpected: ${what}. This is a bug: please report it with the model.` }
}
