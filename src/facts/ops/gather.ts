/** Shapes of ops that read or write by index, or find indices. */
import type { PartialShape } from '../../graph/attr.ts'
import { pick } from '../elements.ts'
import { type Element, type Fact, known } from '../fact.ts'
import {
  allNumbersOf,
  axisIn,
  dimOf,
  forEach,
  lengthOf,
  like,
  numberOf,
  numbersOf,
  type Rule,
  type Rules,
  shapeFrom,
} from '../rule.ts'
import { afterAxes, Contradiction, type Dim, mergeShapes, numElements, ofRank, rankOf } from '../shape.ts'

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
  const n = node.count('N')
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
  return Array.from({ length: node.count('num_partitions') }, () => shape)
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

const ravel: Rule = (_, [index, dims]) => {
  if (index.shape === null) return []
  return [index.shape.length === 0 ? dims.shape : [lengthOf(dims), ...index.shape]]
}

/** The shape functions of gathering and scattering. */
export const gatherRules: Rules = {
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
  UnravelIndex: ravel,
  ...forEach('LowerBound UpperBound', like(1)),
}
