/** Factorisations of matrices by Jacobi rotations: exact to rounding, quick enough for what tests and constants need. */
import { fromNumbers, type NdArray, numbers, scalarOf } from '../array.ts'
import { fail, type Kernel, type Kernels } from '../kernel.ts'
import { flipped, identity, type Matrix, matrices, solved } from './linear-algebra.ts'

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0)
const scaled = (row: readonly number[], by: number): number[] => row.map(v => v * by)
const product = (a: Matrix, b: Matrix): Matrix => {
  const columns = flipped(b)
  return a.map(row => columns.map(column => dot(row, column)))
}

/** Rotates two rows so that they are at right angles; whether they were not. */
function straighten(rows: Matrix, others: Matrix, i: number, j: number): boolean {
  const [a, b] = [rows[i]!, rows[j]!]
  const [p, q, r] = [dot(a, a), dot(b, b), dot(a, b)]
  if (Math.abs(r) <= 1e-15 * Math.sqrt(p * q)) return false
  const zeta = (q - p) / (2 * r)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
  const cosine = 1 / Math.sqrt(1 + tangent * tangent)
  for (const m of [rows, others]) {
    const [x, y] = [m[i]!, m[j]!]
    m[i] = x.map((v, k) => cosine * (v - tangent * y[k]!))
    m[j] = y.map((v, k) => cosine * (v + tangent * x[k]!))
  }
  return true
}

/** m = u · diag(s) · vᵀ, with as many values as the smaller side, largest first. Source: one-sided Jacobi (Hestenes). */
function decomposed(m: Matrix): { u: Matrix; s: number[]; v: Matrix } {
  if (m.length < (m[0]?.length ?? 0)) {
    const { u, s, v } = decomposed(flipped(m))
    return { u: v, s, v: u }
  }
  const columns = flipped(m)
  const right = identity(columns.length)
  for (let sweep = 0, isMoving = true; isMoving && sweep < 60; sweep++) {
    isMoving = false
    for (let i = 0; i < columns.length; i++)
      for (let j = i + 1; j < columns.length; j++) isMoving = straighten(columns, right, i, j) || isMoving
  }
  const lengths = columns.map(column => Math.sqrt(dot(column, column)))
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]!)
  return {
    u: flipped(order.map(i => scaled(columns[i]!, lengths[i] === 0 ? 0 : 1 / lengths[i]!))),
    s: order.map(i => lengths[i]!),
    v: flipped(order.map(i => right[i]!)),
  }
}

/** Orthonormal rows that begin as the given ones do, up to `count`: unit vectors fill up what is missing. */
function completed(given: Matrix, count: number): Matrix {
  const rows: Matrix = []
  for (const row of [...given, ...identity(given[0]?.length ?? count)]) {
    let rest = [...row]
    for (let twice = 0; twice < 2; twice++)
      for (const other of rows) {
        const along = dot(rest, other)
        rest = rest.map((v, i) => v - along * other[i]!)
      }
    const length = Math.sqrt(dot(rest, rest))
    if (length > 1e-6 && rows.length < count) rows.push(scaled(rest, 1 / length))
  }
  return rows
}

/** Results for each matrix side by side: [...batch, ...dims]. */
const batched = (x: NdArray, dims: readonly number[], values: readonly number[]): NdArray =>
  fromNumbers(x.dtype, [...x.shape.slice(0, -2), ...dims], values)

const svd: Kernel = ([x], node) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const least = Math.min(rows, columns)
  const all = matrices(x!).map(decomposed)
  const values = batched(
    x!,
    [least],
    all.flatMap(f => f.s),
  )
  if (!node.bool('compute_uv')) return [values, scalarOf(x!.dtype, 0), scalarOf(x!.dtype, 0)]
  const isFull = node.bool('full_matrices')
  const side = (size: number, of: 'u' | 'v'): NdArray => {
    const count = isFull ? size : least
    const filled = all.flatMap(f => flipped(completed(flipped(f[of]), count)))
    return batched(x!, [size, count], filled.flat())
  }
  return [values, side(rows, 'u'), side(columns, 'v')]
}

/** Values in rising order with their vectors, of the symmetric matrix that the lower half gives. */
const eigen: Kernel = ([x], node) => {
  const n = x!.shape.at(-1)!
  if (numbers(x!).some(Number.isNaN)) fail(node, 'a matrix with an element that is not a number')
  const all = matrices(x!).map(given => {
    const m = given.map((row, i) => row.map((v, j) => (j <= i ? v : given[j]![i]!)))
    const shift = 1 + Math.max(0, ...m.map(row => row.reduce((sum, v) => sum + Math.abs(v), 0)))
    const { s, v } = decomposed(m.map((row, i) => row.map((value, j) => value + (i === j ? shift : 0)))) // positive now
    return { values: s.map(value => value - shift).reverse(), vectors: v.map(row => [...row].reverse()) }
  })
  const values = batched(
    x!,
    [n],
    all.flatMap(f => f.values),
  )
  const vectors = node.bool('compute_v')
    ? batched(
        x!,
        [n, n],
        all.flatMap(f => f.vectors.flat()),
      )
    : fromNumbers(x!.dtype, [0], [])
  return [values, vectors]
}

const qr: Kernel = ([x], node) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const count = node.bool('full_matrices') ? rows : Math.min(rows, columns)
  const all = matrices(x!).map(m => {
    const q = flipped(completed(flipped(m), count))
    return { q, r: product(flipped(q), m) }
  })
  return [
    batched(
      x!,
      [rows, count],
      all.flatMap(f => f.q.flat()),
    ),
    batched(
      x!,
      [count, columns],
      all.flatMap(f => f.r.flatMap((row, i) => row.map((v, j) => (j < i ? 0 : v)))),
    ),
  ]
}

/** The x of least |a·x − b|² + l2·|x|²; of several the shortest. */
const leastSquares: Kernel = ([a, b, l2], node) => {
  const regularizer = numbers(l2!)[0]!
  const right = matrices(b!)
  const all = matrices(a!).map((m, n) => {
    const isTall = m.length >= m[0]!.length
    const t = flipped(m)
    const gram = isTall ? product(t, m) : product(m, t)
    const shifted = gram.map((row, i) => row.map((v, j) => v + (i === j ? regularizer : 0)))
    return isTall ? solved(node, shifted, product(t, right[n]!)) : product(t, solved(node, shifted, right[n]!))
  })
  return [batched(b!, [a!.shape.at(-1)!, b!.shape.at(-1)!], all.flat(2))]
}

/** Kernels by op. */
export const factorKernels: Kernels = {
  Svd: svd,
  SelfAdjointEigV2: eigen,
  Qr: qr,
  MatrixSolveLs: leastSquares,
}
