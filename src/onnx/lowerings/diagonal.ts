/** Diagonals and bands of matrices, the last two axes. */
import type { Node, Value } from '../../graph/node.ts'
import { fromValues } from '../../tensor/make.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** Row and column numbers of matrices, as a column and a row of int64. */
function numbersOf(matrix: Ref, emit: Emitter): readonly [Ref, Ref] {
  const shape = emit.op('Shape', [matrix])
  const size = (axis: number): Ref => emit.op('Gather', [shape, emit.scalar('int64', axis)], { axis: 0 })
  const range = (axis: number): Ref => emit.op('Range', [emit.scalar('int64', 0), size(axis), emit.scalar('int64', 1)])
  return [emit.op('Unsqueeze', [range(-2), emit.vector([1])]), range(-1)]
}

/** Zeroes everything further from the diagonal than the given number of places; a negative number keeps all of that side. */
const bandPart: Lowering = (node, emit) => {
  const [x, lower, upper] = inputsOf(node, 3)
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

/** Whether the diagonals that an input names are the main one alone. */
const isMain = (node: Node, slot: number, emit: Emitter): boolean => {
  const k = node.inputs[slot]
  return !k || emit.known(k)?.every(at => at === 0) === true
}

/** Diagonals from `low` to `high` of a matrix, as rows of one length, the highest first. */
interface Band {
  readonly rows: number
  readonly columns: number
  readonly low: number
  readonly high: number
  readonly length: number
  readonly align: string
}

function bandOf(node: Node, slot: number, [rows, columns]: readonly number[], emit: Emitter): Band {
  const k = emit.ints(node.input(slot), 'which diagonals it is about')
  const [low, high] = [k[0]!, k.at(-1)!]
  const length = Math.min(rows! + Math.min(high, 0), columns! - Math.max(low, 0))
  return {
    rows: rows!,
    columns: columns!,
    low,
    high,
    length,
    align: node.attr('align') ? node.str('align') : 'LEFT_LEFT',
  }
}

/** Where the element of a diagonal is in the rows of a band; undefined for an element outside of the band. */
function placeIn({ rows, columns, low, high, length, align }: Band, row: number, column: number): number | undefined {
  const diagonal = column - row
  if (diagonal < low || diagonal > high) return undefined
  const own = Math.min(rows + Math.min(diagonal, 0), columns - Math.max(diagonal, 0))
  // The first word is for diagonals above the main one, the second for those below.
  const [above, below] = align.split('_')
  const isRight = (diagonal > 0 ? above : diagonal < 0 ? below : own < length ? above : 'LEFT') === 'RIGHT'
  return (high - diagonal) * length + Math.min(row, column) + (isRight ? length - own : 0)
}

/** The last two axes of a tensor as one. */
function flatten(emit: Emitter, ref: Ref, rank: number, size: number): Ref {
  const kept = Array<number>(rank - 2).fill(0) // as they are
  return emit.op('Reshape', [ref, emit.vector([...kept, size])])
}

/** Elements of the last axis by constant indices, and something else where there is none. */
interface Selection {
  readonly flat: Ref
  readonly indices: readonly (number | undefined)[]
  /** The shape of the indices, which takes the place of the last axis. */
  readonly shape: readonly number[]
  readonly other: Ref
}

function picked(emit: Emitter, { flat, indices, shape, other }: Selection, name: string): Ref {
  const places = emit.tensor(
    fromValues(
      'int64',
      shape,
      indices.map(at => BigInt(at ?? 0)),
    ),
    `${name}/places`,
  )
  const found = emit.op('Gather', [flat, places], { axis: -1 }, { name })
  if (indices.every(at => at !== undefined)) return found
  const mask = emit.tensor(
    fromValues(
      'bool',
      shape,
      indices.map(at => at !== undefined),
    ),
    `${name}/band`,
  )
  return emit.op('Where', [mask, found, other], {}, { name })
}

/** Diagonals of matrices as rows. */
const bandParts: Lowering = (node, emit) => {
  const x = node.input(0)
  const sizes = lastSizes(x, emit)
  const band = bandOf(node, 1, sizes, emit)
  const { rows, columns, low, high, length } = band
  const indices = Array<number | undefined>((high - low + 1) * length).fill(undefined)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const place = placeIn(band, row, column)
      if (place !== undefined) indices[place] = row * columns + column
    }
  const flat = flatten(emit, emit.value(x), emit.rank(x), rows * columns)
  const shape = low === high ? [length] : [high - low + 1, length]
  emit.set(node.out(), picked(emit, { flat, indices, shape, other: emit.value(node.input(2)) }, node.name))
}

const lastSizes = (value: Value, emit: Emitter): readonly number[] =>
  (emit.shape(value) ?? refuse('the rank of the matrix is not known'))
    .slice(-2)
    .map(size => size ?? refuse('the sizes of the matrix are not known'))

/** Matrices whose elements in a band are those of rows, and elsewhere something else. */
function fromBand(emit: Emitter, diagonals: Value, band: Band, other: Ref): Selection {
  const { rows, columns, low, high, length } = band
  const isOne = low === high
  const flat = isOne
    ? emit.value(diagonals)
    : flatten(emit, emit.value(diagonals), emit.rank(diagonals), (high - low + 1) * length)
  const indices = Array.from({ length: rows * columns }, (_, i) => placeIn(band, Math.floor(i / columns), i % columns))
  return { flat, indices, shape: [rows, columns], other }
}

/** The main diagonal: what is not on it is zero before the rows are added up. */
const diagPart: Lowering = (node, emit) => {
  if (!isMain(node, 1, emit)) return bandParts(node, emit)
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
  if (node.inputs.length > 1) {
    const [diagonals, , rows, columns, padding] = node.inputs
    const isPlain = [rows, columns].every(size => size && emit.known(size)?.[0] === -1)
    if (!isMain(node, 1, emit) || !isPlain || !padding || emit.known(padding)?.[0] !== 0) {
      const band = bandOf(node, 1, lastSizes(node.out(), emit), emit)
      const whole = fromBand(emit, diagonals!, band, emit.value(padding!))
      return emit.set(node.out(), picked(emit, whole, node.name))
    }
  }
  const values = emit.value(node.input(0))
  const size = emit.op('Gather', [emit.op('Shape', [values]), emit.scalar('int64', -1)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar('int64', 0), size, emit.scalar('int64', 1)])
  const isDiagonal = emit.op('Equal', [emit.op('Unsqueeze', [numbers, emit.vector([1])]), numbers])
  const row = emit.op('Unsqueeze', [values, emit.vector([-2])])
  emit.set(node.out(), emit.op('Where', [isDiagonal, row, emit.scalar(values.dtype, 0)], {}, { name: node.name }))
}

/** How many elements there are, a vector of one. */
const sizeOf = (numbers: Ref, emit: Emitter): Ref => emit.reshape(emit.op('Size', [numbers]), [1])

/** A matrix with another diagonal. */
const setDiag: Lowering = (node, emit) => {
  if (!isMain(node, 2, emit)) {
    const band = bandOf(node, 2, lastSizes(node.input(0), emit), emit)
    const whole = fromBand(emit, node.input(1), band, emit.value(node.input(0)))
    return emit.set(node.out(), picked(emit, whole, node.name))
  }
  const matrix = emit.value(node.input(0))
  const [rows, columns] = numbersOf(matrix, emit)
  const values = emit.value(node.input(1))
  const [height, width] = emit.shape(node.input(0))?.slice(-2) ?? []
  const rank = emit.rank(node.input(1))
  const none = Array<number>(2 * rank - 1).fill(0)
  const isKnown = typeof height === 'number' && typeof width === 'number'
  const missing = isKnown
    ? Math.max(0, width - height)
    : emit.op('Max', [emit.op('Sub', [sizeOf(columns, emit), sizeOf(rows, emit)]), emit.vector([0])])
  const pads =
    typeof missing === 'number'
      ? emit.vector([...none, missing])
      : emit.op('Concat', [emit.vector(none), missing], { axis: 0 })
  const wide = missing === 0 ? values : emit.op('Pad', [values, pads])
  const row = emit.op('Unsqueeze', [wide, emit.vector([-2])])
  emit.set(node.out(), emit.op('Where', [emit.op('Equal', [rows, columns]), row, matrix], {}, { name: node.name }))
}

export const diagonals: Lowerings = {
  DiagPart: (node, emit) =>
    emit.rank(node.input(0)) === 2 ? diagPart(node, emit) : refuse('its result is not a vector'),
  Diag: (node, emit) => (emit.rank(node.input(0)) === 1 ? diag(node, emit) : refuse('its diagonal is not a vector')),
  MatrixBandPart: bandPart,
  MatrixDiag: diag,
  MatrixDiagPart: diagPart,
  MatrixDiagPartV2: diagPart,
  MatrixDiagPartV3: diagPart,
  MatrixDiagV2: diag,
  MatrixDiagV3: diag,
  MatrixSetDiag: setDiag,
  MatrixSetDiagV2: setDiag,
  MatrixSetDiagV3: setDiag,
}
