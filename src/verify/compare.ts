/** How far two arrays are apart. */
import {
  type Complex,
  elements,
  fromNumbers,
  isComplex,
  type NdArray,
  numbers,
  stringBytes,
} from '../evaluate/array.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** The tolerance: |found − expected| ≤ atol + rtol · |expected|. */
export interface Tolerance {
  readonly rtol?: number | undefined
  readonly atol?: number | undefined
}

/** The figures of two arrays of one type and shape; for text and truth values only how many differ. */
export interface Figures {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Elements beyond the tolerance. */
  readonly wrong: number
  /** The largest difference. */
  readonly absolute: number
  /** The largest difference, as a share of the larger of the two. */
  readonly relative: number
  /** The largest difference in units of the last place of the type; absent for what is not floating. */
  readonly ulps?: number
  /** The cosine of the angle between the two as vectors. */
  readonly cosine: number
  /** The element that is furthest beyond the tolerance. */
  readonly worst?: WorstElement
  /** Why nothing could be compared: another type or shape. */
  readonly mismatch?: string
}

/** An element that differs. */
export interface WorstElement {
  readonly index: readonly number[]
  readonly expected: string
  readonly found: string
}

/** Tolerances by type: relative, and absolute as a share of the largest expected number. Other types must be equal. */
const TOLERANCES: Partial<Record<DType, { readonly rtol: number; readonly scale: number }>> = {
  float64: { rtol: 1e-7, scale: 1e-9 },
  float32: { rtol: 1e-4, scale: 1e-5 },
  float16: { rtol: 1e-2, scale: 2e-3 },
  bfloat16: { rtol: 5e-2, scale: 1e-2 },
}

/** Bits of the fraction, and the smallest exponent of a normal number. */
const FORMATS: Partial<Record<DType, readonly [bits: number, exponent: number]>> = {
  float64: [52, -1022],
  float32: [23, -126],
  float16: [10, -14],
  bfloat16: [7, -126],
}

/** Compares what was found with what was expected. */
export function compare(expected: NdArray, found: NdArray, tolerance: Tolerance = {}): Figures {
  const { dtype, shape } = expected
  const mismatch =
    found.dtype !== dtype
      ? `the type is ${found.dtype}, not ${dtype}`
      : String(found.shape) !== String(shape)
        ? `the shape is [${found.shape}], not [${shape}]`
        : undefined
  if (mismatch) return { dtype, shape, wrong: 1, absolute: Infinity, relative: Infinity, cosine: 0, mismatch }
  if (isComplex(dtype)) return compare(asPairs(expected), asPairs(found), tolerance)
  return dtype === 'string' ? textFigures(expected, found) : numberFigures(expected, found, tolerance)
}

/** Complex numbers as pairs of numbers. */
function asPairs({ dtype, shape, data }: NdArray): NdArray {
  const pairs = (data as readonly Complex[]).flatMap(({ re, im }) => [re, im]) // elements of a complex array
  return fromNumbers(dtype === 'complex64' ? 'float32' : 'float64', [...shape, 2], pairs)
}

/** Whether nothing differs by more than is tolerated. */
export const agrees = ({ wrong }: Figures): boolean => wrong === 0

function textFigures(expected: NdArray, found: NdArray): Figures {
  const [x, y] = [stringBytes(expected), stringBytes(found)]
  const wrong = x.flatMap((bytes, i) =>
    bytes.length === y[i]!.length && bytes.every((b, k) => b === y[i]![k]) ? [] : i,
  )
  const text = (bytes: Uint8Array): string => JSON.stringify(new TextDecoder().decode(bytes))
  const at = wrong[0]
  const worst = at !== undefined && {
    index: indexOf(at, expected.shape),
    expected: text(x[at]!),
    found: text(y[at]!),
  }
  const apart = wrong.length > 0 ? Infinity : 0
  const figures = { dtype: expected.dtype, shape: expected.shape, wrong: wrong.length }
  return { ...figures, absolute: apart, relative: apart, cosine: wrong.length > 0 ? 0 : 1, ...(worst && { worst }) }
}

function numberFigures(expected: NdArray, found: NdArray, given: Tolerance): Figures {
  const { dtype, shape } = expected
  const [x, y] = [numbers(expected), numbers(found)]
  const { rtol, atol } = limits(dtype, x, given)
  const format = FORMATS[dtype]
  const most = { absolute: 0, relative: 0, ulps: 0 }
  let [wrong, beyond, at] = [0, -1, -1]
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!]
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    const apart = distance(a, b)
    const larger = Math.max(Math.abs(a), Math.abs(b))
    most.absolute = Math.max(most.absolute, apart)
    most.relative = Math.max(most.relative, apart === Infinity ? Infinity : apart / larger)
    if (format) most.ulps = Math.max(most.ulps, apart / lastPlace(larger, format))
    const excess = apart - (atol + rtol * Math.abs(a))
    if (excess <= 0) continue
    wrong++
    if (excess > beyond) [beyond, at] = [excess, i]
  }
  wrong += unequalBigs(expected, found, wrong)
  const figures = { dtype, shape, wrong, absolute: most.absolute, relative: most.relative, cosine: cosine(x, y) }
  const worst = at >= 0 && elementAt(at, expected, found)
  return { ...figures, ...(format && { ulps: Math.round(most.ulps) }), ...(worst && { worst }) }
}

const elementAt = (at: number, expected: NdArray, found: NdArray): WorstElement => ({
  index: indexOf(at, expected.shape),
  expected: String(elements(expected)[at]),
  found: String(elements(found)[at]),
})

/** How far two numbers are apart; one that is not finite is infinitely far from others. */
const distance = (a: number, b: number): number =>
  Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Infinity

/** Over what is finite in both. */
function cosine(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [dot, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!]
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue
    dot += a * b
    xx += a * a
    yy += b * b
  }
  if (xx === 0 || yy === 0) return xx === yy ? 1 : 0
  return Math.min(1, dot / Math.sqrt(xx) / Math.sqrt(yy))
}

/** 64-bit integers that differ, but are one number in float64. */
function unequalBigs(expected: NdArray, found: NdArray, seen: number): number {
  if (seen > 0 || (expected.dtype !== 'int64' && expected.dtype !== 'uint64')) return 0
  const [x, y] = [elements(expected), elements(found)]
  return x.filter((v, i) => v !== y[i] && Number(v) === Number(y[i])).length
}

function limits(dtype: DType, expected: ArrayLike<number>, given: Tolerance): { rtol: number; atol: number } {
  const own = TOLERANCES[dtype] ?? { rtol: 0, scale: 0 }
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!)
    if (size > largest && size < Infinity) largest = size
  }
  return { rtol: given.rtol ?? own.rtol, atol: given.atol ?? own.scale * largest }
}

/** The distance from a number to its neighbour in a format. */
const lastPlace = (size: number, [bits, smallest]: readonly [number, number]): number =>
  2 ** (Math.max(Math.floor(Math.log2(size)), smallest) - bits)

/** The index of an element by dimension. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = []
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return index
}
