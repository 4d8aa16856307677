/** A small model of each layer family, saved by real Keras: frozen and run here, it gives what Keras computed. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromNumbers, fromText, type NdArray, numbers, texts } from '../../../src/evaluate/array.ts'
import { evaluate } from '../../../src/evaluate/evaluate.ts'
import type { Frozen } from '../../../src/freeze/frozen.ts'
import { freeze } from '../../../src/freeze/index.ts'
import { openKeras } from '../../../src/models/keras/open.ts'
import { optimize } from '../../../src/passes/optimize.ts'
import type { DType } from '../../../src/tensorflow/dtype.ts'
import { fixture } from './disk.ts'

/** What fixtures/goldens.py records of one tensor: its bytes in base64, or its strings. */
interface Recorded {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes?: string
  readonly text?: readonly string[]
}

const FOLDER = new URL('../../../fixtures/keras/goldens/', import.meta.url)
const FILES = readdirSync(FOLDER).filter(name => !name.endsWith('.json'))

const recorded = (name: string): { inputs: Recorded[]; outputs: Recorded[] } =>
  JSON.parse(readFileSync(new URL(name.replace(/\.(h5|keras)$/, '.json'), FOLDER), 'utf8'))

const ARRAYS: Partial<Record<DType, new (buffer: ArrayBuffer) => ArrayLike<number>>> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
}

function array({ dtype, shape, bytes, text }: Recorded): NdArray {
  if (text) return fromText(shape, text)
  const { buffer } = Uint8Array.from(Buffer.from(bytes ?? '', 'base64'))
  if (dtype === 'int64') return { dtype, shape, data: new BigInt64Array(buffer) }
  return fromNumbers(dtype, shape, new ARRAYS[dtype]!(buffer))
}

/** The outputs, given the inputs in the model's own order. */
function results({ graph }: Frozen, inputs: readonly Recorded[]): Promise<readonly NdArray[]> {
  return evaluate(graph, new Map(graph.inputs.map(({ value }, i) => [String(value), array(inputs[i]!)])))
}

/** Within 1e-4 of the number, or 1e-5. */
function expectSame(found: NdArray, expected: Recorded): void {
  expect(found.shape).toEqual(expected.shape)
  if (expected.text) expect(texts(found)).toEqual(expected.text)
  else expect(excess(numbers(found), numbers(array(expected)))).toBeLessThan(1e-5)
}

/** By how much the worst is off, beyond 1e-4 of the number. */
const excess = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Math.max(...Array.from(y, (v, i) => Math.abs(x[i]! - v) - 1e-4 * Math.abs(v)))

describe.each(FILES)('%s', name => {
  const { inputs, outputs } = recorded(name)
  const open = (rnn: 'auto' | 'loop') => openKeras(fixture(`goldens/${name}`), { rnn })

  test.each<[string, 'auto' | 'loop', 'v1' | 'v2', boolean]>([
    ['as it is', 'auto', 'v1', false],
    ['optimised', 'auto', 'v1', true],
    ['with loops', 'loop', 'v1', false],
    ['with loops as functions, optimised', 'loop', 'v2', true],
  ])('%s', async (_, rnn, controlFlow, isOptimized) => {
    if (rnn === 'loop' && !/recurrent|stacked|embedding/.test(name)) return
    const plain = await freeze(await open(rnn), { controlFlow, tables: 'constants' })
    const { frozen } = isOptimized ? optimize(plain) : { frozen: plain }
    const found = await results(frozen, inputs)
    expect(found.length).toBe(outputs.length)
    for (const [i, expected] of outputs.entries()) expectSame(found[i]!, expected)
  })
})
