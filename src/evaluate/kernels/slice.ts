/** Kernels that cut arrays into parts, and pad them. */
import type { Node } from '../../graph/node.ts'
import { rowMajorStrides } from '../../tensor/strided.ts'
import type { Shape } from '../../tensor/tensor.ts'
import { first, list, type NdArray, take, withShape } from '../array.ts'
import { axisOf, fail, type Kernel, type Kernels, positions } from '../kernel.ts'

/** The elements of `x` at base + i·strides[0] + j·strides[1] + …, in the given shape. */
export const viewed = (x: NdArray, shape: Shape, strides: readonly number[], base = 0): NdArray =>
  take(x, positions(shape, strides, base), shape)

/** `size` elements of each dimension, from `begin`, every `strides`-th. */
export function sliced(
  x: NdArray,
  begin: readonly number[],
  sizes: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): NdArray {
  const own = rowMajorStrides(x.shape)
  const base = begin.reduce((sum, b, axis) => sum + b * own[axis]!, 0)
  return viewed(
    x,
    sizes,
    own.map((s, axis) => s * strides[axis]!),
    base,
  )
}

/** Pieces of the given sizes along an axis. */
export function splitInto(x: NdArray, axis: number, sizes: readonly number[]): NdArray[] {
  let at = 0
  return sizes.map(count => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0))
    at += count
    return sliced(
      x,
      begin,
      x.shape.map((d, i) => (i === axis ? count : d)),
    )
  })
}

/** The subarrays along an axis, without it. */
export const unpacked = (x: NdArray, axis: number): NdArray[] =>
  splitInto(x, axis, Array<number>(x.shape[axis]!).fill(1)).map(piece =>
    withShape(
      piece,
      x.shape.filter((_, i) => i !== axis),
    ),
  )

const split: Kernel = ([at, x], node) => {
  const axis = axisOf(node, first(at!), x!.shape.length)
  const count = node.int('num_split')
  if (x!.shape[axis]! % count) fail(node, `${x!.shape[axis]} elements do not split into ${count}`)
  return splitInto(x!, axis, Array<number>(count).fill(x!.shape[axis]! / count))
}

const splitV: Kernel = ([x, sizes, at], node) => {
  const axis = axisOf(node, first(at!), x!.shape.length)
  const wanted = list(sizes!)
  const rest = x!.shape[axis]! - wanted.reduce((n, s) => n + Math.max(s, 0), 0)
  return splitInto(
    x!,
    axis,
    wanted.map(s => (s === -1 ? rest : s)),
  )
}

const slice: Kernel = ([x, begin, sizes], node) => {
  const from = list(begin!)
  const counts = list(sizes!).map((s, axis) => (s === -1 ? x!.shape[axis]! - from[axis]! : s))
  counts.forEach((count, axis) => {
    if (from[axis]! < 0 || count < 0 || from[axis]! + count > x!.shape[axis]!)
      fail(node, `slice [${from}] + [${counts}] of [${x!.shape}]`)
  })
  return [sliced(x!, from, counts)]
}

/** StridedSlice's arguments for each dimension of `x`, and the shape of the result. Source: strided_slice_op.cc. */
function stridedSlice(node: Node, x: NdArray, begin: number[], end: number[], strides: number[]): NdArray {
  const has = (mask: string, i: number): boolean => ((node.int(mask) >> i) & 1) === 1
  const added = begin.filter((_, i) => has('new_axis_mask', i)).length
  const from: number[] = []
  const counts: number[] = []
  const steps: number[] = []
  const shape: number[] = []
  const whole = (): void => {
    const d = x.shape[from.length]!
    from.push(0)
    counts.push(d)
    steps.push(1)
    shape.push(d)
  }
  for (let i = 0; i < begin.length; i++) {
    if (has('ellipsis_mask', i)) {
      const later = begin.slice(i + 1).filter((_, k) => has('new_axis_mask', i + 1 + k)).length
      const left = begin.length - i - 1 - later
      while (from.length < x.shape.length - left) whole()
    } else if (has('new_axis_mask', i)) shape.push(1)
    else {
      const d = x.shape[from.length]!
      if (d === undefined) fail(node, `${begin.length - added} indices into rank ${x.shape.length}`)
      const { start, count, step } = slot(node, i, d, { begin: begin[i]!, end: end[i]!, step: strides[i]! })
      from.push(start)
      counts.push(count)
      steps.push(step)
      if (!has('shrink_axis_mask', i)) shape.push(count)
    }
  }
  while (from.length < x.shape.length) whole()
  return withShape(sliced(x, from, counts, steps), shape)
}

interface Range {
  readonly begin: number
  readonly end: number
  readonly step: number
}

/** Dimension `i`, of `d`, of a strided slice. */
function slot(node: Node, i: number, d: number, { begin, end, step }: Range) {
  const has = (mask: string): boolean => ((node.int(mask) >> i) & 1) === 1
  if (has('shrink_axis_mask')) {
    const start = begin < 0 ? begin + d : begin
    if (start < 0 || start >= d) fail(node, `index ${begin} of ${d}`)
    return { start, count: 1, step: 1 }
  }
  if (step === 0) fail(node, 'a stride of 0')
  const clamp = (v: number): number => Math.min(Math.max(v < 0 ? v + d : v, step > 0 ? 0 : -1), step > 0 ? d : d - 1)
  const start = has('begin_mask') ? (step > 0 ? 0 : d - 1) : clamp(begin)
  const stop = has('end_mask') ? (step > 0 ? d : -1) : clamp(end)
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step }
}

/** Positions in `x` for each element of `x` padded; -1 for padding. `mirror` gives the distance a reflection starts at. */
function padded(x: NdArray, pads: readonly number[], mirror?: number): { map: Int32Array; shape: number[] } {
  const shape = x.shape.map((d, axis) => d + pads[2 * axis]! + pads[2 * axis + 1]!)
  let map = Int32Array.of(0)
  for (const [axis, d] of x.shape.entries()) {
    const next = new Int32Array(map.length * shape[axis]!)
    let at = 0
    for (const before of map) {
      for (let i = 0; i < shape[axis]!; i++) {
        let source = i - pads[2 * axis]!
        if (mirror !== undefined && source < 0) source = -source - mirror
        else if (mirror !== undefined && source >= d) source = 2 * d - 2 + mirror - source
        next[at++] = before < 0 || source < 0 || source >= d ? -1 : before * d + source
      }
    }
    map = next
  }
  return { map, shape }
}

/** `x` with `pads` (before and after, for each dimension) of `value` around. */
export function pad(x: NdArray, pads: readonly number[], value?: NdArray): NdArray {
  const { map, shape } = padded(x, pads)
  return take(x, map, shape, value)
}

const mirrorPad: Kernel = ([x, pads], node) => {
  const { map, shape } = padded(x!, list(pads!), node.str('mode') === 'REFLECT' ? 0 : 1)
  return [take(x!, map, shape)]
}

/** `x` with the update from `start` on, which is moved so that the update lies inside. */
const dynamicUpdate: Kernel = ([x, update, start], node) => {
  if (update!.shape.some((size, axis) => size > x!.shape[axis]!))
    fail(node, `an update [${update!.shape}] of a tensor [${x!.shape}]`)
  const strides = rowMajorStrides(x!.shape)
  const base = list(start!).reduce((sum, begin, axis) => {
    const last = x!.shape[axis]! - update!.shape[axis]!
    return sum + Math.min(Math.max(begin, 0), last) * strides[axis]!
  }, 0)
  const out = viewed(x!, x!.shape, strides)
  const target = out.data as unknown as unknown[] // both are of one type, whichever it is
  const from = update!.data as unknown as unknown[]
  for (const [i, at] of positions(update!.shape, strides, base).entries()) target[at] = from[i]
  return [out]
}

/** Kernels by op. */
export const sliceKernels: Kernels = {
  XlaDynamicUpdateSlice: dynamicUpdate,
  Split: split,
  SplitV: splitV,
  Slice: slice,
  MirrorPad: mirrorPad,
  StridedSlice: ([x, begin, end, strides], node) => [stridedSlice(node, x!, list(begin!), list(end!), list(strides!))],
  Unpack: ([x], node) => unpacked(x!, axisOf(node, node.int('axis'), x!.shape.length)),
  Pad: ([x, pads]) => [pad(x!, list(pads!))],
  PadV2: ([x, pads, value]) => [pad(x!, list(pads!), value)],
}
