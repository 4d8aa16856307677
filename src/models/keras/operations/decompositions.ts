/** Factors of matrices, determinants, and what is solved for: cholesky, qr, svd, eigh, solve. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** An op of TensorFlow on matrices. */
export const matrixOp =
  (op: string, attrs: (f: FunctionCall) => Readonly<Record<string, boolean>> = () => ({})): Emit =>
  f => {
    const x = f.tensor('x')
    return f.scope.op(op, [f.scope.cast(x, asFloat(x.dtype ?? 'float32'))], attrs(f))
  }

/** A = L·Lᵀ; the upper factor where it asks for that. */
export const cholesky: Emit = f => {
  const factor = matrixOp('Cholesky')(f) as Value // an op of one result
  if (!f.bool('upper')) return factor
  const rank = f.rank(factor)
  return f.scope.transpose(factor, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
}

/** x with A·x = b; b may be one vector. */
export const solve =
  (op: 'MatrixSolve' | 'MatrixTriangularSolve'): Emit =>
  f => {
    const { scope } = f
    const [a, b] = f.together(['a', 'b'], asFloat)
    const isVector = f.rank(b!) === f.rank(a!) - 1
    const columns = isVector ? scope.expandDims(b!, -1) : b!
    const x = scope.op(op, [a!, columns], op === 'MatrixSolve' ? {} : { lower: f.bool('lower') })
    return isVector ? scope.squeeze(x, [f.rank(a!) - 1]) : x
  }

/** The sign of the determinant, and the logarithm of its size. */
export const slogdet =
  (part: 'both' | 'log'): Emit =>
  f => {
    const node = f.scope.node('LogMatrixDeterminant', [f.tensor('x')])
    return part === 'log' ? node.out(1) : [node.out(0), node.out(1)]
  }

export const eigh: Emit = f => {
  const node = f.scope.node('SelfAdjointEigV2', [f.tensor('x')], { compute_v: true })
  return [node.out(0), node.out(1)]
}

export const qr: Emit = f => {
  const node = f.scope.node('Qr', [f.tensor('x')], { full_matrices: f.text('mode', 'reduced') === 'complete' })
  return [node.out(0), node.out(1)]
}

/** The singular values; with the vectors of both sides unless it asks for these alone. */
export const svd: Emit = f => {
  const { scope } = f
  const withVectors = f.bool('compute_uv', true)
  const attrs = { compute_uv: withVectors, full_matrices: f.bool('full_matrices', true) }
  const node = scope.node('Svd', [f.tensor('x')], attrs)
  if (!withVectors) return node.out(0)
  const v = node.out(2)
  const rank = f.rank(v)
  const adjoint = scope.transpose(v, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
  return [node.out(1), node.out(0), adjoint]
}

/** The same in TensorFlow's order: the values, then the vectors of both sides. */
export const linalgSvd: Emit = f => {
  const withVectors = f.bool('compute_uv', true)
  const attrs = { compute_uv: withVectors, full_matrices: f.bool('full_matrices') }
  const node = f.scope.node('Svd', [f.tensor('x')], attrs)
  return withVectors ? [node.out(0), node.out(1), node.out(2)] : node.out(0)
}

/** V·Σ⁺·Uᴴ, in which singular values up to `rcond` times the largest count as 0. Source: TensorFlow's linalg_impl.py. */
export const linalgPinv: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const rank = f.rank(x)
  const sides = f.shape(x).slice(-2)
  const longer = Math.max(...sides.map(size => f.call.known(size, 'a size of the matrix')))
  const epsilon = x.dtype === 'float64' ? Number.EPSILON : 2 ** -23
  const svd = scope.node('Svd', [x], { compute_uv: true, full_matrices: false })
  const cutoff = scope.mul(scope.reduce('Max', svd.out(0), [rank - 2], true), f.number('rcond', 10 * longer * epsilon))
  const infinity = scope.number(Number.POSITIVE_INFINITY, x)
  const kept = scope.select(scope.compare('Greater', svd.out(0), cutoff), svd.out(0), infinity)
  const scaled = scope.div(svd.out(2), scope.expandDims(kept, -2))
  return scope.op('BatchMatMulV2', [scaled, svd.out(1)], { adj_y: true })
}

/** x with A·x = b, of A = L·Lᴴ. */
export const choleskySolve: Emit = f => {
  const { scope } = f
  const factor = f.tensor('chol')
  const inner = scope.op('MatrixTriangularSolve', [factor, f.tensor('rhs', factor.dtype)], { lower: true })
  return scope.op('MatrixTriangularSolve', [factor, inner], { lower: true, adjoint: true })
}

/** The last two dimensions exchanged, and complex numbers conjugated. */
export const adjoint: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const rank = f.rank(x)
  const turned = scope.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
  return x.dtype?.startsWith('complex') ? scope.op('Conj', [turned]) : turned
}
