/** The type of a result of operands of several types, as Keras 3 (and JAX) has it. */
import { bytesPerElement, type DType, isFloat } from '../../../tensorflow/dtype.ts'

/** A tensor's type, or a Python number that has none of its own: it takes the others' unless it is of a higher kind. */
export type OperandType = DType | 'python int' | 'python float'

const isUnsigned = (dtype: DType): boolean => dtype.startsWith('u')

/** The type that all are converted to. Source: `keras/src/backend/common/dtypes.py`, `result_type`. */
export function resultType(...types: readonly OperandType[]): DType {
  const weak = types.includes('python float') ? 'float32' : types.includes('python int') ? 'int32' : undefined
  const strong = types.filter((type): type is DType => type !== 'python int' && type !== 'python float')
  if (strong.length === 0) return weak ?? 'float32'
  const dtype = strong.reduce(promoted)
  if (weak === 'float32') return isFloat(dtype) || isComplex(dtype) ? dtype : 'float32'
  return weak === 'int32' && dtype === 'bool' ? 'int32' : dtype
}

/** The type that holds the values of two. */
function promoted(a: DType, b: DType): DType {
  if (a === b || b === 'bool') return a
  if (a === 'bool') return b
  if (isComplex(a) || isComplex(b)) return isComplex(a) ? a : b
  if (isFloat(a) !== isFloat(b)) return isFloat(a) ? a : b
  const [small, large] = bytesPerElement(a) <= bytesPerElement(b) ? [a, b] : [b, a]
  if (isFloat(a)) return bytesPerElement(a) === bytesPerElement(b) ? 'float32' : large // bfloat16 and float16
  if (isUnsigned(a) === isUnsigned(b) || isUnsigned(small)) return widened(small, large)
  return SIGNED_ABOVE[large] ?? 'float32'
}

/** For a signed type and an unsigned one that is not larger: for equal sizes, the next signed type. */
const widened = (small: DType, large: DType): DType =>
  isUnsigned(small) !== isUnsigned(large) && bytesPerElement(small) === bytesPerElement(large)
    ? (SIGNED_ABOVE[isUnsigned(small) ? small : large] ?? 'float32')
    : large

const SIGNED_ABOVE: Readonly<Partial<Record<DType, DType>>> = { uint8: 'int16', uint16: 'int32', uint32: 'int64' }

const isComplex = (dtype: DType): boolean => dtype.startsWith('complex')

/** The type of arithmetic that makes fractions. */
export const asFloat = (dtype: DType): DType => (isFloat(dtype) || isComplex(dtype) ? dtype : 'float32')
