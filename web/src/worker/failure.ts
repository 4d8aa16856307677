/** The error as the page gets it. */
import { isFreezeError } from '../../../src/errors.ts'
import { pageWords } from '../../../src/options/page-words.ts'
import type { Failure } from '../protocol.ts'

export function failure(error: unknown): Failure {
  if (isFreezeError(error)) {
    const { text, options } = pageWords(error.message)
    const { node, nodes } = error.place
    return {
      message: text,
      options,
      code: error.code,
      ...(node !== undefined && { node }),
      ...(nodes && { nodes }),
    }
  }
  const what = error instanceof Error ? error.message : String(error)
  if (what === 'cancelled') return { message: 'cancelled' }
  return { message: `tfreeze: unexpected: ${what}. This is a bug: please report it with the model.` }
}

/** Notes in the page's words. */
export const told = (notes: readonly string[]): string[] => notes.map(note => pageWords(note).text)
