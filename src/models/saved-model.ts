/**
 * SavedModels: a folder with a graph, its weights and its files:
 *
 *     saved_model.pb (or .pbtxt)    metagraphs, each with its tags
 *     variables/variables.index     which tensor lies where
 *     variables/variables.data-…    weights
 *     assets/…                      vocabularies
 */
import type { ByteSource, Folder } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import type { Scanned } from '../formats/protobuf/scan.ts'
import { type MessageSniff, sniffMessage } from '../formats/protobuf/sniff.ts'
import type { Graph } from '../graph/graph.ts'
import { fromGraphDef } from '../graph/graphdef.ts'
import type { MetaGraphDef } from '../tensorflow/generated/tensorflow/core/protobuf/meta_graph_pb.js'
import { readAssets } from './assets.ts'
import { initOps, restoreOps } from './load-ops.ts'
import { openMetaGraphs } from './meta-graphs.ts'
import type { Model } from './model.ts'
import { readSignatures } from './signatures.ts'
import { savedModelCheckpoint } from './state/checkpoint.ts'
import { bindObjects } from './state/object-graph.ts'
import { tablesFrom } from './state/tables.ts'
import { traceLoading } from './state/trace.ts'
import { definedKeys } from './state/variable-defs.ts'
import { type RandomInit, variablesFrom } from './state/variables.ts'
import { chooseMetaGraph } from './tags.ts'

export interface SavedModelOptions {
  /** The tags of the metagraph to open; the only one, else the one tagged `serve`, by default. */
  readonly tags?: readonly string[]
  /** What to do with a variable that the init op draws at random; by default the checkpoint's value is taken. */
  readonly randomInit?: RandomInit
}

/** The graph's file, the preferred form first. A faulty one is not passed over for the next. */
export const GRAPH_FILES = ['saved_model.pb', 'saved_model.pbtxt'] as const

/** Opens the SavedModel in a folder. Throws `missing` without a graph file, and as `openSavedModelFile` does. */
export async function openSavedModel(folder: Folder, options: SavedModelOptions = {}): Promise<Model> {
  for (const name of GRAPH_FILES) {
    const file = await folder.file(name)
    if (file) return openSavedModelFile(file, folder, options)
  }
  throw new FreezeError('missing', `neither ${GRAPH_FILES.join(' nor ')} is there`, { file: folder.name })
}

/**
 * Opens a SavedModel by its graph's file. Without the folder around it there are
 * no weights and no assets, which is an error only where they are needed. Throws
 * `truncated`, `corrupt`, `missing` for tags, `invalid-graph`.
 */
export async function openSavedModelFile(
  file: ByteSource,
  folder: Folder | undefined,
  options: SavedModelOptions = {},
): Promise<Model> {
  const metaGraphs = await openMetaGraphs(file, await formOf(file))
  const tagSets = metaGraphs.summaries.map(s => s.tags)
  const index = chooseMetaGraph(tagSets, options.tags, file.name)
  const scanned = await metaGraphs.read(index)
  return {
    kind: 'saved_model',
    name: folder?.name ?? file.name,
    ...modelOf(scanned, file, folder, options),
    metagraphs: metaGraphs.summaries,
    tags: tagSets[index]!,
  }
}

async function formOf(file: ByteSource): Promise<MessageSniff['form']> {
  const seen = await sniffMessage(file)
  if (!seen || seen.message === 'SavedModel') return seen?.form ?? 'binary'
  throw new FreezeError('corrupt', `it holds a ${seen.message}, and a SavedModel was expected`, {
    file: file.name,
    hint: 'Give the file itself if it is a frozen graph; else export the model again.',
  })
}

type MetaGraphModel = Omit<Model, 'kind' | 'name' | 'metagraphs' | 'tags'>

function modelOf(
  { message, largeBytes }: Scanned<MetaGraphDef>,
  file: ByteSource,
  folder: Folder | undefined,
  { randomInit = 'checkpoint' }: SavedModelOptions,
): MetaGraphModel {
  if (!message.graphDef) throw new FreezeError('corrupt', 'the metagraph has no graph', { file: file.name })
  const graph = fromGraphDef(message.graphDef, file.name, {
    large: largeBytes,
    customOps: message.metaInfoDef?.strippedOpList?.op ?? [],
  })
  const notes: string[] = []
  return {
    ...writerOf(message),
    graph,
    signatures: readSignatures(message.signatureDef, graph, file.name),
    ...stateOf(message, graph, folder, randomInit, notes),
    notes,
  }
}

/** Where variables and tables get their values: all of it is traced now, and nothing is read before it is asked for. */
function stateOf(
  metaGraph: MetaGraphDef,
  graph: Graph,
  folder: Folder | undefined,
  randomInit: RandomInit,
  notes: string[],
): Pick<Model, 'variables' | 'tables'> {
  const assets = readAssets(metaGraph, folder)
  const trace = traceLoading(graph, {
    init: initOps(metaGraph, graph),
    restore: restoreOps(metaGraph, graph),
    assetFor: assets.nameFor,
  })
  const objectIds = bindObjects(graph, metaGraph.objectGraphDef)
  const checkpoint = savedModelCheckpoint(folder)
  const keys = definedKeys(metaGraph)
  return {
    variables: variablesFrom({ trace, objectIds, definedKeys: keys, checkpoint, randomInit, notes }),
    tables: tablesFrom({ trace, objectIds, checkpoint, assets, notes }),
  }
}

function writerOf({ metaInfoDef }: MetaGraphDef): { writer?: string } {
  const version = metaInfoDef?.tensorflowVersion
  return version ? { writer: `TensorFlow ${version}` } : {}
}
