/** `tfreeze merge`: two models become one graph, outputs of the first feeding inputs of the second. */
import { freeze } from '../../freeze/index.ts'
import { merge } from '../../freeze/merge.ts'
import { openDetected } from '../../models/index.ts'
import { given } from '../input.ts'
import { checkOutput, deliver, type OutputFlags, withRequirements } from '../output.ts'
import { optimized, plan } from '../passes.ts'
import { plugin } from '../plugin.ts'
import { filesRead } from '../settings.ts'

export async function run(first: string, second: string, asked: OutputFlags): Promise<void> {
  const { passes, exporters } = await plugin(asked.plugin)
  const exporter = await checkOutput(asked, { models: [first, second], files: filesRead(asked) }, exporters)
  const flags = withRequirements(asked, exporter)
  const optimizing = await plan(flags, passes)
  const frozen = async (path: string) =>
    freeze(await openDetected(await given(path)), { controlFlow: flags.controlFlow })
  const merged = merge(await frozen(first), await frozen(second), flags.connect ?? new Map())
  await deliver(await optimized(merged, optimizing), exporter, flags)
}
