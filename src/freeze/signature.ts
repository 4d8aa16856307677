/** Which signature is frozen: the one asked for, else `serving_default`, else the only one. */

import { FreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { listed, nearestNames } from '../graph/names.ts'
import { callAsSignature } from '../models/functions.ts'
import type { Model, Signature } from '../models/model.ts'
import type { FreezeOptions } from './options.ts'

const DEFAULT = 'serving_default'

/**
 * The signature to freeze; a function of the program is called in `graph` for it. Undefined where the model has neither.
 * Throws `missing` and lists what there is.
 */
export function chooseSignature(model: Model, graph: Graph, options: FreezeOptions): Signature | undefined {
  const { signatures, functions = new Map() } = model
  const { signature: name } = options
  const names = [...signatures.keys()]
  if (name !== undefined) {
    const chosen = signatures.get(name)
    if (chosen) return chosen
    const called = functions.get(name)
    if (called) return callAsSignature(graph, called)
    throw unknown(model, name)
  }
  if (names.length === 0) {
    if (functions.size === 0 || options.outputs?.length) return undefined
    throw new FreezeError('missing', 'the model has no signature', {
      file: model.name,
      hint: `Name a function of the program with --signature: ${listed([...functions.keys()])}; or name outputs.`,
    })
  }
  const chosen = signatures.get(DEFAULT) ?? (names.length === 1 ? signatures.get(names[0]!) : undefined)
  if (chosen) return chosen
  throw new FreezeError('missing', `it has ${names.length} signatures, and none is called ${DEFAULT}`, {
    file: model.name,
    hint: `It has ${names.join(', ')}: choose one with --signature.`,
  })
}

function unknown({ name: file, signatures, functions }: Model, name: string): FreezeError {
  const names = [...new Set([...signatures.keys(), ...(functions?.keys() ?? [])])]
  const [nearest] = nearestNames(name, names)
  const end = nearest ? `: did you mean ${nearest}?` : '.'
  return new FreezeError('missing', `no signature is called '${name}'`, {
    file,
    hint: names.length === 0 ? 'It has none: name the outputs with --outputs.' : `It has ${names.join(', ')}${end}`,
  })
}
