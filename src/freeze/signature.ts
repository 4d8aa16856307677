/** Which signature is frozen: the one asked for, else `serving_default`, else the only one. */

import { FreezeError } from '../errors.ts'
import { nearestNames } from '../graph/names.ts'
import type { Model, Signature } from '../models/model.ts'

const DEFAULT = 'serving_default'

/** The signature to freeze; undefined where the model has none. Throws `missing` and lists what there is. */
export function chooseSignature(model: Model, name: string | undefined): Signature | undefined {
  const { signatures } = model
  const names = [...signatures.keys()]
  const listed = `It has ${names.join(', ')}`
  if (name !== undefined) {
    const chosen = signatures.get(name)
    if (chosen) return chosen
    const [nearest] = nearestNames(name, names)
    throw new FreezeError('missing', `there is no signature '${name}'`, {
      file: model.name,
      hint:
        names.length === 0
          ? 'It has none: name the outputs with --outputs.'
          : `${listed}${nearest ? `: did you mean ${nearest}?` : '.'}`,
    })
  }
  if (names.length === 0) return undefined
  const chosen = signatures.get(DEFAULT) ?? (names.length === 1 ? signatures.get(names[0]!) : undefined)
  if (chosen) return chosen
  throw new FreezeError('missing', `none of its ${names.length} signatures is called ${DEFAULT}`, {
    file: model.name,
    hint: `${listed}: choose one with --signature.`,
  })
}
