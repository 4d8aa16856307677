/** `tfreeze freeze`: a model becomes one self-contained file. */
import { freeze } from '../../freeze/index.ts'
import type { FreezeOptions } from '../../freeze/options.ts'
import type { PartialShape } from '../../graph/attr.ts'
import { given, openModel } from '../input.ts'
import { type KerasFlags, kerasOptions } from '../keras.ts'
import { checkOutput, deliver, type OutputFlags } from '../output.ts'
import { optimized, type PassFlags, plan } from '../passes.ts'

/** The options that say what goes in and out of the graph, shared with `optimize`. */
export interface PortFlags {
  readonly outputs?: readonly string[]
  readonly inputs?: readonly string[]
  readonly shape?: ReadonlyMap<string, PartialShape>
  readonly rename?: ReadonlyMap<string, string>
}

export interface FreezeFlags extends PortFlags, PassFlags, OutputFlags, KerasFlags {
  readonly tags?: readonly string[]
  readonly signature?: string
  readonly keepVariables?: readonly string[]
  readonly controlFlow: 'v1' | 'v2'
  readonly tables: 'graph' | 'constants'
  readonly randomInit: 'checkpoint' | 'refuse'
}

export async function run(path: string, flags: FreezeFlags): Promise<void> {
  await checkOutput(flags, { model: path, files: [flags.architecture, flags.custom] })
  const optimizing = await plan(flags)
  const model = await openModel(await given(path), {
    randomInit: flags.randomInit,
    ...(flags.tags && { tags: flags.tags }),
    ...(await kerasOptions(flags)),
  })
  const frozen = await freeze(model, { ...portOptions(flags), ...stateOptions(flags) })
  await deliver(await optimized(frozen, optimizing), flags)
}

export const portOptions = (flags: PortFlags): FreezeOptions => ({
  outputs: flags.outputs,
  inputs: flags.inputs,
  shapes: flags.shape,
  renames: flags.rename,
})

const stateOptions = (flags: FreezeFlags): FreezeOptions => ({
  signature: flags.signature,
  keepVariables: flags.keepVariables,
  controlFlow: flags.controlFlow,
  tables: flags.tables,
})
