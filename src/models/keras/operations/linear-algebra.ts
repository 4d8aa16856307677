/** Products of vectors, matrices and more, and what is solved for. */
import type { Value } from '../../../graph/node.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import type { Dim, Range, Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat, resultType } from './promotion.ts'
import { lengthOf } from './reductions.ts'

type Emit = Operation['emit']

/** In real numbers, and the result in the operands' own type. */
const inReals =
  (names: readonly string[], body: (f: FunctionCall, values: readonly Value[]) => Value): Emit =>
  f => {
    const given = f.together(names)
    const dtype = given[0]!.dtype!
    const result = body(
      f,
      given.map(value => f.scope.cast(value, asFloat(dtype))),
    )
    return f.scope.cast(result, dtype)
  }

/** The product of matrices, of which there may be many; vectors are rows on the left and columns on the right. */
export function matmul(
  f: FunctionCall,
  a: Value,
  b: Value,
  transposes: readonly [boolean, boolean] = [false, false],
): Value {
  const { scope } = f
  const [left, right] = [f.rank(a), f.rank(b)]
  if (left === 1) return scope.squeeze(matmul(f, scope.expandDims(a, 0), b, transposes), [Math.max(right - 2, 0)])
  if (right === 1) return scope.squeeze(matmul(f, a, scope.expandDims(b, 1), transposes), [left - 1])
  if (left === 2 && right === 2)
    return scope.op('MatMul', [a, b], { transpose_a: transposes[0], transpose_b: transposes[1] })
  return scope.op('BatchMatMulV2', [a, b], { adj_x: transposes[0], adj_y: transposes[1] })
}
export const matrixProduct: Emit = inReals(['x1', 'x2'], (f, [a, b]) =>
  matmul(f, a!, b!, [f.bool('transpose_a') || f.bool('adjoint_a'), f.bool('transpose_b') || f.bool('adjoint_b')]),
)

/** Σ over the last axis of x1 and the one before the last of x2. */
export const dot: Emit = inReals(['x1', 'x2'], (f, [a, b]) => {
  const [left, right] = [f.rank(a!), f.rank(b!)]
  if (left === 0 || right === 0) return f.scope.mul(a!, b!)
  return contracted(f, a!, b!, [left - 1], [right === 1 ? 0 : right - 2])
})
export const inner: Emit = inReals(['x1', 'x2'], (f, [a, b]) => {
  const [left, right] = [f.rank(a!), f.rank(b!)]
  return left === 0 || right === 0 ? f.scope.mul(a!, b!) : contracted(f, a!, b!, [left - 1], [right - 1])
})
export const vectorDot: Emit = inReals(['x1', 'x2'], (f, [a, b]) => {
  const flat = (x: Value): Value => f.scope.reshape(x, [null])
  return f.scope.reduce('Sum', f.scope.mul(flat(a!), flat(b!)), [0])
})
export const outer: Emit = f => {
  const { scope } = f
  const [a, b] = f.tensorsTogether(['x1', 'x2'])
  const [column, row] = [scope.reshape(a!, [null, 1]), scope.reshape(b!, [1, null])]
  return a!.dtype === 'bool' ? scope.op('LogicalAnd', [column, row]) : scope.mul(column, row)
}

/** Σ over `axes`: so many of the last of x1 and the first of x2, or a list for each. */
export const tensordot: Emit = inReals(['x1', 'x2'], (f, [a, b]) => {
  const given = f.arg('axes')
  const lists = given?.kind === 'list' ? given.items.map(item => numbers(f, item)) : undefined
  if (lists) return contracted(f, a!, b!, from(lists[0]!, f.rank(a!)), from(lists[1]!, f.rank(b!)))
  const count = f.int('axes', 2)
  const range = (start: number): number[] => Array.from({ length: count }, (_, i) => start + i)
  return contracted(f, a!, b!, range(f.rank(a!) - count), range(0))
})
const from = (axes: readonly number[], rank: number): number[] => axes.map(axis => (axis < 0 ? axis + rank : axis))
function numbers(f: FunctionCall, arg: NonNullable<ReturnType<FunctionCall['arg']>>): number[] {
  if (arg.kind === 'constant' && typeof arg.value === 'number') return [arg.value]
  return arg.kind === 'list' ? arg.items.flatMap(item => numbers(f, item)) : f.refuse('its axes are not numbers')
}

function contracted(f: FunctionCall, a: Value, b: Value, left: readonly number[], right: readonly number[]): Value {
  const { scope } = f
  const [da, db] = [scope.dims(a), scope.dims(b)]
  const free = (dims: readonly unknown[], axes: readonly number[]): number[] =>
    dims.map((_, i) => i).filter(i => !axes.includes(i))
  const [fa, fb] = [free(da, left), free(db, right)]
  const size = (dims: typeof da, axes: readonly number[]): number =>
    axes.reduce(
      (n, axis) => n * f.call.known(typeof dims[axis] === 'number' ? dims[axis] : null, 'a size that is summed over'),
      1,
    )
  const depth = left.length > 0 && left.every(axis => typeof da[axis] === 'number') ? size(da, left) : size(db, right)
  const rows = scope.reshape(scope.transpose(a, [...fa, ...left]), [null, depth])
  const columns = scope.reshape(scope.transpose(b, [...right, ...fb]), [depth, null])
  const product = scope.op('MatMul', [rows, columns])
  return scope.reshape(product, [...fa.map(axis => da[axis]!), ...fb.map(axis => db[axis]!)])
}

/** Einstein's sum. */
export const einsum: Emit = f => {
  const { scope } = f
  const values = f.tensors('operands')
  if (values.length === 0) return f.refuse('its tensors are not in the file: Keras saves the equation alone')
  const dtype = resultType(...values.map(value => value.dtype!)) // every tensor of ours has a type
  const inputs = values.map(value => scope.cast(value, asFloat(dtype)))
  const equation = f.text('equation').replace(/\s/g, '')
  return scope.cast(inputs.length > 2 ? pairwise(f, equation, inputs) : scope.op('Einsum', inputs, { equation }), dtype)
}

/** TensorFlow's op takes two operands: the first two become one, which has the labels that are still needed. */
function pairwise(f: FunctionCall, equation: string, values: readonly Value[]): Value {
  const [left, output] = equation.split('->')
  if (output === undefined || equation.includes('.'))
    return f.refuse('its equation has several operands and an ellipsis, or no result')
  const [a, b, ...rest] = left!.split(',')
  const needed = [...rest, output].join('')
  const kept = [...new Set(a! + b!)].filter(label => needed.includes(label)).join('')
  const isLast = rest.length === 0
  const product = f.scope.op('Einsum', values.slice(0, 2), { equation: `${a},${b}->${isLast ? output : kept}` })
  return isLast ? product : pairwise(f, `${[kept, ...rest].join(',')}->${output}`, [product, ...values.slice(2)])
}

/** Each element of x1 times all of x2, the blocks in the places of the elements. */
export const kronecker: Emit = f => {
  const { scope } = f
  const [a, b] = f.tensorsTogether(['x1', 'x2'])
  const rank = Math.max(f.rank(a!), f.rank(b!))
  const whole = (x: Value): Dim[] => [...Array<number>(rank - f.rank(x)).fill(1), ...scope.dims(x)]
  const [outer, inner] = [whole(a!), whole(b!)]
  const apart = scope.mul(
    scope.reshape(
      a!,
      outer.flatMap(size => [size, 1]),
    ),
    scope.reshape(
      b!,
      inner.flatMap(size => [1, size]),
    ),
  )
  const sizes = outer.map((size, i) =>
    typeof size === 'number' && typeof inner[i] === 'number'
      ? size * inner[i]
      : scope.mul(scope.dim(size), scope.dim(inner[i]!)),
  )
  return scope.reshape(apart, sizes)
}

/** Covariances of the rows, divided by the deviations of both: between −1 and 1. */
export const correlations: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  if (f.rank(x) !== 2) return f.refuse('it is not of a matrix')
  const centred = scope.sub(x, scope.reduce('Mean', x, [1], true))
  const products = scope.op('MatMul', [centred, centred], { transpose_b: true })
  const lengths = scope.op('Sqrt', [scope.reduce('Sum', scope.mul(centred, centred), [1])])
  const both = scope.mul(scope.reshape(lengths, [null, 1]), scope.reshape(lengths, [1, null]))
  return scope.clip(scope.div(products, both), -1, 1)
}

/**
 * The product of vectors in space along `axisa` and `axisb`; a third number that is absent is 0. Those of the plane
 * give the one number that is not 0.
 */
export const cross: Emit = f => {
  const { scope } = f
  const [x, y] = f.together(['x1', 'x2']) as readonly [Value, Value] // as many as names
  const axisOf = (name: string, value: Value): number =>
    f.has('axis') ? f.axis('axis', value, -1) : f.axis(name, value, -1)
  const [first, second] = [axisLast(f, x, axisOf('axisa', x)), axisLast(f, y, axisOf('axisb', y))]
  const sizes = [first, second].map(value => f.call.known(f.shape(value).at(-1), 'the size of its vectors'))
  const [a, b] = alike(scope, inSpace(f, first), inSpace(f, second))
  const product = scope.op('Cross', [a, b])
  if (sizes.every(size => size === 2))
    return scope.squeeze(scope.slice(product, lastOf(f, product)), [f.rank(product) - 1])
  const rank = f.rank(product)
  const to = axisOf('axisc', product)
  const perm = Array.from({ length: rank - 1 }, (_, i) => i)
  perm.splice(to, 0, rank - 1)
  return scope.transpose(product, perm)
}
const axisLast = (f: FunctionCall, x: Value, axis: number): Value => {
  const others = f.shape(x).flatMap((_, i) => (i === axis ? [] : [i]))
  return f.scope.transpose(x, [...others, axis])
}
/** Vectors of two numbers with a third, which is 0. */
const inSpace = (f: FunctionCall, x: Value): Value => {
  const missing = 3 - (f.shape(x).at(-1) ?? 3)
  return f.scope.pad(
    x,
    f.shape(x).map((_, i, all) => [0, i === all.length - 1 ? missing : 0]),
  )
}
const lastOf = (f: FunctionCall, x: Value): readonly Range[] =>
  f.shape(x).map((_, i, all) => (i === all.length - 1 ? [2, 3] : [null, null]))
/** Both in the shape that they have together: not every op repeats what is there once. */
function alike(scope: Scope, a: Value, b: Value): readonly [Value, Value] {
  const [x, y] = [scope.ranked(a), scope.ranked(b)]
  if (x.length === y.length && x.every((size, i) => size === y[i])) return [a, b]
  const shape = scope.op('BroadcastArgs', [scope.op('Shape', [a]), scope.op('Shape', [b])])
  return [scope.op('BroadcastTo', [a, shape]), scope.op('BroadcastTo', [b, shape])]
}

/** Σ x1[i + k]·x2[i] for each place k: where they overlap whole, at all, or so many places about the middle. */
export const correlation: Emit = f => {
  const { scope } = f
  const [x, taps] = f.together(['x1', 'x2'], dtype => (dtype === 'int64' ? 'float64' : asFloat(dtype))) as readonly [
    Value,
    Value,
  ] // as many as names
  const mode = f.text('mode', 'valid')
  const count = f.call.known(f.shape(taps)[0], 'the length of its second operand')
  const around = mode === 'valid' ? 0 : count - 1
  const row = scope.reshape(scope.pad(x, [[around, around]]), [1, 1, null, 1])
  const kernel = scope.reshape(taps, [1, count, 1, 1])
  const sums = scope.reshape(scope.op('Conv2D', [row, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' }), [null])
  if (mode !== 'same') return sums
  const length = f.call.known(f.shape(x)[0], 'the length of its first operand')
  const kept = Math.max(length, count)
  const begin = Math.floor((length + count - 1 - kept) / 2)
  return scope.slice(sums, [[begin, begin + kept]])
}

/** Complex numbers of this size and angle. */
export const polar: Emit = f => {
  const { scope } = f
  const [size, angle] = f.together(['size', 'angle'], asFloat) as readonly [Value, Value] // as many as names
  const part = (op: string): Value => scope.mul(size, scope.op(op, [angle]))
  return scope.op('Complex', [part('Cos'), part('Sin')])
}

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
export const solving =
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
export const logDeterminant =
  (part: 'both' | 'log'): Emit =>
  f => {
    const node = f.scope.node('LogMatrixDeterminant', [f.tensor('x')])
    return part === 'log' ? node.out(1) : [node.out(0), node.out(1)]
  }
export const eigenSymmetric: Emit = f => {
  const node = f.scope.node('SelfAdjointEigV2', [f.tensor('x')], { compute_v: true })
  return [node.out(0), node.out(1)]
}
export const qr: Emit = f => {
  const node = f.scope.node('Qr', [f.tensor('x')], { full_matrices: f.text('mode', 'reduced') === 'complete' })
  return [node.out(0), node.out(1)]
}

// ---- Diagonals

export const diagonalPart: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  return diagonalOf(scope, lastTwo(f, x, f.axis('axis1', x, 0), f.axis('axis2', x, 1)), f.int('k', 0))
}
const diagonalOf = (scope: Scope, x: Value, k: number): Value =>
  scope.op('MatrixDiagPartV3', [x, scope.int(k, 'k'), scope.cast(scope.int(0, 'padding_value'), x.dtype!)])
/** The two axes last, in this order. */
function lastTwo(f: FunctionCall, x: Value, a: number, b: number): Value {
  const others = f
    .shape(x)
    .map((_, i) => i)
    .filter(i => i !== a && i !== b)
  return f.scope.transpose(x, [...others, a, b])
}
/** The sum of a diagonal. */
export const trace: Emit = f => {
  const x = f.tensor('x')
  const dtype = x.dtype && isFloat(x.dtype) ? x.dtype : resultType(x.dtype ?? 'int32', 'int32')
  const part = diagonalPart(f) as Value // a diagonal is one tensor
  return f.scope.reduce('Sum', f.scope.cast(part, dtype), [-1])
}
/** A matrix with the vector on a diagonal, or of a matrix its diagonal. */
export const diagonal: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  return f.rank(x) === 1 ? diagonalMatrix(scope, x, f.int('k', 0)) : diagonalOf(scope, x, f.int('k', 0))
}
export const flatDiagonal: Emit = f => diagonalMatrix(f.scope, f.scope.reshape(f.tensor('x'), [null]), f.int('k', 0))
const diagonalMatrix = (scope: Scope, x: Value, k: number): Value => {
  const open = scope.int(-1, 'num_rows')
  return scope.op('MatrixDiagV3', [
    x,
    scope.int(k, 'k'),
    open,
    open,
    scope.cast(scope.int(0, 'padding_value'), x.dtype!),
  ])
}

/** Matrices with the vectors of the last axis on their diagonals, and back. */
export const diagonalsOf: Emit = f => diagonalMatrix(f.scope, f.tensor('x'), f.int('k', 0))
export const lastDiagonal: Emit = f => diagonalOf(f.scope, f.tensor('x'), f.int('k', 0))

/** Distances of the rows of two matrices. */
export const distances: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const difference = scope.sub(scope.expandDims(a!, -2), scope.expandDims(b!, -3))
  return scope.op('Sqrt', [scope.reduce('Sum', scope.op('Square', [difference]), [-1])])
}

/** The singular values; with the vectors of both sides unless it asks for these alone. */
export const singular: Emit = f => {
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
export const singularParts: Emit = f => {
  const withVectors = f.bool('compute_uv', true)
  const attrs = { compute_uv: withVectors, full_matrices: f.bool('full_matrices') }
  const node = f.scope.node('Svd', [f.tensor('x')], attrs)
  return withVectors ? [node.out(0), node.out(1), node.out(2)] : node.out(0)
}

/** V·Σ⁺·Uᴴ, in which singular values up to `rcond` times the largest count as 0. Source: TensorFlow's linalg_impl.py. */
export const pseudoInverse: Emit = f => {
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
export const choleskySolved: Emit = f => {
  const { scope } = f
  const factor = f.tensor('chol')
  const inner = scope.op('MatrixTriangularSolve', [factor, f.tensor('rhs', factor.dtype)], { lower: true })
  return scope.op('MatrixTriangularSolve', [factor, inner], { lower: true, adjoint: true })
}

/** x over its length along an axis, and the length. */
export const unitAndLength: Emit = f => {
  const x = f.tensor('x')
  const length = lengthOf(f, x, f.axes('axis', x), f.plain('ord') ?? 'euclidean', true)
  return [f.scope.div(x, length), length]
}

/** √Σx² over all elements of several tensors. */
export const commonLength: Emit = f => {
  const { scope } = f
  const halves = f.tensors('xs').map(x => scope.op('L2Loss', [x]))
  const sum = halves.length === 1 ? halves[0]! : scope.op('AddN', halves)
  return scope.op('Sqrt', [scope.mul(sum, 2)])
}

/** The last two dimensions exchanged, and complex numbers conjugated. */
export const adjoint: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const rank = f.rank(x)
  const turned = scope.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
  return x.dtype?.startsWith('complex') ? scope.op('Conj', [turned]) : turned
}
