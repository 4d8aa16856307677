/**
 * Weights of a TF.js model. The manifest lists groups; the weights of a group lie one after the other in its files,
 * which are cut at any byte. Source: tfjs-core/src/io/io_utils.ts, decodeWeights.
 */
import { joinedSource } from '../../bytes/joined-source.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_RANK, MAX_STRING_TENSOR_BYTES } from '../../limits.ts'
import * as make from '../../tensor/make.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType } from '../../tensorflow/dtype.ts'
import { isList, isObject, type JsonObject, stringAt } from '../keras/json.ts'
import type { Json } from '../keras/layer-graph.ts'

/** A weight as the files hold it. */
export interface TfjsWeight {
  readonly tensor: Tensor
  /** Bytes in the files. */
  readonly bytes: number
}

/** By name, in the order of the manifest. */
export type StoredWeights = ReadonlyMap<string, TfjsWeight>

/** Opens a file by the path that the manifest has; undefined where there is none. */
export type OpenBeside = (path: string) => Promise<ByteSource | undefined>

/** The weights that a manifest lists. Throws `missing` for a file that is not there, `truncated`, and `corrupt`. */
export async function storedWeights(
  manifest: Json | undefined,
  file: string,
  open: OpenBeside,
): Promise<StoredWeights> {
  const found = new Map<string, TfjsWeight>()
  if (manifest === undefined || manifest === null) return found
  if (!isList(manifest)) throw broken(file, 'it is not a list of groups')
  for (const group of manifest) {
    if (!isObject(group) || !isList(group['paths']) || !isList(group['weights']))
      throw broken(file, 'a group has no paths or no weights')
    const shards: ByteSource[] = []
    for (const path of group['paths']) shards.push(await shard(path, file, open))
    for (const [name, weight] of await weightsIn(joinedSource(shards, file), group['weights'], file))
      found.set(name, weight)
  }
  return found
}

async function shard(path: Json, file: string, open: OpenBeside): Promise<ByteSource> {
  if (typeof path !== 'string') throw broken(file, 'the path of a file is not text')
  const source = await open(path)
  if (source) return source
  throw new FreezeError('missing', `the weights are in ${path}, which is not beside it`, {
    file,
    hint: 'Put all files of the model into one folder, and give that.',
  })
}

async function weightsIn(source: ByteSource, specs: readonly Json[], file: string): Promise<[string, TfjsWeight][]> {
  const found: [string, TfjsWeight][] = []
  let at = 0
  for (const json of specs) {
    const spec = specOf(json, file)
    const length = spec.dtype === 'string' ? 0 : elementCount(spec.shape) * bytesPerElement(spec.stored)
    if (at + length > source.size) throw cut(spec, source, at + length, file)
    const weight = spec.dtype === 'string' ? await strings(source, at, spec, file) : numbers(source, at, spec, length)
    found.push([spec.name, weight])
    at += weight.bytes
  }
  return found
}

const cut = ({ name }: Spec, source: ByteSource, end: number, file: string): FreezeError =>
  new FreezeError('truncated', `the weight ends at byte ${end}, and its files have ${source.size} bytes`, {
    file,
    path: [name],
    hint: 'A file of weights is cut short, or is of another model: copy it again.',
  })

// ---- what the manifest says

interface Spec {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
  /** The type in the files. */
  readonly stored: DType
  /** value = stored · scale + min. */
  readonly scale?: number
  readonly min?: number
}

/** The types that TF.js has. */
const TYPES: readonly DType[] = ['float32', 'int32', 'bool', 'complex64', 'string']

function specOf(json: Json, file: string): Spec {
  const name = stringAt(json, 'name')
  if (!isObject(json) || name === undefined) throw broken(file, 'a weight has no name')
  const shape = json['shape']
  if (!isShape(shape)) throw broken(file, 'it has no shape', name)
  const dtype = TYPES.find(type => type === json['dtype'])
  if (!dtype) throw broken(file, `its type is ${JSON.stringify(json['dtype'])}, expected ${TYPES.join(', ')}`, name)
  const { quantization } = json
  if (quantization === undefined || quantization === null) return { name, shape, dtype, stored: dtype }
  if (!isObject(quantization)) throw broken(file, 'its quantization is not an object', name)
  return { name, shape, dtype, ...quantized(quantization, dtype, name, file) }
}

const isShape = (json: Json | undefined): json is readonly number[] =>
  isList(json) &&
  json.length <= MAX_RANK &&
  json.every(size => typeof size === 'number' && Number.isInteger(size) && size >= 0) &&
  Number.isSafeInteger(elementCount(json as readonly number[]) * 8) // all were just seen to be numbers

function quantized({ dtype: type, scale, min }: JsonObject, dtype: DType, name: string, file: string) {
  if (type === 'float16' && dtype === 'float32') return { stored: 'float16' } as const
  const isWhole = (type === 'uint8' || type === 'uint16') && (dtype === 'float32' || dtype === 'int32')
  if (!isWhole) throw broken(file, `${dtype} that is stored as ${JSON.stringify(type)}`, name)
  if (typeof scale !== 'number' || typeof min !== 'number') throw broken(file, `${type} without scale and min`, name)
  return { stored: type, scale, min } as const
}

const broken = (file: string, what: string, name?: string): FreezeError =>
  new FreezeError('corrupt', what, {
    file,
    path: ['weightsManifest', ...(name === undefined ? [] : [name])],
    hint: 'Convert or save the model again.',
  })

// ---- what lies in the files

function numbers(source: ByteSource, offset: number, spec: Spec, bytes: number): TfjsWeight {
  const { dtype, shape, stored, scale, min } = spec
  const codes = make.range(stored, shape, source, offset)
  if (scale === undefined || min === undefined) return { tensor: make.cast(codes, dtype), bytes }
  const value = (x: number): Tensor => make.scalar('float64', x)
  const wide = make.add(make.mul(make.cast(codes, 'float64'), value(scale)), value(min))
  return { tensor: dtype === 'float32' ? make.cast(wide, dtype) : rounded(wide, min), bytes }
}

/** The nearest integers, halves up, as `Math.round` has it. A cast cuts off, so what is cast must not be negative. */
function rounded(wide: Tensor, min: number): Tensor {
  const base = Math.floor(min)
  const above = make.cast(make.add(wide, make.scalar('float64', 0.5 - base)), 'int32')
  return make.add(above, make.scalar('int32', base))
}

const LENGTH_BYTES = 4

/** Each string as its length, in 32 bits, and its bytes. */
async function strings(source: ByteSource, offset: number, spec: Spec, file: string): Promise<TfjsWeight> {
  const count = elementCount(spec.shape)
  const values: Uint8Array[] = []
  let at = offset
  const take = async (length: number): Promise<Uint8Array> => {
    if (at + length > source.size) throw cut(spec, source, at + length, file)
    if (at + length - offset > MAX_STRING_TENSOR_BYTES)
      throw new FreezeError('limit', `more than ${MAX_STRING_TENSOR_BYTES} bytes of strings`, {
        file,
        path: [spec.name],
      })
    const bytes = await source.read(at, length)
    at += length
    return bytes
  }
  for (let i = 0; i < count; i++) {
    const length = await take(LENGTH_BYTES)
    values.push(await take(new DataView(length.buffer, length.byteOffset).getUint32(0, true)))
  }
  return { tensor: make.strings(spec.shape, values), bytes: at - offset }
}
