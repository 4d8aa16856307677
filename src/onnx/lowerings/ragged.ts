/** Ragged tensors: elements one behind the other, with the number of the row of each, or where each row ends. */
import type { Node, Value } from '../../graph/node.ts'
import { strings } from '../../tensor/make.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { reduced } from './segment.ts'

const LONG = 'int64'
const END = Number.MAX_SAFE_INTEGER

const long = (value: Value, emit: Emitter): Ref => emit.cast(emit.value(value), LONG)
const asVector = (value: Value, emit: Emitter): Ref => emit.reshape(long(value, emit), [1])
const column = (ref: Ref, emit: Emitter): Ref => emit.op('Unsqueeze', [ref, emit.vector([1])])
const part = (ref: Ref, from: number, to: number, emit: Emitter): Ref =>
  emit.op('Slice', [ref, emit.vector([from]), emit.vector([to]), emit.vector([0])])

/** 0, 1, … up to a count, a vector of one. */
const upTo = (count: Ref, emit: Emitter): Ref =>
  emit.op('Range', [emit.scalar(LONG, 0), emit.reshape(count, []), emit.scalar(LONG, 1)])

/** The largest of numbers that are not negative, a vector of one; 0 where there are none. */
const largest = (numbers: Ref, emit: Emitter): Ref =>
  emit.reduce('ReduceMax', emit.op('Concat', [numbers, emit.vector([0])], { axis: 0 }), [0], true)

/** How many elements each row has. */
function lengthsOf(rows: Ref, count: Ref, emit: Emitter): Ref {
  const ones = emit.op('Expand', [emit.scalar(LONG, 1), emit.op('Shape', [rows])])
  return reduced(emit, 'add', { data: ones, ids: rows, axes: 1, count }, emit.scalar(LONG, 0))
}

/** The number of the row of each of some elements: how many rows end before it or at it. */
function rowsOf(splits: Ref, elements: Ref, emit: Emitter): Ref {
  const ends = part(splits, 1, END, emit)
  const at = column(upTo(elements, emit), emit)
  const isBehind = emit.op('GreaterOrEqual', [at, emit.op('Unsqueeze', [ends, emit.vector([0])])])
  return emit.reduce('ReduceSum', emit.cast(isBehind, LONG), [1], false)
}

/** Where rows of these lengths begin and end: 0, a, a + b, … */
const splitsOf = (lengths: Ref, emit: Emitter): Ref =>
  emit.op('Concat', [emit.vector([0]), emit.op('CumSum', [lengths, emit.scalar(LONG, 0)])], { axis: 0 })

/** Elements in rows: the row of each, how long each row is, and where it begins. */
interface Rows {
  readonly rows: Ref
  readonly lengths: Ref
  readonly starts: Ref
}

/** By where they begin and end; `elements` is how many there are, a vector of one. */
function bySplits(splits: Ref, elements: Ref, emit: Emitter): Rows {
  const starts = part(splits, 0, -1, emit)
  const lengths = emit.op('Sub', [part(splits, 1, END, emit), starts])
  return { rows: rowsOf(splits, elements, emit), lengths, starts }
}

/** By the row of each element, in order; `count` is how many rows there are. */
function byRows(rows: Ref, count: Ref, emit: Emitter): Rows {
  const lengths = lengthsOf(rows, count, emit)
  return { rows, lengths, starts: emit.op('CumSum', [lengths, emit.scalar(LONG, 0)], { exclusive: 1 }) }
}

/** The place of each element in its row. */
const placesIn = ({ rows, starts }: Rows, emit: Emitter): Ref =>
  emit.op('Sub', [upTo(emit.op('Shape', [rows]), emit), emit.op('Gather', [starts, rows], { axis: 0 })])

/** How many rows there are at first, and how the elements of each level are in rows of the level above it. */
interface Nested {
  readonly count: Ref
  readonly levels: readonly Rows[]
}

/** The partitions of RaggedTensorToTensor, in which the number of rows comes first where it is needed. */
function partitionsOf(node: Node, values: Ref, emit: Emitter): Nested {
  const kinds = node.strs('row_partition_types')
  const hasCount = kinds[0] === 'FIRST_DIM_SIZE'
  const given = node.inputs.slice(3, 3 + kinds.length)
  const partitions = given.flatMap((value, i) => (i > 0 || !hasCount ? [{ value, kind: kinds[i]! }] : []))
  let count: Ref | undefined = hasCount ? asVector(given[0]!, emit) : undefined
  const first = count
  const levels: Rows[] = []
  for (const [i, { value, kind }] of partitions.entries()) {
    const told = long(value, emit)
    if (kind === 'VALUE_ROWIDS' && count) levels.push(byRows(told, count, emit))
    else if (kind === 'ROW_SPLITS') levels.push(bySplits(told, elementsOf(partitions[i + 1], values, emit), emit))
    else refuse(`its rows are said by ${kinds.join(' ')}`)
    count = emit.op('Shape', [levels.at(-1)!.rows])
  }
  return { count: first ?? emit.op('Shape', [levels[0]!.lengths]), levels }
}

/** How many elements a level has: the rows of the one below it. */
function elementsOf(below: { value: Value; kind: string } | undefined, values: Ref, emit: Emitter): Ref {
  if (!below) return part(emit.op('Shape', [values]), 0, 1, emit)
  if (below.kind !== 'ROW_SPLITS') return refuse('how many rows there are inside of rows is not said')
  return emit.op('Sub', [emit.op('Shape', [emit.value(below.value)]), emit.vector([1])])
}

/** The places of all elements, a row each: that of its outermost row, then that in each row. */
function coordinatesOf({ count, levels }: Nested, emit: Emitter): Ref {
  return levels.reduce(
    (above, level) => {
      const own = column(placesIn(level, emit), emit)
      return emit.op('Concat', [emit.op('Gather', [above, level.rows], { axis: 0 }), own], { axis: 1 })
    },
    column(upTo(count, emit), emit),
  )
}

/** Rows of one width at each level, filled up or cut off: each element goes to its place. */
const toTensor: Lowering = (node, emit) => {
  const [shape, elements, fill] = inputsOf(node, 3)
  const values = emit.value(elements)
  const nested = partitionsOf(node, values, emit)
  const asked = emit.rank(shape) === 0 ? [] : emit.ints(shape, 'the shape of its result')
  const counts = [nested.count, ...nested.levels.map(({ lengths }) => largest(lengths, emit))]
  const sizes = counts.map((size, i) => ((asked[i] ?? -1) < 0 ? size : emit.vector([asked[i]!])))
  const outer = emit.op('Concat', sizes, { axis: 0 })
  const coordinates = coordinatesOf(nested, emit)
  const isWithin = emit.op('Less', [coordinates, outer])
  const isInside = emit.cast(emit.reduce('ReduceMin', emit.cast(isWithin, 'int32'), [1], false), 'bool')
  const inner = part(emit.op('Shape', [values]), 1, END, emit)
  const filled = emit.op('Expand', [emit.value(fill), emit.op('Concat', [outer, inner], { axis: 0 })])
  const inside = (ref: Ref): Ref => emit.op('Compress', [ref, isInside], { axis: 0 })
  emit.set(node.out(), emit.op('ScatterND', [filled, inside(coordinates), inside(values)], {}, { name: node.name }))
}

/** Levels that are all said by where their rows end. */
function nestedSplits(splits: readonly Value[], values: Ref, emit: Emitter): Nested {
  const told = splits.map(value => long(value, emit))
  const levels = told.map((ends, i) => {
    const below = told[i + 1]
    const elements = below
      ? emit.op('Sub', [emit.op('Shape', [below]), emit.vector([1])])
      : part(emit.op('Shape', [values]), 0, 1, emit)
    return bySplits(ends, elements, emit)
  })
  return { count: emit.op('Shape', [levels[0]!.lengths]), levels }
}

/** A sparse tensor of the same elements: places, elements, its shape. */
const toSparse: Lowering = (node, emit) => {
  const elements = node.inputs.at(-1)!
  if (emit.rank(elements) !== 1) refuse('its elements are not single')
  const values = emit.value(elements)
  const nested = nestedSplits(node.inputs.slice(0, -1), values, emit)
  emit.set(node.out(0), emit.op('Identity', [coordinatesOf(nested, emit)], {}, { name: node.name }))
  emit.set(node.out(1), emit.op('Identity', [values], {}, { name: `${node.name}:1` }))
  const sizes = [nested.count, ...nested.levels.map(({ lengths }) => largest(lengths, emit))]
  emit.set(node.out(2), emit.op('Concat', sizes, { axis: 0 }, { name: `${node.name}:2` }))
}

/** Rows taken by their numbers: where they end, and their elements. */
const gather: Lowering = (node, emit) => {
  const depth = node.int('OUTPUT_RAGGED_RANK')
  const [splits, values, indices] = node.inputs
  if (depth !== 1 || node.inputs.length !== 3) refuse('its rows are in rows')
  const taken = long(indices!, emit)
  const { lengths, starts } = bySplits(
    long(splits!, emit),
    part(emit.op('Shape', [emit.value(values!)]), 0, 1, emit),
    emit,
  )
  const ends = splitsOf(emit.op('Gather', [lengths, taken], { axis: 0 }), emit)
  const rows = bySplits(ends, part(ends, -1, END, emit), emit)
  const from = emit.op('Gather', [emit.op('Gather', [starts, taken], { axis: 0 }), rows.rows], { axis: 0 })
  const places = emit.op('Add', [from, placesIn(rows, emit)])
  emit.set(node.out(0), emit.cast(ends, emit.dtype(node.out(0)), node.name))
  emit.set(node.out(1), emit.op('Gather', [emit.value(values!), places], { axis: 0 }, { name: `${node.name}:1` }))
}

/** Numbers from a start up to a limit by steps, a row each: where the rows end, and the numbers. */
const ranges: Lowering = (node, emit) => {
  const given = inputsOf(node, 3).map(input => emit.value(input))
  const [starts, limits, steps] = given as [Ref, Ref, Ref]
  const dtype = starts.dtype
  // A row each, where some are given once for all.
  const sum = emit.op('Add', [emit.op('Add', [starts, limits]), steps])
  const shape = node.inputs.some(input => emit.rank(input) > 0) ? emit.op('Shape', [sum]) : emit.vector([1])
  const each = (ref: Ref): Ref => emit.op('Expand', [ref, shape])
  const span = emit.cast(emit.op('Sub', [each(limits), each(starts)]), 'float64')
  const count = emit.op('Ceil', [emit.op('Div', [span, emit.cast(each(steps), 'float64')])])
  const lengths = emit.op('Max', [emit.cast(count, LONG), emit.scalar(LONG, 0)])
  const ends = splitsOf(lengths, emit)
  const rows = bySplits(ends, part(ends, -1, END, emit), emit)
  const of = (ref: Ref): Ref => emit.op('Gather', [each(ref), rows.rows], { axis: 0 })
  const places = emit.cast(placesIn(rows, emit), isFloat(dtype) ? dtype : LONG)
  const moved = emit.op('Mul', [places, emit.cast(of(steps), places.dtype)])
  const numbers = emit.op('Add', [emit.cast(of(starts), places.dtype), moved])
  emit.set(node.out(0), emit.cast(ends, emit.dtype(node.out(0)), node.name))
  emit.set(node.out(1), emit.cast(numbers, dtype, `${node.name}:1`))
}

/** Neighbours within a row, joined. */
interface Groups {
  readonly texts: Ref
  readonly rows: Ref
}

/** All groups of as many neighbours, in order, of texts that are groups of one. */
function groupsOf({ texts, rows }: Groups, width: number, separator: string, emit: Emitter): Groups {
  if (width === 1) return { texts, rows }
  const most = emit.op('Sub', [emit.op('Shape', [texts]), emit.vector([width - 1])])
  const count = emit.op('Max', [most, emit.vector([0])])
  const from = (ref: Ref, start: number): Ref =>
    emit.op('Slice', [ref, emit.vector([start]), emit.op('Add', [count, emit.vector([start])]), emit.vector([0])])
  const between = emit.tensor(strings([], [separator]), 'text')
  const joined = Array.from({ length: width }, (_, i) => from(texts, i)).reduce((sum, part) =>
    emit.op('StringConcat', [separator === '' ? sum : emit.op('StringConcat', [sum, between]), part]),
  )
  const isOneRow = emit.op('Equal', [from(rows, 0), from(rows, width - 1)])
  const whole = (ref: Ref): Ref => emit.op('Compress', [ref, isOneRow], { axis: 0 })
  return { texts: whole(joined), rows: whole(from(rows, 0)) }
}

/** Groups of neighbours: those of a row stand together, by their widths in turn. */
const ngrams: Lowering = (node, emit) => {
  requirePlain(node)
  const widths = node.ints('ngram_widths')
  const splits = long(node.input(1), emit)
  const texts = emit.value(node.input(0))
  const rows = rowsOf(splits, emit.op('Shape', [texts]), emit)
  const groups = widths.map(width => groupsOf({ texts, rows }, width, node.str('separator'), emit))
  const concat = (refs: readonly Ref[]): Ref => (refs.length === 1 ? refs[0]! : emit.op('Concat', refs, { axis: 0 }))
  const all = concat(groups.map(group => group.texts))
  const rowOfEach = concat(groups.map(group => group.rows))
  // Among equals TopK keeps the order, which is that of the widths.
  const [, order] = emit.ops('TopK', [rowOfEach, emit.op('Shape', [all])], { axis: 0, largest: 0 }, { outputs: 2 })
  emit.set(node.out(0), emit.op('Gather', [all, order], { axis: 0 }, { name: node.name }))
  const count = emit.op('Sub', [emit.op('Shape', [splits]), emit.vector([1])])
  const ends = splitsOf(lengthsOf(rowOfEach, count, emit), emit)
  emit.set(node.out(1), emit.cast(ends, emit.dtype(node.out(1)), `${node.name}:1`))
}

function requirePlain(node: Node): void {
  if (node.int('pad_width') !== 0) refuse('it puts text before and behind each row')
  if (node.bool('preserve_short_sequences')) refuse('it keeps rows that are shorter than its groups')
}

export const ragged: Lowerings = {
  RaggedGather: gather,
  RaggedRange: ranges,
  RaggedTensorToSparse: toSparse,
  RaggedTensorToTensor: toTensor,
  StringNGrams: ngrams,
}
