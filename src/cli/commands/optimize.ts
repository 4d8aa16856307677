/** `tfreeze optimize`: the passes on a graph that is already frozen. */
import { openFrozen } from '../../freeze/index.ts'
import { openModel } from '../input.ts'
import { checkOutput, deliver, type OutputFlags } from '../output.ts'
import { optimized, type PassFlags } from '../passes.ts'
import { type PortFlags, portOptions } from './freeze.ts'

export interface OptimizeFlags extends PortFlags, PassFlags, OutputFlags {}

export async function run(path: string, flags: OptimizeFlags): Promise<void> {
  checkOutput(flags)
  const frozen = openFrozen(await openModel(path), portOptions(flags))
  await deliver(await optimized(frozen, { ...flags, optimize: true }), flags)
}
