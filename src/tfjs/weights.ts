/**
 * Weights of a TF.js model: in the order of the manifest, one after the other, cut into files of 4 MiB. TF.js has
 * float32, int32, bool, complex64 and strings; other types are stored in the one that it computes them in.
 * Source: tfjs-core/src/io/io_utils.ts.
 */
import { FreezeError } from '../errors.ts'
import type { Node } from '../graph/node.ts'
import { decode, decodeBigints, encode } from '../tensor/codec.ts'
import { cast, highest, lowest, MAX_FLOAT16 } from '../tensor/make.ts'
import { chunks, readTensor } from '../tensor/read.ts'
import { stringsIn } from '../tensor/strings.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { Json } from './attributes.ts'

/** How floats are stored. */
export type WeightDtype = 'float32' | 'float16' | 'uint8' | 'uint16'

/** A constant and its name in the model. */
export interface WeightSource {
  readonly name: string
  readonly node: Node
}

/** A weight as the manifest describes it, and its bytes. */
export interface Weight {
  readonly spec: Json
  readonly size: number
  readonly chunks: () => AsyncIterable<Uint8Array>
}

/** The types that TF.js stores a constant in. */
const STORED: Partial<Record<DType, 'float32' | 'int32' | 'bool' | 'complex64' | 'string'>> = {
  float32: 'float32',
  float64: 'float32',
  float16: 'float32',
  bfloat16: 'float32',
  int32: 'int32',
  int64: 'int32',
  int16: 'int32',
  uint16: 'int32',
  int8: 'int32',
  uint8: 'int32',
  bool: 'bool',
  complex64: 'complex64',
  string: 'string',
}

/** How a constant is stored. Reads it where its range is needed, for 8- and 16-bit integers. */
export async function weightOf({ name, node }: WeightSource, dtype: WeightDtype): Promise<Weight> {
  const tensor = node.tensor('value')
  const { shape } = tensor
  const stored = STORED[tensor.dtype]
  const spec = { name, shape, dtype: stored ?? tensor.dtype }
  if (tensor.dtype === 'string') return { spec, ...stringBytes(tensor) }
  const count = elementCount(shape)
  if (stored === 'float32' && dtype !== 'float32' && isLarge(tensor)) {
    const range = await rangeOf(tensor)
    const smaller = dtype === 'float16' ? asHalf(tensor, range) : asCodes(tensor, range, dtype)
    if (smaller) return { spec: { ...spec, quantization: smaller.quantization }, ...smaller }
  }
  if (tensor.dtype === 'int64') return { spec, size: count * 4, chunks: () => narrowed(node, tensor) }
  const plain = stored === undefined || stored === tensor.dtype ? tensor : cast(tensor, stored)
  return { spec, size: count * (stored === 'bool' ? 1 : stored === 'complex64' ? 8 : 4), chunks: () => chunks(plain) }
}

/** Kernels and embeddings: what has two dimensions and more. Biases and statistics are few bytes, and need every bit. */
const isLarge = ({ shape }: Tensor): boolean => shape.length > 1 && elementCount(shape) > 1

interface Range {
  readonly min: number
  readonly max: number
}

async function rangeOf(tensor: Tensor): Promise<Range> {
  const [min, max] = await Promise.all([lowest(tensor), highest(tensor)].map(readTensor))
  return { min: decode(tensor.dtype, min!)[0]!, max: decode(tensor.dtype, max!)[0]! }
}

type Smaller = Omit<Weight, 'spec'> & { readonly quantization: Json }

/** As float16, unless that does not hold the largest value. */
function asHalf(tensor: Tensor, { min, max }: Range): Smaller | undefined {
  if (!(Math.max(-min, max) <= MAX_FLOAT16)) return undefined
  return {
    quantization: { dtype: 'float16', original_dtype: 'float32' },
    size: elementCount(tensor.shape) * 2,
    chunks: () => chunks(cast(tensor, 'float16')),
  }
}

/** As integers: value = code · scale + min, zero being one of the codes where the range holds it. */
function asCodes(tensor: Tensor, range: Range, dtype: 'uint8' | 'uint16'): Smaller | undefined {
  if (!Number.isFinite(range.min) || !Number.isFinite(range.max)) return undefined
  const steps = dtype === 'uint8' ? 255 : 65535
  const scale = range.max > range.min ? (range.max - range.min) / steps : 1
  const min = range.min <= 0 && range.max >= 0 ? -Math.round(-range.min / scale) * scale : range.min
  return {
    quantization: { dtype, min, scale, original_dtype: 'float32' },
    size: elementCount(tensor.shape) * (dtype === 'uint8' ? 1 : 2),
    chunks: async function* () {
      for await (const bytes of chunks(tensor)) {
        const codes = decode(tensor.dtype, bytes).map(x => Math.min(steps, Math.max(0, Math.round((x - min) / scale))))
        yield encode(dtype, codes)
      }
    },
  }
}

const [MIN_INT32, MAX_INT32] = [-(2n ** 31n), 2n ** 31n - 1n]

/** Whether a value beyond int32 says `to the end`, which the nearest int32 says too. */
const isBound = (node: Node): boolean => {
  const readers = [...node.out().uses.keys()]
  return (
    readers.length > 0 && readers.every(reader => reader.op === 'StridedSlice' && reader.inputs.indexOf(node.out()) > 0)
  )
}

/** 64-bit integers as int32. Throws `target` for one that int32 does not hold. */
async function* narrowed(node: Node, tensor: Tensor): AsyncGenerator<Uint8Array, void> {
  const saturates = isBound(node)
  for await (const bytes of chunks(tensor)) {
    const values = decodeBigints('int64', bytes)
    const wide = values.find(v => v < MIN_INT32 || v > MAX_INT32)
    if (wide !== undefined && !saturates) throw tooWide(node, wide)
    yield encode(
      'int32',
      values.map(v => Number(v < MIN_INT32 ? MIN_INT32 : v > MAX_INT32 ? MAX_INT32 : v)),
    )
  }
}

const tooWide = ({ name }: Node, value: bigint): FreezeError =>
  new FreezeError('target', `this constant holds ${value}, and TF.js has no integers beyond 32 bits`, {
    node: name,
    hint: 'Freeze to outputs that do not need it (--outputs).',
  })

const LENGTH_BYTES = 4

/** Each string as its length, in 32 bits, and its bytes. */
function stringBytes(tensor: Tensor): Omit<Weight, 'spec'> {
  const values = stringsIn(tensor)
  return {
    size: values.reduce((sum, value) => sum + LENGTH_BYTES + value.length, 0),
    chunks: async function* () {
      for (const value of values) {
        yield encode('uint32', [value.length])
        if (value.length > 0) yield value
      }
    },
  }
}
