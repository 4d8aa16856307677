/** Kernels that reduce, scan and rank along axes. Sums are taken in float64 and rounded once. */
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import {
  bigints,
  first,
  fromBigints,
  fromNumbers,
  ints,
  isBig,
  list,
  type NdArray,
  numbers,
  scalarOf,
  stringBytes,
  withShape,
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
    const values = bigOrNumbers(x!)
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

const bigOrNumbers = (x: NdArray): (number | bigint)[] => (isBig(x.dtype) ? [...bigints(x)] : [...numbers(x)])

/** The largest `k` along the last axis, largest first, the first of equal ones first; and where they were. */
function topK(x: NdArray, k: number, indexType: NdArray['dtype']): NdArray[] {
  const length = x.shape.at(-1)!
  const values = numbers(x)
  const best: number[] = []
  for (let base = 0; base < values.length; base += length) {
    const order = Array.from({ length }, (_, i) => i)
    order.sort((a, b) => values[base + b]! - values[base + a]! || a - b)
    best.push(...order.slice(0, k).map(i => base + i))
  }
  const shape = [...x.shape.slice(0, -1), k]
  return [
    fromNumbers(
      x.dtype,
      shape,
      best.map(i => values[i]!),
    ),
    fromNumbers(
      indexType,
      shape,
      best.map(i => i % length),
    ),
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
    const values = bigOrNumbers(x!).map(Number)
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

const FLOAT_MAX: Partial<Record<NdArray['dtype'], number>> = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
}

/** What a segment without rows holds: the lowest or highest value of the type. */
function lowestOf(dtype: NdArray['dtype'], r: Reduction): number {
  const largest = FLOAT_MAX[dtype]
  if (largest === undefined) return Number(identity(dtype, r))
  return r.start < 0 ? -largest : largest
}

/** How often each integer occurs, or the sum of its weights. */
const bincount: Kernel = ([x, bins, weights], node) => {
  const count = first(bins!)
  const isBinary = node.op === 'DenseBincount' && node.bool('binary_output')
  const heavy = numbers(weights!)
  const rowCount = node.op === 'DenseBincount' && x!.shape.length === 2 ? x!.shape[0]! : 1
  const perRow = numbers(x!).length / rowCount
  const out = new Float64Array(rowCount * count)
  list(x!).forEach((v, i) => {
    if (v < 0) fail(node, `the count of ${v}`)
    if (v >= count) return
    const at = Math.floor(i / perRow) * count + v
    out[at] = isBinary ? 1 : out[at]! + (heavy.length ? heavy[i]! : 1)
  })
  return [
    fromNumbers(
      weights!.dtype,
      x!.shape.length === 2 && node.op === 'DenseBincount' ? [rowCount, count] : [count],
      out,
    ),
  ]
}

const histogram: Kernel = ([x, range, bins], node) => {
  const [low, high] = list(range!) as [number, number]
  const count = first(bins!)
  const out = new Float64Array(count)
  for (const v of numbers(x!)) {
    const bin = Math.floor(((v - low) / (high - low)) * count)
    out[Math.min(Math.max(bin, 0), count - 1)]!++
  }
  return [fromNumbers(node.type('dtype'), [count], out)]
}

/** How many boundaries lie at or below each element. */
const bucketize: Kernel = ([x], node) => {
  const boundaries = node.floats('boundaries').map(Math.fround)
  const out = Array.from(numbers(x!), v => boundaries.filter(b => v >= b).length)
  return [fromNumbers('int32', x!.shape, out)]
}

/** The distinct elements in the order of their first occurrence, where each went, and how often it was. */
function unique(x: NdArray, indexType: NdArray['dtype']): NdArray[] {
  const keys = x.dtype === 'string' ? stringBytes(x).map(String) : bigOrNumbers(x)
  const seen = new Map<unknown, number>()
  const firsts: number[] = []
  const counts: number[] = []
  const places = keys.map((key, i) => {
    const known = seen.get(key)
    if (known !== undefined) {
      counts[known]!++
      return known
    }
    seen.set(key, firsts.length)
    firsts.push(i)
    counts.push(1)
    return firsts.length - 1
  })
  const data = firsts.map(i => (x.data as unknown as unknown[])[i]) // elements of one type, whichever it is
  const values = { ...x, shape: [firsts.length], data: x.dtype === 'string' ? data : typed(x, data) } as NdArray
  return [values, ints(indexType, places), ints(indexType, counts)]
}

const typed = (x: NdArray, data: unknown[]): NdArray['data'] =>
  isBig(x.dtype)
    ? fromBigints(x.dtype, [data.length], data as bigint[]).data
    : fromNumbers(x.dtype, [data.length], data as number[]).data

/** The elements of `x` that `y` does not have, and where they were. */
const listDiff: Kernel = ([x, y], node) => {
  const known = new Set(bigOrNumbers(y!))
  const values = bigOrNumbers(x!)
  const keep = values.flatMap((v, i) => (known.has(v) ? [] : [i]))
  const out = typed(
    x!,
    keep.map(i => values[i]),
  )
  return [{ dtype: x!.dtype, shape: [keep.length], data: out }, ints(node.type('out_idx'), keep)]
}

const nthElement: Kernel = ([x, n], node) => {
  const length = x!.shape.at(-1)!
  const values = numbers(x!)
  const out: number[] = []
  for (let base = 0; base < values.length; base += length) {
    const sorted = [...values.slice(base, base + length)].sort((a, b) => a - b)
    out.push(sorted[node.bool('reverse') ? length - 1 - first(n!) : first(n!)]!)
  }
  return [fromNumbers(x!.dtype, x!.shape.slice(0, -1), out)]
}

const inTopK: Kernel = ([predictions, targets, k], node) => {
  const classes = predictions!.shape[1]!
  const values = numbers(predictions!)
  const count = k ? first(k) : node.int('k')
  const out = list(targets!).map((target, row) => {
    const mine = values[row * classes + target]!
    const better = values.slice(row * classes, (row + 1) * classes).filter(v => v > mine).length
    return Number.isFinite(mine) && better < count ? 1 : 0
  })
  return [fromNumbers('bool', targets!.shape, out)]
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
  TopK: ([x], node) => topK(x!, node.int('k'), 'int32'),
  TopKV2: ([x, k], node) => topK(x!, first(k!), node.attrs.has('index_type') ? node.type('index_type') : 'int32'),
  NthElement: nthElement,
  InTopK: inTopK,
  InTopKV2: inTopK,
  SegmentSum: segment(SUM, false),
  SegmentProd: segment(PROD, false),
  SegmentMax: segment(MAX, false),
  SegmentMin: segment(MIN, false),
  SegmentMean: segment(SUM, false, (sum, count) => sum / count),
  UnsortedSegmentSum: segment(SUM, true),
  UnsortedSegmentProd: segment(PROD, true),
  UnsortedSegmentMax: segment(MAX, true),
  UnsortedSegmentMin: segment(MIN, true),
  Bincount: bincount,
  DenseBincount: bincount,
  HistogramFixedWidth: histogram,
  Bucketize: bucketize,
  Unique: ([x], node) => unique(x!, node.type('out_idx')).slice(0, 2),
  UniqueV2: ([x], node) => unique(withShape(x!, x!.shape), node.type('out_idx')).slice(0, 2),
  UniqueWithCounts: ([x], node) => unique(x!, node.type('out_idx')),
  ListDiff: listDiff,
}
