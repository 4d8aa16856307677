/** Describes a model: its contents, its inputs and outputs, and whether it can be frozen. The command line prints it. */

import { isFreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { freeze } from '../freeze/index.ts'
import { isFrozen } from '../graph/verify-frozen.ts'
import type { Model } from '../models/model.ts'
import { type Contents, contents, type InspectedSignature, type InspectedTensor, likelyTensors } from './contents.ts'
import { frozenPorts, graphPorts } from './ports.ts'

/** The contents, the inputs and outputs, and the verdict. */
export interface Inspection extends Contents {
  /** Which version of this interface it is, for those who read the JSON. */
  readonly schema: typeof INSPECTION_SCHEMA
  /** The inputs that `freeze` makes without options; where it cannot, what looks like an input. */
  readonly inputs: readonly InspectedTensor[]
  readonly outputs: readonly InspectedTensor[]
  /** Whether it is a graph that needs no freezing. */
  readonly isFrozen: boolean
  /** Whether `freeze` takes the model: at least one of its signatures. */
  readonly canBeFrozen: boolean
  readonly freezes: Verdicts
}

/** The version of what `inspect --json` prints. */
export const INSPECTION_SCHEMA = 'tfreeze-inspection/1'

/** Whether a model can be frozen, by signature (`` where there is none); else the sentence that says why not. */
export type Verdicts = Readonly<Record<string, true | string>>

/** Looks at a model and tries to freeze it; reads no weights. */
export async function inspection(model: Model): Promise<Inspection> {
  return (await inspectedAndFrozen(model)).found
}

/** An inspection, and the frozen graph that it looked at: of the signature that `freeze` takes, where there is one. */
export interface Inspected {
  readonly found: Inspection
  readonly frozen?: Frozen
}

/** As `inspection`, for a caller that looks at the frozen graph, too. */
export async function inspectedAndFrozen(model: Model): Promise<Inspected> {
  const found = await contents(model)
  const attempts = await attemptsOf(model)
  const results = attempts.flatMap(({ frozen }) => frozen ?? [])
  const [first] = [...attempts.filter(({ name }) => name === 'serving_default'), ...attempts]
  const frozen = first!.frozen ?? results[0]
  const signatures = found.signatures.map(signature =>
    completed(signature, attempts.find(({ name }) => name === signature.name)?.frozen),
  )
  const own = signatures.find(({ name }) => name === first!.name)
  return {
    found: {
      schema: INSPECTION_SCHEMA,
      ...found,
      signatures,
      ...(own ? { inputs: own.inputs, outputs: own.outputs } : frozen ? frozenPorts(frozen) : graphPorts(model.graph)),
      isFrozen: model.madeFrom === 'graph' && found.variables.length === 0 && isFrozen(model.graph),
      canBeFrozen: results.length > 0,
      freezes: Object.fromEntries(attempts.map(({ name, refusal }) => [name ?? '', refusal ?? true])),
      notes: [...new Set([...found.notes, ...results.flatMap(({ notes }) => notes)])],
    },
    ...(frozen && { frozen }),
  }
}

/** The result of freezing to one signature; without a name, to the model's substitute for one. */
interface Attempt {
  readonly name?: string
  readonly frozen?: Frozen
  readonly refusal?: string
}

/** Tries every signature. */
async function attemptsOf(model: Model): Promise<Attempt[]> {
  const names: (string | undefined)[] = model.signatures.size > 0 ? [...model.signatures.keys()] : [undefined]
  const attempts: Attempt[] = []
  for (const name of names) {
    const named = name === undefined ? {} : { name }
    try {
      attempts.push({ ...named, frozen: await tryFreezing(model, name) })
    } catch (error) {
      if (!isFreezeError(error)) throw error
      attempts.push({ ...named, refusal: error.message + (await wayOut(model, name)) })
    }
  }
  return attempts
}

/** A signature whose shapes and types are known better after freezing. */
function completed(signature: InspectedSignature, frozen: Frozen | undefined): InspectedSignature {
  if (!frozen) return signature
  const ports = frozenPorts(frozen)
  const better = (tensor: InspectedTensor, side: 'inputs' | 'outputs'): InspectedTensor => ({
    ...tensor,
    shape: tensor.shape ?? ports[side].find(({ key }) => key === tensor.key)?.shape ?? null,
  })
  return {
    ...signature,
    inputs: signature.inputs.map(tensor => better(tensor, 'inputs')),
    outputs: signature.outputs.map(tensor => better(tensor, 'outputs')),
  }
}

/** Freezes as `freeze` does with this signature, and writes nothing. Throws as `freeze` does. */
export const tryFreezing = (model: Model, signature?: string): Promise<Frozen> =>
  freeze(model, signature === undefined ? {} : { signature })

/** Among several likely outputs, the likeliest may do where all together do not. */
async function wayOut(model: Model, signature: string | undefined): Promise<string> {
  const [likely, ...others] = signature === undefined ? likelyTensors(model) : []
  if (!likely || others.length === 0) return ''
  try {
    await freeze(model, { outputs: [likely.tensor] })
    return ` With --outputs ${likely.tensor} it can be frozen.`
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return ''
  }
}
