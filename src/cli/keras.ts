/** The options that matter to Keras files only. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { OpenOptions } from '../models/index.ts'
import type { Emitter } from '../models/keras/call.ts'
import { givenFile } from './input.ts'

export interface KerasFlags {
  readonly rnn?: 'auto' | 'unroll' | 'loop'
  readonly shape?: ReadonlyMap<string, PartialShape>
  readonly architecture?: string
  readonly custom?: string
}

/** What opening a Keras file is told; other models do not look at it. */
export async function kerasOptions({ rnn, shape, architecture, custom }: KerasFlags): Promise<OpenOptions> {
  return {
    ...(rnn && { rnn }),
    ...(shape && { shapes: shape }),
    ...(architecture !== undefined && { architecture: await givenFile(architecture) }),
    ...(custom !== undefined && { custom: await customLayers(custom) }),
  }
}

/** Loads `export default { layers: { MyLayer(call) { … } } }`: the user's own code, named on the command line. */
async function customLayers(path: string): Promise<ReadonlyMap<string, Emitter>> {
  const { layers } = await loadDefault(path)
  if (typeof layers === 'object' && layers !== null) {
    const entries = Object.entries(layers)
    if (entries.every((entry): entry is [string, Emitter] => typeof entry[1] === 'function')) return new Map(entries)
  }
  throw new FreezeError('unsupported', 'its default export has no layers, or one of them is no function', {
    file: path,
    hint: 'Write it as: export default { layers: { MyLayer(call) { … } } }.',
  })
}

async function loadDefault(path: string): Promise<{ readonly layers?: unknown }> {
  if (!existsSync(path))
    throw new FreezeError('missing', 'there is no such file', { file: path, hint: 'Check the path.' })
  try {
    const module: { readonly default?: { readonly layers?: unknown } } = await import(pathToFileURL(resolve(path)).href)
    return module.default ?? {}
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
    throw new FreezeError('unsupported', `it cannot be loaded as a JavaScript module: ${why}`, { file: path, cause })
  }
}
