/** Ragged rows: elements one behind the other, with the number of the row of each, or where each row ends. */
import type { Node, Value } from '../../graph/node.ts'
import { strings } from '../../tensor/make.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { reduced } from './segment.ts'

const LONG = 'int64'

const long = (value: Value, emit: Emitter): Ref => emit.cast(emit.value(value), LONG)
const asVector = (value: Value, emit: Emitter): Ref => emit.reshape(long(value, emit), [1])
const column = (ref: Ref, emit: Emitter): Ref => emit.op('Unsqueeze', [ref, emit.vector([1])])

/** 0, 1, … up to a count, a vector of one. */
const upTo = (count: Ref, emit: Emitter): Ref =>
  emit.op('Range', [emit.scalar(LONG, 0), emit.reshape(count, []), emit.scalar(LONG, 1)])

/** How many elements each row has. */
function lengthsOf(rows: Ref, count: Ref, emit: Emitter): Ref {
  const ones = emit.op('Expand', [emit.scalar(LONG, 1), emit.op('Shape', [rows])])
  return reduced(emit, 'add', { data: ones, ids: rows, axes: 1, count }, emit.scalar(LONG, 0))
}

/** Rows of one width, filled up or cut off: each element goes to its row and its place in it. */
const toTensor: Lowering = (node, emit) => {
  const [shape, elements, fill] = inputsOf(node, 3)
  const [height, width, ...more] = emit.ints(shape, 'the shape of its result')
  const kinds = node.strs('row_partition_types').join(' ')
  if (kinds !== 'FIRST_DIM_SIZE VALUE_ROWIDS' || more.length > 0) refuse(`its rows are said by ${kinds}`)
  if (height !== -1 || emit.rank(elements) !== 1)
    refuse('its result has a number of rows, or elements that are not single')
  const rows = long(node.input(4), emit)
  const count = asVector(node.input(3), emit)
  const lengths = lengthsOf(rows, count, emit)
  const starts = emit.op('CumSum', [lengths, emit.scalar(LONG, 0)], { exclusive: 1 })
  const places = emit.op('Sub', [upTo(emit.op('Shape', [rows]), emit), emit.op('Gather', [starts, rows], { axis: 0 })])
  const longest = emit.op('Concat', [lengths, emit.vector([0])], { axis: 0 })
  const widest = width === -1 ? emit.reduce('ReduceMax', longest, [0], true) : emit.vector([width!])
  const isInside = emit.op('Less', [places, widest])
  const pairs = emit.op('Concat', [column(rows, emit), column(places, emit)], { axis: 1 })
  const sizes = emit.op('Concat', [count, widest], { axis: 0 })
  const filled = emit.op('Expand', [emit.value(fill), sizes])
  const inside = (ref: Ref): Ref => emit.op('Compress', [ref, isInside], { axis: 0 })
  const scattered = [filled, inside(pairs), inside(emit.value(elements))]
  emit.set(node.out(), emit.op('ScatterND', scattered, {}, { name: node.name }))
}

/** The number of the row of each of some elements: how many rows end before it or at it. */
function rowsOf(splits: Ref, elements: Ref, emit: Emitter): Ref {
  const ends = emit.op('Slice', [splits, emit.vector([1]), emit.vector([Number.MAX_SAFE_INTEGER]), emit.vector([0])])
  const at = column(upTo(elements, emit), emit)
  const isBehind = emit.op('GreaterOrEqual', [at, emit.op('Unsqueeze', [ends, emit.vector([0])])])
  return emit.reduce('ReduceSum', emit.cast(isBehind, LONG), [1], false)
}

/** Neighbours within a row, joined. */
interface Groups {
  readonly texts: Ref
  readonly rows: Ref
}

/** All groups of as many neighbours, in order. */
function groupsOf(texts: Ref, rows: Ref, width: number, separator: string, emit: Emitter): Groups {
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
  const groups = widths.map(width => groupsOf(texts, rows, width, node.str('separator'), emit))
  const concat = (refs: readonly Ref[]): Ref => (refs.length === 1 ? refs[0]! : emit.op('Concat', refs, { axis: 0 }))
  const all = concat(groups.map(group => group.texts))
  const rowOfEach = concat(groups.map(group => group.rows))
  // Among equals TopK keeps the order, which is that of the widths.
  const [, order] = emit.ops('TopK', [rowOfEach, emit.op('Shape', [all])], { axis: 0, largest: 0 }, { outputs: 2 })
  emit.set(node.out(0), emit.op('Gather', [all, order], { axis: 0 }, { name: node.name }))
  const count = emit.op('Sub', [emit.op('Shape', [splits]), emit.vector([1])])
  const ends = emit.op('CumSum', [lengthsOf(rowOfEach, count, emit), emit.scalar(LONG, 0)])
  const result = emit.op('Concat', [emit.vector([0]), ends], { axis: 0 })
  emit.set(node.out(1), emit.cast(result, emit.dtype(node.out(1)), `${node.name}:1`))
}

function requirePlain(node: Node): void {
  if (node.int('pad_width') !== 0) refuse('it puts text before and behind each row')
  if (node.bool('preserve_short_sequences')) refuse('it keeps rows that are shorter than its groups')
}

export const ragged: Lowerings = { RaggedTensorToTensor: toTensor, StringNGrams: ngrams }
