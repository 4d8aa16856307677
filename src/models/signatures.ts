/** Signatures: SignatureDef as values of the graph. */

import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import { tensorNamed } from '../graph/names.ts'
import { MAX_DEPTH } from '../limits.ts'
import { type DType, dtypeOfId } from '../tensorflow/dtype.ts'
import type {
  SignatureDef,
  TensorInfo,
  TensorInfo_CompositeTensor,
  TensorShapeProto,
} from '../tensorflow/generated/messages.ts'
import type { Signature, SignatureTensor } from './model.ts'

/** Signatures that TensorFlow keeps for itself, such as `__saved_model_init_op`, are no signatures of the user's. */
export const isInternalSignature = (name: string): boolean => name.startsWith('__saved_model_')

/**
 * All signatures of the user's, by name. Throws `invalid-graph` where one names
 * a tensor that the graph does not have, and names both.
 */
export function readSignatures(
  defs: ReadonlyMap<string, SignatureDef>,
  graph: Graph,
  file: string,
): ReadonlyMap<string, Signature> {
  const signatures = new Map<string, Signature>()
  for (const name of [...defs.keys()].filter(n => !isInternalSignature(n)).sort()) {
    const def = defs.get(name)!
    const read = (infos: ReadonlyMap<string, TensorInfo>): SignatureTensor[] =>
      [...infos.keys()].sort().flatMap(key => components(key, infos.get(key)!, { graph, signature: name, file }))
    signatures.set(name, { name, inputs: read(def.inputs), outputs: read(def.outputs), method: def.methodName })
  }
  return signatures
}

interface Context {
  readonly graph: Graph
  readonly signature: string
  readonly file: string
}

/** The tensors of one entry: itself, or the components that it is made of. */
function components(key: string, info: TensorInfo, context: Context, depth = 0): SignatureTensor[] {
  const { encoding } = info
  switch (encoding?.$case) {
    case 'name': {
      const written = { tensor: encoding.value, dtype: dtypeOfId(info.dtype), shape: partialShape(info.tensorShape) }
      return [entry(key, written, context)]
    }
    case 'cooSparse': {
      const { valuesTensorName, indicesTensorName, denseShapeTensorName } = encoding.value
      const rank = partialShape(info.tensorShape)?.length ?? null
      const values = { tensor: valuesTensorName, dtype: dtypeOfId(info.dtype), shape: [null] }
      const indices = { tensor: indicesTensorName, dtype: 'int64', shape: [null, rank] } as const
      const denseShape = { tensor: denseShapeTensorName, dtype: 'int64', shape: [rank] } as const
      return [
        entry(`${key}/values`, values, context),
        entry(`${key}/indices`, indices, context),
        entry(`${key}/dense_shape`, denseShape, context),
      ]
    }
    case 'compositeTensor': {
      if (depth > MAX_DEPTH) fail(context, key, `is nested more than ${MAX_DEPTH} levels deep`)
      const names = componentNames(encoding.value)
      return encoding.value.components.flatMap((part, i) => components(`${key}/${names[i]}`, part, context, depth + 1))
    }
    case undefined:
      return fail(context, key, 'names no tensor')
  }
}

/** TypeSpecProto.TypeSpecClass. */
const SPEC_CLASS = { sparseTensor: 1, indexedSlices: 2, raggedTensor: 3 } as const

/** The names of a composite tensor's components, in the order of the class in TensorFlow. */
function componentNames(tensor: TensorInfo_CompositeTensor): string[] {
  const count = tensor.components.length
  switch (tensor.typeSpec?.typeSpecClass) {
    case SPEC_CLASS.sparseTensor:
      return ['indices', 'values', 'dense_shape']
    case SPEC_CLASS.indexedSlices:
      return ['values', 'indices', 'dense_shape']
    case SPEC_CLASS.raggedTensor:
      return ['values', ...Array.from({ length: Math.max(0, count - 1) }, (_, i) => `row_splits_${i}`)]
    default:
      return Array.from({ length: count }, (_, i) => `${i}`)
  }
}

/** A tensor as the signature has it. */
interface Written {
  readonly tensor: string
  readonly dtype: DType | undefined
  readonly shape: PartialShape
}

function entry(key: string, { tensor, dtype, shape }: Written, context: Context): SignatureTensor {
  const value = tensorNamed(context.graph, tensor)
  if (!value) return fail(context, key, `names the tensor '${tensor}', which the graph does not have`)
  return { key, value, dtype: dtype ?? value.dtype ?? fail(context, key, 'says no data type'), shape }
}

function fail(context: Context, key: string, what: string): never {
  throw new FreezeError('invalid-graph', `'${key}' of the signature '${context.signature}' ${what}`, {
    file: context.file,
    hint: 'The model contradicts itself: export it again.',
  })
}

/** Sizes with null for the unknown ones, null altogether where not even the rank is known. */
export function partialShape(shape: TensorShapeProto | undefined): PartialShape {
  if (!shape || shape.unknownRank) return null
  return shape.dim.map(d => (d.size < 0n ? null : Number(d.size)))
}
