/** The steps around every command that writes a graph. */
import type { Frozen } from '../freeze/frozen.ts'
import { checkOutput, deliver, type OutputFlags, verified, withRequirements } from './output.ts'
import { optimized, plan } from './passes.ts'
import { plugin } from './plugin.ts'
import { READING, step } from './progress.ts'
import { filesRead } from './settings.ts'

/**
 * Refuses wrong usage before anything is opened; then optimises what `make` gives as the flags say, compares it with
 * the first of the `models` where that is asked for, and writes it.
 */
export async function produce(
  models: readonly [string, ...string[]],
  asked: OutputFlags,
  make: (flags: OutputFlags) => Promise<Frozen>,
): Promise<void> {
  const { exporter, flags, optimizing } = await planned(models, asked)
  const plain = await step(READING, flags, () => make(flags))
  const result = optimizing ? await step('optimising', flags, () => optimized(plain, optimizing)) : { frozen: plain }
  const verification = flags.verify
    ? await step('verifying', flags, () => verified(result.frozen, { plain, path: models[0] }, exporter, flags))
    : undefined
  await step('writing', flags, () => deliver({ ...result, verification }, exporter, flags, models[0]))
}

/** The output kind, the options with what it needs, and how to optimise. Refuses wrong usage before anything is opened. */
export async function planned(models: readonly string[], asked: OutputFlags) {
  const { passes, exporters } = await plugin(asked.plugin)
  const exporter = await checkOutput(asked, { models, files: filesRead(asked) }, exporters)
  const flags = withRequirements(asked, exporter)
  return { exporter, flags, optimizing: await plan(flags, passes) }
}
