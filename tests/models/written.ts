/** SavedModels in memory, written field by field. */
import { fromFiles } from '../../src/bytes/folder.ts'
import { type ByteSource, type Folder, fromBytes } from '../../src/bytes/source.ts'
import { AssetFileDef, type MetaGraphDef, type NodeDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf, type Init } from '../messages.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

type NodeInit = Init<NodeDef>
/** A metagraph as plain fields. */
export type MetaGraphInit = Init<MetaGraphDef>

/** DataType's numbers. */
export const FLOAT = 1
export const STRING = 7

export const placeholder = (name: string, type = FLOAT): NodeInit => ({
  name,
  op: 'Placeholder',
  attr: { dtype: { value: { case: 'type', value: type } } },
})
export const neg = (name: string, input: string): NodeInit => ({
  name,
  op: 'Neg',
  input: [input],
  attr: { T: { value: { case: 'type', value: FLOAT } } },
})
export const noOp = (name: string): NodeInit => ({ name, op: 'NoOp' })
export const variable = (name: string): NodeInit => ({
  name,
  op: 'VarHandleOp',
  attr: {
    dtype: { value: { case: 'type', value: FLOAT } },
    shape: { value: { case: 'shape', value: { dim: [{ size: 2n }] } } },
  },
})

export const tensorInfo = (name: string, dims: readonly number[] = [-1, 2]) => ({
  encoding: { case: 'name' as const, value: name },
  dtype: FLOAT,
  tensorShape: { dim: dims.map(size => ({ size: BigInt(size) })) },
})

/** A metagraph of `y = -x`, and what else is given. */
export const metaGraph = (tags: string[], more: MetaGraphInit = {}, nodes: NodeInit[] = []): MetaGraphInit => ({
  metaInfoDef: { tags, tensorflowVersion: '2.9.9' },
  graphDef: { node: [placeholder('x'), neg('y', 'x'), ...nodes], versions: { producer: 440 } },
  signatureDef: {
    serving_default: { inputs: { in: tensorInfo('x:0') }, outputs: { out: tensorInfo('y:0') }, methodName: 'predict' },
  },
  ...more,
})

export const savedModelBytes = (metaGraphs: MetaGraphInit[]): Uint8Array =>
  bytesOf(SavedModel, { savedModelSchemaVersion: 1n, metaGraphs })

/** A SavedModel's folder. */
export function savedModel(metaGraphs: MetaGraphInit[], files: Record<string, Uint8Array> = {}): Folder {
  return folder({ 'saved_model.pb': savedModelBytes(metaGraphs), ...files })
}

export function folder(files: Record<string, Uint8Array>, name = 'model'): Folder {
  const sources = Object.entries(files).map(([path, bytes]): [string, ByteSource] => [path, fromBytes(bytes, path)])
  return fromFiles(new Map(sources), name)
}

/** A collection of asset files, as TensorFlow 1 writes it. */
export const assetCollection = (tensor: string, filename: string) => ({
  kind: {
    case: 'anyList' as const,
    value: {
      value: [{ value: bytesOf(AssetFileDef, { tensorInfo: tensorInfo(tensor), filename }) }],
    },
  },
})
