/** Kernels that reduce and scan along axes. Sums are taken in float64 and rounded once. */
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import {
  bigints,
  elements,
  first,
  fromBigints,
  fromNumbers,
  isBig,
  list,
  type NdArray,
  numbers,
  scalarOf,
} from '../array.ts'
import { around, axisOf, fail, type Kernel, type Kernels, largerOf, smallerOf } from '../kernel.ts'
import { transposed } from './array.ts'

/** `x` with the axes to reduce moved last, as rows of what is reduced together; and the result's shape. */
function rows(node: Node, x: NdArray, axes: readonly number[]) {
  const gone = new Set(axes.map(axis => axisOf(node, axis, x.shape.length)))
  const keep = x.shape.map((_, axis) => axis).filter(axis => !gone.has(axis))
  const moved = transposed(x, [...keep, ...gone])
  const kept = keep.map(axis => x.shape[axis]!)
  const shape = node.bool('keep_dims') ? x.shape.map((d, axis) => (gone.has(axis) ? 1 : d)) : kept
  const count = elementCount(kept)
  return { moved, shape, count, length: elementCount([...gone].map(axis => x.shape[axis]!)) }
}

type Fold = (a: number, b: number) => number
interface Reduction {
  readonly start: number
  readonly fold: Fold
  readonly big: (a: bigint, b: bigint) => bigint
}

const SUM: Reduction = { start: 0, fold: (a, b) => a + b, big: (a, b) => a + b }
const PROD: Reduction = { start: 1, fold: (a, b) => a * b, big: (a, b) => a * b }
const MAX: Reduction = { start: -Infinity, fold: Math.max, big: largerOf }
const MIN: Reduction = { start: Infinity, fold: Math.min, big: smallerOf }

/** The value of an integer reduction over nothing. */
function identity(dtype: NdArray['dtype'], r: Reduction): bigint {
  if (Number.isFinite(r.start)) return BigInt(r.start)
  const unsigned = dtype.startsWith('u')
  const bits = BigInt(/\d+/.exec(dtype)![0])
  const lowest = unsigned ? 0n : -(1n << (bits - 1n))
  return r.start < 0 ? lowest : lowest + (1n << bits) - 1n
}

/** Modulo 2^64, then to the type. */
const wrapped = (dtype: NdArray['dtype'], shape: readonly number[], values: readonly bigint[]): NdArray =>
  isBig(dtype)
    ? fromBigints(
        dtype,
        shape,
        values.map(v => BigInt.asIntN(64, v)),
      )
    : fromNumbers(
        dtype,
        shape,
        values.map(v => Number(BigInt.asIntN(32, v))),
      )

const reduce =
  (r: Reduction): Kernel =>
  ([x, axes], node) => {
    const { moved, shape, count, length } = rows(node, x!, list(axes!))
    if (!isFloat(x!.dtype)) {
      const values = bigints(moved)
      const start = identity(x!.dtype, r)
      const out = Array.from({ length: count }, (_, i) =>
        values.slice(i * length, (i + 1) * length).reduce(r.big, start),
      )
      return [wrapped(x!.dtype, shape, out)]
    }
    const values = numbers(moved)
    const out = new Float64Array(count).fill(r.start)
    for (let i = 0; i < count; i++) {
      for (let k = i * length; k < (i + 1) * length; k++) out[i] = r.fold(out[i]!, values[k]!)
    }
    return [fromNumbers(x!.dtype, shape, out)]
  }

const mean: Kernel = ([x, axes], node) => {
  const { moved, shape, count, length } = rows(node, x!, list(axes!))
  const values = numbers(moved)
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    for (let k = i * length; k < (i + 1) * length; k++) out[i]! += values[k]!
    out[i]! /= length
  }
  if (length === 0 && !isFloat(x!.dtype)) fail(node, 'the mean of no integers')
  return [fromNumbers(x!.dtype, shape, out)]
}

const logical =
  (start: number, fold: Fold): Kernel =>
  ([x, axes], node) => {
    const { moved, shape, count, length } = rows(node, x!, list(axes!))
    const values = numbers(moved)
    const out = new Uint8Array(count).fill(start)
    for (let i = 0; i < count * length; i++)
      out[Math.floor(i / length)] = fold(out[Math.floor(i / length)]!, values[i]!)
    return [fromNumbers('bool', shape, out)]
  }

const euclideanNorm: Kernel = ([x, axes], node) => {
  const squares = fromNumbers(
    'float64',
    x!.shape,
    Float64Array.from(numbers(x!), v => v * v),
  )
  const sum = reduce(SUM)([squares, axes!], node)[0]!
  return [fromNumbers(x!.dtype, sum.shape, Float64Array.from(numbers(sum), Math.sqrt))]
}

/** The position of the extreme element along an axis; the first of equal ones. */
const arg =
  (isBetter: (a: number, b: number) => boolean): Kernel =>
  ([x, at], node) => {
    const axis = axisOf(node, first(at!), x!.shape.length)
    const [outer, count, inner] = around(x!.shape, axis)
    const values = numbers(x!)
    const out = new Float64Array(outer * inner)
    for (let o = 0; o < outer * inner; o++) {
      const base = Math.floor(o / inner) * count * inner + (o % inner)
      for (let i = 1; i < count; i++) {
        if (isBetter(values[base + i * inner]!, values[base + out[o]! * inner]!)) out[o] = i
      }
    }
    const shape = x!.shape.filter((_, i) => i !== axis)
    return [fromNumbers(node.type('output_type'), shape, out)]
  }

/** Cumsum and Cumprod. */
const scan =
  (r: Reduction): Kernel =>
  ([x, at], node) => {
    const [outer, count, inner] = around(x!.shape, axisOf(node, first(at!), x!.shape.length))
    const values = elements(x!)
    const out = [...values]
    const fold = (isBig(x!.dtype) ? r.big : r.fold) as (a: unknown, b: unknown) => number | bigint // as the elements are
    const start = isBig(x!.dtype) ? BigInt(r.start) : r.start
    for (let o = 0; o < outer * inner; o++) {
      const base = Math.floor(o / inner) * count * inner + (o % inner)
      let sum: number | bigint = start
      for (let i = 0; i < count; i++) {
        const k = base + (node.bool('reverse') ? count - 1 - i : i) * inner
        if (node.bool('exclusive')) out[k] = sum
        sum = fold(sum, values[k]!)
        if (!node.bool('exclusive')) out[k] = sum
      }
    }
    return [
      isBig(x!.dtype) ? wrapped(x!.dtype, x!.shape, out as bigint[]) : fromNumbers(x!.dtype, x!.shape, out as number[]),
    ]
  }

/** Segments of rows reduced together; `ids` name the segment of each row. */
const segment =
  (r: Reduction, isUnsorted: boolean, after: (sum: number, count: number) => number = sum => sum): Kernel =>
  ([x, ids, num]) => {
    const keys = numbers(ids!)
    const segments = isUnsorted ? first(num!) : (keys.at(-1) ?? -1) + 1
    const tail = x!.shape.slice(ids!.shape.length)
    const inner = elementCount(tail)
    const values = elements(x!).map(Number)
    const empty = isUnsorted ? (Number.isFinite(r.start) ? r.start : lowestOf(x!.dtype, r)) : r === PROD ? 1 : 0
    const counts = new Int32Array(segments)
    const out = new Float64Array(segments * inner).fill(empty)
    keys.forEach((key, row) => {
      if (key < 0 || key >= segments) return // dropped, as TensorFlow does
      const isFirst = counts[key]!++ === 0
      for (let k = 0; k < inner; k++) {
        const v = values[row * inner + k]!
        out[key * inner + k] = isFirst ? r.fold(r.start, v) : r.fold(out[key * inner + k]!, v)
      }
    })
    for (let i = 0; i < out.length; i++)
      if (counts[Math.floor(i / inner)]) out[i] = after(out[i]!, counts[Math.floor(i / inner)]!)
    return [fromNumbers(x!.dtype, [segments, ...tail], out)]
  }

/** log(eᵃ + eᵇ) without an overflow. What is not a number adds nothing. Source: scan_ops.h, LogSumExp. */
function logAdd(a: number, b: number): number {
  if (Number.isNaN(b) || b === -Infinity) return a
  const [low, high] = a < b ? [a, b] : [b, a]
  return high === Infinity ? high : high + Math.log1p(Math.exp(low - high))
}

const FLOAT_MAX: Partial<Record<NdArray['dtype'], number>> = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
}

/** The value of a segment without rows: the lowest or highest value of the type. */
function lowestOf(dtype: NdArray['dtype'], r: Reduction): number {
  const largest = FLOAT_MAX[dtype]
  if (largest === undefined) return Number(identity(dtype, r))
  return r.start < 0 ? -largest : largest
}

/** Kernels by op. */
export const reductionKernels: Kernels = {
  Sum: reduce(SUM),
  Prod: reduce(PROD),
  Max: reduce(MAX),
  Min: reduce(MIN),
  Mean: mean,
  EuclideanNorm: euclideanNorm,
  All: logical(1, (a, b) => a & b),
  Any: logical(0, (a, b) => a | b),
  L2Loss: ([x]) => [scalarOf(x!.dtype, list(x!).reduce((sum, v) => sum + v * v, 0) / 2)],
  ArgMax: arg((a, b) => a > b),
  ArgMin: arg((a, b) => a < b),
  Cumsum: scan(SUM),
  Cumprod: scan(PROD),
  CumulativeLogsumexp: scan({ ...SUM, start: -Infinity, fold: logAdd }),
  SegmentSum: segment(SUM, false),
  SegmentProd: segment(PROD, false),
  SegmentMax: segment(MAX, false),
  SegmentMin: segment(MIN, false),
  SegmentMean: segment(SUM, false, (sum, count) => sum / count),
  UnsortedSegmentSum: segment(SUM, true),
  UnsortedSegmentProd: segment(PROD, true),
  UnsortedSegmentMax: segment(MAX, true),
  UnsortedSegmentMin: segment(MIN, true),
}
