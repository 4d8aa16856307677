/** `tfreeze freeze`: a model becomes one self-contained file. */
import { freeze } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import { checkOutput, deliver, type OutputFlags, verified, withRequirements } from '../output.ts'
import { optimized, plan } from '../passes.ts'
import { plugin } from '../plugin.ts'
import { filesRead, openOptions } from '../settings.ts'

export async function run(path: string, asked: OutputFlags): Promise<void> {
  const { passes, exporters } = await plugin(asked.plugin)
  const exporter = await checkOutput(asked, { models: [path], files: filesRead(asked) }, exporters)
  const flags = withRequirements(asked, exporter)
  const optimizing = await plan(flags, passes)
  const model = await openDetected(await given(path), await openOptions(flags))
  const frozen = await freeze(model, optionsOf('freeze', flags))
  const result = await optimized(frozen, optimizing)
  const verification = flags.verify
    ? await verified(result.frozen, { plain: frozen, path }, exporter, flags)
    : undefined
  await deliver({ ...result, verification }, exporter, flags)
}
