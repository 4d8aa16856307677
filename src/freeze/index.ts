/**
 * Freezing: a model becomes a graph of placeholders, constants and computation.
 *
 *     select      what is public
 *     expand      calls, and with v1 control flow branches and loops, become copies of what they run
 *     check       nothing that an output needs is changed while it is computed
 *     controls    edges that order nothing go, then all that no output needs
 *     state       variables and tables become constants
 *     clean       placement and annotations go
 *     names       public names win
 *
 * No weight is read: constants refer to where the model's files hold them.
 */

import { separateRepeatedReads } from '../graph/edit.ts'
import { hasDataflow } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { verifyFrozen } from '../graph/verify-frozen.ts'
import type { Model } from '../models/model.ts'
import { settingsOf } from '../options/index.ts'
import { channelsFirst } from './channels-first.ts'
import { stripAnnotations, strippedAttrs } from './clean.ts'
import { markStateless } from './control-flow/keep.ts'
import type { Frozen } from './frozen.ts'
import { namePorts } from './names.ts'
import type { FreezeOptions } from './options.ts'
import { describedPorts } from './ports.ts'
import { type Prepared, prepare, prune, unrolls } from './prepare.ts'
import { readFiles } from './state/files.ts'
import { freezeState } from './state/index.ts'
import { notesOn } from './state/refuse.ts'

export { openFrozen } from './open-frozen.ts'
export type { FreezeOptions } from './options.ts'

/**
 * Freezes a model; the model is left as it was. Throws `missing` for a name that
 * is not there, `stateful` and `unsupported` for what no frozen graph can hold,
 * with the node and the way out, what reading the variables' values throws, and
 * `corrupt` and `invalid-graph` of the functions that are called.
 *
 * @example
 * ```ts
 * import { freeze, open } from 'tfreeze'
 * import { openInput } from 'tfreeze/node'
 *
 * const model = await open(openInput('my_model'))
 * const frozen = await freeze(model, { shapes: new Map([['image', [1, 28, 28, 1]]]) })
 * console.log(frozen.outputs[0]?.key, frozen.outputs[0]?.shape) // output_0 [ 1, 10 ]
 * ```
 */
export async function freeze(model: Model, options: FreezeOptions = {}): Promise<Frozen> {
  // In a flat graph what a branch or loop changes is plain to see: with v2 it is looked at for that alone.
  const flat = await prepare(model, { ...options, controlFlow: 'v1' })
  const settings = settingsOf('freeze', options)
  const prepared = settings.controlFlow === 'v2' ? await prepare(model, options) : flat
  const { graph, kept } = prepared
  const stateNotes = await freezeState(graph, model, kept, settings.tables)
  await readFiles(graph, model)
  prune(prepared)
  const unrollNotes = await rewriteDataflow(graph, settings.controlFlow, unrolls(model, options))
  separateRepeatedReads(graph)
  for (const body of graph.withBodies()) stripAnnotations(body)
  markStateless(graph, strippedAttrs)
  const { inputs, outputs } = channelsFirst(graph, prepared, options)
  namePorts(graph, inputs, outputs, options.renames ?? new Map())
  verifyFrozen(graph, { keepVariables: new Set(options.keepVariables), controlFlow: settings.controlFlow })
  const notes = [...flat.notes, ...graph.withBodies().flatMap(notesOn), ...keptNotes(prepared)]
  return {
    graph,
    source: sourceOf(model, prepared),
    ...describedPorts(graph, inputs, outputs, options),
    notes: [...model.notes, ...stateNotes, ...unrollNotes, ...notes],
  }
}

/** Unrolls the loops of TensorFlow 1, and writes them as functions, where that is asked for. Returns notes. */
async function rewriteDataflow(graph: Graph, form: 'v1' | 'v2', isUnrolled: boolean): Promise<string[]> {
  if ((form === 'v1' && !isUnrolled) || !hasDataflow(graph)) return []
  // Loaded for the graphs that have such loops: few do.
  const { functionalize, unrollDataflow } = await import('./control-flow/functionalize/index.ts')
  const notes = isUnrolled ? unrollDataflow(graph, form === 'v1') : []
  if (form === 'v2') functionalize(graph)
  return notes
}

const keptNotes = ({ kept }: Prepared): string[] =>
  [...kept].map(node => `${node.name} is still a variable: what loads the graph must assign it before the first run.`)

function sourceOf({ kind, name, tags }: Model, { signature }: Prepared): Frozen['source'] {
  if (kind !== 'saved_model') return { kind, name }
  return { kind, name, ...(tags && { tags }), ...(signature && { signature: signature.name }) }
}
