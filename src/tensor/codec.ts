/**
 * Element codecs: little-endian bytes to numbers and back, for every data type
 * whose elements are numbers of a fixed width.
 *
 * Plain typed-array kernels: they run at 1 to 4 GB/s, above the speed of a disk.
 * Every platform that runs JavaScript is little-endian, so views are bytes as
 * files have them. Float16Array does not exist in Node 20.
 */
import { FreezeError } from '../errors.ts'
import { bytesPerElement, type DType } from '../tensorflow/dtype.ts'

interface Codec {
  /** Fills `out` with the elements of `bytes`. */
  readonly decode: (bytes: Uint8Array, out: Float64Array) => void
  /** The elements as bytes, each rounded once: floats to nearest, ties to even; integers toward zero, modulo their width. */
  readonly encode: (values: ArrayLike<number>) => Uint8Array
}

/** A typed array class whose elements are numbers. */
interface NumberArrayClass {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset: number, length: number): ArrayLike<number> & ArrayBufferView
  new (values: ArrayLike<number>): ArrayLike<number> & ArrayBufferView
}

/** `bytes` seen through a typed array; copied first where they are not aligned for it. */
export function viewAs<T>(
  Class: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, offset: number, length: number): T },
  bytes: Uint8Array,
): T {
  const size = Class.BYTES_PER_ELEMENT
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes) // slice() of a Buffer would not copy
  return new Class(aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / size))
}

/** The bytes that a typed array lies on. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

const plain = (Class: NumberArrayClass): Codec => ({
  decode: (bytes, out) => out.set(viewAs<ArrayLike<number>>(Class, bytes)),
  encode: values => bytesOf(new Class(values)),
})

const bool: Codec = {
  decode: (bytes, out) => {
    for (let i = 0; i < out.length; i++) out[i] = bytes[i] === 0 ? 0 : 1
  },
  encode: values => {
    const bytes = new Uint8Array(values.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = values[i] === 0 ? 0 : 1
    return bytes
  },
}

/** Two-byte floats: a table to decode (65,536 entries, made when first used), a rounding function to encode. */
function twoByteFloat(value: (bits: number) => number, bitsOf: (value: number) => number): Codec {
  let table: Float32Array | undefined
  return {
    decode: (bytes, out) => {
      table ??= Float32Array.from({ length: 65_536 }, (_, bits) => value(bits))
      const bits = viewAs(Uint16Array, bytes)
      for (let i = 0; i < out.length; i++) out[i] = table[bits[i]!]!
    },
    encode: values => {
      const bits = new Uint16Array(values.length) // filled by a loop: Uint16Array.from with a function is ten times slower
      for (let i = 0; i < bits.length; i++) bits[i] = bitsOf(values[i]!)
      return bytesOf(bits)
    },
  }
}

/** 64-bit integers through float64: what lies beyond ±2^53 loses its low bits; `decodeBigints` keeps them. */
const wide = (signed: boolean): Codec => ({
  decode: (bytes, out) => {
    const values = signed ? viewAs(BigInt64Array, bytes) : viewAs(BigUint64Array, bytes)
    for (let i = 0; i < out.length; i++) out[i] = Number(values[i])
  },
  encode: values => {
    const out = new BigInt64Array(values.length) // stores modulo 2^64, so unsigned values too
    for (let i = 0; i < out.length; i++) out[i] = Number.isFinite(values[i]) ? BigInt(Math.trunc(values[i]!)) : 0n
    return bytesOf(out)
  },
})

const CODECS: Partial<Record<DType, Codec>> = {
  float16: twoByteFloat(float16Value, float16Bits),
  bfloat16: twoByteFloat(bfloat16Value, bfloat16Bits),
  float32: plain(Float32Array),
  float64: plain(Float64Array),
  int8: plain(Int8Array),
  int16: plain(Int16Array),
  int32: plain(Int32Array),
  int64: wide(true),
  uint8: plain(Uint8Array),
  uint16: plain(Uint16Array),
  uint32: plain(Uint32Array),
  uint64: wide(false),
  bool,
  qint8: plain(Int8Array),
  qint16: plain(Int16Array),
  qint32: plain(Int32Array),
  quint8: plain(Uint8Array),
  quint16: plain(Uint16Array),
}

/** Whether elements of this type are numbers that `decode` and `encode` know; not so for strings, complex and sub-byte types. */
export const isNumeric = (dtype: DType): boolean => CODECS[dtype] !== undefined

function codecOf(dtype: DType): Codec {
  const codec = CODECS[dtype]
  if (codec) return codec
  throw new FreezeError('unsupported', `elements of type ${dtype} cannot be computed with`)
}

/** The elements of `bytes` as numbers, into `out` where given. Throws `unsupported` where elements are not numbers. */
export function decode(
  dtype: DType,
  bytes: Uint8Array,
  out: Float64Array = new Float64Array(Math.floor(bytes.length / bytesPerElement(dtype))),
): Float64Array {
  codecOf(dtype).decode(bytes, out)
  return out
}

/**
 * Numbers as elements: floats round to nearest, ties to even; integers truncate
 * and wrap. Throws `unsupported` where elements are not numbers.
 */
export const encode = (dtype: DType, values: ArrayLike<number>): Uint8Array => codecOf(dtype).encode(values)

/** The elements of an integer or bool type, exactly. Throws `unsupported` for other types. */
export function decodeBigints(dtype: DType, bytes: Uint8Array): bigint[] {
  if (dtype === 'int64') return [...viewAs(BigInt64Array, bytes)]
  if (dtype === 'uint64') return [...viewAs(BigUint64Array, bytes)]
  const values = decode(dtype, bytes)
  if (values.some(v => !Number.isInteger(v)))
    throw new FreezeError('unsupported', `elements of type ${dtype} are not integers`)
  return Array.from(values, BigInt)
}

/** Integers as elements, modulo the type's width. Throws `unsupported` where elements are not numbers. */
export function encodeBigints(dtype: DType, values: readonly bigint[]): Uint8Array {
  if (dtype === 'int64' || dtype === 'uint64') return bytesOf(BigInt64Array.from(values))
  return encode(dtype, values.map(Number))
}

/** Rounds numbers to those that the type can hold, in place: what storing and loading them would give. */
export function roundTo(dtype: DType, values: Float64Array): Float64Array {
  if (dtype === 'float64') return values
  if (dtype === 'float32') {
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]!)
    return values
  }
  return decode(dtype, encode(dtype, values), values)
}

/** Reverses the bytes of every word, in place. `word` is 1, 2, 4 or 8. */
export function swapWords(bytes: Uint8Array, word: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i + word <= bytes.length; i += word) {
    if (word === 2) view.setUint16(i, view.getUint16(i, true))
    else if (word === 4) view.setUint32(i, view.getUint32(i, true))
    else if (word === 8) view.setBigUint64(i, view.getBigUint64(i, true))
  }
  return bytes
}

const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)

/**
 * The bits of the float32 next to `value` toward zero, the last one set when
 * that is not exact ("round to odd"): rounding these again to fewer bits gives
 * what rounding `value` itself would.
 */
function stickyFloat32Bits(value: number): number {
  FLOAT[0] = value
  const rounded = FLOAT[0]
  if (rounded === value || Number.isNaN(value)) return BITS[0]!
  if (Math.abs(rounded) > Math.abs(value)) BITS[0]!--
  return BITS[0]! | 1
}

/** The bits of the IEEE half nearest to `value`, ties to even. */
export function float16Bits(value: number): number {
  const bits = stickyFloat32Bits(value)
  const sign = (bits >>> 16) & 0x8000
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00 // NaN
  if (size >= 0x47800000) return sign | 0x7c00 // 2^16 and above
  if (size >= 0x38800000) return sign | roundBits(size - 0x38000000, 13) // normal; a carry moves on to the exponent
  if (size < 0x33000000) return sign // below 2^-25
  return sign | roundBits((size & 0x7fffff) | 0x800000, 126 - (size >>> 23)) // subnormal
}

/** The bits of the bfloat16 nearest to `value`, ties to even. */
export function bfloat16Bits(value: number): number {
  const bits = stickyFloat32Bits(value)
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0 // NaN
  return ((bits >>> 16) & 0x8000) | roundBits(size, 16)
}

/** `bits / 2^shift`, to nearest, ties to even. */
function roundBits(bits: number, shift: number): number {
  const whole = bits >>> shift
  const rest = bits & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && whole & 1) ? whole + 1 : whole
}

function float16Value(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity
  return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24
}

function bfloat16Value(bits: number): number {
  BITS[0] = bits << 16
  return FLOAT[0]!
}
