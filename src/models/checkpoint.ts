/**
 * Checkpoints of TensorFlow 1: files that begin with one prefix, of which a folder may hold several:
 *
 *     model.ckpt-900.meta             the graph, and how the weights are restored into it
 *     model.ckpt-900.index            which tensor lies where
 *     model.ckpt-900.data-00000-of-…  weights
 *     checkpoint                      the latest prefix, as text
 */
import { type ByteSource, type Folder, readAll } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { readMessage } from '../formats/protobuf/message.ts'
import { type MessageSniff, sniffMessage } from '../formats/protobuf/sniff.ts'
import type { Bundle } from '../formats/tensor-bundle/bundle.ts'
import { MAX_ASSET_BYTES } from '../limits.ts'
import type { SettingsOf } from '../options/index.ts'
import { MetaGraphDef } from '../tensorflow/generated/messages.ts'
import { baseName } from './assets.ts'
import type { Probe } from './detect.ts'
import { metaGraphModel } from './meta-graph.ts'
import type { Model } from './model.ts'
import { checkpointIn } from './state/checkpoint.ts'

/** The folder's note of the latest prefix. */
const STATE_FILE = 'checkpoint'
const NO_GRAPH = [
  'If Keras saved it, give the JSON of model.to_json() with --architecture.',
  'If it is the variables folder of a SavedModel, give the folder around it.',
  'Else load it in TensorFlow and save it as a SavedModel.',
].join(' ')

/**
 * Opens a checkpoint by its `.meta` or `.index` file, or the latest of a folder. Throws `missing` where no `.meta`
 * is there to say what the weights are for.
 */
export async function openCheckpoint(probe: Probe, settings: SettingsOf<'open'>): Promise<Model> {
  const { folder } = probe
  const { file, prefix, form } = await metaFile(probe)
  return {
    kind: 'checkpoint',
    name: prefix || file.name, // one that was saved as a folder has only endings
    ...metaGraphModel(await readMessage(file, MetaGraphDef, form), file, {
      folder,
      checkpoint: checkpointIn(folder, prefix),
      settings,
    }),
    metagraphs: [],
  }
}

/**
 * The tensors of a checkpoint, for a caller that knows what they are for. Throws `missing` where there is no index.
 */
export async function checkpointTensors({ name, file, folder, paths }: Probe): Promise<Bundle> {
  const prefix = file ? prefixOf(file.name) : await latestPrefix(name, folder!, paths)
  const bundle = await checkpointIn(folder, prefix).bundle()
  if (bundle) return bundle
  throw new FreezeError('missing', `the checkpoint's index is not there: ${prefix}.index`, {
    file: name,
    hint: 'Give the folder, or the prefix of its files.',
  })
}

interface MetaFile {
  readonly file: ByteSource
  /** The prefix of the names of the checkpoint's files. */
  readonly prefix: string
  readonly form: MessageSniff['form']
}

const prefixOf = (name: string): string => name.replace(/\.(meta|index|data-\d{5}-of-\d{5})$/, '')

async function metaFile({ name, file, folder, paths, message }: Probe): Promise<MetaFile> {
  if (file && message) return { file, prefix: prefixOf(file.name), form: message.form }
  const prefix = file ? prefixOf(file.name) : await latestPrefix(name, folder!, paths)
  const meta = await folder?.file(`${prefix}.meta`)
  if (meta) return { file: meta, prefix, form: (await sniffMessage(meta))?.form ?? 'binary' }
  throw new FreezeError('missing', `this is a checkpoint without its graph: ${prefix}.meta is not there`, {
    file: name,
    hint: NO_GRAPH,
  })
}

/** The prefix that the folder says is the latest, else the only one there is. */
async function latestPrefix(name: string, folder: Folder, paths: readonly string[]): Promise<string> {
  const prefixes = [...new Set(paths.filter(path => /^[^/]+\.(meta|index)$/.test(path)).map(prefixOf))]
  const state = await folder.file(STATE_FILE)
  const text = state && new TextDecoder().decode(await readAll(state, MAX_ASSET_BYTES))
  const latest = baseName(/^\s*model_checkpoint_path:\s*"([^"]*)"/m.exec(text ?? '')?.[1] ?? '')
  if (prefixes.includes(latest)) return latest
  if (prefixes.length === 1) return prefixes[0]!
  throw new FreezeError(
    'missing',
    `the folder holds the checkpoints ${prefixes.join(', ')}, and does not say which is the latest`,
    {
      file: name,
      hint: 'Give the .meta file of one.',
    },
  )
}
