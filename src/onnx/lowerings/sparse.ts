/** Sparse tensors: [places, values, shape of the whole]. */
import type { Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { scattered } from './gather.ts'
import { countOf, reduced } from './segment.ts'
import { constantOfShape } from './shape.ts'

const LONG = 'int64'
const END = Number.MAX_SAFE_INTEGER

const long = (value: Value, emit: Emitter): Ref => emit.cast(emit.value(value), LONG)

/** A dense tensor with the values at their places and one value everywhere else. */
const sparseToDense: Lowering = (node, emit) => {
  const [indices, shape, values, otherwise] = inputsOf(node, 4)
  const rank = emit.rank(indices)
  const places = long(indices, emit)
  const rows = rank === 2 ? places : emit.reshape(places, rank === 1 ? [-1, 1] : [1, 1])
  const fill = emit.op('Expand', [emit.value(otherwise), long(shape, emit)])
  const count = emit.op('Slice', [emit.op('Shape', [rows]), emit.vector([0]), emit.vector([1])])
  const updates = emit.op('Expand', [emit.value(values), count])
  emit.set(node.out(), emit.op('ScatterND', [fill, rows, updates], {}, { name: node.name }))
}

/** How many elements one step along each axis is: the products of the sizes behind it. */
function stepsOf(emit: Emitter, shape: Ref, rank: number): Ref {
  const size = (axis: number): Ref => emit.op('Slice', [shape, emit.vector([axis]), emit.vector([axis + 1])])
  let step = emit.vector([1])
  const steps = [step]
  for (let axis = rank - 1; axis > 0; axis--) {
    step = emit.op('Mul', [step, size(axis)])
    steps.unshift(step)
  }
  return rank === 1 ? step : emit.op('Concat', steps, { axis: 0 })
}

/** The places in another shape of as many elements, of which one size may be -1. */
const sparseReshape: Lowering = (node, emit) => {
  const [indices, before, after] = inputsOf(node, 3)
  const [old, asked] = [long(before, emit), long(after, emit)]
  const [oldRank] = emit.dimsOf(before, 'the rank')
  const [rank] = emit.dimsOf(after, 'the new rank')
  const all = emit.reduce('ReduceProd', old, [0], false)
  const given = emit.op('Abs', [emit.reduce('ReduceProd', asked, [0], false)])
  const isOpen = emit.op('Less', [asked, emit.scalar(LONG, 0)])
  const rest = emit.op('Div', [all, emit.op('Max', [given, emit.scalar(LONG, 1)])])
  const shape = emit.op('Where', [isOpen, rest, asked])
  const weighted = emit.op('Mul', [emit.value(indices), stepsOf(emit, old, oldRank!)])
  const flat = emit.reduce('ReduceSum', weighted, [1], true)
  const steps = stepsOf(emit, shape, rank!)
  const places = emit.op('Mod', [emit.op('Div', [flat, steps]), shape], {}, { name: node.name })
  emit.set(node.out(0), places)
  emit.set(node.out(1), emit.op('Identity', [shape], {}, { name: `${node.name}:1` }))
}

/** Values in the order of their places. */
const reorder: Lowering = (node, emit) => {
  const [indices, values, shape] = inputsOf(node, 3)
  const [rank] = emit.dimsOf(shape, 'the rank')
  const places = emit.value(indices)
  const weighted = emit.op('Mul', [places, stepsOf(emit, long(shape, emit), rank!)])
  const keys = emit.reduce('ReduceSum', weighted, [1], false)
  const [, order] = emit.ops('TopK', [keys, emit.op('Shape', [keys])], { largest: 0 }, { outputs: 2 })
  emit.set(node.out(0), emit.op('Gather', [places, order], { axis: 0 }, { name: node.name }))
  emit.set(node.out(1), emit.op('Gather', [emit.value(values), order], { axis: 0 }, { name: `${node.name}:1` }))
}

/** Rows without a value get one: where they are, which they are, and the place of each value in the result. */
const fillEmptyRows: Lowering = (node, emit) => {
  const [indices, values, shape, otherwise] = inputsOf(node, 4)
  const places = emit.value(indices)
  const row = emit.reshape(emit.op('Slice', [places, emit.vector([0]), emit.vector([1]), emit.vector([1])]), [-1])
  const rows = emit.op('Gather', [emit.value(shape), emit.scalar(LONG, 0)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar(LONG, 0), rows, emit.scalar(LONG, 1)])
  const isIn = emit.op('Equal', [emit.op('Unsqueeze', [numbers, emit.vector([1])]), row])
  const counts = emit.reduce('ReduceSum', emit.cast(isIn, LONG), [1], false)
  const isEmpty = emit.op('Equal', [counts, emit.scalar(LONG, 0)])
  const missing = emit.op('Transpose', [emit.op('NonZero', [isEmpty])], { perm: [1, 0] })
  const [rank] = emit.dimsOf(shape, 'the rank')
  const added = emit.op('Pad', [missing, emit.vector([0, 0, 0, rank! - 1])])
  const joined = emit.op('Concat', [places, added], { axis: 0 })
  const count = emit.op('Shape', [emit.reshape(missing, [-1])])
  const value = emit.value(values)
  const fill = emit.op('Expand', [emit.value(otherwise), count])
  const joinedValues = emit.op('Concat', [value, fill], { axis: 0 })
  // By rows; those of one row in the order in which they are.
  const joinedRows = emit.op('Concat', [row, emit.reshape(missing, [-1])], { axis: 0 })
  const total = emit.op('Shape', [joinedRows])
  const at = emit.op('Range', [emit.scalar(LONG, 0), emit.reshape(total, []), emit.scalar(LONG, 1)])
  const key = emit.op('Add', [emit.op('Mul', [joinedRows, total]), at])
  const sorted = emit.ops('TopK', [key, total], { largest: 0 }, { outputs: 2 })
  const order = sorted[1]!
  emit.set(node.out(0), emit.op('Gather', [joined, order], { axis: 0 }, { name: node.name }))
  emit.set(node.out(1), emit.op('Gather', [joinedValues, order], { axis: 0 }, { name: `${node.name}:1` }))
  emit.set(node.out(2), emit.op('Identity', [isEmpty], {}, { name: `${node.name}:2` }))
  const back = emit.op('ScatterND', [
    emit.op('Sub', [order, order]),
    emit.op('Unsqueeze', [order, emit.vector([1])]),
    at,
  ])
  const old = emit.op('Slice', [back, emit.vector([0]), emit.op('Shape', [value])], {}, { name: `${node.name}:3` })
  emit.set(node.out(3), old)
}

/** Chosen rows, added up by segments; their mean, or their sum by the root of how many they are. */
const sparseSegment =
  (kind: 'sum' | 'mean' | 'sqrt'): Lowering =>
  (node, emit) => {
    const [data, indices, ids] = inputsOf(node, 3)
    const asked = node.inputs[3]
    const rows = emit.op('Gather', [emit.value(data), long(indices, emit)], { axis: 0 })
    const numbers = long(ids, emit)
    const count = asked ? emit.reshape(long(asked, emit), [1]) : countOf(numbers, emit.shape(ids)?.[0] ?? 0, emit)
    const zero = emit.scalar(rows.dtype, 0)
    const name = kind === 'sum' ? node.name : undefined
    const sum = reduced(emit, 'add', { data: rows, ids: numbers, axes: 1, count }, zero, name)
    if (kind === 'sum') {
      emit.set(node.out(), sum)
      return
    }
    const ones = emit.op('Expand', [emit.scalar(rows.dtype, 1), emit.op('Shape', [rows])])
    const sizes = reduced(emit, 'add', { data: ones, ids: numbers, axes: 1, count }, zero)
    const divisor = emit.op('Max', [sizes, emit.scalar(rows.dtype, 1)])
    const by = kind === 'mean' ? divisor : emit.op('Sqrt', [divisor])
    emit.set(node.out(), emit.op('Div', [sum, by], {}, { name: node.name }))
  }

const turned = (matrix: Ref, isTurned: boolean, emit: Emitter): Ref =>
  isTurned ? emit.op('Transpose', [matrix], { perm: [1, 0] }) : matrix

/** A sparse matrix times a dense one: the sparse one is made dense. */
const sparseMatMul: Lowering = (node, emit) => {
  const [indices, values, shape, dense] = inputsOf(node, 4)
  const zeros = constantOfShape(emit, long(shape, emit), emit.dtype(values))
  const a = scattered(emit, zeros, long(indices, emit), { updates: emit.value(values), reduction: 'add' })
  const operands = [turned(a, node.bool('adjoint_a'), emit), turned(emit.value(dense), node.bool('adjoint_b'), emit)]
  emit.set(node.out(), emit.op('MatMul', operands, {}, { name: node.name }))
}

/** Dense matrices that are said to hold many zeros. */
const matMulOfSparse: Lowering = (node, emit) => {
  const sides = ['transpose_a', 'transpose_b'].map((name, i) =>
    turned(emit.cast(emit.value(node.input(i)), 'float32'), node.bool(name), emit),
  )
  emit.set(node.out(), emit.op('MatMul', sides, {}, { name: node.name }))
}

/** −log softmax at the label, and its gradient: softmax − one at the label. */
const sparseCrossEntropy: Lowering = (node, emit) => {
  const logits = emit.value(node.input(0))
  const labels = emit.op('Unsqueeze', [long(node.input(1), emit), emit.vector([1])])
  const log = emit.op('LogSoftmax', [logits], { axis: -1 })
  const own = emit.op('GatherElements', [log, labels], { axis: 1 })
  const loss = emit.op('Neg', [emit.op('Squeeze', [own, emit.vector([1])])], {}, { name: node.name })
  emit.set(node.out(0), loss)
  const width = emit.op('Slice', [emit.op('Shape', [logits]), emit.vector([1]), emit.vector([END])])
  const numbers = emit.op('Range', [emit.scalar(LONG, 0), emit.reshape(width, []), emit.scalar(LONG, 1)])
  const isLabel = emit.cast(emit.op('Equal', [labels, numbers]), logits.dtype)
  const softmax = emit.op('Softmax', [logits], { axis: -1 })
  emit.set(node.out(1), emit.op('Sub', [softmax, isLabel], {}, { name: `${node.name}:1` }))
}

export const sparse: Lowerings = {
  SparseFillEmptyRows: fillEmptyRows,
  SparseMatMul: matMulOfSparse,
  SparseReorder: reorder,
  SparseReshape: sparseReshape,
  SparseSegmentMean: sparseSegment('mean'),
  SparseSegmentMeanWithNumSegments: sparseSegment('mean'),
  SparseSegmentSqrtN: sparseSegment('sqrt'),
  SparseSegmentSqrtNWithNumSegments: sparseSegment('sqrt'),
  SparseSegmentSum: sparseSegment('sum'),
  SparseSegmentSumWithNumSegments: sparseSegment('sum'),
  SparseSoftmaxCrossEntropyWithLogits: sparseCrossEntropy,
  SparseTensorDenseMatMul: sparseMatMul,
  SparseToDense: sparseToDense,
}
