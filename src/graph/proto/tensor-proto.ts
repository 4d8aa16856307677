/**
 * TensorProto to Tensor. A proto has its elements as bytes (`tensor_content`)
 * or in a field for their type; a field that is too short repeats its last
 * value, an empty one means zeros. Source: tensorflow/core/framework/tensor.cc,
 * Tensor::FromProto.
 */
import type { ByteSource } from '../../bytes/source.ts'
import type { ErrorPlace } from '../../errors.ts'
import { MAX_MEMORY_ELEMENTS, MAX_RANK, MAX_REPEATED_BYTES } from '../../limits.ts'
import { bytesOf, viewAs } from '../../tensor/codec.ts'
import { elementCount, type Recipe, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType, dtypeOfId } from '../../tensorflow/dtype.ts'
import { TensorProto, type TensorShapeProto } from '../../tensorflow/generated/messages.ts'
import { fail } from './place.ts'

/** Where the bytes of a field were left in their source; undefined where the field has them. `Scanned.largeBytes` is one. */
export type LargeBytesOf = (
  field: Uint8Array,
) => { readonly source: ByteSource; readonly offset: number; readonly length: number } | undefined

/** A tensor as the proto says. Throws `invalid-graph` at `place` for one that TensorFlow would refuse. */
export function tensorFromProto(proto: TensorProto, large: LargeBytesOf, place: ErrorPlace): Tensor {
  const dtype = dtypeOfId(proto.dtype)
  if (!dtype) fail(place, 'invalid-graph', `a constant of the unknown data type ${proto.dtype}`)
  const shape = fullShape(proto.tensorShape, place)
  if (dtype === 'resource' || dtype === 'variant') {
    if (large(proto.tensorContent) || large(proto.float8Val))
      fail(place, 'invalid-graph', `a constant of type ${dtype} with bytes that belong to numbers`)
    return { dtype, shape, recipe: { kind: 'opaque', proto: TensorProto.encode(proto).finish() } }
  }
  if (dtype === 'string') return { dtype, shape, recipe: stringsOf(proto, elementCount(shape), large, place) }
  const message = { proto, dtype, shape, large, place }
  return { dtype, shape, recipe: contentOf(message) ?? valuesOf(message) }
}

/** A message of numbers, and what is known of it. */
interface Message {
  readonly proto: TensorProto
  readonly dtype: DType
  readonly shape: Shape
  readonly large: LargeBytesOf
  readonly place: ErrorPlace
}

/** The shape of a tensor that exists: every size known, and their product countable. */
function fullShape(proto: TensorShapeProto | undefined, place: ErrorPlace): Shape {
  const dims = proto?.dim ?? []
  if (proto?.unknownRank) fail(place, 'invalid-graph', 'a constant of unknown rank')
  if (dims.length > MAX_RANK) fail(place, 'limit', `a constant of ${dims.length} dimensions, more than ${MAX_RANK}`)
  const shape = dims.map(d => Number(d.size))
  if (shape.some(d => d < 0)) fail(place, 'invalid-graph', `a constant of shape [${shape}], with a negative size`)
  if (!Number.isSafeInteger(elementCount(shape)) || shape.some(d => !Number.isSafeInteger(d)))
    fail(place, 'limit', `a constant of shape [${shape}] has more than 2^53 elements`)
  return shape
}

/** `tensor_content`, when it is there. */
function contentOf({ proto, dtype, shape, large, place }: Message): Recipe | undefined {
  const left = large(proto.tensorContent)
  const length = left?.length ?? proto.tensorContent.length
  if (length === 0) return undefined
  const needed = elementCount(shape) * bytesPerElement(dtype)
  if (length !== needed)
    fail(place, 'invalid-graph', `a constant ${dtype}[${shape}] of ${needed} bytes has ${length} in tensor_content`)
  if (left) return { kind: 'range', source: left.source, offset: left.offset }
  return { kind: 'memory', bytes: proto.tensorContent }
}

/** The field for the type. The count of elements is only believed where as many values are there. */
function valuesOf({ proto, dtype, shape, large, place }: Message): Recipe {
  const count = elementCount(shape)
  const size = bytesPerElement(dtype)
  const left = dtype.startsWith('float8') || dtype.startsWith('float4') ? large(proto.float8Val) : undefined
  if (left && left.length === count) return { kind: 'range', source: left.source, offset: left.offset }
  if (left) fail(place, 'unsupported', `${left.length} values for the ${count} elements of a ${dtype} constant`)
  const bytes = fieldBytes(proto, dtype)
  const found = bytes.length / size
  if (found >= count) return { kind: 'memory', bytes: bytes.subarray(0, count * size) }
  if (found <= 1 && count * size > MAX_REPEATED_BYTES)
    fail(place, 'limit', `a constant of shape [${shape}] repeats one value in more than ${MAX_REPEATED_BYTES} bytes`)
  if (found <= 1) return { kind: 'splat', bytes: found === 1 ? bytes : new Uint8Array(size) }
  if (count > MAX_MEMORY_ELEMENTS)
    fail(
      place,
      'limit',
      `${found} values for the ${count} elements of a constant, of which ${MAX_MEMORY_ELEMENTS} fit in memory`,
    )
  const all = new Uint8Array(count * size)
  all.set(bytes)
  for (let i = found; i < count; i++) all.copyWithin(i * size, (found - 1) * size, found * size)
  return { kind: 'memory', bytes: all }
}

/** The values of the type's field, as elements. Source: types with `TF_CALL…`/ProtoHelper in tensor.cc. */
function fieldBytes(proto: TensorProto, dtype: DType): Uint8Array {
  switch (dtype) {
    case 'float32':
      return bytesOf(Float32Array.from(proto.floatVal))
    case 'float64':
      return bytesOf(Float64Array.from(proto.doubleVal))
    case 'complex64':
      return bytesOf(Float32Array.from(pairs(proto.scomplexVal)))
    case 'complex128':
      return bytesOf(Float64Array.from(pairs(proto.dcomplexVal)))
    case 'int64':
      return bytesOf(BigInt64Array.from(proto.int64Val))
    case 'uint64':
      return bytesOf(BigUint64Array.from(proto.uint64Val))
    case 'uint32':
      return bytesOf(Uint32Array.from(proto.uint32Val))
    case 'bool':
      return Uint8Array.from(proto.boolVal, v => (v ? 1 : 0))
    case 'float16':
    case 'bfloat16':
      return bytesOf(Uint16Array.from(proto.halfVal))
    case 'int32':
    case 'qint32':
      return bytesOf(Int32Array.from(proto.intVal))
    case 'int16':
    case 'uint16':
    case 'qint16':
    case 'quint16':
      return bytesOf(Uint16Array.from(proto.intVal))
    case 'int8':
    case 'uint8':
    case 'qint8':
    case 'quint8':
    case 'int4':
    case 'uint4':
    case 'int2':
    case 'uint2':
      return Uint8Array.from(proto.intVal)
    default:
      return proto.float8Val
  }
}

/** A message without elements, to be filled in. */
export const EMPTY_TENSOR = TensorProto.decode(new Uint8Array(0))

/** The field for the type that holds these elements: the inverse of the above, for tensors written value by value. */
export function valueFields(dtype: DType, bytes: Uint8Array): Partial<TensorProto> {
  switch (dtype) {
    case 'float32':
      return { floatVal: [...viewAs(Float32Array, bytes)] }
    case 'float64':
      return { doubleVal: [...viewAs(Float64Array, bytes)] }
    case 'complex64':
      return { scomplexVal: [...viewAs(Float32Array, bytes)] }
    case 'complex128':
      return { dcomplexVal: [...viewAs(Float64Array, bytes)] }
    case 'int64':
      return { int64Val: [...viewAs(BigInt64Array, bytes)] }
    case 'uint64':
      return { uint64Val: [...viewAs(BigUint64Array, bytes)] }
    case 'uint32':
      return { uint32Val: [...viewAs(Uint32Array, bytes)] }
    case 'bool':
      return { boolVal: Array.from(bytes, byte => byte !== 0) }
    case 'float16':
    case 'bfloat16':
      return { halfVal: [...viewAs(Uint16Array, bytes)] }
    case 'int32':
    case 'qint32':
      return { intVal: [...viewAs(Int32Array, bytes)] }
    case 'int16':
    case 'qint16':
      return { intVal: [...viewAs(Int16Array, bytes)] }
    case 'uint16':
    case 'quint16':
      return { intVal: [...viewAs(Uint16Array, bytes)] }
    case 'int8':
    case 'qint8':
    case 'int4':
    case 'int2':
      return { intVal: [...viewAs(Int8Array, bytes)] }
    case 'uint8':
    case 'quint8':
    case 'uint4':
    case 'uint2':
      return { intVal: [...bytes] }
    default:
      return { float8Val: bytes }
  }
}

/** Whole pairs only: a last real part without its imaginary one is dropped, as TensorFlow does. */
const pairs = (values: readonly number[]): readonly number[] => values.slice(0, values.length - (values.length % 2))

function stringsOf(proto: TensorProto, count: number, large: LargeBytesOf, place: ErrorPlace): Recipe {
  if (large(proto.tensorContent))
    fail(
      place,
      'unsupported',
      'a constant of strings in a large tensor_content',
      'Re-export the model with string_val.',
    )
  const values = proto.tensorContent.length ? packedStrings(proto.tensorContent, count, place) : proto.stringVal
  if (values.length >= count) return { kind: 'strings', values: values.slice(0, count) }
  if (count > MAX_MEMORY_ELEMENTS)
    fail(
      place,
      'limit',
      `${values.length} values for the ${count} strings of a constant, of which ${MAX_MEMORY_ELEMENTS} fit in memory`,
    )
  const last = values.at(-1) ?? new Uint8Array()
  return { kind: 'strings', values: [...values, ...Array<Uint8Array>(count - values.length).fill(last)] }
}

/** `tensor_content` of strings: all lengths as varints, then all bytes. Source: port::DecodeStringList. */
function packedStrings(content: Uint8Array, count: number, place: ErrorPlace): Uint8Array[] {
  const broken = (): never => fail(place, 'invalid-graph', `tensor_content does not hold ${count} strings`)
  if (count > content.length) broken()
  const lengths: number[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = content[at++] ?? broken()
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
      if (shift > 28) broken()
    }
    lengths.push(length)
  }
  return lengths.map(length => {
    if (at + length > content.length) broken()
    return content.subarray(at, (at += length))
  })
}
