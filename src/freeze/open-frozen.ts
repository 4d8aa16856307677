/** A graph that is already frozen, on its way to being optimised: its outputs are chosen, nothing is inlined or lowered. */

import { verify } from '../graph/verify.ts'
import type { Model } from '../models/model.ts'
import { channelsFirst } from './channels-first.ts'
import type { Choice } from './choice.ts'
import type { Frozen } from './frozen.ts'
import { namePorts } from './names.ts'
import type { FreezeOptions } from './options.ts'
import { describedPorts } from './ports.ts'
import { closeInputs, fixShapes, select, selectLate, takeDefaults } from './select.ts'

/** The options that choose and name inputs and outputs. */
export type PortOptions = Pick<
  FreezeOptions,
  'outputs' | 'inputs' | 'shapes' | 'renames' | 'set' | 'inputsChannelsFirst' | 'outputsChannelsFirst'
>

/**
 * Takes a graph as it is, pruned to its outputs: the sinks where none is named.
 * The model is left untouched. Throws `missing` for a name that is not there.
 */
export function openFrozen(model: Model, options: PortOptions = {}): Frozen {
  const notes: string[] = []
  const graph = model.graph.deepClone()
  const choice: Choice = { graph, model, signature: undefined, options, keepsCalls: true }
  const selection = select(choice, notes)
  const outputs = selectLate(choice, selection)
  graph.prune()
  takeDefaults(graph, notes)
  closeInputs(choice, selection, notes)
  fixShapes(graph, selection, options.shapes ?? new Map())
  graph.prune()
  graph.pruneFunctions()
  const ports = channelsFirst(graph, { inputs: selection.inputs, outputs }, options)
  namePorts(graph, ports.inputs, ports.outputs, options.renames ?? new Map())
  verify(graph)
  return {
    graph,
    source: { kind: model.kind, name: model.name },
    ...describedPorts(graph, ports.inputs, ports.outputs, options),
    notes: [...model.notes, ...notes],
  }
}
