/**
 * A frozen graph as a SavedModel folder: `saved_model.pb` with one signature,
 * and no variables beside it.
 * Source: tensorflow/core/protobuf/saved_model.proto, meta_graph.proto.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import type { Port } from '../graph/graph.ts'
import { shapeToProto } from '../graph/proto/attr-value.ts'
import { dtypeId } from '../tensorflow/dtype.ts'
import {
  MetaGraphDefSchema,
  type SignatureDef,
  SignatureDefSchema,
  type TensorInfo,
  TensorInfoSchema,
} from '../tensorflow/generated/tensorflow/core/protobuf/meta_graph_pb.js'
import { SavedModelSchema } from '../tensorflow/generated/tensorflow/core/protobuf/saved_model_pb.js'
import type { Exporter } from './exporter.ts'
import { checked, graphdefScatter, tensorName } from './graphdef.ts'
import { Scatter } from './scatter.ts'

export const savedModel: Exporter = {
  name: 'saved_model',
  sentence: 'a frozen SavedModel (a folder: the path ends in /)',
  fits: path => /[/\\]$/.test(path),
  write: async frozen => [{ path: 'saved_model.pb', ...checked(await savedModelScatter(frozen)) }],
}

/** The only version there is. */
const SCHEMA_VERSION = 1n
const FIELD = { metaGraph: 2, graphDef: 2 } as const

async function savedModelScatter(frozen: Frozen): Promise<Scatter> {
  const metaInfoDef = { tags: [...(frozen.source.tags ?? ['serve'])] }
  const name = frozen.source.signature ?? 'serving_default'
  const metaGraph = new Scatter()
    .bytes(toBinary(MetaGraphDefSchema, create(MetaGraphDefSchema, { metaInfoDef })))
    .message(FIELD.graphDef, await graphdefScatter(frozen.graph))
    .bytes(toBinary(MetaGraphDefSchema, create(MetaGraphDefSchema, { signatureDef: { [name]: signatureDef(frozen) } })))
  return new Scatter()
    .bytes(toBinary(SavedModelSchema, create(SavedModelSchema, { savedModelSchemaVersion: SCHEMA_VERSION })))
    .message(FIELD.metaGraph, metaGraph)
}

const signatureDef = ({ graph, inputs, outputs }: Frozen): SignatureDef =>
  create(SignatureDefSchema, {
    inputs: tensorInfos(inputs, graph.inputs),
    outputs: tensorInfos(outputs, graph.outputs),
    methodName: 'tensorflow/serving/predict',
  })

/** By key, sorted, so that equal signatures are equal bytes. */
function tensorInfos(ports: readonly FrozenPort[], values: readonly Port[]): { [key: string]: TensorInfo } {
  const infos = ports.map(({ key, dtype, shape }, i) => {
    const encoding = { case: 'name', value: tensorName(values[i]!) } as const
    return [
      key,
      create(TensorInfoSchema, { encoding, dtype: dtypeId(dtype), tensorShape: shapeToProto(shape) }),
    ] as const
  })
  return Object.fromEntries(infos.sort(([a], [b]) => (a < b ? -1 : 1)))
}
