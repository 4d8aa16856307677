/** `tfreeze freeze`: a model becomes one self-contained file. */
import type { Frozen } from '../../freeze/frozen.ts'
import { freeze } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import type { OutputFlags } from '../output.ts'
import { produce } from '../produce.ts'
import { type Flags, openOptions } from '../settings.ts'

export const run = (path: string, asked: OutputFlags): Promise<void> =>
  produce([path], asked, flags => frozenModel(path, flags))

/** The model at a path, frozen as the options say. */
export async function frozenModel(path: string, flags: Flags): Promise<Frozen> {
  const model = await openDetected(await given(path), await openOptions(flags))
  return freeze(model, optionsOf('freeze', flags))
}
