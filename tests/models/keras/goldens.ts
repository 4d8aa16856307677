/** The small models of fixtures/keras/goldens, saved by real Keras, and what Keras computed with them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fromElementBytes, fromText, type NdArray, numbers, texts } from '../../../src/evaluate/array.ts'
import { evaluate, missingKernels } from '../../../src/evaluate/evaluate.ts'
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

function array({ dtype, shape, bytes, text }: Recorded): NdArray {
  if (text) return fromText(shape, text)
  return fromElementBytes(dtype, shape, Buffer.from(bytes ?? '', 'base64'))
}

/** Ops in goldens that the evaluator has no kernel for. The outputs that need them are not compared here. */
export const WITHOUT_KERNEL: readonly string[] = [
  'DrawBoundingBoxesV2',
  'ExtractGlimpse',
  'MatrixLogarithm',
  'MatrixSquareRoot',
  'SparseCross',
]

/** The outputs, given the inputs; undefined for those that need an op without a kernel. */
export async function computed(graph: Graph, inputs: readonly Recorded[]): Promise<readonly (NdArray | undefined)[]> {
  const outputs = graph.outputs.map(p => p.value)
  const runs = outputs.map(value => missingKernels(graph, [value]).every(op => !WITHOUT_KERNEL.includes(op)))
  const feeds = new Map(graph.inputs.map(({ value }, i) => [String(value), array(inputs[i]!)]))
  const found = await evaluate(
    graph,
    feeds,
    outputs.filter((_, i) => runs[i]),
  )
  return runs.map(isRun => (isRun ? found.shift() : undefined))
}

/** What is not as recorded, or empty: numbers within 1e-4 of themselves or 1e-5, all else equal. */
export function differences(found: readonly (NdArray | undefined)[], expected: readonly Recorded[]): string[] {
  if (found.length !== expected.length) return [`${found.length} outputs for ${expected.length}`]
  return found.flatMap((x, i) => (x ? difference(x, expected[i]!).map(what => `output ${i}: ${what}`) : []))
}

function difference(x: NdArray, expected: Recorded): string[] {
  if (String(x.shape) !== String(expected.shape)) return [`[${x.shape}] for [${expected.shape}]`]
  if (expected.text) return String(texts(x)) === String(expected.text) ? [] : [`${texts(x)} for ${expected.text}`]
  const [a, b] = [numbers(x), numbers(array(expected))]
  const worst = Math.max(0, ...Array.from(b, (v, i) => Math.abs(a[i]! - v) - 1e-4 * Math.abs(v)))
  return worst <= 1e-5 ? [] : [`off by ${worst}`] // NaN is off too
}
