/** A metagraph as a model: its graph, its signatures, and where its variables and tables get their values. */
import type { ByteSource, Folder } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import type { Scanned } from '../formats/protobuf/scan.ts'
import type { Graph } from '../graph/graph.ts'
import { fromGraphDef } from '../graph/graphdef.ts'
import type { SettingsOf } from '../options/index.ts'
import type { MetaGraphDef } from '../tensorflow/generated/messages.ts'
import { readAssets } from './assets.ts'
import { objectFunctions } from './functions.ts'
import { initOps, restoreOps } from './load-ops.ts'
import type { Model } from './model.ts'
import { readSignatures } from './signatures.ts'
import type { Checkpoint } from './state/checkpoint.ts'
import { bindObjects } from './state/object-graph.ts'
import { tablesFrom } from './state/tables.ts'
import { traceLoading } from './state/trace.ts'
import { definedKeys } from './state/variable-defs.ts'
import { readVariables } from './state/variable-list.ts'
import { variablesFrom } from './state/variables.ts'

/** The surroundings of a metagraph: the files beside it, and the user's options. */
export interface ModelContext {
  /** Where its assets are. */
  readonly folder: Folder | undefined
  readonly checkpoint: Checkpoint
  readonly settings: SettingsOf<'open'>
}

/** A metagraph, which `file` holds, as a model. Throws `corrupt` without a graph, and `invalid-graph`. */
export function metaGraphModel(
  { message, largeBytes }: Scanned<MetaGraphDef>,
  file: ByteSource,
  context: ModelContext,
): Omit<Model, 'kind' | 'name' | 'metagraphs' | 'tags'> {
  if (!message.graphDef)
    throw new FreezeError('corrupt', 'the metagraph has no graph', {
      file: file.name,
      hint: 'Export the model again; if this is a Core ML model, give the one that it was converted from.',
    })
  const graph = fromGraphDef(message.graphDef, file.name, {
    large: largeBytes,
    customOps: message.metaInfoDef?.strippedOpList?.op ?? [],
  })
  const signatures = readSignatures(message.signatureDef, graph, file.name)
  return {
    madeFrom: 'graph',
    ...writerOf(message),
    graph,
    signatures,
    functions: objectFunctions(graph, message.objectGraphDef),
    ...stateOf(message, graph, signatures, context),
    notes: [],
  }
}

/** Where variables and tables get their values: all of it is traced now, and nothing is read before it is asked for. */
function stateOf(
  metaGraph: MetaGraphDef,
  graph: Graph,
  signatures: Model['signatures'],
  { folder, checkpoint, settings }: ModelContext,
): Pick<Model, 'variables' | 'tables' | 'asset'> {
  const assets = readAssets(metaGraph, folder)
  const trace = traceLoading(graph, {
    init: initOps(metaGraph, graph),
    restore: restoreOps(metaGraph, graph),
    assetFor: assets.nameFor,
  })
  const objectIds = bindObjects(graph, metaGraph.objectGraphDef)
  const keys = definedKeys(metaGraph)
  const listed = () => readVariables(graph, signatures)
  return {
    asset: async name => (assets.names.includes(name) ? assets.open(name) : undefined),
    variables: variablesFrom({ trace, objectIds, definedKeys: keys, checkpoint, settings, listed }),
    tables: tablesFrom({ trace, objectIds, checkpoint, assets }),
  }
}

function writerOf({ metaInfoDef }: MetaGraphDef): { writer?: string } {
  const version = metaInfoDef?.tensorflowVersion
  return version ? { writer: `TensorFlow ${version}` } : {}
}
