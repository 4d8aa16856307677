/** The user's module of custom layers: `export default { layers: { MyLayer(call) { … } } }`. */
import { FreezeError } from '../../errors.ts'
import type { Emitter } from './call.ts'

/** The emitters in the default export of a module; `file` is what messages call it. Throws `unsupported` where there are none. */
export function emittersOf(given: { readonly layers?: unknown }, file: string): ReadonlyMap<string, Emitter> {
  const { layers } = given
  if (typeof layers === 'object' && layers !== null) {
    const entries = Object.entries(layers)
    if (entries.every((entry): entry is [string, Emitter] => typeof entry[1] === 'function')) return new Map(entries)
  }
  throw new FreezeError('unsupported', 'its default export has no layers, or one of them is not a function', {
    file,
    hint: 'Write it as: export default { layers: { MyLayer(call) { … } } }.',
  })
}

/** The error for a module that JavaScript cannot load. */
export const cannotLoad = (file: string, cause: unknown): FreezeError => {
  const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
  return new FreezeError('unsupported', `it cannot be loaded as a JavaScript module: ${why}`, { file, cause })
}
