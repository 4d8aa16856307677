/**
 * Systems of equations, inverses and triangular factors of square matrices of any size: Gauss' elimination, a column a
 * turn of a loop. In each turn the row with the largest element of the column comes first (partial pivoting). Where
 * a matrix cannot be inverted, the numbers are not finite; TensorFlow stops there.
 */
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { repeated } from '../repeated.ts'
import { side } from './matrix.ts'

const LONG = 'int64'

/** How large an axis of a matrix is, counted from the end. */
export const sizeAt = (emit: Emitter, matrix: Ref, axis: -1 | -2): Ref =>
  emit.op('Gather', [emit.op('Shape', [matrix]), emit.scalar(LONG, axis)], { axis: 0 })

/** The numbers from zero up to a size. */
export const upTo = (emit: Emitter, size: Ref): Ref =>
  emit.op('Range', [emit.scalar(LONG, 0), size, emit.scalar(LONG, 1)])

export const asColumn = (emit: Emitter, ref: Ref): Ref => emit.op('Unsqueeze', [ref, emit.vector([-1])])

/** The unit matrix with as many rows as there are numbers, of a type. */
export const unitMatrix = (emit: Emitter, numbers: Ref, dtype: Ref['dtype']): Ref =>
  emit.cast(emit.op('Equal', [asColumn(emit, numbers), numbers]), dtype)

/** What a turn works with: the numbers of the rows, and of this turn. */
interface Place {
  readonly rows: Ref
  readonly turn: Ref
}

/** The numbers of the rows, where this one and the one with the largest element of this column have changed places. */
function pivoted(emit: Emitter, matrix: Ref, { rows, turn }: Place): Ref {
  const column = emit.op('Gather', [matrix, turn], { axis: -1 })
  const isDone = emit.op('Less', [rows, turn])
  const sizes = emit.op('Where', [isDone, emit.scalar(matrix.dtype, -1), emit.op('Abs', [column])])
  const largest = emit.op('ArgMax', [sizes], { axis: -1, keepdims: 1 }, { dtype: LONG })
  const back = emit.op('Where', [emit.op('Equal', [rows, largest]), turn, rows])
  return emit.op('Where', [emit.op('Equal', [rows, turn]), largest, back])
}

const rowsTaken = (emit: Emitter, matrix: Ref, order: Ref): Ref =>
  emit.op('GatherElements', [matrix, emit.op('Expand', [asColumn(emit, order), emit.op('Shape', [matrix])])], {
    axis: -2,
  })

/** After the exchange of rows: the matrix, this row, this column divided by the element that both have, and that element. */
function exchanged(emit: Emitter, matrix: Ref, order: Ref, turn: Ref) {
  const moved = rowsTaken(emit, matrix, order)
  const at = emit.reshape(turn, [1])
  const row = emit.op('Gather', [moved, at], { axis: -2 })
  const pivot = emit.op('Gather', [row, at], { axis: -1 })
  const factors = emit.op('Div', [emit.op('Gather', [moved, at], { axis: -1 }), pivot])
  return { moved, row, pivot, factors, rest: emit.op('Sub', [moved, emit.op('Mul', [factors, row])]) }
}

/** X of A X = B: what stands beside A once A has become the unit matrix (Gauss-Jordan). */
export function solution(emit: Emitter, a: Ref, b: Ref, name?: string): Ref {
  const count = sizeAt(emit, a, -1)
  const rows = upTo(emit, count)
  const column = asColumn(emit, rows)
  const [solved] = repeated(emit, count, [emit.op('Concat', [a, b], { axis: -1 })], (turn, [matrix]) => {
    const { row, pivot, rest } = exchanged(emit, matrix!, pivoted(emit, matrix!, { rows, turn }), turn)
    return [emit.op('Where', [emit.op('Equal', [column, turn]), emit.op('Div', [row, pivot]), rest])]
  })
  const from = emit.reshape(count, [1])
  const end = emit.vector([Number.MAX_SAFE_INTEGER])
  return emit.op('Slice', [solved!, from, end, emit.vector([-1])], {}, { name })
}

const inverse: Lowering = (node, emit) => {
  const [x] = inputsOf(node, 1)
  const matrix = side(x, node.bool('adjoint'), emit)
  const unit = unitMatrix(emit, upTo(emit, sizeAt(emit, matrix, -1)), matrix.dtype)
  const wide = emit.op('Expand', [unit, emit.op('Shape', [matrix])])
  emit.set(node.out(), solution(emit, matrix, wide, node.name))
}

const solve: Lowering = (node, emit) => {
  const [a, b] = inputsOf(node, 2)
  emit.set(node.out(), solution(emit, side(a, node.bool('adjoint'), emit), emit.value(b), node.name))
}

/** The x of least |A x − b|² + λ|x|²: (AᵀA + λ) x = Aᵀ b, or x = Aᵀ (A Aᵀ + λ)⁻¹ b where A has more columns than rows. */
const leastSquares: Lowering = (node, emit) => {
  if (!node.bool('fast')) refuse('it must hold for matrices without full rank; fast=True can be written')
  const [a, b, regularizer] = inputsOf(node, 3)
  const sizes = emit.shape(a)?.slice(-2)
  const [height, width] = [sizes?.[0], sizes?.[1]]
  if (typeof height !== 'number' || typeof width !== 'number') return refuse('the sizes of its matrix are not known')
  const [matrix, turned] = [emit.value(a), side(a, true, emit)]
  const isTall = height >= width
  const gram = emit.op('MatMul', isTall ? [turned, matrix] : [matrix, turned])
  const unit = unitMatrix(emit, upTo(emit, sizeAt(emit, gram, -1)), gram.dtype)
  const shifted = emit.op('Add', [gram, emit.op('Mul', [unit, emit.cast(emit.value(regularizer), gram.dtype)])])
  const right = emit.value(b)
  if (isTall) return emit.set(node.out(), solution(emit, shifted, emit.op('MatMul', [turned, right]), node.name))
  emit.set(node.out(), emit.op('MatMul', [turned, solution(emit, shifted, right)], {}, { name: node.name }))
}

/** L and U in one matrix, and which row each was. */
const factors: Lowering = (node, emit) => {
  const matrix = emit.value(node.input(0))
  const count = sizeAt(emit, matrix, -1)
  const rows = upTo(emit, count)
  const column = asColumn(emit, rows)
  const start = emit.op('Expand', [
    rows,
    emit.op('Slice', [emit.op('Shape', [matrix]), emit.vector([0]), emit.vector([-1])]),
  ])
  const [made, order] = repeated(emit, count, [matrix, start], (turn, [before, taken]) => {
    const exchange = pivoted(emit, before!, { rows, turn })
    const { moved, factors: below, rest } = exchanged(emit, before!, exchange, turn)
    const right = emit.op('Where', [emit.op('Greater', [rows, turn]), rest, moved])
    const reduced = emit.op('Where', [emit.op('Equal', [rows, turn]), below, right])
    const after = emit.op('Where', [emit.op('Greater', [column, turn]), reduced, moved])
    return [after, emit.op('GatherElements', [taken!, exchange], { axis: -1 })]
  })
  emit.set(node.out(0), emit.op('Identity', [made!], {}, { name: node.name }))
  emit.set(node.out(1), emit.cast(order!, node.type('output_idx_type'), `${node.name}:1`))
}

export const eliminations: Lowerings = {
  BatchMatrixInverse: inverse,
  BatchMatrixSolve: solve,
  Lu: factors,
  MatrixInverse: inverse,
  MatrixSolve: solve,
  MatrixSolveLs: leastSquares,
}
