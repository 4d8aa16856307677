/** `tfreeze freeze`: a model becomes one self-contained file. */
import { freeze } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import { checkOutput, deliver, type OutputFlags } from '../output.ts'
import { optimized, plan } from '../passes.ts'
import { filesRead, openOptions } from '../settings.ts'

export async function run(path: string, flags: OutputFlags): Promise<void> {
  await checkOutput(flags, { model: path, files: filesRead(flags) })
  const optimizing = await plan(flags)
  const model = await openDetected(await given(path), await openOptions(flags))
  const frozen = await freeze(model, optionsOf('freeze', flags))
  await deliver(await optimized(frozen, optimizing), flags)
}
