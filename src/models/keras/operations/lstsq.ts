/** Inverses by singular values: pinv, matrix_rank, lstsq, cholesky_inverse. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { floating } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/** The distance from 1 to the next number. */
const EPSILON: Readonly<Record<string, number>> = { float32: 2 ** -23, float64: 2 ** -52 }

/** The larger of the sizes of a matrix, times what is lost in one number: singular values below this share are none. */
function leastShare(f: FunctionCall, x: Value): number {
  const sizes = f.shape(x).slice(-2)
  const larger = Math.max(...sizes.map(size => f.call.known(size, 'a size of its matrix')))
  return larger * (EPSILON[x.dtype!] ?? f.refuse(`its type ${x.dtype} has no singular values`))
}

/** V·Σ⁺·Uᴴ, Σ⁺ with the reciprocals of the singular values that are larger than `rcond` times the largest. */
export const pinv: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const share = f.has('rcond') ? f.number('rcond') : 10 * leastShare(f, x)
  const svd = scope.node('Svd', [x], { compute_uv: true, full_matrices: false })
  const [values, u, v] = [svd.out(0), svd.out(1), svd.out(2)]
  const least = scope.mul(scope.reduce('Max', values, [-1], true), share)
  const counted = scope.select(scope.op('Greater', [values, least]), values, scope.number(Number.POSITIVE_INFINITY, x))
  return scope.op('BatchMatMulV2', [scope.div(v, scope.expandDims(counted, -2)), u], { adj_y: true })
}

/** How many singular values are larger than `tol`. */
export const matrixRank: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const values = scope.op('Svd', [x], { compute_uv: false })
  const least = f.has('tol')
    ? scope.number(f.number('tol'), x)
    : scope.mul(scope.reduce('Max', values, [-1], true), leastShare(f, x))
  return scope.reduce('Sum', scope.cast(scope.op('Greater', [values, least]), 'int32'), [-1])
}

/** The shortest x for which A·x comes nearest to b. */
export const lstsq: Emit = f => {
  const { scope } = f
  const a = floating(f, 'a')
  const given = scope.cast(f.tensor('b', a.dtype), a.dtype!)
  const isVector = f.rank(given) === 1
  const b = isVector ? scope.expandDims(given, 1) : given
  const asked = f.has('rcond') ? f.number('rcond') : undefined
  const share = asked === undefined ? leastShare(f, a) : asked < 0 ? (EPSILON[a.dtype!] ?? 0) : asked
  const svd = scope.node('Svd', [a], { compute_uv: true, full_matrices: false })
  const [values, u, v] = [svd.out(0), svd.out(1), svd.out(2)]
  const isLarge = scope.op('GreaterEqual', [values, scope.mul(scope.slice(values, [[0, 1]]), share)])
  const one = scope.number(1, a)
  const inverse = scope.select(isLarge, scope.div(one, scope.select(isLarge, values, one)), scope.number(0, a))
  const turned = scope.op('MatMul', [u, b], { transpose_a: true })
  const x = scope.op('MatMul', [v, scope.mul(scope.expandDims(inverse, 1), turned)])
  return isVector ? scope.reshape(x, [null]) : x
}

/** The inverse of A, given its factor L or, `upper`, Lᵀ. */
export const choleskyInverse: Emit = f => {
  const { scope } = f
  const factor = f.tensor('x')
  const size = f.call.known(f.shape(factor).at(-1), 'the size of its matrix')
  const ones = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0))
  const identity = scope.const(fromValues(factor.dtype!, [size, size], ones), 'identity')
  const isUpper = f.bool('upper')
  const inverse = scope.op('MatrixTriangularSolve', [factor, identity], { lower: !isUpper })
  return scope.op('BatchMatMulV2', [inverse, inverse], isUpper ? { adj_y: true } : { adj_x: true })
}
