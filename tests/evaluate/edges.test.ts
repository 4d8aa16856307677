/** Every kernel on edge values, against what TensorFlow computed (fixtures/kernels.py). */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isFreezeError } from '../../src/errors.ts'
import { bigints, complexes, isBig, isComplex, type NdArray, numbers, texts } from '../../src/evaluate/array.ts'
import { KERNEL_OPS } from '../../src/evaluate/kernels/index.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'
import { attribute, type Case, type Recorded, tensor } from './recorded-cases.ts'
import { arrayAtHand, run } from './run.ts'

const folder = fileURLToPath(new URL('../../fixtures/kernels/', import.meta.url))
const files = readdirSync(folder).sort()

/** How far a result may be from TensorFlow's, relative to it: what rounding in another order changes. */
const RTOL: Partial<Record<DType, number>> = {
  float64: 1e-9,
  float32: 2e-5,
  complex64: 2e-5,
  float16: 2e-3,
  bfloat16: 2e-2,
}

/** Ops whose sums nearly cancel in some cases: the distance is measured against the largest element. */
const CANCELLING = new Set([
  ...['Conv3D', 'Dequantize', 'FusedBatchNormV3', 'MatrixSolveLs'],
  ...['FFT', 'FFT2D', 'FFT3D', 'IFFT', 'IFFT2D', 'IFFT3D', 'IRFFT', 'IRFFT2D', 'RFFT', 'RFFT2D'],
])

/** Ops that TensorFlow computes and we leave to it, each with the reason. */
const DECLINED: Readonly<Record<string, string>> = {
  Cast: 'a float beyond the integer type is whatever the processor makes of it',
  Cholesky: 'a matrix that is not positive definite',
  Einsum: 'a label twice in one operand',
  MatrixSolveLs: 'a matrix whose squares are beyond float32',
  MaxPool: 'windows along channels',
  Round: 'TensorFlow 2.21 rounds integers to 0',
}

/** Ops whose result for NaN, infinity and huge numbers depends on the order in which TensorFlow's vectorised loops compare. */
const UNORDERED = new Set([
  ...['AdjustContrastv2', 'AdjustHue', 'AdjustSaturation', 'HSVToRGB', 'RGBToHSV', 'ResizeBilinear'],
  ...['ArgMax', 'ArgMin', 'Dilation2D', 'MaxPool', 'MaxPoolV2', 'NthElement', 'TopKV2', 'Unique', 'UniqueWithCounts'],
  ...[
    'TensorScatterMax',
    'TensorScatterMin',
    'MatrixSolve',
    'BlockLSTM',
    'Conv3D',
    'LRN',
    'NonMaxSuppressionV5',
    'RFFT',
    'RFFT2D',
  ],
])

/** Ops that TensorFlow itself gets wrong, or that leave part of the result as it was in memory. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  Erf: 'of an infinite float64 it is NaN in TensorFlow 2.21',
  Erfinv: 'a float32 approximation that is off by a fifth near 0',
  FakeQuantWithMinMaxVars: 'a range that ends before it begins',
  FakeQuantWithMinMaxVarsPerChannel: 'a range that ends before it begins',
  FloorDiv: 'TensorFlow takes a quotient too small for a normal number for 0',
  Igamma: 'outside of its domain',
  Igammac: 'outside of its domain',
  Polygamma: 'outside of its domain',
  Qr: 'the signs of factors differ from library to library; fixtures/goldens.py compares their sizes',
  QuantizedResizeBilinear: 'weights of 10 bits: a code more or less',
  RFFT3D: 'of no matrices it leaves memory as it was',
  SelfAdjointEigV2: 'the signs of factors, as for Qr',
  Svd: 'the signs of factors, as for Qr',
  Zeta: 'outside of its domain',
}

/** Ops for which we compute something where TensorFlow says that shapes or sizes do not fit: a graph that it never runs. */
const LENIENT = new Set([
  ...[
    'ArgMax',
    'ArgMin',
    'Conv2D',
    'Conv3D',
    'Conv3DBackpropInputV2',
    'CropAndResize',
    'HistogramFixedWidth',
    'InvertPermutation',
    'LSTMBlockCell',
  ],
  ...['Lu', 'MatrixBandPart', 'MatrixSetDiagV2', 'MatrixSetDiagV3', 'MatrixSolve', 'MaxPoolWithArgmax', 'MirrorPad'],
  ...['NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'Reverse'],
  ...['ScaleAndTranslate', 'SegmentMax', 'SegmentMean', 'SegmentMin', 'SegmentProd', 'SegmentSum'],
  ...['SparseTensorDenseAdd', 'SparseTensorDenseMatMul', 'SparseToDense', 'UniqueWithCounts'],
])

function runCase(op: string, { attrs, inputs }: Case): readonly NdArray[] | undefined {
  const given = Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, attribute(value)]))
  try {
    return run(op, inputs.map(tensor), given)
  } catch (e) {
    if (isFreezeError(e)) return undefined
    throw e
  }
}

/** Numbers so large that TensorFlow's float32 sums and squares overflow, where ours, in float64, do not. */
const HUGE = 1e30

const floatsOf = (recorded: Recorded): number[] =>
  recorded[0] in RTOL ? [...parts(arrayAtHand(tensor(recorded)))] : []

/** Elements as texts where they are compared exactly. */
const exact = (x: NdArray): readonly string[] =>
  x.dtype === 'string' ? texts(x) : isBig(x.dtype) ? bigints(x).map(String) : [...numbers(x)].map(String)

/** The elements as numbers, of complex ones their real and their imaginary part. */
const parts = (x: NdArray): readonly number[] =>
  isComplex(x.dtype) ? complexes(x).flatMap(({ re, im }) => [re, im]) : [...numbers(x)]

/** What differs, in words; '' where all agrees. */
function difference(op: string, ours: NdArray, recorded: Recorded, mayOverflow: boolean): string {
  const theirs = arrayAtHand(tensor(recorded))
  if (ours.dtype !== theirs.dtype || String(ours.shape) !== String(theirs.shape))
    return `${ours.dtype}[${ours.shape}] for ${theirs.dtype}[${theirs.shape}]`
  const rtol = RTOL[ours.dtype]
  if (!rtol) return String(exact(ours)) === String(exact(theirs)) ? '' : `${exact(ours)} for ${exact(theirs)}`
  const [x, y] = [parts(ours), parts(theirs)]
  const largest = CANCELLING.has(op) ? Math.max(...y.filter(Number.isFinite).map(Math.abs)) : 0
  const isClose = (a: number, b: number): boolean =>
    Object.is(a, b) ||
    a === b ||
    (mayOverflow && !Number.isFinite(b)) ||
    Math.abs(a - b) <= rtol * Math.max(Math.abs(b), largest / 10, 1e-30)
  const at = x.findIndex((v, i) => !isClose(v, y[i]!))
  return at < 0 ? '' : `element ${at} is ${x[at]} for ${y[at]}`
}

function compare(op: string, recorded: Case): string {
  const results = runCase(op, recorded)
  if (recorded.error) return results && !LENIENT.has(op) ? 'computed, though TensorFlow refuses it' : ''
  if (!results) return op in DECLINED ? '' : 'refused, though TensorFlow computes it'
  const fed = recorded.inputs.flatMap(floatsOf)
  if (op in NOT_COMPARED || (UNORDERED.has(op) && !fed.every(v => Math.abs(v) < HUGE))) return ''
  const mayOverflow = fed.some(v => Math.abs(v) > HUGE)
  const wrong = recorded.outputs!.map((output, i) => difference(op, results[i]!, output, mayOverflow))
  return wrong.find(why => why !== '') ?? ''
}

describe('edge values', () => {
  it('are recorded for most kernels', () => expect(files.length).toBeGreaterThan(250))
  for (const file of files) {
    const op = file.slice(0, -'.json'.length)
    it(op, () => {
      const { cases } = JSON.parse(readFileSync(folder + file, 'utf8')) as { cases: Case[] }
      const wrong = cases.flatMap((each, i) => {
        const why = compare(op, each)
        return why
          ? [`case ${i} ${JSON.stringify(each.attrs)} ${each.inputs.map(x => `${x[0]}[${x[1]}]`)}: ${why}`]
          : []
      })
      expect(wrong).toEqual([])
    })
  }
})

it('every recorded op has a kernel', () => {
  expect(files.map(file => file.slice(0, -5)).filter(op => !KERNEL_OPS.includes(op))).toEqual([])
})
