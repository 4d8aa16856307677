/** Solving linear systems, and what factorisations give. In float64, matrix by matrix over the last two dimensions. */
import type { Node } from '../../graph/node.ts'
import { broadcastShapes } from '../../tensor/make.ts'
import { fromNumbers, type NdArray, numbers, size } from '../array.ts'
import { fail, type Kernel, type Kernels, stretched } from '../kernel.ts'

/** A matrix as rows. */
export type Matrix = number[][]

/** The matrices over the last two dimensions. */
export function matrices(x: NdArray): Matrix[] {
  const [rows, columns] = x.shape.slice(-2) as [number, number]
  const values = numbers(x)
  const count = rows * columns ? values.length / (rows * columns) : 0
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: rows }, (_, i) => [...values.slice((n * rows + i) * columns, (n * rows + i + 1) * columns)]),
  )
}

const fromMatrices = (x: NdArray, all: readonly Matrix[], shape = x.shape): NdArray =>
  fromNumbers(x.dtype, shape, all.flat(2))

/** Rows as columns. */
export const flipped = (m: Matrix): Matrix => (m[0] ?? []).map((_, j) => m.map(row => row[j]!))

/** L and U in one matrix, rows exchanged as `order` says, `sign` for the parity of exchanges. */
function factored(matrix: Matrix): { lu: Matrix; order: number[]; sign: number } {
  const lu = matrix.map(row => [...row])
  const order = lu.map((_, i) => i)
  let sign = 1
  for (let k = 0; k < lu.length; k++) {
    let pivot = k
    for (let i = k + 1; i < lu.length; i++) if (Math.abs(lu[i]![k]!) > Math.abs(lu[pivot]![k]!)) pivot = i
    if (pivot !== k) {
      ;[lu[k], lu[pivot]] = [lu[pivot]!, lu[k]!]
      ;[order[k], order[pivot]] = [order[pivot]!, order[k]!]
      sign = -sign
    }
    for (let i = k + 1; i < lu.length; i++) {
      const row = lu[i]!
      row[k] = lu[k]![k] === 0 ? 0 : row[k]! / lu[k]![k]!
      for (let j = k + 1; j < row.length; j++) row[j]! -= row[k]! * lu[k]![j]!
    }
  }
  return { lu, order, sign }
}

/** x of t · x = b for a triangular t. `isUnit`: its diagonal counts as 1. */
function substituted(t: Matrix, b: Matrix, isLower: boolean, isUnit = false): Matrix {
  const x = b.map(row => [...row])
  const rows = t.map((_, i) => (isLower ? i : t.length - 1 - i))
  for (const [done, i] of rows.entries()) {
    for (let c = 0; c < x[i]!.length; c++) {
      let rest = x[i]![c]!
      for (const k of rows.slice(0, done)) rest -= t[i]![k]! * x[k]![c]!
      x[i]![c] = isUnit ? rest : rest / t[i]![i]!
    }
  }
  return x
}

/** x of matrix · x = b. */
export function solved(node: Node, matrix: Matrix, b: Matrix): Matrix {
  const { lu, order } = factored(matrix)
  if (lu.some((row, i) => row[i] === 0)) fail(node, 'the matrix is not invertible')
  const lower = substituted(
    lu,
    order.map(i => b[i]!),
    true,
    true,
  )
  return substituted(lu, lower, false)
}

export const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))

function cholesky(node: Node, m: Matrix): Matrix {
  const l: Matrix = m.map(row => row.map(() => 0))
  for (let i = 0; i < m.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = m[i]![j]!
      for (let k = 0; k < j; k++) rest -= l[i]![k]! * l[j]![k]!
      if (i === j && !(rest > 0)) fail(node, 'the matrix is not positive definite')
      l[i]![j] = i === j ? Math.sqrt(rest) : rest / l[j]![j]!
    }
  }
  return l
}

/** Throws where the operands are not square matrices and right-hand sides of as many rows. */
function checkSystem(node: Node, a: NdArray, b: NdArray): void {
  const [rows, columns] = a.shape.slice(-2)
  const isSystem = size(a) * size(b) > 0 && rows === columns && rows === b.shape.at(-2)
  if (!isSystem) fail(node, `the matrices [${a.shape}] and the right-hand sides [${b.shape}]`)
}

/** The same, where there are as many right-hand sides as matrices. */
function checkSystems(node: Node, a: NdArray, b: NdArray): void {
  checkSystem(node, a, b)
  if (String(a.shape.slice(0, -2)) !== String(b.shape.slice(0, -2)))
    fail(node, `the matrices [${a.shape}] and the right-hand sides [${b.shape}]`)
}

const matrixSolve: Kernel = ([a, b], node) => {
  checkSystems(node, a!, b!)
  const right = matrices(b!)
  const all = matrices(a!).map((m, n) => solved(node, node.bool('adjoint') ? flipped(m) : m, right[n]!))
  return [fromMatrices(b!, all)]
}

/** Matrices and right-hand sides are stretched over each other's batches. */
const triangularSolve: Kernel = ([a, b], node) => {
  checkSystem(node, a!, b!)
  const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2))
  if (!batch) return fail(node, `the matrices [${a!.shape}] and the right-hand sides [${b!.shape}]`)
  const [left, right] = [matrices(a!), matrices(b!)]
  const [ofLeft, ofRight] = [stretched(a!.shape.slice(0, -2), batch), stretched(b!.shape.slice(0, -2), batch)]
  const isAdjoint = node.bool('adjoint')
  const all = Array.from(ofLeft, (at, i) =>
    substituted(isAdjoint ? flipped(left[at]!) : left[at]!, right[ofRight[i]!]!, node.bool('lower') !== isAdjoint),
  )
  return [fromMatrices(b!, all, [...batch, ...b!.shape.slice(-2)])]
}

const determinants = (x: NdArray): { sign: number; log: number }[] =>
  matrices(x).map(m => {
    const { lu, sign } = factored(m)
    const diagonal = lu.map((row, i) => row[i]!)
    return {
      sign: diagonal.reduce((s, d) => s * Math.sign(d), sign),
      log: diagonal.reduce((s, d) => s + Math.log(Math.abs(d)), 0),
    }
  })

const lu: Kernel = ([x], node) => {
  const all = matrices(x!).map(factored)
  const order = all.flatMap(f => f.order)
  return [
    fromMatrices(
      x!,
      all.map(f => f.lu),
    ),
    fromNumbers(node.type('output_idx_type'), x!.shape.slice(0, -1), order),
  ]
}

/** Kernels by op. */
export const linearAlgebraKernels: Kernels = {
  Cholesky: ([x], node) => [
    fromMatrices(
      x!,
      matrices(x!).map(m => cholesky(node, m)),
    ),
  ],
  MatrixSolve: matrixSolve,
  MatrixTriangularSolve: triangularSolve,
  MatrixInverse: ([x], node) => {
    const all = matrices(x!).map(m => solved(node, node.bool('adjoint') ? flipped(m) : m, identity(m.length)))
    return [fromMatrices(x!, all)]
  },
  MatrixDeterminant: ([x]) => [
    fromNumbers(
      x!.dtype,
      x!.shape.slice(0, -2),
      determinants(x!).map(d => d.sign * Math.exp(d.log)),
    ),
  ],
  LogMatrixDeterminant: ([x]) => {
    const all = determinants(x!)
    const shape = x!.shape.slice(0, -2)
    return [
      fromNumbers(
        x!.dtype,
        shape,
        all.map(d => d.sign),
      ),
      fromNumbers(
        x!.dtype,
        shape,
        all.map(d => d.log),
      ),
    ]
  },
  Lu: lu,
}
