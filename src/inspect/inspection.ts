/** What is in a model, and whether it can be frozen: what the command line prints. */

import { isFreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { freeze } from '../freeze/index.ts'
import type { Model } from '../models/model.ts'
import { type Contents, contents, likelyTensors } from './contents.ts'

/** The contents, and the verdict. */
export interface Inspection extends Contents {
  readonly freezes: Verdicts
}

/** Whether a model can be frozen, by signature (`` where there is none); else the sentence that says why not. */
export type Verdicts = Readonly<Record<string, true | string>>

/** Looks at a model and tries to freeze it; reads no weights. */
export async function inspection(model: Model): Promise<Inspection> {
  const found = await contents(model)
  const notes = new Set(found.notes)
  const freezes = await verdicts(model, notes)
  return { ...found, freezes, notes: [...notes] }
}

/** Tries every signature, and collects the notes of those that can be frozen. */
async function verdicts(model: Model, notes: Set<string>): Promise<Verdicts> {
  const names: (string | undefined)[] = model.signatures.size > 0 ? [...model.signatures.keys()] : [undefined]
  const result: Record<string, true | string> = {}
  for (const name of names) {
    try {
      for (const note of (await tryFreezing(model, name)).notes) notes.add(note)
      result[name ?? ''] = true
    } catch (error) {
      if (!isFreezeError(error)) throw error
      result[name ?? ''] = error.message
    }
  }
  return result
}

/**
 * Freezes to a signature; a model without any to all that looks like an output, as `freeze` does, else to the likeliest
 * one. Writes nothing. Throws as `freeze` does.
 */
export async function tryFreezing(model: Model, signature?: string): Promise<Frozen> {
  if (signature !== undefined) return freeze(model, { signature })
  const [likely] = likelyTensors(model)
  if (!likely) return freeze(model)
  try {
    return await freeze(model)
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return freeze(model, { outputs: [likely.tensor] })
  }
}
