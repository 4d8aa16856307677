/** Determinants, and systems of equations that are small enough to be written out row by row. */
import type { Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { side } from './matrix.ts'

const determinant: Lowering = (node, emit) =>
  emit.set(node.out(), emit.op('Det', [emit.value(node.input(0))], {}, { name: node.name }))

/** The sign of the determinant, and the logarithm of its size. */
const logDeterminant: Lowering = (node, emit) => {
  const value = emit.op('Det', [emit.value(node.input(0))])
  emit.set(node.out(0), emit.op('Sign', [value], {}, { name: node.name }))
  emit.set(node.out(1), emit.op('Log', [emit.op('Abs', [value])], {}, { name: `${node.name}:1` }))
}

/** Rows up to which a system of equations is written out, row by row. */
const MAX_ROWS = 32

/** How many rows a square matrix has. Refuses what would be too many steps. */
function rowsOf(value: Value, emit: Emitter): number {
  const size = emit.shape(value)?.at(-1)
  return size && size <= MAX_ROWS ? size : refuse(`its matrix does not have between 1 and ${MAX_ROWS} rows`)
}

/** T x = b with a triangle T, one row after the other: xᵢ = (bᵢ − Σ Tᵢⱼ xⱼ) / Tᵢᵢ. */
const triangularSolve: Lowering = (node, emit) => {
  const [t, b] = inputsOf(node, 2)
  const size = rowsOf(t, emit)
  const isTurned = node.bool('adjoint')
  const matrix = side(t, isTurned, emit)
  const isLower = node.bool('lower') !== isTurned
  const right = emit.value(b)
  const part = (ref: Ref, row: number, from: number, to: number): Ref =>
    emit.op('Slice', [ref, emit.vector([row, from]), emit.vector([row + 1, to]), emit.vector([-2, -1])])
  const rowOf = (ref: Ref, row: number): Ref =>
    emit.op('Slice', [ref, emit.vector([row]), emit.vector([row + 1]), emit.vector([-2])])
  let solved: Ref | undefined
  for (let at = 0; at < size; at++) {
    const row = isLower ? at : size - 1 - at
    const known = solved && part(matrix, row, isLower ? 0 : row + 1, isLower ? row : size)
    const rest = known ? emit.op('Sub', [rowOf(right, row), emit.op('MatMul', [known, solved])]) : rowOf(right, row)
    const x = emit.op('Div', [rest, part(matrix, row, row, row + 1)])
    if (!solved) solved = x
    else solved = emit.op('Concat', isLower ? [solved, x] : [x, solved], { axis: -2 })
  }
  emit.set(node.out(), solved!)
}

/** A = L Lᵀ, one column after the other: what the columns before it leave of A, divided by the root of its first element. */
const cholesky: Lowering = (node, emit) => {
  const size = rowsOf(node.input(0), emit)
  const rank = emit.rank(node.input(0))
  const matrix = emit.value(node.input(0))
  const axes = emit.vector([-2, -1])
  const part = (ref: Ref, rows: readonly [number, number], columns: readonly [number, number]): Ref =>
    emit.op('Slice', [ref, emit.vector([rows[0], columns[0]]), emit.vector([rows[1], columns[1]]), axes])
  let made: Ref | undefined
  for (let at = 0; at < size; at++) {
    const own = part(matrix, [at, size], [at, at + 1])
    let left = own
    if (made) {
      const row = turned(part(made, [at, at + 1], [0, at]), rank, emit)
      left = emit.op('Sub', [own, emit.op('MatMul', [part(made, [at, size], [0, at]), row])])
    }
    const column = emit.op('Div', [left, emit.op('Sqrt', [part(left, [0, 1], [0, 1])])])
    const pads = Array<number>(2 * rank).fill(0)
    pads[rank - 2] = at
    const whole = at === 0 ? column : emit.op('Pad', [column, emit.vector(pads)])
    made = made ? emit.op('Concat', [made, whole], { axis: -1 }) : whole
  }
  emit.set(node.out(), made!)
}

/** A matrix with its last two axes exchanged. */
function turned(ref: Ref, rank: number, emit: Emitter): Ref {
  const perm = Array.from({ length: rank }, (_, i) => i)
  perm.push(...perm.splice(-2).reverse())
  return emit.op('Transpose', [ref], { perm })
}

export const equations: Lowerings = {
  Cholesky: cholesky,
  LogMatrixDeterminant: logDeterminant,
  MatrixDeterminant: determinant,
  MatrixTriangularSolve: triangularSolve,
}
