/** Kernels that make, shape, join and order arrays. */
import type { Node } from '../../graph/node.ts'
import { broadcastShapes } from '../../tensor/make.ts'
import { rowMajorStrides } from '../../tensor/strided.ts'
import { elementCount, type Shape } from '../../tensor/tensor.ts'
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
  size,
  take,
  withShape,
  zeros,
} from '../array.ts'
import { around, axisOf, fail, indices, type Kernel, type Kernels, positions, stretched } from '../kernel.ts'
import { splitInto, viewed } from './slice.ts'

const same: Kernel = ([x]) => [x!]

/** Result dimension i is dimension perm[i] of `x`. */
export function transposed(x: NdArray, perm: readonly number[]): NdArray {
  const strides = rowMajorStrides(x.shape)
  return viewed(
    x,
    perm.map(axis => x.shape[axis]!),
    perm.map(axis => strides[axis]!),
  )
}

/** `x` with its elements stretched to a shape. */
export const broadcastTo = (x: NdArray, shape: Shape): NdArray =>
  String(x.shape) === String(shape) ? x : take(x, stretched(x.shape, shape), shape)

/** The same elements in another shape, of which one size may be -1. */
export function reshaped(node: Node, x: NdArray, wanted: readonly number[]): NdArray {
  // A zero among the wanted sizes leaves zeros out of both products: [1, 2, 0] to [2, 0, -1] is [2, 0, 1].
  // Source: reshape_op.h.
  const counted = (sizes: readonly number[]): number =>
    elementCount(wanted.includes(0) ? sizes.filter(d => d !== 0) : sizes)
  const shape = wanted.map(d => (d === -1 ? counted(x.shape) / counted(wanted.filter(o => o !== -1)) : d))
  if (elementCount(shape) !== size(x)) fail(node, `[${x.shape}] cannot be reshaped to [${wanted}]`)
  return withShape(x, shape)
}

function squeeze(node: Node, x: NdArray): NdArray {
  const axes = node.ints('squeeze_dims').map(axis => axisOf(node, axis, x.shape.length))
  const isGone = (d: number, axis: number): boolean => (axes.length ? axes.includes(axis) : d === 1)
  for (const axis of axes) if (x.shape[axis] !== 1) fail(node, `dimension ${axis} of [${x.shape}] is not 1`)
  return withShape(
    x,
    x.shape.filter((d, axis) => !isGone(d, axis)),
  )
}

function expandDims(node: Node, x: NdArray, at: number): NdArray {
  const axis = axisOf(node, at, x.shape.length + 1)
  return withShape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])
}

/** Arrays side by side along an axis. */
export function concatenated(node: Node, axis: number, arrays: readonly NdArray[]): NdArray {
  const like = arrays[0]!
  for (const x of arrays) {
    const fits = x.shape.length === like.shape.length && x.shape.every((d, i) => i === axis || d === like.shape[i])
    if (!fits) fail(node, `[${x.shape}] beside [${like.shape}] along axis ${axis}`)
  }
  const total = arrays.reduce((n, x) => n + x.shape[axis]!, 0)
  const shape = like.shape.map((d, i) => (i === axis ? total : d))
  const out = zeros(like.dtype, shape)
  const target = out.data as unknown as unknown[] // all are of one type, whichever it is
  let offset = 0
  for (const x of arrays) {
    const [outer, count, inner] = around(x.shape, axis)
    const from = x.data as unknown as unknown[]
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < count * inner; k++) target[(o * total + offset) * inner + k] = from[o * count * inner + k]
    }
    offset += x.shape[axis]!
  }
  return out
}

const concat = (node: Node, at: number, arrays: readonly NdArray[]): NdArray =>
  concatenated(node, axisOf(node, at, arrays[0]!.shape.length), arrays)

/** Arrays of one shape along a new axis. */
export function packed(node: Node, arrays: readonly NdArray[], at: number): NdArray {
  const axis = axisOf(node, at, arrays[0]!.shape.length + 1)
  return concatenated(
    node,
    axis,
    arrays.map(x => expandDims(node, x, axis)),
  )
}

function tile(x: NdArray, multiples: readonly number[]): NdArray {
  const twice = x.shape.flatMap((d, axis) => [multiples[axis]!, d])
  const own = rowMajorStrides(x.shape)
  const map = positions(
    twice,
    own.flatMap(s => [0, s]),
  )
  return take(
    x,
    map,
    x.shape.map((d, axis) => d * multiples[axis]!),
  )
}

/** `x` with the given axes run backwards. */
function reversed(x: NdArray, axes: readonly number[]): NdArray {
  const own = rowMajorStrides(x.shape)
  const base = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * own[axis]!, 0)
  return viewed(
    x,
    x.shape,
    own.map((s, axis) => (axes.includes(axis) ? -s : s)),
    base,
  )
}

const reverseSequence: Kernel = ([x, lengths], node) => {
  const [seq, batch] = [node.int('seq_dim'), node.int('batch_dim')]
  const own = rowMajorStrides(x!.shape)
  const counts = numbers(lengths!)
  const map = indices(size(x!), flat => {
    const at = (axis: number): number => Math.floor(flat / own[axis]!) % x!.shape[axis]!
    const length = counts[at(batch)]!
    return at(seq) < length ? flat + (length - 1 - 2 * at(seq)) * own[seq]! : flat
  })
  return [take(x!, map, x!.shape)]
}

const roll: Kernel = ([x, shifts, axes], node) => {
  const by = list(shifts!)
  const rolled = list(axes!).reduce((y, at, i) => {
    const axis = axisOf(node, at, y.shape.length)
    const d = y.shape[axis]!
    const shift = d ? ((by[i]! % d) + d) % d : 0
    const [head, tail] = splitInto(y, axis, [d - shift, shift]) as [NdArray, NdArray]
    return concatenated(node, axis, [tail, head])
  }, x!)
  return [rolled]
}

const range: Kernel = ([start, limit, delta], node) => {
  const dtype = start!.dtype
  if (isBig(dtype)) {
    const [from, to, step] = [start!, limit!, delta!].map(x => bigints(x)[0]!) as [bigint, bigint, bigint]
    if (step === 0n) fail(node, 'a step of 0')
    const out: bigint[] = []
    for (let v = from; step > 0n ? v < to : v > to; v += step) out.push(v)
    return [fromBigints(dtype, [out.length], out)]
  }
  const [from, to, step] = [first(start!), first(limit!), first(delta!)]
  if (step === 0) fail(node, 'a step of 0')
  const count = Math.max(0, Math.ceil((to - from) / step))
  return [
    fromNumbers(
      dtype,
      [count],
      Float64Array.from({ length: count }, (_, i) => from + i * step),
    ),
  ]
}

const linSpace: Kernel = ([start, stop, num]) => {
  const [from, to, count] = [first(start!), first(stop!), first(num!)]
  const at = (i: number): number => {
    if (i === 0) return from
    return i === count - 1 ? to : from + i * ((to - from) / (count - 1))
  }
  return [
    fromNumbers(
      start!.dtype,
      [count],
      Float64Array.from({ length: count }, (_, i) => at(i)),
    ),
  ]
}

const broadcastArgs: Kernel = ([a, b], node) => {
  const shape = broadcastShapes(list(a!), list(b!))
  return [ints(a!.dtype, shape ?? fail(node, `[${list(a!)}] and [${list(b!)}] do not broadcast`))]
}

const fill = (value: NdArray, shape: readonly number[]): NdArray =>
  take(value, new Int32Array(elementCount(shape)), shape)

const concatOffset: Kernel = ([at, ...shapes], node) => {
  const axis = axisOf(node, first(at!), size(shapes[0]!))
  let offset = 0
  return shapes.map(shape => {
    const out = ints(
      shape.dtype,
      list(shape).map((_, i) => (i === axis ? offset : 0)),
    )
    offset += numbers(shape)[axis]!
    return out
  })
}

/** Kernels by op. */
export const arrayKernels: Kernels = {
  Identity: same,
  IdentityN: inputs => inputs,
  Snapshot: same,
  DeepCopy: same,
  StopGradient: same,
  PreventGradient: same,
  EnsureShape: same,
  PlaceholderWithDefault: same,
  NoOp: () => [],
  Shape: ([x], node) => [ints(node.type('out_type'), x!.shape)],
  ShapeN: (inputs, node) => inputs.map(x => ints(node.type('out_type'), x.shape)),
  Size: ([x], node) => [scalarOf(node.type('out_type'), size(x!))],
  Rank: ([x]) => [scalarOf('int32', x!.shape.length)],
  Reshape: ([x, shape], node) => [reshaped(node, x!, list(shape!))],
  Squeeze: ([x], node) => [squeeze(node, x!)],
  ExpandDims: ([x, axis], node) => [expandDims(node, x!, first(axis!))],
  Concat: ([axis, ...arrays], node) => [concat(node, first(axis!), arrays)],
  ConcatV2: (inputs, node) => [concat(node, first(inputs.at(-1)!), inputs.slice(0, -1))],
  ParallelConcat: (inputs, node) => [concat(node, 0, inputs)],
  ConcatOffset: concatOffset,
  Pack: (inputs, node) => [packed(node, inputs, node.int('axis'))],
  Transpose: ([x, perm], node) => [
    transposed(
      x!,
      list(perm!).map(axis => axisOf(node, axis, x!.shape.length)),
    ),
  ],
  InvertPermutation: ([x]) => {
    const out = new Int32Array(size(x!))
    for (const [i, to] of list(x!).entries()) out[to] = i
    return [fromNumbers(x!.dtype, x!.shape, out)]
  },
  Tile: ([x, multiples]) => [tile(x!, list(multiples!))],
  Fill: ([shape, value]) => [fill(value!, list(shape!))],
  Empty: ([shape], node) => [zeros(node.type('dtype'), list(shape!))],
  ZerosLike: ([x]) => [zeros(x!.dtype, x!.shape)],
  OnesLike: ([x]) => [fill(scalarOf(x!.dtype, 1), x!.shape)],
  Range: range,
  LinSpace: linSpace,
  ReverseV2: ([x, axes], node) => [
    reversed(
      x!,
      list(axes!).map(axis => axisOf(node, axis, x!.shape.length)),
    ),
  ],
  Reverse: ([x, flags]) => [
    reversed(
      x!,
      list(flags!).flatMap((flag, axis) => (flag ? [axis] : [])),
    ),
  ],
  ReverseSequence: reverseSequence,
  Roll: roll,
  BroadcastTo: ([x, shape]) => [broadcastTo(x!, list(shape!))],
  BroadcastArgs: broadcastArgs,
}
