/** A frozen graph as a TF.js graph model: `model.json`, and its weights in files of 4 MiB beside it. */
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import { requireNone, wayOut } from '../optimize/targets/index.ts'
import { settingsOf } from '../options/index.ts'
import { lint } from '../tfjs/lint.ts'
import { shardName, shardsOf } from '../tfjs/shards.ts'
import { portJson, topologyOf } from '../tfjs/topology.ts'
import { type Weight, weightOf } from '../tfjs/weights.ts'
import type { ExportContext } from './exporter.ts'
import { type OutputFile, wholeOutput } from './output.ts'
import { TOOL } from './tool.ts'

const MODEL = 'model.json'

/** The prefix of the names of weight files: those of `dog-model.json` and `cat-model.json` lie in one folder. */
const prefixOf = (name = MODEL): string =>
  name.toLowerCase() === MODEL || !name.endsWith('.json') ? '' : `${name.slice(0, -'.json'.length)}-`

/** The files of the model. Throws `target` with all that TF.js does not execute. */
export async function tfjsFiles(frozen: Frozen, context?: ExportContext): Promise<readonly OutputFile[]> {
  const { graph, inputs, outputs } = frozen
  const refused = lint(graph)
  requireNone(refused, 'TF.js cannot execute', () => wayOut(graph, refused, graph))
  const { weightDtype } = settingsOf('export', context?.options ?? {})
  const { weights: sources, outputs: tensors, ...topology } = topologyOf(graph)
  const weights: Weight[] = []
  for (const source of sources) weights.push(await weightOf(source, weightDtype))
  const shards = shardsOf(weights)
  const folder = context !== undefined && !context.name.endsWith('.json')
  const paths = shards.map((_, i) => prefixOf(context?.name) + shardName(i, shards.length))
  const ports = (of: readonly FrozenPort[], names: readonly string[]) =>
    Object.fromEntries(of.map(({ key, dtype, shape }, i) => [key, portJson(names[i]!, dtype, shape)]))
  const model = {
    format: 'graph-model',
    generatedBy: TOOL,
    convertedBy: TOOL,
    signature: {
      inputs: ports(
        inputs,
        graph.inputs.map(({ value }) => value.node.name),
      ),
      outputs: ports(outputs, tensors),
    },
    ...topology,
    weightsManifest: [{ paths, weights: weights.map(({ spec }) => spec) }],
  }
  return [
    { path: folder ? MODEL : '', ...wholeOutput(JSON.stringify(model)) },
    ...shards.map((shard, i) => ({ path: paths[i]!, ...shard, isBeside: true })),
  ]
}
