/** `tfreeze optimize`: the passes on a graph that is already frozen. */
import { FreezeError } from '../../errors.ts'
import { openFrozen } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { MODEL_KINDS, type Model } from '../../models/model.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import type { OutputFlags } from '../output.ts'
import { produce } from '../produce.ts'

export const run = (path: string, asked: OutputFlags): Promise<void> =>
  produce([path], { ...asked, optimize: true }, async flags => {
    const model = await openDetected(await given(path))
    return model.kind === 'graphdef' ? openFrozen(model, optionsOf('freeze', flags)) : refuse(model)
  })

/** The values of its variables and tables lie beside the graph, and would be lost. */
function refuse({ kind, name }: Model): never {
  const what = `a ${MODEL_KINDS[kind]}`
  throw new FreezeError('unsupported', `this is ${what}, and optimize takes a graph that is frozen (.pb or .pbtxt)`, {
    file: name,
    hint: 'Use tfreeze freeze with -O.',
  })
}
