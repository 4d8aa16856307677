/** Arrays as TensorFlow's tensors, and back. */
import { FreezeError } from '../../../errors.ts'
import { elementBytes, fromElementBytes, fromStrings, type NdArray, stringBytes } from '../../../evaluate/array.ts'
import { elementCount } from '../../../tensor/tensor.ts'
import { type DType, dtypeId, dtypeOfId } from '../../../tensorflow/dtype.ts'
import type { Pointer, TensorFlowLibrary } from './library.ts'

/** Bytes of a TF_TString. */
const TEXT_BYTES = 24

/** A new tensor with the array's elements; the caller deletes it. */
export function toTensorFlow(library: TensorFlowLibrary, array: NdArray): Pointer {
  const { dtype, shape } = array
  const texts = dtype === 'string' ? stringBytes(array) : undefined
  const bytes = texts ? undefined : elementBytes(array)
  const length = texts ? texts.length * TEXT_BYTES : bytes!.length
  const sizes = BigInt64Array.from(shape, BigInt)
  const tensor = library.call('TF_AllocateTensor', dtypeId(dtype), sizes, shape.length, length)
  if (length === 0) return tensor
  const memory = new Uint8Array(library.koffi.view(library.call('TF_TensorData', tensor), length))
  if (bytes) memory.set(bytes)
  else for (const [i, text] of texts!.entries()) putText(library, memory.subarray(i * TEXT_BYTES), text)
  return tensor
}

function putText(library: TensorFlowLibrary, place: Uint8Array, text: Uint8Array): void {
  library.call('TF_StringInit', place)
  library.call('TF_StringCopy', place, text, text.length)
}

/** The elements of a tensor, copied. Throws `unsupported` for types that the evaluator does not have. */
export function fromTensorFlow(library: TensorFlowLibrary, tensor: Pointer): NdArray {
  const dtype = dtypeOfId(Number(library.call('TF_TensorType', tensor)))
  if (!dtype || dtype === 'variant' || dtype === 'resource') throw unsupported(dtype ?? 'unknown')
  const rank = Number(library.call('TF_NumDims', tensor))
  const shape = Array.from({ length: rank }, (_, axis) => Number(library.call('TF_Dim', tensor, axis)))
  const length = Number(library.call('TF_TensorByteSize', tensor))
  const memory =
    length === 0 ? new Uint8Array(0) : new Uint8Array(library.koffi.view(library.call('TF_TensorData', tensor), length))
  if (dtype !== 'string') return fromElementBytes(dtype, shape, memory.slice())
  const texts = Array.from({ length: elementCount(shape) }, (_, i) =>
    textAt(library, memory.subarray(i * TEXT_BYTES, (i + 1) * TEXT_BYTES)),
  )
  return fromStrings(shape, texts)
}

function textAt(library: TensorFlowLibrary, place: Uint8Array): Uint8Array {
  const length = Number(library.call('TF_StringGetSize', place))
  if (length === 0) return new Uint8Array(0)
  return new Uint8Array(library.koffi.view(library.call('TF_StringGetDataPointer', place), length)).slice()
}

const unsupported = (dtype: DType | 'unknown'): FreezeError =>
  new FreezeError('unsupported', `the TensorFlow engine does not exchange ${dtype}`)
