/** HDF5 attributes: strings and numbers, in every encoding that h5py has used. */
import { FreezeError } from '../../errors.ts'
import { MAX_GRAPH_BYTES } from '../../limits.ts'
import type { Hdf5Calls, StoredType } from './library.ts'

/** An attribute's value. A scalar has one element and `scalar` set. */
export type Hdf5Attribute =
  | {
      readonly kind: 'strings'
      readonly values: readonly string[]
      readonly scalar: boolean
      /** Stored in a size that is the same for all: h5py does so with bytes, and not with text. */
      readonly isFixed: boolean
    }
  | { readonly kind: 'numbers'; readonly values: readonly number[]; readonly scalar: boolean }
  /** An element type that no Keras writes: compound, reference… */
  | { readonly kind: 'other' }

const INTEGER = 0
const FLOAT = 1
/** H5T_STRING. */
export const STRING = 3
const ENUM = 8

/** Reads one attribute, which must exist. Throws `limit`. */
export function readAttribute(calls: Hdf5Calls, file: bigint, path: string, name: string): Hdf5Attribute {
  const type = calls.get_attribute_metadata(file, path, name)
  const plain = withoutData(type)
  if (plain) return plain
  const scalar = type.shape?.length === 0
  const length = type.size * type.total_size
  if (length > MAX_GRAPH_BYTES)
    throw new FreezeError('limit', `attribute ${name} has ${length} bytes, at most ${MAX_GRAPH_BYTES} are read`)
  const pointer = calls._malloc(length)
  if (pointer === 0) throw new FreezeError('limit', `attribute ${name} has ${length} bytes, more than memory holds`)
  try {
    if (calls.get_attribute_data(file, path, name, BigInt(pointer)) < 0) throw new Error('H5Aread failed')
    const bytes = calls.HEAPU8.slice(pointer, pointer + length)
    if (type.type !== STRING) return { kind: 'numbers', values: numbers(bytes, type), scalar }
    const values = type.vlen ? variableStrings(calls, bytes) : fixedStrings(bytes, type.size)
    if (type.vlen) calls.reclaim_vlen_memory(file, path, name, BigInt(pointer))
    return { kind: 'strings', values, scalar, isFixed: !type.vlen }
  } finally {
    calls._free(pointer)
  }
}

/** The attribute, where its type says all: it is empty, or of no type that is read. */
export function withoutData({ shape, total_size, type }: StoredType): Hdf5Attribute | undefined {
  if (shape === null || total_size === 0) return { kind: 'strings', values: [], scalar: false, isFixed: false }
  return [STRING, INTEGER, FLOAT, ENUM].includes(type) ? undefined : { kind: 'other' }
}

/** Strings of any declared character set are UTF-8: h5py marks them as ASCII and writes UTF-8. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** `bytes` holds a pointer for each string, which ends at a zero byte. */
function variableStrings(calls: Hdf5Calls, bytes: Uint8Array): string[] {
  const pointers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  return Array.from(pointers, from => (from === 0 ? '' : text(calls.HEAPU8.slice(from, calls.HEAPU8.indexOf(0, from)))))
}

/** Strings of one size, padded with zeros. */
export function fixedStrings(bytes: Uint8Array, size: number): string[] {
  return Array.from({ length: bytes.length / size }, (_, i) => {
    return text(upToZero(bytes.subarray(i * size, (i + 1) * size)))
  })
}

/** The bytes before the first zero. */
export function upToZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** Little-endian, whatever the file has: the library swaps. */
export function numbers(bytes: Uint8Array, type: StoredType): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isFloat = type.type === FLOAT
  return Array.from({ length: type.total_size }, (_, i) => {
    const at = i * type.size
    if (type.size === 8)
      return isFloat
        ? view.getFloat64(at, true)
        : Number(type.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true))
    if (type.size === 4)
      return isFloat ? view.getFloat32(at, true) : type.signed ? view.getInt32(at, true) : view.getUint32(at, true)
    if (type.size === 2) return type.signed ? view.getInt16(at, true) : view.getUint16(at, true)
    return type.signed ? view.getInt8(at) : view.getUint8(at)
  })
}
