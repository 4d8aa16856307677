/**
 * The collections in which TensorFlow 1 listed its variables. A part of a
 * partitioned variable says there which part of which variable it is.
 */
import { decodeMessage } from '../../formats/protobuf/decode.ts'
import { type MetaGraphDef, type SaveSliceInfoDef, VariableDef } from '../../tensorflow/generated/messages.ts'
import type { CheckpointKey } from './restore.ts'

/** Where variables are listed; the others (`trainable_variables`, …) repeat some of them. */
const COLLECTIONS = ['variables', 'global_variables', 'local_variables', 'model_variables']

/** The variables of one collection. */
export function variableDefs(metaGraph: MetaGraphDef, collection: string): readonly VariableDef[] {
  const kind = metaGraph.collectionDef.get(collection)?.kind
  if (kind?.$case !== 'bytesList') return []
  return kind.value.value.map(bytes => decodeMessage(VariableDef, bytes, { path: ['collection', collection] }))
}

/** By the name of the variable's node: the key, and part of it, that a saver would use. */
export function definedKeys(metaGraph: MetaGraphDef): ReadonlyMap<string, CheckpointKey> {
  const keys = new Map<string, CheckpointKey>()
  for (const collection of COLLECTIONS) {
    for (const { variableName, saveSliceInfoDef } of variableDefs(metaGraph, collection)) {
      const name = variableName.replace(/:0$/, '')
      if (saveSliceInfoDef) keys.set(name, partKey(saveSliceInfoDef))
      else if (!keys.has(name)) keys.set(name, { key: name, slice: '', isReshaped: false })
    }
  }
  return keys
}

function partKey({ fullName, fullShape, varOffset, varShape }: SaveSliceInfoDef): CheckpointKey {
  const extents = varOffset.map((start, i) => `${start},${varShape[i]}`)
  return { key: fullName, slice: `${fullShape.join(' ')} ${extents.join(':')}`, isReshaped: false }
}
