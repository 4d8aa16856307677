/** Reads tensors whose elements are another's, moved: transposed, sliced, reversed, spread apart. */
import { FreezeError } from '../errors.ts'
import { bytesPerElement, type DType } from '../tensorflow/dtype.ts'
import { coordinatesOf, flatIndex } from './blocks.ts'
import { viewAs } from './codec.ts'
import type { Opening, TensorReader } from './reader.ts'
import { byteLength, type Computation, elementCount, type Shape, type Tensor } from './tensor.ts'

/** An operand up to this is read whole and kept while its reader lives; a larger one is read in parts, several times. */
const MAX_MATERIALISED_BYTES = 64 * 1024 * 1024

/** Bytes of the operand that are read at once for one part of the result. */
const MAX_SPAN_BYTES = 4 * 1024 * 1024
const STREAM_BYTES = 1 << 20

/** Throws `limit` for an operand that would have to be held in memory and is too large. */
export function checkMaterialised(t: Tensor): void {
  if (byteLength(t) <= MAX_MATERIALISED_BYTES) return
  const what = `a computation needs ${byteLength(t)} bytes of one operand in memory`
  throw new FreezeError('limit', `${what}, and at most ${MAX_MATERIALISED_BYTES} are held`)
}

/** Where the result's elements are in the operand: element (i, j, …) at base + i·strides[0] + j·strides[1] + …. */
interface View {
  readonly shape: Shape
  readonly base: number
  readonly strides: readonly number[]
}

/** Computations that only choose and order the operand's elements. */
export type Move = Extract<Computation, { op: 'transpose' | 'slice' | 'reverse' }>

/** Distance between neighbours along each axis, in elements. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

function viewOf(t: Tensor, by: Move): View {
  const from = by.of[0].shape
  const own = rowMajorStrides(from)
  switch (by.op) {
    case 'transpose':
      return { shape: t.shape, base: 0, strides: by.perm.map(axis => own[axis]!) }
    case 'slice':
      return {
        shape: t.shape,
        base: flatIndex(by.begin, from),
        strides: own.map((stride, axis) => stride * (by.strides?.[axis] ?? 1)),
      }
    case 'reverse':
      return {
        shape: t.shape,
        base: by.axes.reduce((sum, axis) => sum + (from[axis]! - 1) * own[axis]!, 0),
        strides: own.map((stride, axis) => (by.axes.includes(axis) ? -stride : stride)),
      }
  }
}

/** A reader of a transposition, slice or reversal. */
export function openStrided(t: Tensor, by: Move, open: Opening['open']): TensorReader {
  const operand = by.of[0]
  const view = joinAxes(viewOf(t, by))
  if (elementCount(t.shape) === 0) return { read: async () => new Uint8Array(0) }
  if (byteLength(operand) <= MAX_MATERIALISED_BYTES) return openMaterialised(operand, view, open)
  return by.op === 'transpose' ? openStripes(operand, view, open) : openSpans(operand, view, open)
}

/** The result's bytes, from those of the whole operand. */
export const moved = (t: Tensor, by: Move, operand: Uint8Array): Uint8Array =>
  gather(t.dtype, { bytes: operand, offset: 0 }, joinAxes(viewOf(t, by)), { start: 0, count: elementCount(t.shape) })

/** Joins neighbouring axes that one stride describes. */
function joinAxes({ shape, base, strides }: View): View {
  const sizes: number[] = []
  const steps: number[] = []
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue
    const stride = strides[axis]!
    if (steps.length && steps.at(-1) === stride * size) {
      sizes[sizes.length - 1]! *= size
      steps[steps.length - 1] = stride
    } else {
      sizes.push(size)
      steps.push(stride)
    }
  }
  return sizes.length ? { shape: sizes, base, strides: steps } : { shape: [1], base, strides: [1] }
}

function openMaterialised(operand: Tensor, view: View, open: Opening['open']): TensorReader {
  let whole: Promise<Uint8Array> | undefined
  return {
    async read(start, count) {
      whole ??= open(operand, 'random').read(0, elementCount(operand.shape))
      return gather(operand.dtype, { bytes: await whole, offset: 0 }, view, { start, count })
    },
  }
}

/** Reads the part of the operand that a part of the result lies in, the result being cut until that is small. */
function openSpans(operand: Tensor, view: View, open: Opening['open']): TensorReader {
  const size = bytesPerElement(operand.dtype)
  const reader = open(operand, 'random')
  return {
    async read(start, count) {
      const out = new Uint8Array(count * size)
      const parts: [number, number][] = [[start, count]]
      for (let part = parts.pop(); part; part = parts.pop()) {
        const [from, length] = part
        const [lo, hi] = span(view, from, length)
        if (length > 1 && (hi - lo) * size > Math.max(MAX_SPAN_BYTES, 2 * length * size)) {
          const half = length >> 1
          parts.push([from + half, length - half], [from, half])
        } else {
          const bytes = await reader.read(lo, hi - lo)
          out.set(
            gather(operand.dtype, { bytes, offset: lo }, view, { start: from, count: length }),
            (from - start) * size,
          )
        }
      }
      return out
    },
  }
}

/** The positions in the operand between which elements `start` to `start + count` of the result lie. */
function span({ shape, base, strides }: View, start: number, count: number): [number, number] {
  const first = coordinatesOf(start, shape)
  const last = coordinatesOf(start + count - 1, shape)
  let lo = base
  let hi = base
  let isTogether = true // all leading coordinates are the same in the whole part
  for (const [axis, stride] of strides.entries()) {
    const from = isTogether ? first[axis]! : 0
    const to = isTogether ? last[axis]! : shape[axis]! - 1
    if (from !== to) isTogether = false
    lo += Math.min(from * stride, to * stride)
    hi += Math.max(from * stride, to * stride)
  }
  return [lo, hi + 1]
}

/** Words of one element, as a typed array can move them without looking at them. */
function wordsOf(dtype: DType, bytes: Uint8Array): { words: Uint8Array | Uint16Array | Uint32Array; per: number } {
  const size = bytesPerElement(dtype)
  if (size === 1) return { words: bytes, per: 1 }
  if (size === 2) return { words: viewAs(Uint16Array, bytes), per: 1 }
  return { words: viewAs(Uint32Array, bytes), per: size / 4 }
}

/** Elements of a tensor, the first of which is element `offset`. */
interface Part {
  readonly bytes: Uint8Array
  readonly offset: number
}

/** Elements `start` to `start + count` of a view of the operand, of which `bytes` holds a part. */
function gather(
  dtype: DType,
  { bytes, offset }: Part,
  { shape, base, strides }: View,
  { start, count }: { readonly start: number; readonly count: number },
): Uint8Array {
  const out = new Uint8Array(count * bytesPerElement(dtype))
  const { words: source, per } = wordsOf(dtype, bytes)
  const { words: target } = wordsOf(dtype, out)
  const inner = shape.length - 1
  const step = strides[inner]! * per
  const at = coordinatesOf(start, shape)
  for (let done = 0; done < count; ) {
    const run = Math.min(shape[inner]! - at[inner]!, count - done)
    const from = (at.reduce((sum, c, axis) => sum + c * strides[axis]!, base) - offset) * per
    if (step === per) target.set(source.subarray(from, from + run * per), done * per)
    else if (per === 1) for (let i = 0; i < run; i++) target[done + i] = source[from + i * step]!
    else
      for (let i = 0; i < run * per; i++)
        target[done * per + i] = source[from + Math.floor(i / per) * step + (i % per)]!
    done += run
    at[inner] = 0
    for (let axis = inner - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0
  }
  return out
}

/**
 * A transposition that is too large to hold: the result is made in stripes of
 * `MAX_MATERIALISED_BYTES`, for each of which the operand streams by once.
 */
function openStripes(operand: Tensor, view: View, open: Opening['open']): TensorReader {
  const size = bytesPerElement(operand.dtype)
  const length = MAX_MATERIALISED_BYTES / size
  let current = -1
  let stripe: Promise<Uint8Array> | undefined
  const stripeAt = (index: number): Promise<Uint8Array> => {
    if (index !== current || !stripe) stripe = fillStripe(operand, view, { lo: index * length, length }, open)
    current = index
    return stripe
  }
  return {
    async read(start, count) {
      const out = new Uint8Array(count * size)
      for (let at = start; at < start + count; ) {
        const index = Math.floor(at / length)
        const to = Math.min(start + count, (index + 1) * length)
        const bytes = await stripeAt(index)
        out.set(bytes.subarray((at - index * length) * size, (to - index * length) * size), (at - start) * size)
        at = to
      }
      return out
    },
  }
}

/** Elements `lo` to `lo + length` of a permutation of the operand's axes. */
async function fillStripe(
  operand: Tensor,
  view: View,
  { lo, length }: { readonly lo: number; readonly length: number },
  open: Opening['open'],
) {
  const size = bytesPerElement(operand.dtype)
  const total = elementCount(operand.shape)
  const hi = Math.min(total, lo + length)
  const stripe = new Uint8Array((hi - lo) * size)
  const back = inverse(view)
  const reader = open(operand, 'sequential')
  const step = STREAM_BYTES / size
  for (let start = 0; start < total; start += step) {
    const count = Math.min(step, total - start)
    scatter(operand.dtype, { bytes: await reader.read(start, count), offset: start }, back, { stripe, lo, hi })
  }
  return stripe
}

/** A permutation seen from the operand: its axes, and how far apart their neighbours are in the result. */
function inverse({ shape, strides }: View): View {
  const order = [...shape.keys()].sort((a, b) => strides[b]! - strides[a]!)
  const own = rowMajorStrides(shape)
  return { shape: order.map(axis => shape[axis]!), base: 0, strides: order.map(axis => own[axis]!) }
}

/** Elements `lo` to `hi` of a result. */
interface Stripe {
  readonly stripe: Uint8Array
  readonly lo: number
  readonly hi: number
}

/** Puts elements of the operand where they belong, if that is within the stripe. */
function scatter(dtype: DType, { bytes, offset }: Part, { shape, strides }: View, { stripe, lo, hi }: Stripe): void {
  const { words: source, per } = wordsOf(dtype, bytes)
  const { words: target } = wordsOf(dtype, stripe)
  const count = source.length / per
  const inner = shape.length - 1
  const step = strides[inner]!
  const at = coordinatesOf(offset, shape)
  for (let done = 0; done < count; ) {
    const run = Math.min(shape[inner]! - at[inner]!, count - done)
    const first = at.reduce((sum, c, axis) => sum + c * strides[axis]!, 0)
    const from = Math.max(0, Math.ceil((lo - first) / step))
    const to = Math.min(run, Math.ceil((hi - first) / step))
    for (let i = from; i < to; i++) {
      const position = (first + i * step - lo) * per
      for (let w = 0; w < per; w++) target[position + w] = source[(done + i) * per + w]!
    }
    done += run
    at[inner] = 0
    for (let axis = inner - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0
  }
}

type Spread = Extract<Computation, { op: 'spread' }>

/** A reader of a tensor whose elements stand `factors` apart, with zeros between. */
export function openSpread(t: Tensor, { of, factors }: Spread, { access, open }: Opening): TensorReader {
  const [operand] = of
  const size = bytesPerElement(t.dtype)
  const reader = open(operand, access)
  return {
    async read(start, count) {
      const out = new Uint8Array(count * size)
      const from = spreadBefore(start, t.shape, operand.shape, factors)
      const to = spreadBefore(start + count, t.shape, operand.shape, factors)
      const bytes = await reader.read(from, to - from)
      for (let i = from; i < to; i++) {
        const coordinates = coordinatesOf(i, operand.shape).map((c, axis) => c * factors[axis]!)
        const at = (flatIndex(coordinates, t.shape) - start) * size
        out.set(bytes.subarray((i - from) * size, (i - from + 1) * size), at)
      }
      return out
    },
  }
}

/** How many of the operand's elements lie before row-major position `flat` of the result. */
function spreadBefore(flat: number, whole: Shape, shape: Shape, factors: readonly number[]): number {
  let inner = elementCount(shape)
  if (flat >= elementCount(whole) || inner === 0) return inner
  let count = 0
  for (const [axis, c] of coordinatesOf(flat, whole).entries()) {
    inner /= shape[axis]!
    count += Math.ceil(c / factors[axis]!) * inner
    if (c % factors[axis]! !== 0) return count
  }
  return count
}
