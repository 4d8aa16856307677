/** Arrays: the values that the evaluator computes with. */
import { FreezeError } from '../errors.ts'
import { bytesOf, decode, encode, isNumeric, viewAs } from '../tensor/codec.ts'
import { readTensor } from '../tensor/read.ts'
import { elementCount, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'

export type Numbers =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
export type Bigints = BigInt64Array | BigUint64Array
/** A complex number. */
export interface Complex {
  readonly re: number
  readonly im: number
}

/** float16 and bfloat16 lie in float32 arrays, rounded; bool as 0 and 1; strings as bytes; complex numbers one by one. */
export type Elements = Numbers | Bigints | readonly Uint8Array[] | readonly Handle[] | readonly Complex[]

/** A dtype, a shape and the elements, row-major. Never changed once made. */
export interface NdArray {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: Elements
}

/** The objects that resource and variant values refer to while a graph is evaluated. */
export type Handle = TensorList | TensorArray | Table

/** A list of tensors; ops give a new one instead of changing it. */
export interface TensorList {
  readonly kind: 'list'
  readonly dtype: DType
  /** Undefined where nothing is there yet. */
  readonly items: readonly (NdArray | undefined)[]
  /** Null sizes are unknown; null altogether where the rank is. */
  readonly elementShape: readonly (number | null)[] | null
}

/** A TensorArray of TensorFlow 1: changed in place, in the order of its flow. */
export interface TensorArray {
  readonly kind: 'array'
  readonly dtype: DType
  readonly items: (NdArray | undefined)[]
  readonly isDynamic: boolean
  elementShape: readonly (number | null)[] | null
}

/** A lookup table, by the text of its keys. */
export interface Table {
  readonly kind: 'table'
  readonly valueDtype: DType
  readonly valueShape: Shape
  /** Rows of a value array, by key. */
  readonly rows: Map<string, number>
  values: NdArray | undefined
}

const CLASSES: Partial<Record<DType, new (source: number | ArrayLike<number>) => Numbers>> = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  bool: Uint8Array,
  qint8: Int8Array,
  qint16: Int16Array,
  qint32: Int32Array,
  quint8: Uint8Array,
  quint16: Uint16Array,
}

export const size = (x: NdArray): number => x.data.length
/** Whether elements are bigints: int64 and uint64. */
export const isBig = (dtype: DType): boolean => dtype === 'int64' || dtype === 'uint64'
export const isComplex = (dtype: DType): boolean => dtype === 'complex64' || dtype === 'complex128'
const isNarrowFloat = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16'

function unsupported(dtype: DType): never {
  throw new FreezeError('unsupported', `the evaluator does not compute with ${dtype}`)
}

/** An array from numbers, each rounded to the type; integers wrap, and what is not whole loses its fraction. */
export function fromNumbers(dtype: DType, shape: Shape, values: ArrayLike<number>): NdArray {
  if (isBig(dtype))
    return fromBigints(
      dtype,
      shape,
      Array.from(values, v => BigInt(Math.trunc(v))),
    )
  if (dtype === 'bool') return { dtype, shape, data: Uint8Array.from(values, v => (v === 0 ? 0 : 1)) }
  if (isComplex(dtype))
    return fromComplex(
      dtype,
      shape,
      Array.from(values, re => ({ re, im: 0 })),
    )
  if (isNarrowFloat(dtype)) return { dtype, shape, data: new Float32Array(decode(dtype, encode(dtype, values))) }
  const Class = CLASSES[dtype] ?? unsupported(dtype)
  return { dtype, shape, data: new Class(values) }
}

/** A number from each number, rounded to the type once. */
export function mapped(x: NdArray, f: (v: number) => number): NdArray {
  const from = numbers(x)
  const out = unrounded(x.dtype, from.length)
  for (let i = 0; i < out.length; i++) out[i] = f(from[i]!)
  return rounded(x.dtype, x.shape, out)
}

/** Room for results in float64, or in a type that rounds as it is written. */
export const unrounded = (dtype: DType, count: number): Float64Array | Float32Array =>
  dtype === 'float32' ? new Float32Array(count) : new Float64Array(count)

/** The array of such results; they are taken, not copied, where they are rounded already. */
export const rounded = (dtype: DType, shape: Shape, out: Float64Array | Float32Array): NdArray =>
  dtype === 'float32' || dtype === 'float64' ? { dtype, shape, data: out } : fromNumbers(dtype, shape, out)

/** An array of int64 or uint64, modulo 2^64. */
export function fromBigints(dtype: DType, shape: Shape, values: readonly bigint[] | Bigints): NdArray {
  const list = values as readonly bigint[] // typed arrays of bigints are lists of them too
  return { dtype, shape, data: dtype === 'uint64' ? BigUint64Array.from(list) : BigInt64Array.from(list) }
}

/** An array of complex numbers, each rounded to the type. */
export function fromComplex(dtype: DType, shape: Shape, values: readonly Complex[]): NdArray {
  const round = dtype === 'complex64' ? Math.fround : (v: number) => v
  return { dtype, shape, data: values.map(({ re, im }) => ({ re: round(re), im: round(im) })) }
}

/** The elements as complex numbers, also those of a real array. */
export const complexes = (x: NdArray): readonly Complex[] =>
  isComplex(x.dtype) ? (x.data as readonly Complex[]) : Array.from(numbers(x), re => ({ re, im: 0 }))

export const fromStrings = (shape: Shape, data: readonly Uint8Array[]): NdArray => ({ dtype: 'string', shape, data })
export const fromText = (shape: Shape, texts: readonly string[]): NdArray =>
  fromStrings(
    shape,
    texts.map(text => new TextEncoder().encode(text)),
  )
export const scalarOf = (dtype: DType, value: number): NdArray => fromNumbers(dtype, [], [value])
/** A vector of int32 or int64, as ops give shapes and indices. */
export const ints = (dtype: DType, values: readonly number[]): NdArray => fromNumbers(dtype, [values.length], values)
/** A handle (a list, table or tensor array) as a scalar. */
export const fromHandle = (dtype: 'variant' | 'resource', handle: Handle): NdArray => ({
  dtype,
  shape: [],
  data: [handle],
})

/** The elements as numbers; 64-bit integers beyond 2^53 lose their low bits. */
export function numbers(x: NdArray): Numbers {
  if (x.data instanceof BigInt64Array || x.data instanceof BigUint64Array) {
    const out = new Float64Array(x.data.length)
    for (let i = 0; i < out.length; i++) out[i] = Number(x.data[i])
    return out
  }
  return ArrayBuffer.isView(x.data) ? x.data : unsupported(x.dtype)
}

/** The elements as bigints. */
export function bigints(x: NdArray): readonly bigint[] {
  if (x.data instanceof BigInt64Array || x.data instanceof BigUint64Array) return [...x.data]
  return Array.from(numbers(x), v => BigInt(v))
}

/** The elements as numbers or, of 64-bit integers, bigints. */
export const elements = (x: NdArray): (number | bigint)[] => (isBig(x.dtype) ? [...bigints(x)] : [...numbers(x)])

/** The elements of a string array. */
export function stringBytes(x: NdArray): readonly Uint8Array[] {
  return x.dtype === 'string' ? (x.data as readonly Uint8Array[]) : unsupported(x.dtype)
}
export const texts = (x: NdArray): string[] => stringBytes(x).map(bytes => new TextDecoder().decode(bytes))

/** The only element, or the first. */
export const first = (x: NdArray): number => numbers(x)[0]!
export const list = (x: NdArray): number[] => [...numbers(x)]

/** The same elements in another shape. */
export const withShape = (x: NdArray, shape: Shape): NdArray => ({ ...x, shape })

/** The elements at `indices` of `x`, in that order. Index -1 gives the type's zero, or `otherwise`'s only element. */
export function take(x: NdArray, indices: ArrayLike<number>, shape: Shape, otherwise?: NdArray): NdArray {
  const out = zeros(x.dtype, shape)
  // Source and target hold elements of one type, whichever it is.
  const from = x.data as unknown as ArrayLike<unknown>
  const to = out.data as unknown as unknown[]
  const fill = otherwise && (otherwise.data as unknown as unknown[])[0]
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (index >= 0) to[i] = from[index]
    else if (otherwise) to[i] = fill
  }
  return out
}

/** A new array of zeros, or of empty strings. */
export function zeros(dtype: DType, shape: Shape): NdArray {
  const count = elementCount(shape)
  if (dtype === 'string') return { dtype, shape, data: Array<Uint8Array>(count).fill(new Uint8Array(0)) }
  if (dtype === 'variant' || dtype === 'resource') return { dtype, shape, data: Array<Handle>(count) }
  if (isBig(dtype)) return fromBigints(dtype, shape, new BigInt64Array(count))
  if (isComplex(dtype)) return { dtype, shape, data: Array<Complex>(count).fill({ re: 0, im: 0 }) }
  const Class = CLASSES[dtype] ?? unsupported(dtype)
  return { dtype, shape, data: new Class(count) }
}

/** Reads a tensor. */
export async function fromTensor(t: Tensor): Promise<NdArray> {
  const { dtype, shape, recipe } = t
  if (recipe.kind === 'strings') return fromStrings(shape, recipe.values)
  return fromElementBytes(dtype, shape, await readTensor(t))
}

/** A tensor that is at hand; undefined for one that would have to be read or computed, and for elements that are no numbers. */
export function fromTensorAtHand(t: Tensor): NdArray | undefined {
  const { dtype, shape, recipe } = t
  if (recipe.kind === 'strings') return fromStrings(shape, recipe.values)
  if (!isNumeric(dtype)) return undefined
  if (recipe.kind === 'memory') return fromElementBytes(dtype, shape, recipe.bytes)
  if (recipe.kind !== 'splat') return undefined
  return take(fromElementBytes(dtype, [], recipe.bytes), new Int32Array(elementCount(shape)), shape)
}

/** An array from little-endian bytes. */
export function fromElementBytes(dtype: DType, shape: Shape, bytes: Uint8Array): NdArray {
  if (dtype === 'int64') return { dtype, shape, data: viewAs(BigInt64Array, new Uint8Array(bytes)) }
  if (dtype === 'uint64') return { dtype, shape, data: viewAs(BigUint64Array, new Uint8Array(bytes)) }
  if (isComplex(dtype)) {
    const parts = decode(dtype === 'complex64' ? 'float32' : 'float64', bytes)
    const values = Array.from({ length: parts.length / 2 }, (_, i) => ({ re: parts[2 * i]!, im: parts[2 * i + 1]! }))
    return fromComplex(dtype, shape, values)
  }
  return fromNumbers(dtype, shape, decode(dtype, bytes))
}

/** The elements as little-endian bytes; of complex numbers the real and the imaginary part. */
export function elementBytes(x: NdArray): Uint8Array {
  if (isBig(x.dtype)) return bytesOf(x.data as Bigints)
  if (!isComplex(x.dtype)) return encode(x.dtype, numbers(x))
  const parts = complexes(x).flatMap(({ re, im }) => [re, im])
  return encode(x.dtype === 'complex64' ? 'float32' : 'float64', parts)
}

/** The array as a constant tensor. */
export const toTensor = (x: NdArray): Tensor =>
  x.dtype === 'string'
    ? { dtype: 'string', shape: x.shape, recipe: { kind: 'strings', values: stringBytes(x) } }
    : { dtype: x.dtype, shape: x.shape, recipe: { kind: 'memory', bytes: elementBytes(x) } }
