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
import { type MessageSniff, sniffMessage } from '../formats/protobuf/sniff.ts'
import type { SettingsOf } from '../options/index.ts'
import { metaGraphModel } from './meta-graph.ts'
import { openMetaGraphs } from './meta-graphs.ts'
import type { Model } from './model.ts'
import { savedModelCheckpoint } from './state/checkpoint.ts'
import { chooseMetaGraph } from './tags.ts'

/** The graph's file, the preferred form first. A faulty one is not passed over for the next. */
export const GRAPH_FILES = ['saved_model.pb', 'saved_model.pbtxt'] as const

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
  form: MessageSniff['form'],
  folder: Folder | undefined,
  settings: SettingsOf<'open'>,
): Promise<Model> {
  const metaGraphs = await openMetaGraphs(file, form)
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

async function formOf(file: ByteSource): Promise<MessageSniff['form']> {
  const seen = await sniffMessage(file)
  if (!seen || seen.message === 'SavedModel') return seen?.form ?? 'binary'
  throw new FreezeError('corrupt', `it holds a ${seen.message}, and a SavedModel was expected`, {
    file: file.name,
    hint: 'Give the file itself if it is a frozen graph; else export the model again.',
  })
}
