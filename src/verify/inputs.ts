/** Random inputs that a graph can take: of the right types and shapes, with indices that are there and words that are known. */
import { FreezeError } from '../errors.ts'
import {
  fromBigints,
  fromNumbers,
  fromStrings,
  fromTensor,
  isBig,
  type NdArray,
  size,
  take,
} from '../evaluate/array.ts'
import { encodeExample, type FeatureValues } from '../evaluate/example.ts'
import type { PartialShape } from '../graph/attr.ts'
import { elementCount } from '../tensor/tensor.ts'
import { type DType, isFloat } from '../tensorflow/dtype.ts'
import { type Domain, Domains, type ExampleFeature } from './domains.ts'
import { Random } from './random.ts'
import type { Subject, SubjectPort } from './subject.ts'

/** Sizes that a model leaves open: of the first dimension, of images along height and width, of others. */
const OPEN = { batch: 2, image: 64, length: 8 } as const

/**
 * An array for each input, by key, as the seed decides; a number that has a default keeps it. Throws `unsupported` for a type that has no random values.
 */
export async function randomInputs({ inputs, graph }: Subject, seed: number): Promise<Map<string, NdArray>> {
  const random = new Random(seed)
  const domains = graph && new Domains(graph)
  const arrays = new Map<string, NdArray>()
  for (const [i, port] of inputs.entries()) {
    if (port.hasDefault && port.shape?.length === 0) continue // a switch or a rate, which others leave as it is
    const domain: Domain = domains ? await domains.of(graph.inputs[i]!.value) : { kind: 'any' }
    arrays.set(port.key, await randomArray(port, sizes(port.shape), domain, random))
  }
  sortSparse(arrays)
  return arrays
}

/** Sizes for a shape, those that are open chosen; a scalar where the rank is not known. */
function sizes(shape: PartialShape): number[] {
  if (shape === null) return []
  const isImage = shape.length === 4
  return shape.map((size, axis) => size ?? (axis === 0 ? OPEN.batch : isImage && axis < 3 ? OPEN.image : OPEN.length))
}

async function randomArray(port: SubjectPort, shape: number[], domain: Domain, random: Random): Promise<NdArray> {
  const { dtype } = port
  const count = elementCount(shape)
  const many = <T>(one: () => T): T[] => Array.from({ length: count }, one)
  switch (domain.kind) {
    case 'keys': {
      const keys = await fromTensor(domain.keys)
      if (keys.dtype === dtype) {
        const places = many(() => random.below(size(keys)))
        return take(keys, places, shape)
      }
      break
    }
    case 'digits':
      return fromStrings(
        shape,
        many(() => bytesOf(String(random.below(100)))),
      )
    case 'example':
      return fromStrings(shape, await examples(domain.features, count, random))
    case 'index': {
      const values = many(() => random.below(domain.limit))
      return isBig(dtype) ? fromBigints(dtype, shape, values.map(BigInt)) : fromNumbers(dtype, shape, values)
    }
  }
  return anything(port, shape, random)
}

function anything({ dtype, key }: SubjectPort, shape: number[], random: Random): NdArray {
  const many = <T>(one: () => T): T[] => Array.from({ length: elementCount(shape) }, one)
  if (dtype === 'string')
    return fromStrings(
      shape,
      many(() => bytesOf(words(random))),
    )
  const range = rangeOf(dtype)
  if (!range)
    throw new FreezeError('unsupported', `there are no random values of ${dtype}`, {
      path: [key],
      hint: 'Give the input with --data.',
    })
  const [low, high] = range
  if (isFloat(dtype))
    return fromNumbers(
      dtype,
      shape,
      many(() => low + (high - low) * random.next()),
    )
  const values = many(() => low + random.below(high - low + 1))
  return isBig(dtype) ? fromBigints(dtype, shape, values.map(BigInt)) : fromNumbers(dtype, shape, values)
}

/** The least and the largest random value of a type. Whole numbers are small: they often count or index something. */
function rangeOf(dtype: DType): [number, number] | undefined {
  if (isFloat(dtype)) return [-1, 1]
  if (dtype === 'bool') return [0, 1]
  if (dtype === 'uint8' || dtype === 'quint8') return [0, 255]
  if (dtype === 'int8' || dtype === 'qint8') return [-128, 127]
  return /^u?int/.test(dtype) ? [0, 9] : undefined
}

const WORDS = ['the', 'frozen', 'graph', 'has', 'Seven', 'nodes,', 'and', 'a', 'quick', 'brown', 'fox', 'ünder', '42']
const words = (random: Random): string => Array.from({ length: 1 + random.below(6) }, () => random.of(WORDS)).join(' ')
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Serialised examples with a value for each feature. */
async function examples(features: readonly ExampleFeature[], count: number, random: Random): Promise<Uint8Array[]> {
  const made: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const values = new Map<string, FeatureValues>()
    for (const feature of features) {
      // Estimators take one value of a sparse feature, and fail on more.
      const shape = feature.shape.map(size => size ?? (feature.form === 'sparse' ? 1 : 1 + random.below(4)))
      const port = { key: feature.key, tensor: feature.key, dtype: feature.dtype, shape }
      values.set(feature.key, featureOf(await randomArray(port, shape, feature.domain, random)))
    }
    made.push(encodeExample(values))
  }
  return made
}

function featureOf({ dtype, data }: NdArray): FeatureValues {
  if (dtype === 'string') return { kind: 'bytes', values: data as readonly Uint8Array[] } // elements of a string array
  if (dtype === 'int64') return { kind: 'int64', values: [...(data as BigInt64Array)] } // elements of an int64 array
  return { kind: 'float', values: [...(data as Float32Array)] } // the third type that a feature may have
}

/** The parts of a sparse tensor must agree: ascending indices within the shape, as many as there are values. */
function sortSparse(arrays: Map<string, NdArray>): void {
  for (const [key, indices] of arrays) {
    const [, name] = /^(.*)\/indices$/.exec(key) ?? []
    const [values, shape] = [arrays.get(`${name}/values`), arrays.get(`${name}/dense_shape`)]
    if (!values || !shape) continue
    const count = size(values)
    const rank = indices.shape[1] ?? 1
    const places = Array.from({ length: count }, (_, i) => BigInt(i))
    const rows = places.flatMap(i => Array.from({ length: rank }, (_, axis) => (axis === 0 ? i : 0n)))
    arrays.set(key, fromBigints('int64', [count, rank], rows))
    const dense = Array.from({ length: rank }, () => BigInt(count))
    arrays.set(`${name}/dense_shape`, fromBigints('int64', [rank], dense))
  }
}
