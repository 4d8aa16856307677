/** Kernels that parse serialised `tf.Example` messages. */
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { fromBigints, fromNumbers, fromStrings, ints, type NdArray, size, stringBytes, texts } from '../array.ts'
import { decodeExample, type FeatureValues, firstDefault, type ParsedFeature, parsedFeatures } from '../example.ts'
import { fail, type Kernel, type Kernels } from '../kernel.ts'
import { concatenated } from './array.ts'

type Example = ReadonlyMap<string, FeatureValues>

/** The values of a feature as a vector; empty where the example lacks it. */
function valuesOf(node: Node, example: Example, { key, dtype }: ParsedFeature): NdArray {
  const found = example.get(key)
  const kind = dtype === 'string' ? 'bytes' : dtype === 'int64' ? 'int64' : 'float'
  if (found && found.values.length > 0 && found.kind !== kind)
    fail(node, `feature '${key}' holds ${found.kind} values, and ${dtype} is expected`)
  return vector(dtype, found?.values ?? [])
}

function vector(dtype: DType, values: FeatureValues['values']): NdArray {
  const shape = [values.length]
  if (dtype === 'string') return fromStrings(shape, values as readonly Uint8Array[]) // as valuesOf checks
  if (dtype === 'int64') return fromBigints(dtype, shape, values as readonly bigint[])
  return fromNumbers(dtype, shape, values as readonly number[])
}

const parse =
  (isBatch: boolean): Kernel =>
  (inputs, node) => {
    const serialized = inputs[0]!
    const examples = stringBytes(serialized).map(bytes => decoded(node, bytes))
    const features = parsedFeatures(node, slot => texts(inputs[slot]!))
    const of = (form: ParsedFeature['form']): ParsedFeature[] => features.filter(feature => feature.form === form)
    const isOne = !isBatch || serialized.shape.length === 0
    const sparse = of('sparse').map(feature => sparseFeature(node, examples, feature, isOne))
    const dense = of('dense').map((feature, i) =>
      denseFeature(node, examples, feature, inputs[firstDefault(node) + i]!, isOne),
    )
    const ragged = of('ragged').map((feature, i) => raggedFeature(node, examples, feature, i))
    const split = [...sparse.map(s => s[0]), ...sparse.map(s => s[1]), ...sparse.map(s => s[2])]
    return [...split, ...dense, ...ragged.map(r => r[0]), ...ragged.map(r => r[1])]
  }

function decoded(node: Node, bytes: Uint8Array): Example {
  try {
    return decodeExample(bytes)
  } catch {
    return fail(node, 'a serialised example is damaged')
  }
}

/** Indices, values and shape: the values of each example are its row. */
function sparseFeature(node: Node, examples: readonly Example[], feature: ParsedFeature, isOne: boolean) {
  const rows = examples.map(example => valuesOf(node, example, feature))
  const places = rows.flatMap((row, i) => Array.from({ length: size(row) }, (_, k) => (isOne ? [k] : [i, k])))
  const longest = Math.max(0, ...rows.map(size))
  const rank = isOne ? 1 : 2
  return [
    fromNumbers('int64', [places.length, rank], places.flat()),
    concatenated(node, 0, rows.length > 0 ? rows : [vector(feature.dtype, [])]),
    ints('int64', isOne ? [longest] : [rows.length, longest]),
  ] as const
}

/** One array of all examples: rows that are missing are the default, and short ones are filled up with it. */
function denseFeature(node: Node, examples: readonly Example[], f: ParsedFeature, otherwise: NdArray, isOne: boolean) {
  const inner = elementCount(f.shape.slice(1).map(d => d ?? 1))
  const varies = f.shape[0] === null
  const rows = examples.map(example => valuesOf(node, example, f))
  const longest = varies ? Math.max(0, ...rows.map(row => size(row) / inner)) : 0
  const one = varies ? [longest, ...f.shape.slice(1).map(d => d ?? 1)] : f.shape.map(d => d ?? 1)
  const whole = rows.map(row => {
    if (varies) return filledUp(node, row, longest * inner, otherwise)
    if (size(row) > 0 && size(row) !== elementCount(one))
      fail(node, `feature '${f.key}' has ${size(row)} values, and ${elementCount(one)} are expected`)
    if (size(row) === 0 && size(otherwise) !== elementCount(one)) fail(node, `feature '${f.key}' is missing`)
    return size(row) > 0 ? row : { ...otherwise, shape: [size(otherwise)] }
  })
  const data = concatenated(node, 0, whole.length > 0 ? whole : [vector(f.dtype, [])])
  return { ...data, shape: isOne ? one : [examples.length, ...one] }
}

function filledUp(node: Node, row: NdArray, length: number, filler: NdArray): NdArray {
  const missing = length - size(row)
  if (missing === 0) return row
  const fillers = Array.from({ length: missing }, () => ({ ...filler, shape: [1] }))
  return concatenated(node, 0, [row, ...fillers])
}

function raggedFeature(node: Node, examples: readonly Example[], feature: ParsedFeature, i: number) {
  const rows = examples.map(example => valuesOf(node, example, feature))
  const splits = [0]
  for (const row of rows) splits.push(splits.at(-1)! + size(row))
  const type = node.types('ragged_split_types')[i] ?? 'int64'
  return [concatenated(node, 0, rows.length > 0 ? rows : [vector(feature.dtype, [])]), ints(type, splits)] as const
}

/** Kernels by op. */
export const exampleKernels: Kernels = {
  ParseExample: parse(true),
  ParseExampleV2: parse(true),
  ParseSingleExample: parse(false),
}
