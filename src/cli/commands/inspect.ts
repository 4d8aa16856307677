/** `tfreeze inspect`: what goes in and comes out, what is in between, and whether it can be frozen. */
import { INSPECTION_SCHEMA, inspectedAndFrozen } from '../../inspect/inspection.ts'
import { listedNodes } from '../../inspect/nodes.ts'
import { openDetected, openSettings } from '../../models/index.ts'
import { given } from '../input.ts'
import { jsonText, printsJson, terminal } from '../print.ts'
import { type Flags, openOptions } from '../settings.ts'
import { describeKeras, describeLayers } from './inspect-keras.ts'
import { describe, describeNodes, type Looked } from './inspect-text.ts'

export async function run(path: string, flags: Flags): Promise<void> {
  const looked = await look(path, flags)
  if (flags.check && looked.inspected?.found.canBeFrozen !== true) process.exitCode = 1
  process.stdout.write(terminal(printsJson(flags) ? jsonText(asJson(looked), flags) : `${asText(looked, flags)}\n`))
}

async function look(path: string, flags: Flags): Promise<Looked> {
  const options = await openOptions(flags)
  const detected = await given(path)
  const keras = await detected.kind.inspectLayers?.(detected.probe, openSettings(options))
  const model = keras ? keras.model : await openDetected(detected, options)
  const inspected = model && (await inspectedAndFrozen(model))
  return {
    path,
    ...(keras && { keras: keras.inspection }),
    ...(model && { model }),
    ...(inspected && { inspected }),
    ...(model && flags.nodes !== undefined && { nodes: listedNodes(model, inspected?.frozen, flags.nodes) }),
  }
}

const asJson = ({ keras, inspected, nodes }: Looked): object => ({
  schema: INSPECTION_SCHEMA,
  ...(keras && !inspected && { canBeFrozen: false }),
  ...keras,
  ...inspected?.found,
  ...(nodes && { nodeList: nodes }),
})

function asText(looked: Looked, flags: Flags): string {
  const { keras, inspected, nodes } = looked
  if (nodes) return describeNodes(nodes, flags)
  if (flags.layers) return keras ? describeLayers(keras, flags) : noLayers(looked)
  if (inspected) return describe(inspected.found, looked, flags)
  return describeKeras(keras!, flags) // what cannot be opened further is a Keras file
}

const noLayers = ({ model, path }: Looked): string =>
  `${model?.name ?? path}: its file lists operations and not layers. See them with --nodes.`
