/** `tfreeze optimize`: the passes on a graph that is already frozen. */
import { FreezeError } from '../../errors.ts'
import { openFrozen } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import { MODEL_KINDS, type Model } from '../../models/model.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import { checkOutput, deliver, type OutputFlags, verified, withRequirements } from '../output.ts'
import { optimized, plan } from '../passes.ts'
import { plugin } from '../plugin.ts'
import { filesRead } from '../settings.ts'

export async function run(path: string, asked: OutputFlags): Promise<void> {
  const { passes, exporters } = await plugin(asked.plugin)
  const exporter = await checkOutput(asked, { models: [path], files: filesRead(asked) }, exporters)
  const flags = withRequirements(asked, exporter)
  const optimizing = await plan({ ...flags, optimize: true }, passes)
  const model = await openDetected(await given(path))
  if (model.kind !== 'graphdef') refuse(model)
  const frozen = openFrozen(model, optionsOf('freeze', flags))
  const result = await optimized(frozen, optimizing)
  const verification = flags.verify
    ? await verified(result.frozen, { plain: frozen, path }, exporter, flags)
    : undefined
  await deliver({ ...result, verification }, exporter, flags)
}

/** The values of its variables and tables lie beside the graph, and would be lost. */
function refuse({ kind, name }: Model): never {
  const what = `a ${MODEL_KINDS[kind]}`
  throw new FreezeError('unsupported', `this is ${what}, and optimize takes a graph that is frozen (.pb or .pbtxt)`, {
    file: name,
    hint: 'Use tfreeze freeze with -O.',
  })
}
