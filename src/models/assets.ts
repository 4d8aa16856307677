/**
 * Asset files: vocabularies and the like, which lie beside the model. A loader
 * feeds their paths to tensors of the graph; here the files themselves are what
 * such a tensor stands for.
 */
import type { ByteSource, Folder } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { decodeMessage } from '../formats/protobuf/decode.ts'
import { AssetFileDef, type MetaGraphDef } from '../tensorflow/generated/messages.ts'

/** The files that the tensors of a graph name. */
export interface Assets {
  /** The file name that a loader would feed to the tensor `node:0`; undefined where it feeds none. */
  nameFor(tensor: string): string | undefined
  /** An asset by its file name. Throws `missing`. */
  open(filename: string): Promise<ByteSource>
  /** All file names. */
  readonly names: readonly string[]
}

/** Assets lie in this folder of the SavedModel. */
const FOLDER = 'assets'
/** Where TensorFlow 1 listed them. */
const COLLECTION = 'saved_model_assets'

/** The assets that a metagraph lists, in its own field or, if that is empty, in the collection. */
export function readAssets(metaGraph: MetaGraphDef, folder: Folder | undefined): Assets {
  const defs = metaGraph.assetFileDef.length > 0 ? metaGraph.assetFileDef : collected(metaGraph)
  const byTensor = new Map<string, string>()
  for (const def of defs) {
    const tensor = def.tensorInfo?.encoding
    if (tensor?.$case === 'name') byTensor.set(portName(tensor.value), def.filename)
  }
  return {
    nameFor: tensor => byTensor.get(portName(tensor)),
    open: filename => openAsset(folder, filename),
    names: [...new Set(defs.map(def => def.filename))],
  }
}

/** The last part of a path of any system. */
export const baseName = (path: string): string => path.replace(/.*[/\\]/s, '')

const portName = (tensor: string): string => (/:\d+$/.test(tensor) ? tensor : `${tensor}:0`)

function collected(metaGraph: MetaGraphDef): AssetFileDef[] {
  const kind = metaGraph.collectionDef.get(COLLECTION)?.kind
  return kind?.$case === 'anyList'
    ? kind.value.value.map(any => decodeMessage(AssetFileDef, any.value, { path: ['collection', COLLECTION] }))
    : []
}

async function openAsset(folder: Folder | undefined, filename: string): Promise<ByteSource> {
  const file = await folder?.file(`${FOLDER}/${filename}`)
  if (file) return file
  throw new FreezeError('missing', `the asset '${filename}' is not there`, {
    file: `${FOLDER}/${filename}`,
    hint: folder
      ? 'Copy the whole SavedModel, with its assets folder.'
      : 'Open the SavedModel as a folder: this is its graph alone.',
  })
}
