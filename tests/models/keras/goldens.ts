/** The small models of fixtures/keras/goldens, saved by real Keras, and what Keras computed with them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fromNumbers, fromText, type NdArray, numbers, texts } from '../../../src/evaluate/array.ts'
import { evaluate } from '../../../src/evaluate/evaluate.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import type { DType } from '../../../src/tensorflow/dtype.ts'

/** What fixtures/goldens.py records of one tensor: its bytes in base64, or its strings. */
export interface Recorded {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes?: string
  readonly text?: readonly string[]
}

const FOLDER = new URL('../../../fixtures/keras/goldens/', import.meta.url)

/** The files of all families, by both Keras. */
export const GOLDENS = readdirSync(FOLDER).filter(name => !name.endsWith('.json'))

/** Inputs and outputs of a file, in the model's own order. */
export const recorded = (name: string): { readonly inputs: Recorded[]; readonly outputs: Recorded[] } =>
  JSON.parse(readFileSync(new URL(name.replace(/\.(h5|keras)$/, '.json'), FOLDER), 'utf8'))

const ARRAYS: Partial<Record<DType, new (buffer: ArrayBuffer) => ArrayLike<number>>> = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
}

function array({ dtype, shape, bytes, text }: Recorded): NdArray {
  if (text) return fromText(shape, text)
  const { buffer } = Uint8Array.from(Buffer.from(bytes ?? '', 'base64'))
  if (dtype === 'int64') return { dtype, shape, data: new BigInt64Array(buffer) }
  return fromNumbers(dtype, shape, new ARRAYS[dtype]!(buffer))
}

/** The outputs, given the inputs. */
export function computed(graph: Graph, inputs: readonly Recorded[]): Promise<readonly NdArray[]> {
  return evaluate(graph, new Map(graph.inputs.map(({ value }, i) => [String(value), array(inputs[i]!)])))
}

/** What is not as recorded, or empty: numbers within 1e-4 of themselves or 1e-5, all else equal. */
export function differences(found: readonly NdArray[], expected: readonly Recorded[]): string[] {
  if (found.length !== expected.length) return [`${found.length} outputs for ${expected.length}`]
  return found.flatMap((x, i) => difference(x, expected[i]!).map(what => `output ${i}: ${what}`))
}

function difference(x: NdArray, expected: Recorded): string[] {
  if (String(x.shape) !== String(expected.shape)) return [`[${x.shape}] for [${expected.shape}]`]
  if (expected.text) return String(texts(x)) === String(expected.text) ? [] : [`${texts(x)} for ${expected.text}`]
  const [a, b] = [numbers(x), numbers(array(expected))]
  const worst = Math.max(0, ...Array.from(b, (v, i) => Math.abs(a[i]! - v) - 1e-4 * Math.abs(v)))
  return worst <= 1e-5 ? [] : [`off by ${worst}`] // NaN is off too
}
