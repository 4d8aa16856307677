/** Rows that belong together, added up or reduced otherwise by the number of their segment. */
import type { Node } from '../../graph/node.ts'
import { type DType, isFloat } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { scattered } from './gather.ts'

type Reduction = 'add' | 'mul' | 'min' | 'max'

/** The value of a segment without rows, where rows are compared. */
function extreme(dtype: DType, isHighest: boolean, emit: Emitter): Ref {
  const sign = isHighest ? 1 : -1
  if (dtype === 'float32') return emit.scalar(dtype, sign * 3.4028234663852886e38)
  if (dtype === 'float64') return emit.scalar(dtype, sign * Number.MAX_VALUE)
  if (dtype === 'float16') return emit.scalar(dtype, sign * 65504)
  const bits = BigInt(Number(/\d+/.exec(dtype)?.[0] ?? refuse(`ONNX has no order of ${dtype}`)))
  if (dtype.startsWith('u')) return emit.integer(dtype, isHighest ? 2n ** bits - 1n : 0n)
  return emit.integer(dtype, isHighest ? 2n ** (bits - 1n) - 1n : -(2n ** (bits - 1n)))
}

const START: Readonly<Record<Reduction, (dtype: DType, emit: Emitter) => Ref>> = {
  add: (dtype, emit) => emit.scalar(dtype, 0),
  mul: (dtype, emit) => emit.scalar(dtype, 1),
  min: (dtype, emit) => extreme(dtype, true, emit),
  max: (dtype, emit) => extreme(dtype, false, emit),
}

interface Segments {
  readonly data: Ref
  readonly ids: Ref
  /** How many axes of the data the numbers have. */
  readonly axes: number
  /** How many segments there are, as a vector of one. */
  readonly count: Ref
}

/** Rows scattered into one place a segment. Those with a negative number go to a place more, which is cut off. */
export function reduced(
  emit: Emitter,
  reduction: Reduction,
  { data, ids, axes, count }: Segments,
  start: Ref,
  name?: string,
): Ref {
  const inner = emit.op('Slice', [
    emit.op('Shape', [data]),
    emit.vector([axes]),
    emit.vector([Number.MAX_SAFE_INTEGER]),
  ])
  const places = emit.op('Add', [count, emit.vector([1])])
  const shape = emit.op('Concat', [places, inner], { axis: 0 })
  const empty = emit.op('Expand', [start, shape])
  const isOutside = emit.op('Less', [ids, emit.scalar('int64', 0)])
  const beyond = emit.reshape(count, [])
  const place = emit.op('Unsqueeze', [emit.op('Where', [isOutside, beyond, ids]), emit.vector([-1])])
  const all = scattered(emit, empty, place, { updates: data, reduction })
  return emit.op('Slice', [all, emit.vector([0]), count, emit.vector([0])], {}, { name })
}

const unsorted =
  (reduction: Reduction): Lowering =>
  (node, emit) => {
    const [data, ids, count] = inputsOf(node, 3)
    const known = emit.known(count)
    const segments = {
      data: emit.value(data),
      ids: emit.cast(emit.value(ids), 'int64'),
      axes: emit.rank(ids),
      count: known ? emit.vector(known) : emit.reshape(emit.cast(emit.value(count), 'int64'), [1]),
    }
    const start = START[reduction](segments.data.dtype, emit)
    emit.set(node.out(), reduced(emit, reduction, segments, start, node.name))
  }

/** Sorted numbers: there is one segment more than the last of them. A segment without rows is 0, or 1 for a product. */
const sorted =
  (reduction: Reduction, isMean = false): Lowering =>
  (node, emit) => {
    const ids = emit.cast(emit.value(node.input(1)), 'int64')
    const data = emit.value(node.input(0))
    const segments = { data, ids, axes: 1, count: countOf(ids, emit.shape(node.input(1))?.[0] ?? 0, emit) }
    const isOrder = reduction === 'min' || reduction === 'max'
    const isInfinite = isOrder && isFloat(data.dtype) // what has no rows is set to 0 below
    const start = isInfinite
      ? emit.scalar(data.dtype, reduction === 'min' ? Infinity : -Infinity)
      : START[reduction](data.dtype, emit)
    const result = reduced(emit, reduction, segments, start, isOrder || isMean ? undefined : node.name)
    if (!isOrder && !isMean) {
      emit.set(node.out(), result)
      return
    }
    const ones = emit.op('Expand', [emit.scalar(data.dtype, 1), emit.op('Shape', [data])])
    const sizes = reduced(emit, 'add', { ...segments, data: ones }, emit.scalar(data.dtype, 0))
    if (isMean) {
      const rows = emit.op('Max', [sizes, emit.scalar(data.dtype, 1)])
      emit.set(node.out(), emit.op('Div', [result, rows], {}, { name: node.name }))
      return
    }
    const nothing = emit.scalar(data.dtype, 0)
    const isEmpty = emit.op('Equal', [sizes, nothing])
    emit.set(node.out(), emit.op('Where', [isEmpty, nothing, result], {}, { name: node.name }))
  }

/** One more than the last of sorted numbers; none where there may be no rows, of which ONNX has no largest. */
export function countOf(ids: Ref, rows: number, emit: Emitter): Ref {
  const last = emit.reduce('ReduceMax', ids, [0], true)
  const known = rows > 0 ? last : emit.op('Max', [last, emit.vector([-1])])
  return emit.op('Add', [known, emit.vector([1])])
}

/** How often each number occurs, or the weights of its occurrences added up; of a matrix, row by row. */
const bincount: Lowering = (node, emit) => {
  const [values, size, weights] = inputsOf(node, 3)
  const rank = emit.rank(values)
  const isByRow = node.op === 'DenseBincount' && rank === 2
  const isBinary = node.op === 'DenseBincount' && node.bool('binary_output')
  const dtype = node.type('T')
  const all = emit.cast(emit.value(values), 'int64')
  const count = emit.reshape(emit.cast(emit.value(size), 'int64'), [1])
  const isInside = emit.op('Less', [all, count])
  const ids = isByRow ? byRow(emit, all, isInside, count) : emit.op('Where', [isInside, all, emit.scalar('int64', -1)])
  const flatten = (ref: Ref): Ref => (rank === 1 ? ref : emit.reshape(ref, [-1]))
  const given = emit.shape(weights)
  if (!given) refuse('whether it has weights is not known')
  const isWeighted = !isBinary && given.length > 0 && !given.includes(0)
  const data = isWeighted
    ? flatten(emit.value(weights))
    : emit.op('Expand', [emit.scalar(dtype, 1), emit.op('Shape', [flatten(ids)])])
  const rows = emit.op('Slice', [emit.op('Shape', [all]), emit.vector([0]), emit.vector([1])])
  const segments = { data, ids: flatten(ids), axes: 1, count: isByRow ? emit.op('Mul', [rows, count]) : count }
  const isLast = !isByRow && !isBinary
  const sums = reduced(emit, 'add', segments, emit.scalar(dtype, 0), isLast ? node.name : undefined)
  const counts = isBinary ? emit.op('Min', [sums, emit.scalar(dtype, 1)]) : sums
  const shape = emit.op('Concat', [rows, count], { axis: 0 })
  emit.set(node.out(), isByRow ? emit.op('Reshape', [counts, shape], {}, { name: node.name }) : counts)
}

/** Numbers of the bins of all rows: each row has its own. */
function byRow(emit: Emitter, values: Ref, isInside: Ref, count: Ref): Ref {
  const rows = emit.op('Gather', [emit.op('Shape', [values]), emit.scalar('int64', 0)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar('int64', 0), rows, emit.scalar('int64', 1)])
  const first = emit.op('Unsqueeze', [emit.op('Mul', [numbers, count]), emit.vector([1])])
  return emit.op('Where', [isInside, emit.op('Add', [values, first]), emit.scalar('int64', -1)])
}

/** How many values lie in each of some equal parts of a range; those outside count to the first or last. */
const histogram: Lowering = (node: Node, emit) => {
  const [values, range, bins] = inputsOf(node, 3)
  const x = emit.cast(emit.value(values), 'float64')
  if (!isFloat(emit.dtype(values))) refuse('it counts integers')
  const [low, high] = emit.split(emit.cast(emit.value(range), 'float64'), 0, 2)
  const count = emit.reshape(emit.cast(emit.value(bins), 'int64'), [1])
  const width = emit.op('Div', [emit.op('Sub', [high, low]), emit.cast(count, 'float64')])
  const flat = emit.reshape(x, [-1])
  const at = emit.cast(emit.op('Floor', [emit.op('Div', [emit.op('Sub', [flat, low]), width])]), 'int64')
  const last = emit.op('Sub', [count, emit.vector([1])])
  const ids = emit.op('Max', [emit.op('Min', [at, last]), emit.vector([0])])
  const dtype = node.type('dtype')
  const data = emit.op('Expand', [emit.scalar(dtype, 1), emit.op('Shape', [flat])])
  emit.set(node.out(), reduced(emit, 'add', { data, ids, axes: 1, count }, emit.scalar(dtype, 0), node.name))
}

/** A dense tensor with the elements of a sparse one added. */
const sparseDenseAdd: Lowering = (node, emit) => {
  const [indices, values, , dense] = inputsOf(node, 4)
  const data = emit.value(dense)
  const updates = emit.value(values)
  emit.set(node.out(), scattered(emit, data, emit.value(indices), { updates, reduction: 'add', name: node.name }))
}

export const segments: Lowerings = {
  Bincount: bincount,
  DenseBincount: bincount,
  HistogramFixedWidth: histogram,
  SegmentMax: sorted('max'),
  SegmentMean: sorted('add', true),
  SegmentMin: sorted('min'),
  SegmentProd: sorted('mul'),
  SegmentSum: sorted('add'),
  SparseTensorDenseAdd: sparseDenseAdd,
  UnsortedSegmentMax: unsorted('max'),
  UnsortedSegmentMin: unsorted('min'),
  UnsortedSegmentProd: unsorted('mul'),
  UnsortedSegmentSum: unsorted('add'),
}
