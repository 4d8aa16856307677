/** Kernels that read and write by index: gather, scatter, one-hot, where, stitch, and blocks of space. */
import type { Node } from '../../graph/node.ts'
import { rowMajorStrides } from '../../tensor/strided.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { first, fromNumbers, isBig, list, type NdArray, numbers, size, take, withShape, zeros } from '../array.ts'
import { axisOf, fail, indices, type Kernel, type Kernels } from '../kernel.ts'
import { transposed } from './array.ts'
import { pad, sliced } from './slice.ts'

/** Rows of `params` along `axis` that `at` names, for each of the leading `batch` dimensions by itself. */
function gather(node: Node, params: NdArray, at: NdArray, axis: number, batch: number): NdArray {
  const outer = params.shape.slice(0, batch)
  const before = params.shape.slice(batch, axis)
  const count = params.shape[axis]!
  const after = params.shape.slice(axis + 1)
  const wanted = numbers(at)
  const perBatch = elementCount(at.shape.slice(batch))
  const [b, p, inner] = [elementCount(outer), elementCount(before), elementCount(after)]
  for (const i of wanted) if (i < 0 || i >= count) fail(node, `index ${i} of ${count}`)
  const shape = [...outer, ...before, ...at.shape.slice(batch), ...after]
  const map = new Int32Array(b * p * perBatch * inner)
  let k = 0
  for (let i = 0; i < b; i++) {
    for (let j = 0; j < p; j++) {
      for (let w = 0; w < perBatch; w++) {
        const base = ((i * p + j) * count + wanted[i * perBatch + w]!) * inner
        for (let n = 0; n < inner; n++) map[k++] = base + n
      }
    }
  }
  return take(params, map, shape)
}

const gatherV2: Kernel = ([params, at, axisInput], node) => {
  const batchDims = node.int('batch_dims')
  const batch = batchDims < 0 ? batchDims + at!.shape.length : batchDims
  return [gather(node, params!, at!, axisOf(node, first(axisInput!), params!.shape.length), batch)]
}

/** Where the rows that index vectors name start, and how long they are; -1 for an index out of bounds. */
function rowStarts(shape: readonly number[], at: NdArray): { starts: number[]; inner: number } {
  const depth = at.shape.at(-1)!
  const inner = elementCount(shape.slice(depth))
  const strides = rowMajorStrides(shape)
  const coordinates = numbers(at)
  const starts = Array.from({ length: elementCount(at.shape.slice(0, -1)) }, (_, row) => {
    let start = 0
    for (let k = 0; k < depth; k++) {
      const c = coordinates[row * depth + k]!
      if (c < 0 || c >= shape[k]!) return -1
      start += c * strides[k]!
    }
    return start
  })
  return { starts, inner }
}

const gatherNd: Kernel = ([params, at], node) => {
  const { starts, inner } = rowStarts(params!.shape, at!)
  if (starts.includes(-1)) fail(node, `an index outside of [${params!.shape}]`)
  const shape = [...at!.shape.slice(0, -1), ...params!.shape.slice(at!.shape.at(-1)!)]
  return [
    take(
      params!,
      indices(starts.length * inner, i => starts[Math.floor(i / inner)]! + (i % inner)),
      shape,
    ),
  ]
}

type Update = (old: number, update: number) => number
const UPDATES: Record<string, Update> = {
  Update: (_, u) => u,
  Add: (o, u) => o + u,
  Sub: (o, u) => o - u,
  Mul: (o, u) => o * u,
  Div: (o, u) => o / u,
  Max: Math.max,
  Min: Math.min,
}

/** `x` with rows changed by `updates`. Elements that are not numbers are only ever replaced. */
function scattered(node: Node, x: NdArray, at: NdArray, updates: NdArray, update: Update): NdArray {
  const { starts, inner } = rowStarts(x.shape, at)
  if (starts.includes(-1)) fail(node, `an index outside of [${x.shape}]`)
  const out = take(
    x,
    indices(size(x), i => i),
    x.shape,
  )
  const from = updates.data as unknown as number[] // or whatever else the elements are
  const to = out.data as unknown as number[]
  const convert = (v: number): number => (isBig(x.dtype) ? (BigInt(v) as unknown as number) : v)
  for (const [row, start] of starts.entries()) {
    for (let k = 0; k < inner; k++) {
      const u = from[row * inner + k]!
      to[start + k] = update === UPDATES['Update'] ? u : convert(update(Number(to[start + k]!), Number(u)))
    }
  }
  return out
}

const tensorScatter =
  (name: string): Kernel =>
  ([x, at, updates], node) => [scattered(node, x!, at!, updates!, UPDATES[name]!)]

/** The ops of version 1 that change a variable by whole rows: indices without a last dimension. */
const scatterRows =
  (name: string): Kernel =>
  ([x, at, updates], node) => {
    const shape = [...at!.shape, ...x!.shape.slice(1)]
    const stretched = updates!.shape.length ? updates! : take(updates!, new Int32Array(elementCount(shape)), shape)
    return [scattered(node, x!, withShape(at!, [...at!.shape, 1]), stretched, UPDATES[name]!)]
  }

const oneHot: Kernel = ([at, depth, on, off], node) => {
  const count = first(depth!)
  const rank = at!.shape.length + 1
  const axis = axisOf(node, node.int('axis'), rank)
  const inner = elementCount(at!.shape.slice(axis))
  const hot = numbers(at!)
  const shape = [...at!.shape.slice(0, axis), count, ...at!.shape.slice(axis)]
  const isHot = indices(elementCount(shape), i => {
    const outer = Math.floor(i / (count * inner))
    return hot[outer * inner + (i % inner)] === Math.floor(i / inner) % count ? 0 : -1
  })
  return [take(on!, isHot, shape, off!)]
}

/** The coordinates of the elements that are not zero. */
const where: Kernel = ([x]) => {
  const strides = rowMajorStrides(x!.shape)
  const found = list(x!).flatMap((v, i) => (v !== 0 ? [i] : [])) // NaN is not zero
  const coordinates = found.flatMap(i => strides.map((s, axis) => Math.floor(i / s) % x!.shape[axis]!))
  return [fromNumbers('int64', [found.length, x!.shape.length], coordinates)]
}

const dynamicStitch: Kernel = inputs => {
  const count = inputs.length / 2
  const wanted = inputs.slice(0, count)
  const rows = Math.max(-1, ...wanted.flatMap(list)) + 1
  const tail = inputs[count]!.shape.slice(wanted[0]!.shape.length)
  const inner = elementCount(tail)
  const out = zeros(inputs[count]!.dtype, [rows, ...tail])
  const to = out.data as unknown as unknown[] // all data are of one type, whichever it is
  for (const [i, at] of wanted.entries()) {
    const from = inputs[count + i]!.data as unknown as unknown[]
    for (const [row, target] of list(at).entries()) {
      for (let k = 0; k < inner; k++) to[target * inner + k] = from[row * inner + k]
    }
  }
  return [out]
}

const dynamicPartition: Kernel = ([x, parts], node) => {
  const inner = size(x!) / Math.max(1, size(parts!))
  const tail = x!.shape.slice(parts!.shape.length)
  const of = list(parts!)
  return Array.from({ length: node.int('num_partitions') }, (_, part) => {
    const rows = of.flatMap((p, row) => (p === part ? [row] : []))
    const map = indices(rows.length * inner, i => rows[Math.floor(i / inner)]! * inner + (i % inner))
    return take(x!, map, [rows.length, ...tail])
  })
}

const sparseToDense: Kernel = ([at, shape, values, otherwise]) => {
  const dims = list(shape!)
  const depth = dims.length
  const out = take(otherwise!, new Int32Array(elementCount(dims)), dims)
  const places = withShape(at!, [size(at!) / depth, depth])
  const { starts } = rowStarts(dims, places)
  const to = out.data as unknown as unknown[] // values and default are of one type, whichever it is
  const from = values!.data as unknown as unknown[]
  for (const [i, start] of starts.entries()) to[start] = from[values!.shape.length ? i : 0]
  return [out]
}

const sparseDenseAdd: Kernel = ([at, values, , dense], node) => [scattered(node, dense!, at!, values!, UPDATES['Add']!)]

/** Zero-pads, cuts into blocks, and moves the blocks to the batch. Source: spacetobatch_op.cc. */
function spaceToBatch(x: NdArray, block: readonly number[], pads: readonly number[]): NdArray {
  const m = block.length
  const rest = x.shape.length - 1 - m
  const padded = pad(x, [0, 0, ...pads, ...Array<number>(2 * rest).fill(0)])
  const space = padded.shape.slice(1, 1 + m)
  const tail = padded.shape.slice(1 + m)
  const split = withShape(padded, [padded.shape[0]!, ...space.flatMap((d, i) => [d / block[i]!, block[i]!]), ...tail])
  const axes = block.map((_, i) => i)
  const perm = [...axes.map(i => 2 + 2 * i), 0, ...axes.map(i => 1 + 2 * i), ...tail.map((_, i) => 1 + 2 * m + i)]
  const moved = transposed(split, perm)
  return withShape(moved, [elementCount(block) * x.shape[0]!, ...space.map((d, i) => d / block[i]!), ...tail])
}

function batchToSpace(x: NdArray, block: readonly number[], crops: readonly number[]): NdArray {
  const m = block.length
  const batch = x.shape[0]! / elementCount(block)
  const space = x.shape.slice(1, 1 + m)
  const tail = x.shape.slice(1 + m)
  const split = withShape(x, [...block, batch, ...space, ...tail])
  const perm = [m, ...block.flatMap((_, i) => [m + 1 + i, i]), ...tail.map((_, i) => 2 * m + 1 + i)]
  const joined = withShape(transposed(split, perm), [batch, ...space.map((d, i) => d * block[i]!), ...tail])
  const begin = [0, ...block.map((_, i) => crops[2 * i]!), ...tail.map(() => 0)]
  const sizes = joined.shape.map((d, axis) =>
    axis >= 1 && axis <= m ? d - crops[2 * axis - 2]! - crops[2 * axis - 1]! : d,
  )
  return sliced(joined, begin, sizes)
}

/** With the channels last, whichever way the node has them. */
const channelsLast =
  (f: (x: NdArray, block: number) => NdArray): Kernel =>
  ([x], node) => {
    const block = node.int('block_size')
    if (node.str('data_format') !== 'NCHW') return [f(x!, block)]
    return [transposed(f(transposed(x!, [0, 2, 3, 1]), block), [0, 3, 1, 2])]
  }

function spaceToDepth(x: NdArray, block: number): NdArray {
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const split = withShape(x, [n, h / block, block, w / block, block, c])
  return withShape(transposed(split, [0, 1, 3, 2, 4, 5]), [n, h / block, w / block, block * block * c])
}

function depthToSpace(x: NdArray, block: number): NdArray {
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const depth = c / (block * block)
  const split = withShape(x, [n, h, w, block, block, depth])
  return withShape(transposed(split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, depth])
}

/** Kernels by op. */
export const indexingKernels: Kernels = {
  Gather: ([params, at], node) => [gather(node, params!, at!, 0, 0)],
  GatherV2: gatherV2,
  GatherNd: gatherNd,
  ScatterNd: ([at, updates, shape], node) => [
    scattered(node, zeros(updates!.dtype, list(shape!)), at!, updates!, UPDATES['Add']!),
  ],
  ScatterNdNonAliasingAdd: tensorScatter('Add'),
  TensorScatterUpdate: tensorScatter('Update'),
  TensorScatterAdd: tensorScatter('Add'),
  TensorScatterSub: tensorScatter('Sub'),
  TensorScatterMax: tensorScatter('Max'),
  TensorScatterMin: tensorScatter('Min'),
  ScatterNdUpdate: tensorScatter('Update'),
  ScatterNdAdd: tensorScatter('Add'),
  ScatterNdSub: tensorScatter('Sub'),
  ...Object.fromEntries(Object.keys(UPDATES).map(name => [`Scatter${name}`, scatterRows(name)])),
  Assign: ([, value]) => [value!],
  OneHot: oneHot,
  Where: where,
  DynamicStitch: dynamicStitch,
  ParallelDynamicStitch: dynamicStitch,
  DynamicPartition: dynamicPartition,
  SparseToDense: sparseToDense,
  SparseTensorDenseAdd: sparseDenseAdd,
  SpaceToBatchND: ([x, block, pads]) => [spaceToBatch(x!, list(block!), list(pads!))],
  BatchToSpaceND: ([x, block, crops]) => [batchToSpace(x!, list(block!), list(crops!))],
  SpaceToBatch: ([x, pads], node) => [spaceToBatch(x!, Array<number>(2).fill(node.int('block_size')), list(pads!))],
  BatchToSpace: ([x, crops], node) => [batchToSpace(x!, Array<number>(2).fill(node.int('block_size')), list(crops!))],
  SpaceToDepth: channelsLast(spaceToDepth),
  DepthToSpace: channelsLast(depthToSpace),
}
