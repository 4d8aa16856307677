/** Sets and permutations of numbers, and rows sorted into parts and put together again. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { scattered } from './gather.ts'
import { constantOfShape } from './shape.ts'

const LONG = 'int64'

/** The places of what is true in a vector. */
const placesOf = (emit: Emitter, condition: Ref): Ref => emit.reshape(emit.op('NonZero', [condition]), [-1])

/** 0 … length − 1 of a vector. */
function numbered(emit: Emitter, vector: Ref): Ref {
  const length = emit.op('Size', [vector])
  return emit.op('Range', [emit.scalar(LONG, 0), length, emit.scalar(LONG, 1)])
}

/** The elements of the first list that are not in the second, and their places. */
const listDiff: Lowering = (node, emit) => {
  const [x, y] = [emit.value(node.input(0)), emit.value(node.input(1))]
  const column = emit.op('Unsqueeze', [x, emit.vector([1])])
  const isSame = emit.cast(emit.op('Equal', [column, y]), 'int32')
  const count = emit.reduce('ReduceSum', isSame, [1], false)
  const places = placesOf(emit, emit.op('Equal', [count, emit.scalar('int32', 0)]))
  emit.set(node.out(0), emit.op('Gather', [x, places], { axis: 0 }, { name: node.name }))
  emit.set(node.out(1), emit.cast(places, node.type('out_idx'), `${node.name}:1`))
}

/** y[x[i]] = i. */
const invertPermutation: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const wide = emit.cast(x, LONG)
  const column = emit.op('Unsqueeze', [wide, emit.vector([1])])
  const zeros = emit.op('Sub', [wide, wide])
  const result = emit.op('ScatterND', [zeros, column, numbered(emit, wide)])
  emit.set(node.out(), emit.cast(result, x.dtype, node.name))
}

/** The rows of each part, in their order. */
const dynamicPartition: Lowering = (node, emit) => {
  const [data, partitions] = inputsOf(node, 2)
  const rank = emit.rank(partitions)
  const flat = rank === 1 ? emit.value(partitions) : emit.reshape(emit.value(partitions), [-1])
  const rows = rank === 1 ? emit.value(data) : withRows(emit.value(data), rank, emit)
  for (let part = 0; part < node.int('num_partitions'); part++) {
    const places = placesOf(emit, emit.op('Equal', [flat, emit.scalar(flat.dtype, part)]))
    const output = node.out(part)
    emit.set(output, emit.op('Gather', [rows, places], { axis: 0 }, { name: String(output) }))
  }
}

/** The first axes of a tensor as one. */
function withRows(ref: Ref, axes: number, emit: Emitter): Ref {
  const shape = emit.op('Shape', [ref])
  const inner = emit.op('Slice', [shape, emit.vector([axes]), emit.vector([Number.MAX_SAFE_INTEGER])])
  return emit.op('Reshape', [ref, emit.op('Concat', [emit.vector([-1]), inner], { axis: 0 })])
}

/** Rows put to their places; of two for one place the later stays. */
const dynamicStitch: Lowering = (node, emit) => {
  const count = node.inputs.length / 2
  const indices = node.inputs.slice(0, count).map(input => emit.reshape(emit.cast(emit.value(input), LONG), [-1]))
  const parts = node.inputs.slice(count).map((input, i) => {
    const rank = emit.rank(node.input(i))
    const ref = emit.value(input)
    if (rank === 1) return ref
    return rank === 0 ? emit.op('Unsqueeze', [ref, emit.vector([0])]) : withRows(ref, rank, emit)
  })
  const shape = emit.shape(node.input(count))
  if (shape) emit.setShape(node.out(), [null, ...shape.slice(emit.rank(node.input(0)))])
  const known = node.inputs.slice(0, count).map(input => emit.known(input))
  const given = known.every(list => list !== undefined) ? known.flat() : undefined
  const isOnce = given
    ? new Set(given).size === given.length
    : node.op === 'ParallelDynamicStitch' || isPartition(node, count)
  const places = count === 1 ? indices[0]! : emit.op('Concat', indices, { axis: 0 })
  const rows = count === 1 ? parts[0]! : emit.op('Concat', parts, { axis: 0 })
  const size = emit.op('Add', [emit.reduce('ReduceMax', places, [0], true), emit.vector([1])])
  const inner = emit.op('Slice', [emit.op('Shape', [rows]), emit.vector([1]), emit.vector([Number.MAX_SAFE_INTEGER])])
  const empty = constantOfShape(emit, emit.op('Concat', [size, inner], { axis: 0 }), rows.dtype)
  const column = emit.op('Unsqueeze', [places, emit.vector([1])])
  if (isOnce) return emit.set(node.out(), emit.op('ScatterND', [empty, column, rows], {}, { name: node.name }))
  // Which row stays, by its number; a row of zeros stands before them for places without one.
  const numbers = emit.op('Add', [numbered(emit, places), emit.scalar(LONG, 1)])
  const none = emit.op('Expand', [emit.scalar(LONG, 0), size])
  const last = scattered(emit, none, column, { updates: numbers, reduction: 'max' })
  const first = constantOfShape(emit, emit.op('Concat', [emit.vector([1]), inner], { axis: 0 }), rows.dtype)
  const all = emit.op('Concat', [first, rows], { axis: 0 })
  emit.set(node.out(), emit.op('Gather', [all, last], { axis: 0 }, { name: node.name }))
}

/** Whether the indices are those of a DynamicPartition of 0 … n − 1, of which none occurs twice. */
function isPartition(node: Node, count: number): boolean {
  const sources = node.inputs.slice(0, count).map(input => input.node)
  const [first] = sources
  if (first?.op !== 'DynamicPartition' || sources.some(source => source !== first)) return false
  if (new Set(node.inputs.slice(0, count)).size !== count) return false
  const behind = (value: Value): Node =>
    ['Reshape', 'Identity', 'Cast'].includes(value.node.op) ? behind(value.node.input(0)) : value.node
  return behind(first.input(0)).op === 'Range'
}

/** The place of each part of a concatenation along its axis. */
const concatOffset: Lowering = (node, emit) => {
  const shapes = node.inputs.slice(1)
  const at = emit.ints(node.input(0), 'the axis')[0]!
  const rank = emit.dimsOf(shapes[0]!, 'the ranks of the parts')[0]!
  const mask = Array.from({ length: rank }, (_, i) => (i === (at < 0 ? at + rank : at) ? 1 : 0))
  const along = emit.numbers(emit.dtype(shapes[0]!), mask)
  let sum = emit.op('Sub', [emit.value(shapes[0]!), emit.value(shapes[0]!)])
  for (const [i, shape] of shapes.entries()) {
    emit.set(node.out(i), emit.op('Identity', [sum], {}, { name: String(node.out(i)) }))
    sum = emit.op('Add', [sum, emit.op('Mul', [emit.value(shape), along])])
  }
}

/** (y₂z₃ − y₃z₂, y₃z₁ − y₁z₃, y₁z₂ − y₂z₁). */
const cross: Lowering = (node, emit) => {
  const [a, b] = [emit.value(node.input(0)), emit.value(node.input(1))]
  const turned = (ref: Ref, order: readonly number[]): Ref => emit.op('Gather', [ref, emit.vector(order)], { axis: -1 })
  const product = (x: readonly number[], y: readonly number[]): Ref => emit.op('Mul', [turned(a, x), turned(b, y)])
  const result = emit.op('Sub', [product([1, 2, 0], [2, 0, 1]), product([2, 0, 1], [1, 2, 0])], {}, { name: node.name })
  emit.set(node.out(), result)
}

export const sets: Lowerings = {
  ConcatOffset: concatOffset,
  Cross: cross,
  DynamicPartition: dynamicPartition,
  DynamicStitch: dynamicStitch,
  InvertPermutation: invertPermutation,
  ListDiff: listDiff,
  ParallelDynamicStitch: dynamicStitch,
}
