/** GraphDef files: a graph alone, frozen or not, as binary or as text. */
import type { ByteSource } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { readMessage } from '../formats/protobuf/message.ts'
import type { MessageSniff } from '../formats/protobuf/sniff.ts'
import type { Graph } from '../graph/graph.ts'
import { fromGraphDef } from '../graph/graphdef.ts'
import type { Node } from '../graph/node.ts'
import { GraphDef } from '../tensorflow/generated/messages.ts'
import type { Model } from './model.ts'

/** Opens a `.pb` or `.pbtxt` of one graph. It has no signatures, and no values for variables or tables. */
export async function openFrozenGraph(file: ByteSource, form: MessageSniff['form']): Promise<Model> {
  const graph = await readGraph(file, form)
  refuseValueless(graph, file)
  return {
    kind: 'graphdef',
    name: file.name,
    madeFrom: 'graph',
    graph,
    signatures: new Map(),
    variables: { resolve: async node => noValue(file, node), list: async () => [] },
    tables: { resolve: async node => noValue(file, node) },
    metagraphs: [],
    notes: [],
  }
}

/** The graph of a GraphDef file; its weights stay in the file. Throws `truncated`, `corrupt`, `invalid-graph`. */
export async function readGraph(file: ByteSource, form: MessageSniff['form'] = 'binary'): Promise<Graph> {
  const { message, largeBytes } = await readMessage(file, GraphDef, form)
  return fromGraphDef(message, file.name, { large: largeBytes })
}

/** Constants from which on it is no chance that none has a value. */
const MANY_CONSTANTS = 4

/** A graph whose weights were taken out is read like one whose weights are zero: TensorFlow leaves zeros out, too. */
function refuseValueless(graph: Graph, file: ByteSource): void {
  const constants = graph.withBodies().flatMap(({ nodes }) => [...nodes].filter(node => node.op === 'Const'))
  if (constants.length < MANY_CONSTANTS || !constants.every(hasNoValue)) return
  throw new FreezeError('missing', `none of the ${constants.length} constants of this graph has a value`, {
    file: file.name,
    hint: 'Its weights are in other files. Give the folder of the model, or the model that it was made from.',
  })
}

function hasNoValue(node: Node): boolean {
  const recipe = node.out().tensor?.recipe
  return recipe?.kind === 'splat' && recipe.bytes.every(byte => byte === 0)
}

function noValue(file: ByteSource, node: Node): never {
  throw new FreezeError('missing', `this ${node.op} has no value: the file holds a graph alone, without a checkpoint`, {
    file: file.name,
    node: node.name,
    hint: 'Give the SavedModel folder that the graph is from, or a graph that is frozen.',
  })
}
