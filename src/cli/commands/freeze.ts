/** `tfreeze freeze`: a model becomes one self-contained file. */
import { freeze } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import type { OutputFlags } from '../output.ts'
import { produce } from '../produce.ts'
import { openOptions } from '../settings.ts'

export const run = (path: string, asked: OutputFlags): Promise<void> =>
  produce([path], asked, async flags => {
    const model = await openDetected(await given(path), await openOptions(flags))
    return freeze(model, optionsOf('freeze', flags))
  })
