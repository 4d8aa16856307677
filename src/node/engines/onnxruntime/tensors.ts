/** Arrays as ONNX Runtime's tensors, and back. */
import { FreezeError } from '../../../errors.ts'
import { elementBytes, fromElementBytes, fromText, type NdArray, texts } from '../../../evaluate/array.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import type { OrtTensor, Runtime } from './runtime.ts'

/** The arrays in which JavaScript has the types; float16 as its bits. */
const VIEWS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Partial<Record<DType, unknown>>
type Exchanged = keyof typeof VIEWS

const isExchanged = (dtype: string): dtype is Exchanged => Object.hasOwn(VIEWS, dtype)

/** A new tensor with the array's elements. */
export function toOnnxRuntime({ Tensor }: Runtime, array: NdArray): OrtTensor {
  const { dtype } = array
  const shape = [...array.shape]
  if (dtype === 'string') return new Tensor('string', texts(array), shape)
  if (!isExchanged(dtype)) throw unsupported(dtype)
  const bytes = elementBytes(array).slice() // of its own, so that it begins where its memory does
  const data = new VIEWS[dtype](bytes.buffer)
  return new Tensor(dtype as 'float32', data as Float32Array, shape) // one type stands for all
}

/** The elements of a tensor, copied. Throws `unsupported` for types that the evaluator does not have. */
export function fromOnnxRuntime(tensor: OrtTensor): NdArray {
  const { type, dims } = tensor
  if (type === 'string') return fromText(dims, tensor.data as string[]) // as its type says
  if (!isExchanged(type)) throw unsupported(type)
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array // one type stands for all
  return fromElementBytes(type, dims, new Uint8Array(buffer, byteOffset, byteLength).slice())
}

const unsupported = (dtype: string): FreezeError =>
  new FreezeError('unsupported', `the ONNX Runtime engine does not exchange ${dtype}`)
