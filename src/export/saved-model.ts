/**
 * A frozen graph as a SavedModel folder: `saved_model.pb` with one signature. The
 * weights are constants in it, or, where that is asked for, variables beside it:
 *
 *     saved_model.pb
 *     variables/variables.data-00000-of-00001
 *     variables/variables.index
 *
 * Source: tensorflow/core/protobuf/saved_model.proto, meta_graph.proto.
 */

import { Scatter } from '../formats/protobuf/scatter.ts'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import type { Port } from '../graph/graph.ts'
import { shapeToProto } from '../graph/proto/attr-value.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { settingsOf } from '../options/index.ts'
import { dtypeId } from '../tensorflow/dtype.ts'
import { MetaGraphDef, SavedModel, type SignatureDef, type TensorInfo } from '../tensorflow/generated/messages.ts'
import type { Exporter } from './exporter.ts'
import { checked, graphdefScatter, tensorName } from './graphdef.ts'
import type { OutputFile } from './output.ts'
import type { Variables } from './weights-as-variables.ts'

export const savedModel: Exporter = {
  kind: 'graph',
  name: 'saved_model',
  description: 'a frozen SavedModel, a folder',
  extensions: ['/'],
  maxBytes: MAX_MESSAGE_BYTES,
  write: async (frozen, context) =>
    settingsOf('export', context?.options ?? {}).weights === 'variables'
      ? withVariables(frozen)
      : [await graphFile(frozen)],
}

const graphFile = async (frozen: Frozen, variables?: Variables): Promise<OutputFile> => ({
  path: 'saved_model.pb',
  ...checked(await savedModelScatter(frozen, variables)),
})

/** The data goes before the index, which has its checksums. */
async function withVariables(frozen: Frozen): Promise<readonly OutputFile[]> {
  const { weightsAsVariables } = await import('./weights-as-variables.ts')
  const graph = frozen.graph.clone()
  const variables = weightsAsVariables(graph)
  const file = await graphFile({ ...frozen, graph }, variables)
  if (!variables) return [file]
  const { writtenBundle } = await import('../formats/tensor-bundle/write.ts')
  const { data, index } = writtenBundle(variables.tensors)
  return [
    file,
    { path: 'variables/variables.data-00000-of-00001', size: data.size, chunks: data.chunks() },
    { path: 'variables/variables.index', chunks: index.chunks() },
  ]
}

/** The only version there is. */
const SCHEMA_VERSION = 1n
const FIELD = { metaGraph: 2, graphDef: 2 } as const

const EMPTY_META_GRAPH = MetaGraphDef.decode(new Uint8Array(0))

async function savedModelScatter(frozen: Frozen, variables?: Variables): Promise<Scatter> {
  const tags = [...(frozen.source.tags ?? ['serve'])]
  const metaInfoDef = { tags, tensorflowVersion: '', strippedOpList: undefined }
  const name = frozen.source.signature ?? 'serving_default'
  const rest = {
    ...EMPTY_META_GRAPH,
    signatureDef: new Map([[name, signatureDef(frozen)]]),
    ...(variables && { saverDef: variables.saverDef, collectionDef: new Map(variables.collectionDef) }),
  }
  const metaGraph = new Scatter()
    .bytes(MetaGraphDef.encode({ ...EMPTY_META_GRAPH, metaInfoDef }).finish())
    .message(FIELD.graphDef, await graphdefScatter(frozen.graph))
    .bytes(MetaGraphDef.encode(rest).finish())
  return new Scatter()
    .bytes(SavedModel.encode({ savedModelSchemaVersion: SCHEMA_VERSION, metaGraphs: [] }).finish())
    .message(FIELD.metaGraph, metaGraph)
}

const signatureDef = ({ graph, inputs, outputs }: Frozen): SignatureDef => ({
  inputs: tensorInfos(inputs, graph.inputs),
  outputs: tensorInfos(outputs, graph.outputs),
  methodName: 'tensorflow/serving/predict',
})

/** By key, sorted, so that equal signatures are equal bytes. */
function tensorInfos(ports: readonly FrozenPort[], values: readonly Port[]): Map<string, TensorInfo> {
  const infos = ports.map(({ key, dtype, shape }, i) => {
    const encoding = { $case: 'name', value: tensorName(values[i]!) } as const
    return [key, { encoding, dtype: dtypeId(dtype), tensorShape: shapeToProto(shape) }] as const
  })
  return new Map(infos.sort(([a], [b]) => (a < b ? -1 : 1)))
}
