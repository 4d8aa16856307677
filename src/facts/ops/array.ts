/** Shapes of ops that join, split, slice, gather and scatter. */
import type { PartialShape } from '../../graph/attr.ts'
import { pick } from '../elements.ts'
import type { Element, Fact, Inferred } from '../fact.ts'
import {
  allNumbersOf,
  axisIn,
  Contradiction,
  dimOf,
  forEach,
  lengthOf,
  like,
  numberOf,
  numbersOf,
  type Rule,
  type Rules,
  shapeFrom,
  withRank,
} from '../rule.ts'
import {
  afterAxes,
  type Dim,
  mergeShapes,
  numElements,
  offsets,
  ofRank,
  overDim,
  plusDim,
  rankOf,
  staticShape,
  strides,
  timesDim,
} from '../shape.ts'
import { stridedSlice } from './strided-slice.ts'

const known = (elements: readonly Element[] | undefined): { elements?: readonly Element[] } =>
  elements ? { elements } : {}

/** All values of the tensors one after the other: what joining along the first axis does. */
function joined(parts: readonly Fact[]): Element[] | undefined {
  const values = parts.map(p => p.elements ?? Array<Element>(numElements(p.shape) ?? 0).fill(null))
  return parts.every(p => numElements(p.shape) !== null) ? values.flat() : undefined
}

const pack: Rule = (node, inputs) => {
  const shape = inputs.map(f => f.shape).reduce(mergeShapes)
  if (shape === null) return []
  const axis = axisIn(node.int('axis'), shape.length + 1)
  return [{ shape: shape.toSpliced(axis, 0, inputs.length), ...(axis === 0 && known(joined(inputs))) }]
}

const unpack: Rule = (node, [x]) => {
  const count = node.int('num')
  if (x.shape === null) return []
  const axis = axisIn(node.int('axis'), x.shape.length)
  const shape = x.shape.toSpliced(axis, 1)
  const each = numElements(shape)
  return Array.from({ length: count }, (_, i) => ({
    shape,
    ...(axis === 0 && each !== null && known(x.elements?.slice(i * each, (i + 1) * each))),
  }))
}

function concatenation(parts: readonly Fact[], axisFact: Fact): Inferred {
  const rank = parts.find(p => p.shape !== null)?.shape?.length
  if (rank === undefined) return { shape: null }
  const dims = parts.map(p => withRank(p, rank))
  const axis = numberOf(axisFact)
  if (axis === null) return { shape: ofRank(rank) }
  const along = axisIn(axis, rank)
  const others = dims.map(d => d.with(along, null)).reduce<readonly Dim[] | null>(mergeShapes, ofRank(rank))
  const shape = others?.with(along, dims.map(d => d[along]!).reduce<Dim>(plusDim, 0)) ?? null
  return { shape, ...(along === 0 && known(joined(parts))) }
}

const concat: Rule = (_, [axis, ...parts]) => [concatenation(parts, axis)]
const concatV2: Rule = (_, inputs) => [concatenation(inputs.slice(0, -1), inputs.at(-1)!)]
const concatOffset: Rule = (_, [, ...shapes]) => shapes.map(s => s.shape)

/** `count` equal parts. */
const split: Rule = (node, [axis, x]) => {
  const count = node.int('num_split')
  if (x.shape === null) return []
  const at = numberOf(axis)
  if (at === null) return Array.from({ length: count }, () => ofRank(x.shape!.length))
  const along = axisIn(at, x.shape.length)
  const shape = x.shape.with(along, overDim(x.shape[along]!, count))
  const each = numElements(shape)
  return Array.from({ length: count }, (_, i) => ({
    shape,
    ...(along === 0 && each !== null && known(x.elements?.slice(i * each, (i + 1) * each))),
  }))
}

/** Parts of given sizes; one of them may be −1, the rest. */
const splitV: Rule = (node, [x, sizes, axis]) => {
  const count = node.int('num_split')
  if (x.shape === null) return []
  const at = numberOf(axis)
  if (at === null) return Array.from({ length: count }, () => (count === 1 ? x.shape : ofRank(x.shape!.length)))
  const along = axisIn(at, x.shape.length)
  const parts = splitSizes(x.shape[along]!, numbersOf(sizes) ?? ofRank(count))
  const { shape } = x
  return parts.map(part => shape.with(along, part))
}

function splitSizes(whole: Dim, sizes: readonly Dim[]): readonly Dim[] {
  const rest = sizes.indexOf(-1)
  if (rest < 0) return sizes
  const others = sizes.filter((_, i) => i !== rest).reduce(plusDim, 0)
  return sizes.with(rest, whole === null || others === null ? null : whole - others)
}

/** From `begin`, `size` elements an axis; −1: all that follow. */
const slice: Rule = (_, [x, begin, size]) => {
  const rank = x.shape?.length ?? lengthOf(begin) ?? lengthOf(size)
  if (rank === null) return []
  const dims = withRank(x, rank)
  const [from, count] = [numbersOf(begin) ?? ofRank(rank), numbersOf(size) ?? ofRank(rank)]
  const shape = dims.map((d, i) => (count[i] === -1 ? restOf(d, from[i]!) : (count[i] ?? null)))
  const [source, result] = [staticShape(dims), staticShape(shape)]
  const start = from.filter(f => f !== null)
  if (!x.elements || !source || !result || start.length < rank) return [shape]
  const steps = strides(source)
  return [
    {
      shape,
      ...known(
        pick(
          x,
          offsets(
            result,
            steps,
            start.reduce((n, f, i) => n + f * steps[i]!, 0),
          ),
        ),
      ),
    },
  ]
}

const restOf = (size: Dim, from: number | null): Dim => (size === null || from === null ? null : size - from)

/** Rows of `params` along `axis`, by index. */
const gatherV2: Rule = (node, [params, indices, axis]) => {
  const at = numberOf(axis)
  if (params.shape === null || indices.shape === null) return []
  const batch = node.int('batch_dims')
  if (at === null) return [ofRank(params.shape.length - 1 + indices.shape.length - Math.max(0, batch))]
  const along = axisIn(at, params.shape.length)
  const shared = batch < 0 ? batch + indices.shape.length : batch
  const shape = [...params.shape.slice(0, along), ...indices.shape.slice(shared), ...params.shape.slice(along + 1)]
  return [{ shape, ...(along === 0 && shared === 0 && known(rowsAt(params, indices))) }]
}

const gather: Rule = (_, [params, indices]) => {
  if (params.shape === null || indices.shape === null) return []
  return [{ shape: [...indices.shape, ...params.shape.slice(1)], ...known(rowsAt(params, indices)) }]
}

function rowsAt(params: Fact, indices: Fact): Element[] | undefined {
  const row = numElements(afterAxes(params.shape, 1))
  const places = numbersOf(indices)
  if (row === null || !places || !params.elements) return undefined
  return pick(
    params,
    places.flatMap(p => Array.from({ length: row }, (_, i) => (p === null ? null : p * row + i))),
  )
}

/** The last axis of the indices counts as many axes of `params` off. */
function gatheredNd(params: readonly Dim[] | null, indices: readonly Dim[] | null): readonly Dim[] | null {
  const depth = indices?.at(-1) ?? null
  if (params === null || indices === null || depth === null) return null
  if (depth > params.length) throw new Contradiction('an index has more parts than the tensor axes')
  return [...indices.slice(0, -1), ...params.slice(depth)]
}

const gatherNd: Rule = (_, [params, indices]) => [gatheredNd(params.shape, indices.shape)]
const resourceGatherNd: Rule = (_, [handle, indices]) => [gatheredNd(handle.contents?.shape ?? null, indices.shape)]

const resourceGather: Rule = (node, [handle, indices]) => {
  const params = handle.contents?.shape
  if (!params || indices.shape === null || node.int('batch_dims') !== 0) return []
  return [[...indices.shape, ...params.slice(1)]]
}

const scatterNd: Rule = (_, [, , shape]) => [shapeFrom(shape)]

/** The places of what is not zero: a row each. */
const where: Rule = (_, [x]) => [[null, rankOf(x.shape)]]

const unique: Rule = (_, [x]) => [[null], x.shape, [null]]

/** Along an axis; without one, of a vector. */
const uniqueV2: Rule = (_, [x, axis]) => {
  if (x.shape === null) return [null, [null], [null]]
  const at = axis.elements?.length === 0 ? 0 : numberOf(axis)
  if (at === null) return [ofRank(x.shape.length), [null], [null]]
  const along = axisIn(at, x.shape.length)
  return [x.shape.with(along, null), [x.shape[along]!], [null]]
}

const oneHot: Rule = (node, [indices, depth]) => {
  if (indices.shape === null) return []
  const axis = node.int('axis')
  const at = axis === -1 ? indices.shape.length : axisIn(axis, indices.shape.length + 1)
  return [indices.shape.toSpliced(at, 0, dimOf(depth))]
}

/** `data` by `indices`: as many rows as the largest index needs. */
const dynamicStitch: Rule = (node, inputs) => {
  const n = node.int('N')
  const [indices, data] = [inputs.slice(0, n), inputs.slice(n)]
  const rows = data.map((d, i) => {
    const rank = rankOf(indices[i]!.shape)
    return rank === null ? null : afterAxes(d.shape, rank)
  })
  const row = rows.reduce<PartialShape>(mergeShapes, null)
  const all = indices.map(allNumbersOf)
  const count = all.every(a => a !== undefined) ? Math.max(-1, ...all.flat()) + 1 : null
  return [row && { shape: [count, ...row], ...stitched(indices, data, row, count) }]
}

function stitched(indices: readonly Fact[], data: readonly Fact[], row: readonly Dim[], count: Dim) {
  if (row.length > 0 || count === null || count > 1024) return {}
  const elements = Array<Element>(count).fill(null)
  indices.forEach((places, i) => {
    allNumbersOf(places)?.forEach((place, k) => {
      if (place in elements) elements[place] = data[i]!.elements?.[k] ?? null
    })
  })
  return { elements }
}

const dynamicPartition: Rule = (node, [data, partitions]) => {
  if (data.shape === null || partitions.shape === null) return []
  const shape = [null, ...data.shape.slice(partitions.shape.length)]
  return Array.from({ length: node.int('num_partitions') }, () => shape)
}

/** The values of x that y does not have, and where they are. */
const listDiff: Rule = (_, [x, y]) => {
  const [all, less] = [x.elements, y.elements]
  if (!all || !less || all.includes(null) || less.includes(null)) return [[null], [null]]
  const places = all.flatMap((e, i) => (less.includes(e) ? [] : [i]))
  const shape = [places.length]
  return [
    { shape, elements: places.map(i => all[i]!) },
    { shape, elements: places },
  ]
}

/** The blocks of each axis after the first, and the borders' sum along it; null where not known. */
function blocksOf(block: Fact, borders: Fact): readonly { block: Dim; border: Dim }[] | null {
  const count = lengthOf(block)
  if (count === null) return null
  const sizes = numbersOf(block) ?? ofRank(count)
  const pairs = numbersOf(borders)
  return sizes.map((size, i) => ({ block: size, border: plusDim(pairs?.[2 * i] ?? null, pairs?.[2 * i + 1] ?? null) }))
}

/** Padded axes divide by their block, which multiplies the batch. */
const spaceToBatchNd: Rule = (_, [x, block, paddings]) => {
  const blocks = blocksOf(block, paddings)
  if (x.shape === null || !blocks) return [x.shape && ofRank(x.shape.length)]
  const all = blocks.reduce((n: Dim, b) => timesDim(n, b.block), 1)
  return [
    x.shape.map((d, i) => {
      const axis = blocks[i - 1]
      if (!axis) return i === 0 ? timesDim(d, all) : d
      return axis.block === null ? null : overDim(plusDim(d, axis.border), axis.block)
    }),
  ]
}

/** The batch divides by the blocks, which multiply their axes; then these are cropped. */
const batchToSpaceNd: Rule = (_, [x, block, crops]) => {
  const blocks = blocksOf(block, crops)
  if (x.shape === null || !blocks) return [x.shape && ofRank(x.shape.length)]
  const all = blocks.reduce((n: Dim, b) => timesDim(n, b.block), 1)
  return [
    x.shape.map((d, i) => {
      const axis = blocks[i - 1]
      if (!axis) return i > 0 ? d : all === null ? null : overDim(d, all)
      return axis.border === null ? null : plusDim(timesDim(d, axis.block), -axis.border)
    }),
  ]
}

const ravel: Rule = (_, [index, dims]) => {
  if (index.shape === null) return []
  return [index.shape.length === 0 ? dims.shape : [lengthOf(dims), ...index.shape]]
}

/** The shape functions of joining, splitting, slicing, gathering and scattering. */
export const arrayRules: Rules = {
  Pack: pack,
  Unpack: unpack,
  Concat: concat,
  ConcatV2: concatV2,
  ConcatOffset: concatOffset,
  ParallelConcat: node => [node.shape('shape')],
  Split: split,
  SplitV: splitV,
  Slice: slice,
  StridedSlice: stridedSlice,
  Gather: gather,
  GatherV2: gatherV2,
  GatherNd: gatherNd,
  ResourceGather: resourceGather,
  ResourceGatherNd: resourceGatherNd,
  ScatterNd: scatterNd,
  ...forEach(
    `ScatterUpdate ScatterAdd ScatterSub ScatterMul ScatterDiv ScatterMin ScatterMax ScatterNdUpdate ScatterNdAdd
     ScatterNdSub ScatterNdMin ScatterNdMax ScatterNdNonAliasingAdd TensorScatterUpdate TensorScatterAdd TensorScatterSub
     TensorScatterMin TensorScatterMax TensorStridedSliceUpdate InplaceUpdate InplaceAdd InplaceSub StridedSliceAssign`,
    like(),
  ),
  Where: where,
  ...forEach('Unique UniqueWithCounts', unique),
  ...forEach('UniqueV2 UniqueWithCountsV2', uniqueV2),
  OneHot: oneHot,
  ...forEach('DynamicStitch ParallelDynamicStitch', dynamicStitch),
  DynamicPartition: dynamicPartition,
  ListDiff: listDiff,
  SpaceToBatchND: spaceToBatchNd,
  BatchToSpaceND: batchToSpaceNd,
  UnravelIndex: ravel,
  ...forEach('LowerBound UpperBound', like(1)),
}
