/** Products of vectors and matrices. */
import type { Value } from '../../../graph/node.ts'
import type { Dim } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

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
function productOf(
  f: FunctionCall,
  a: Value,
  b: Value,
  transposes: readonly [boolean, boolean] = [false, false],
): Value {
  const { scope } = f
  const [left, right] = [f.rank(a), f.rank(b)]
  if (left === 1) return scope.squeeze(productOf(f, scope.expandDims(a, 0), b, transposes), [Math.max(right - 2, 0)])
  if (right === 1) return scope.squeeze(productOf(f, a, scope.expandDims(b, 1), transposes), [left - 1])
  if (left === 2 && right === 2)
    return scope.op('MatMul', [a, b], { transpose_a: transposes[0], transpose_b: transposes[1] })
  return scope.op('BatchMatMulV2', [a, b], { adj_x: transposes[0], adj_y: transposes[1] })
}

export const matmul: Emit = inReals(['x1', 'x2'], (f, [a, b]) =>
  productOf(f, a!, b!, [f.bool('transpose_a') || f.bool('adjoint_a'), f.bool('transpose_b') || f.bool('adjoint_b')]),
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

export const vdot: Emit = inReals(['x1', 'x2'], (f, [a, b]) => {
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

/** Each element of x1 times all of x2, the blocks in the places of the elements. */
export const kron: Emit = f => {
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
