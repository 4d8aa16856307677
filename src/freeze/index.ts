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
import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import { verifyFrozen } from '../graph/verify-frozen.ts'
import type { Model } from '../models/model.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { stripAnnotations, strippedAttrs } from './clean.ts'
import { markStateless } from './control-flow/keep.ts'
import type { Frozen, FrozenPort } from './frozen.ts'
import { namePorts } from './names.ts'
import type { FreezeOptions } from './options.ts'
import { type Prepared, prepare, prune } from './prepare.ts'
import type { PublicPort } from './select.ts'
import { freezeState } from './state/index.ts'
import { notesOn } from './state/refuse.ts'

export type { FreezeOptions } from './options.ts'

/**
 * Freezes a model; the model is left as it was. Throws `missing` for a name that
 * is not there, `stateful` and `unsupported` for what no frozen graph can hold,
 * with the node and the way out, and what reading the variables' values throws.
 */
export async function freeze(model: Model, options: FreezeOptions = {}): Promise<Frozen> {
  // In a flat graph what a branch or loop changes is plain to see: with v2 it is looked at for that alone.
  const flat = prepare(model, { ...options, controlFlow: 'v1' })
  const prepared = options.controlFlow === 'v2' ? prepare(model, options) : flat
  const { graph, inputs, outputs, kept } = prepared
  await freezeState(graph, model, kept, options.tables ?? 'graph')
  prune(prepared)
  for (const body of bodies(graph)) stripAnnotations(body)
  markStateless(graph, strippedAttrs)
  namePorts(graph, inputs, outputs, options.renames ?? new Map())
  verifyFrozen(graph, { keepVariables: new Set(options.keepVariables), controlFlow: options.controlFlow ?? 'v1' })
  const facts = new Facts(graph)
  const notes = [...flat.notes, ...bodies(graph).flatMap(notesOn), ...keptNotes(prepared)]
  return {
    graph,
    source: sourceOf(model, prepared),
    inputs: inputs.map(port => described(port, port.shape ?? facts.shape(port.port.value), facts)),
    outputs: outputs.map(port => described(port, outputShape(port, facts, options), facts)),
    notes: [...model.notes, ...notes],
  }
}

const bodies = (graph: Graph): Graph[] => [graph, ...[...graph.functions.values()].map(f => f.body)]

const keptNotes = ({ kept }: Prepared): string[] =>
  [...kept].map(node => `${node.name} is still a variable: what loads the graph must assign it before the first run.`)

function sourceOf({ kind, name, tags }: Model, { signature }: Prepared): Frozen['source'] {
  if (kind !== 'saved_model') return { kind, name }
  return { kind, name, ...(tags && { tags }), ...(signature && { signature: signature.name }) }
}

function described({ key, port, from, dtype: declared }: PublicPort, shape: PartialShape, facts: Facts): FrozenPort {
  const dtype: DType | undefined = port.value.dtype ?? facts.of(port.value).dtype ?? declared
  if (!dtype) {
    throw new FreezeError('unsupported', `nothing says of which type the output '${key}' is`, {
      node: port.value.node.name,
      hint: 'Choose an output that one of TensorFlow’s own ops makes.',
    })
  }
  return { key, dtype, shape, ...(from !== undefined && { from }) }
}

/** The model's own word, unless it has none or the inputs are not what they were. */
function outputShape({ port, shape }: PublicPort, facts: Facts, { shapes }: FreezeOptions): PartialShape {
  const isChanged = shapes !== undefined && shapes.size > 0
  return shape && !isChanged ? shape : (facts.shape(port.value) ?? shape)
}
