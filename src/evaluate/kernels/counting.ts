/** Kernels that rank, count and find distinct elements. */
import { elementCount } from '../../tensor/tensor.ts'
import {
  elements,
  first,
  fromBigints,
  fromNumbers,
  ints,
  isBig,
  list,
  type NdArray,
  numbers,
  size,
  stringBytes,
  take,
} from '../array.ts'
import { around, axisOf, fail, indices, type Kernel, type Kernels } from '../kernel.ts'

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

/** How many elements of each sorted row are below a value, or not above it: found by halving, as in C++. */
const bound =
  (isBelow: (element: number, value: number) => boolean): Kernel =>
  ([sorted, values], node) => {
    const [rows, length] = sorted!.shape as [number, number]
    const [valueRows, count] = values!.shape as [number, number]
    if (rows !== valueRows) fail(node, `${rows} sorted rows for ${valueRows} rows of values`)
    const all = numbers(sorted!)
    const found = list(values!).map((value, i) => {
      const base = Math.floor(i / count) * length
      let [from, left] = [0, length]
      while (left > 0) {
        const half = left >> 1
        const isRight = isBelow(all[base + from + half]!, value)
        if (isRight) from += half + 1
        left = isRight ? left - half - 1 : half
      }
      return from
    })
    return [fromNumbers(node.type('out_type'), values!.shape, found)]
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
  const out = Array.from(numbers(x!), v => boundaries.filter(b => !(v < b)).length) // NaN is above all
  return [fromNumbers('int32', x!.shape, out)]
}

/** The distinct elements in the order of their first occurrence, where each went, and how often it was. */
function unique(x: NdArray, indexType: NdArray['dtype']): NdArray[] {
  const keys = x.dtype === 'string' ? stringBytes(x).map(String) : elements(x)
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

/** Unique slices along an axis; without one, and along the only one, unique elements. */
const uniqueAlong: Kernel = ([x, axis], node) => {
  const indexType = node.type('out_idx')
  const rank = x!.shape.length
  if (size(axis!) === 0 || rank < 2) return unique(x!, indexType).slice(0, 2)
  const at = axisOf(node, first(axis!), rank)
  const [outer, length, inner] = around(x!.shape, at)
  const slices = Array.from({ length }, (_, i) =>
    indices(outer * inner, k => (Math.floor(k / inner) * length + i) * inner + (k % inner)),
  )
  const all = x!.dtype === 'string' ? stringBytes(x!).map(String) : elements(x!)
  const seen = new Map<string, number>()
  const firsts: number[] = []
  const places = slices.map((positions, i) => {
    const key = JSON.stringify([...positions].map(p => String(all[p])))
    const known = seen.get(key) ?? firsts.push(i) - 1
    seen.set(key, known)
    return known
  })
  const shape = x!.shape.with(at, firsts.length)
  const map = indices(elementCount(shape), k => {
    const slice = firsts[Math.floor(k / inner) % firsts.length]!
    return (Math.floor(k / (inner * firsts.length)) * length + slice) * inner + (k % inner)
  })
  return [take(x!, map, shape), ints(indexType, places)]
}

const typed = (x: NdArray, data: unknown[]): NdArray['data'] =>
  isBig(x.dtype)
    ? fromBigints(x.dtype, [data.length], data as bigint[]).data
    : fromNumbers(x.dtype, [data.length], data as number[]).data

/** The elements of `x` that `y` does not have, and where they were. */
const listDiff: Kernel = ([x, y], node) => {
  const known = new Set(elements(y!))
  const values = elements(x!)
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
    const all = values.slice(row * classes, (row + 1) * classes)
    return all.every(Number.isFinite) && all.filter(v => v > mine).length < count ? 1 : 0
  })
  return [fromNumbers('bool', targets!.shape, out)]
}

/** Kernels by op. */
export const countingKernels: Kernels = {
  LowerBound: bound((element, value) => element < value),
  UpperBound: bound((element, value) => !(value < element)),
  TopK: ([x], node) => topK(x!, node.int('k'), 'int32'),
  TopKV2: ([x, k], node) => topK(x!, first(k!), node.attrs.has('index_type') ? node.type('index_type') : 'int32'),
  NthElement: nthElement,
  InTopK: inTopK,
  InTopKV2: inTopK,
  Bincount: bincount,
  DenseBincount: bincount,
  HistogramFixedWidth: histogram,
  Bucketize: bucketize,
  Unique: ([x], node) => unique(x!, node.type('out_idx')).slice(0, 2),
  UniqueV2: uniqueAlong,
  UniqueWithCounts: ([x], node) => unique(x!, node.type('out_idx')),
  ListDiff: listDiff,
}
