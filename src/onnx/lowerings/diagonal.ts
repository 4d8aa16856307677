/** Diagonals and bands of matrices, the last two axes. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** Row and column numbers of matrices, as a column and a row of int64. */
function numbersOf(matrix: Ref, emit: Emitter): readonly [Ref, Ref] {
  const shape = emit.op('Shape', [matrix])
  const size = (axis: number): Ref => emit.op('Gather', [shape, emit.scalar('int64', axis)], { axis: 0 })
  const range = (axis: number): Ref => emit.op('Range', [emit.scalar('int64', 0), size(axis), emit.scalar('int64', 1)])
  return [emit.op('Unsqueeze', [range(-2), emit.vector([1])]), range(-1)]
}

/** What is further from the diagonal than so many places is zero; a negative number is all of that side. */
const bandPart: Lowering = (node, emit) => {
  const [x, lower, upper] = node.inputs as [Value, Value, Value]
  const matrix = emit.value(x)
  const [rows, columns] = numbersOf(matrix, emit)
  const within = (value: Value, distance: Ref): Ref => {
    const limit = emit.cast(emit.value(value), 'int64')
    const isAll = emit.op('Less', [limit, emit.scalar('int64', 0)])
    return emit.op('Or', [isAll, emit.op('LessOrEqual', [distance, limit])])
  }
  const below = within(lower, emit.op('Sub', [rows, columns]))
  const above = within(upper, emit.op('Sub', [columns, rows]))
  const inside = emit.op('And', [below, above])
  const zero = emit.scalar(matrix.dtype, 0)
  emit.set(node.out(), emit.op('Where', [inside, matrix, zero], {}, { name: node.name }))
}

/** Refuses any but the main diagonal. */
function requireMain(node: Node, slot: number, emit: Emitter): void {
  const k = node.inputs[slot]
  if (k && emit.known(k)?.some(at => at !== 0) !== false) refuse('it is not about the main diagonal alone')
}

/** The main diagonal: what is not on it is zero before the rows are added up. */
const diagPart: Lowering = (node, emit) => {
  requireMain(node, 1, emit)
  const x = node.input(0)
  const [height, width] = emit.shape(x)?.slice(-2) ?? []
  const side = Math.min(
    height ?? refuse('the sizes of the matrix are not known'),
    width ?? refuse('the sizes of the matrix are not known'),
  )
  const axes = emit.vector([-2, -1])
  const square = emit.op('Slice', [emit.value(x), emit.vector([0, 0]), emit.vector([side, side]), axes])
  const places = emit.op('Unsqueeze', [emit.vector(Array.from({ length: side }, (_, i) => i)), emit.vector([1])])
  const rank = emit.rank(x)
  const shape = emit.op('Shape', [square])
  const batch = emit.op('Slice', [shape, emit.vector([0]), emit.vector([rank - 1])])
  const wide = emit.op('Expand', [places, emit.op('Concat', [batch, emit.vector([1])], { axis: 0 })])
  const found = emit.op('GatherElements', [square, wide], { axis: -1 })
  emit.set(node.out(), emit.op('Squeeze', [found, emit.vector([-1])], {}, { name: node.name }))
}

/** A matrix with this diagonal, zero elsewhere. */
const diag: Lowering = (node, emit) => {
  requireMain(node, 1, emit)
  if (node.op !== 'MatrixDiag' && node.inputs.length > 1) {
    const [, , rows, columns, padding] = node.inputs
    const isPlain = [rows, columns].every(size => size && emit.known(size)?.[0] === -1)
    if (!isPlain || !padding || emit.known(padding)?.[0] !== 0) refuse('it asks for sizes or a padding of its own')
  }
  const values = emit.value(node.input(0))
  const size = emit.op('Gather', [emit.op('Shape', [values]), emit.scalar('int64', -1)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar('int64', 0), size, emit.scalar('int64', 1)])
  const isDiagonal = emit.op('Equal', [emit.op('Unsqueeze', [numbers, emit.vector([1])]), numbers])
  const row = emit.op('Unsqueeze', [values, emit.vector([-2])])
  emit.set(node.out(), emit.op('Where', [isDiagonal, row, emit.scalar(values.dtype, 0)], {}, { name: node.name }))
}

/** A matrix with another diagonal. */
const setDiag: Lowering = (node, emit) => {
  requireMain(node, 2, emit)
  const matrix = emit.value(node.input(0))
  const [rows, columns] = numbersOf(matrix, emit)
  const values = emit.value(node.input(1))
  const [height, width] = emit.shape(node.input(0))?.slice(-2) ?? []
  const missing =
    (width ?? refuse('the sizes of the matrix are not known')) -
    (height ?? refuse('the sizes of the matrix are not known'))
  const rank = emit.rank(node.input(1))
  const pads = emit.vector([...Array<number>(2 * rank - 1).fill(0), Math.max(0, missing)])
  const wide = missing > 0 ? emit.op('Pad', [values, pads]) : values
  const row = emit.op('Unsqueeze', [wide, emit.vector([-2])])
  emit.set(node.out(), emit.op('Where', [emit.op('Equal', [rows, columns]), row, matrix], {}, { name: node.name }))
}

export const diagonals: Lowerings = {
  Diag: (node, emit) => (emit.rank(node.input(0)) === 1 ? diag(node, emit) : refuse('its diagonal is not a vector')),
  MatrixBandPart: bandPart,
  MatrixDiag: diag,
  MatrixDiagPart: diagPart,
  MatrixDiagV2: diag,
  MatrixDiagV3: diag,
  MatrixSetDiag: setDiag,
  MatrixSetDiagV2: setDiag,
  MatrixSetDiagV3: setDiag,
}
