/**
 * Bands of diagonals: made, read and set. Diagonal d of a matrix holds its elements [i, i + d]. A band k = [low, high]
 * is packed as [high − low + 1, longest], the highest first; a shorter diagonal is padded at the side that `align` says.
 * Source: matrix_diag_op.cc and array_ops.cc, MatrixDiagPartV3.
 */
import type { Node } from '../../graph/node.ts'
import { elementCount, type Shape } from '../../tensor/tensor.ts'
import { first, list, type NdArray, size, take, withShape } from '../array.ts'
import { fail, indices, type Kernel, type Kernels } from '../kernel.ts'
import { concatenated } from './array.ts'

interface Band {
  readonly rows: number
  readonly columns: number
  readonly low: number
  readonly high: number
  /** The length of the longest diagonal. */
  readonly longest: number
  /** Where diagonal `d` begins in its packed row. */
  readonly offset: (d: number) => number
}

const lengthOf = (rows: number, columns: number, d: number): number =>
  Math.min(rows + Math.min(d, 0), columns - Math.max(d, 0))

function bandOf(node: Node, rows: number, columns: number, k: readonly number[]): Band {
  const [low, high] = [k[0] ?? 0, k[1] ?? k[0] ?? 0]
  if (low > high) fail(node, `a band of diagonals from ${low} to ${high}`)
  const longest = Math.min(rows + Math.min(high, 0), columns - Math.max(low, 0))
  if (longest < 0) fail(node, `no diagonal ${k} in a matrix of ${rows} × ${columns}`)
  const align = node.attr('align') ? node.str('align') : 'LEFT_LEFT' // version 2 has no choice
  const isRight = (d: number): boolean => (d >= 0 && align.startsWith('RIGHT')) || (d <= 0 && align.endsWith('RIGHT'))
  const offset = (d: number): number => (isRight(d) ? longest - lengthOf(rows, columns, d) : 0)
  return { rows, columns, low, high, longest, offset }
}

/** For each element of `batch` matrices, its place among the packed diagonals; −1 outside of the band. */
function packedPlaces(batch: number, b: Band): Int32Array {
  const area = b.rows * b.columns
  return indices(batch * area, flat => {
    const [row, column] = [Math.floor(flat / b.columns) % b.rows, flat % b.columns]
    const d = column - row
    if (d < b.low || d > b.high) return -1
    const diagonal = Math.floor(flat / area) * (b.high - b.low + 1) + (b.high - d)
    return diagonal * b.longest + column - Math.max(d, 0) + b.offset(d)
  })
}

/** For each packed element, its place among `batch` matrices; −1 where it is padding. */
function matrixPlaces(batch: number, b: Band): Int32Array {
  const count = b.high - b.low + 1
  return indices(batch * count * b.longest, flat => {
    const d = b.high - (Math.floor(flat / b.longest) % count)
    const along = (flat % b.longest) - b.offset(d)
    const [row, column] = [along + Math.max(-d, 0), along + Math.max(d, 0)]
    if (along < 0 || row >= b.rows || column >= b.columns) return -1
    return (Math.floor(flat / (count * b.longest)) * b.rows + row) * b.columns + column
  })
}

const batchOf = (shape: Shape, inner: number): Shape => shape.slice(0, shape.length - inner)

/** How many rows and columns the matrices get: as given, else the smallest that hold the band, square where neither is given. */
function sizesFor(longest: number, low: number, high: number, given: readonly [number, number]): [number, number] {
  const least: [number, number] = [longest - Math.min(high, 0), longest + Math.max(low, 0)]
  if (given[0] === -1 && given[1] === -1) return [Math.max(...least), Math.max(...least)]
  return [given[0] === -1 ? least[0] : given[0], given[1] === -1 ? least[1] : given[1]]
}

const make: Kernel = (inputs, node) => {
  const [x, k, rows, columns, padding] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray]
  const [low, high] = [list(k)[0]!, list(k).at(-1)!]
  const longest = x.shape.at(-1)!
  const sizes = sizesFor(longest, low, high, [first(rows), first(columns)])
  const band = { ...bandOf(node, ...sizes, [low, high]), longest }
  const batch = batchOf(x.shape, low === high ? 1 : 2)
  return [take(x, packedPlaces(elementCount(batch), band), [...batch, ...sizes], padding)]
}

const read: Kernel = ([x, k, padding], node) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const band = bandOf(node, rows, columns, list(k!))
  const batch = batchOf(x!.shape, 2)
  const count = band.high - band.low + 1
  const shape = [...batch, ...(count === 1 ? [] : [count]), band.longest]
  return [take(x!, matrixPlaces(elementCount(batch), band), shape, padding)]
}

const set: Kernel = ([x, diagonal, k], node) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const band = bandOf(node, rows, columns, list(k!))
  const batch = elementCount(batchOf(x!.shape, 2))
  const packed = batch * (band.high - band.low + 1) * band.longest
  if (size(diagonal!) !== packed) fail(node, `diagonals of shape [${diagonal!.shape}] for [${x!.shape}]`)
  const both = concatenated(node, 0, [flat(diagonal!), flat(x!)])
  const from = packedPlaces(batch, band).map((place, i) => (place < 0 ? packed + i : place))
  return [take(both, from, x!.shape)]
}

const flat = (x: NdArray): NdArray => withShape(x, [size(x)])

/** Kernels by op. */
export const diagonalKernels: Kernels = {
  MatrixDiagV2: make,
  MatrixDiagV3: make,
  MatrixDiagPartV2: read,
  MatrixDiagPartV3: read,
  MatrixSetDiagV2: set,
  MatrixSetDiagV3: set,
}
