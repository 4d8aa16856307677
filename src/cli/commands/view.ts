/** `tfreeze view`: the page on a model, or its picture in a file. */
import { CommanderError } from 'commander'
import { openDetected } from '../../models/index.ts'
import type { Model } from '../../models/model.ts'
import { writeFile } from '../../node/write-file.ts'
import { given } from '../input.ts'
import { refuseOverwriting } from '../overwriting.ts'
import type { Flags } from '../settings.ts'

export async function run(path: string, flags: Flags): Promise<void> {
  if (flags.export === undefined) return (await import('./view-page.ts')).serve(path, flags.open !== false)
  const write = EXPORTS.find(([ending]) => flags.export!.endsWith(ending))?.[1]
  if (!write)
    throw new CommanderError(
      2,
      'tfreeze.export',
      `error: --export writes .svg or .json, and '${flags.export}' is neither`,
    )
  await refuseOverwriting({ model: path, written: [flags.export] })
  const text = await write(await openDetected(await given(path)))
  await writeFile(flags.export, once(text))
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

const EXPORTS: readonly (readonly [string, (model: Model) => Promise<string>])[] = [
  ['.svg', picture],
  ['.json', collection],
]

/** The graph as it is first seen on the page. */
async function picture(model: Model): Promise<string> {
  const [{ Scene }, { firstView }, drawn, { layout }, { svg }, { neededNodes, publicTensors }] = await Promise.all([
    import('../../picture/scene.ts'),
    import('../../picture/first-view.ts'),
    import('../../picture/picture.ts'),
    import('../../picture/layout.ts'),
    import('../../picture/svg.ts'),
    import('../../picture/public.ts'),
  ])
  const only = neededNodes(model)
  const scene = new Scene(model.graph, only ? { only } : {})
  return svg(layout(drawn.picture(scene, firstView(scene), { ports: publicTensors(model) })), model.name)
}

async function collection(model: Model): Promise<string> {
  const { modelExplorer } = await import('../../picture/model-explorer.ts')
  return `${JSON.stringify(modelExplorer(model.graph, model.name), null, 1)}\n`
}
