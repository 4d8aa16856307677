/** Each op by itself, with usual arguments: ONNX Runtime computes what the evaluator does, which TensorFlow judged. */
import { readdirSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { type NdArray, numbers } from '../../src/evaluate/array.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { convert } from '../../src/onnx/convert.ts'
import { FAMILIES } from '../../src/onnx/lowerings/index.ts'
import { type Case, type Recorded, tensor } from '../evaluate/recorded-cases.ts'
import { arrayAtHand } from '../evaluate/run.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { casesOf, graphOf, KERNELS } from './recorded-ops.ts'
import { fromOrt, toOrt, written } from './runtime.ts'

/** Cases of an op that are tried until one can be judged. */
const TRIED = 6
/** Beyond it, ONNX Runtime and TensorFlow overflow at different steps. */
const LARGE = 1e4
const TOLERANCE = 1e-4
/** The usual opset, and the first that has operators for strings. */
const OPSETS = [18, 20]

const OPS = readdirSync(KERNELS)
  .map(file => file.slice(0, -'.json'.length))
  .filter(op => FAMILIES.some(family => Object.hasOwn(family, op)))

/** Types of which JavaScript has no arrays. */
const WITHOUT_ARRAYS = ['float16', 'bfloat16', 'quint8', 'qint8', 'quint16', 'qint16', 'qint32']

const hasArrays = ([dtype]: Recorded): boolean => !WITHOUT_ARRAYS.includes(dtype) && !dtype.startsWith('complex')

/** Whether all floats are within usual limits. */
function isUsual(recorded: Recorded): boolean {
  const array = arrayAtHand(tensor(recorded))
  return !array.dtype.startsWith('float') || numbers(array).every(value => Math.abs(value) < LARGE)
}

/** The first case that can be written. */
function usualCase(op: string): { readonly graph: Graph; readonly each: Case; readonly opset: number } | undefined {
  const fit = casesOf(op).filter(each => [...each.inputs, ...each.outputs].every(hasArrays))
  const full = fit.filter(each => !each.inputs.some(([, shape]) => shape.includes(0)))
  for (const each of [...full, ...fit].slice(0, TRIED)) {
    const graph = graphOf(op, each, 'data')
    const opset = OPSETS.find(version => convert(graph, { opset: version }).missing.length === 0)
    if (opset !== undefined) return { graph, each, opset }
  }
  return undefined
}

/** What was recorded, in which usual numbers take the place of others. */
function feedsFor(graph: Graph, { inputs }: Case): Map<string, NdArray> {
  const feeds = feedsOf(graph)
  for (const { key, value } of graph.inputs) {
    const recorded = inputs[Number(key.slice(1))]!
    if (isUsual(recorded)) feeds.set(String(value), arrayAtHand(tensor(recorded)))
  }
  return feeds
}

describe('ops', () => {
  it('are recorded for most lowerings', () => expect(OPS.length).toBeGreaterThan(200))

  it.each(OPS)('%s', async op => {
    const found = usualCase(op)
    if (NOT_JUDGED.has(op)) return
    if (!found) throw new Error('no case of it can be written')
    const { graph, each, opset } = found
    const feeds = feedsFor(graph, each)
    const expected = await evaluate(graph, feeds)
    const session = await ort.InferenceSession.create(await written(graph, { opset }))
    const inputs = graph.inputs.map(({ key, value }) => [key, toOrt(feeds.get(String(value))!)] as const)
    const results = await session.run(Object.fromEntries(inputs))
    for (const [i, { value }] of graph.outputs.entries())
      expect(differenceOf(expected[i]!, fromOrt(results[String(value)]!), TOLERANCE), String(value)).toBe('')
  })
})

/** Ops whose recorded cases cannot be written, or have no one result; those of these that ONNX has are in the .graph files. */
const NOT_JUDGED = new Set([
  ...['Complex', 'RFFT', 'RFFT2D', 'RFFT3D'], // they give complex numbers
  ...['DynamicStitch', 'ParallelDynamicStitch', 'Reverse', 'ScaleAndTranslate'], // the indices, axes or scales are inputs
  ...['FusedBatchNormV3'], // the cases are of training
  ...['Dequantize', 'QuantizeV2'], // it reads or gives codes
  ...['RegexReplace', 'StaticRegexReplace'], // the patterns are not sets of characters
  ...['StringLower'], // of letters beyond ASCII
  ...['LowerBound'], // what it searches in is not sorted
  ...['NonMaxSuppressionV5'], // it lowers scores
])
