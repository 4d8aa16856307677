/**
 * SavedModels: a folder with a graph, its weights and its files:
 *
 *     saved_model.pb (.pbtxt, .cpb) metagraphs, each with its tags
 *     variables/variables.index     which tensor lies where
 *     variables/variables.data-…    weights
 *     assets/…                      vocabularies
 */
import type { ByteSource, Folder } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { type MessageSniff, sniffMessage } from '../formats/protobuf/sniff.ts'
import { isRiegeli, RIEGELI_SIGNATURE } from '../formats/riegeli/signature.ts'
import type { SettingsOf } from '../options/index.ts'
import { metaGraphModel } from './meta-graph.ts'
import { openMetaGraphs } from './meta-graphs.ts'
import type { Model } from './model.ts'
import { savedModelCheckpoint } from './state/checkpoint.ts'
import { chooseMetaGraph } from './tags.ts'

/** The graph's file, the preferred form first. A faulty one is not passed over for the next. */
export const GRAPH_FILES = ['saved_model.pb', 'saved_model.pbtxt', 'saved_model.cpb'] as const

/** Form of a graph's file: a message, its text, or chunks. */
export type SavedModelForm = MessageSniff['form'] | 'chunks'

/** Opens the SavedModel in a folder. Throws `missing` without a graph file, and as `openSavedModelFile` does. */
export async function openSavedModel(folder: Folder, settings: SettingsOf<'open'>): Promise<Model> {
  for (const name of GRAPH_FILES) {
    const file = await folder.file(name)
    if (file) return openSavedModelFile(file, await formOf(file), folder, settings)
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
  form: SavedModelForm,
  folder: Folder | undefined,
  settings: SettingsOf<'open'>,
): Promise<Model> {
  const metaGraphs = await (form === 'chunks' ? openMetaGraphsInChunks(file) : openMetaGraphs(file, form))
  const tagSets = metaGraphs.summaries.map(s => s.tags)
  const index = chooseMetaGraph(tagSets, settings.tags, file.name)
  const scanned = await metaGraphs.read(index)
  return {
    kind: 'saved_model',
    name: folder?.name ?? file.name,
    ...metaGraphModel(scanned, file, {
      folder,
      checkpoint: savedModelCheckpoint(folder),
      settings,
    }),
    metagraphs: metaGraphs.summaries,
    tags: tagSets[index]!,
  }
}

/** Chunks are rare: what reads them is loaded when they are met. */
const openMetaGraphsInChunks = async (file: ByteSource) =>
  openMetaGraphs(await (await import('../formats/chunks/chunked.ts')).openChunked(file), 'binary')

async function formOf(file: ByteSource): Promise<SavedModelForm> {
  if (isRiegeli(await file.read(0, Math.min(RIEGELI_SIGNATURE.length, file.size)))) return 'chunks'
  const seen = await sniffMessage(file)
  if (!seen || seen.message === 'SavedModel') return seen?.form ?? 'binary'
  throw new FreezeError('corrupt', `it holds a ${seen.message}, and a SavedModel was expected`, {
    file: file.name,
    hint: 'Give the file itself if it is a frozen graph; else export the model again.',
  })
}
