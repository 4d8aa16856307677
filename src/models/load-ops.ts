/** Which ops of a metagraph load it: the restore op, and the init op that runs after. */

import { FreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { nodeNamed } from '../graph/names.ts'
import type { Node } from '../graph/node.ts'
import type { MetaGraphDef } from '../tensorflow/generated/messages.ts'
import { variableDefs } from './state/variable-defs.ts'

/** A signature whose only output names the init op. */
const INIT_SIGNATURE = '__saved_model_init_op'
/** Collections that name it, the newer one first. */
const INIT_COLLECTIONS = ['saved_model_main_op', 'legacy_init_op']
/** The ops to run where there is no init op: the initialisers of tables, and of variables that no checkpoint holds. */
const TABLE_INITIALIZERS = 'table_initializer'
const LOCAL_VARIABLES = 'local_variables'

/** The op that reads the checkpoint; none where the model was saved without a saver. */
export function restoreOps(metaGraph: MetaGraphDef, graph: Graph): readonly Node[] {
  const name = metaGraph.saverDef?.restoreOpName
  return name ? [operation(graph, name, 'the saver')] : []
}

/**
 * The init op, or what TensorFlow runs where a model has none. Throws
 * `invalid-graph` where a name is not in the graph, or a collection does not
 * hold exactly one.
 */
export function initOps(metaGraph: MetaGraphDef, graph: Graph): readonly Node[] {
  const output = metaGraph.signatureDef.get(INIT_SIGNATURE)?.outputs.get(INIT_SIGNATURE)?.encoding
  if (output?.$case === 'name') return [operation(graph, output.value, `the signature ${INIT_SIGNATURE}`)]
  for (const collection of INIT_COLLECTIONS) {
    if (!metaGraph.collectionDef.has(collection)) continue
    const names = nodeNames(metaGraph, collection)
    if (names.length !== 1) {
      throw new FreezeError(
        'invalid-graph',
        `the collection ${collection} has ${names.length} entries, and names one op`,
      )
    }
    return [operation(graph, names[0]!, `the collection ${collection}`)]
  }
  const locals = variableDefs(metaGraph, LOCAL_VARIABLES).map(def => def.initializerName)
  return [...locals, ...nodeNames(metaGraph, TABLE_INITIALIZERS)]
    .filter(name => name !== '')
    .map(name => operation(graph, name, 'a collection of initialisers'))
}

function nodeNames(metaGraph: MetaGraphDef, collection: string): readonly string[] {
  const kind = metaGraph.collectionDef.get(collection)?.kind
  return kind?.$case === 'nodeList' ? kind.value.value : []
}

/** An op by a name that may be written as a tensor's or a control input's. */
function operation(graph: Graph, name: string, whose: string): Node {
  const node = nodeNamed(graph, name)
  if (node) return node
  throw new FreezeError('invalid-graph', `${whose} names the op '${name}', which the graph does not have`, {
    hint: 'The model contradicts itself: export it again.',
  })
}
