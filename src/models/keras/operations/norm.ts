/** Lengths of vectors and matrices. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** Distances of the rows of two matrices. */
export const cdist: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const difference = scope.sub(scope.expandDims(a!, -2), scope.expandDims(b!, -3))
  return scope.op('Sqrt', [scope.reduce('Sum', scope.op('Square', [difference]), [-1])])
}

/** x over its length along an axis, and the length. */
export const linalgNormalize: Emit = f => {
  const x = f.tensor('x')
  const length = normOf(f, x, f.axes('axis', x), f.plain('ord') ?? 'euclidean', true)
  return [f.scope.div(x, length), length]
}

/** √Σx² over all elements of several tensors. */
export const globalNorm: Emit = f => {
  const { scope } = f
  const halves = f.tensors('xs').map(x => scope.op('L2Loss', [x]))
  const sum = halves.length === 1 ? halves[0]! : scope.op('AddN', halves)
  return scope.op('Sqrt', [scope.mul(sum, 2)])
}

/** The length of vectors (or, over all axes, of the whole), by `ord`: 2 unless given. */
export const norm: Emit = f => {
  const given = f.tensor('x')
  const x = f.scope.cast(given, asFloat(given.dtype ?? 'float32'))
  return normOf(f, x, f.axes('axis', x), f.plain('ord') ?? 'euclidean', f.bool('keepdims'))
}

/** The norm `ord` of vectors along one axis, of matrices along two. */
export function normOf(f: FunctionCall, x: Value, axes: readonly number[], ord: unknown, keep: boolean): Value {
  const { scope } = f
  if (ord === 'euclidean' || ord === 'fro' || (ord === 2 && axes.length === 1))
    return scope.op('Sqrt', [scope.reduce('Sum', scope.mul(x, x), axes, keep)])
  const [first, second] = axes
  if (axes.length === 2) return matrixNorm(f, x, [first!, second!], ord, keep)
  const absolute = scope.op('Abs', [x])
  if (ord === 1) return scope.reduce('Sum', absolute, axes, keep)
  if (ord === Number.POSITIVE_INFINITY || ord === 'inf') return scope.reduce('Max', absolute, axes, keep)
  if (ord === Number.NEGATIVE_INFINITY || ord === '-inf') return scope.reduce('Min', absolute, axes, keep)
  if (ord === 0) return scope.reduce('Sum', scope.indicator('NotEqual', x, 0), axes, keep)
  if (typeof ord !== 'number' || axes.length !== 1)
    return f.refuse(`the norm ${String(ord)} over ${axes.length} axes is not known`)
  const powers = scope.reduce('Sum', scope.op('Pow', [absolute, scope.number(ord, x)]), axes, keep)
  return scope.op('Pow', [powers, scope.number(1 / ord, x)])
}

/** The largest, smallest or all, out of: sums of absolute values of the columns (1) or rows (∞), singular values (2, nuclear). */
function matrixNorm(f: FunctionCall, x: Value, axes: readonly [number, number], ord: unknown, keep: boolean): Value {
  const { scope } = f
  const [row, column] = axes
  const [name, pick] =
    ord === 'nuc' ? ['nuc', 'Sum'] : /^-/.test(String(ord)) ? [String(ord).slice(1), 'Min'] : [String(ord), 'Max']
  if (name === '1' || /^inf$/i.test(name) || name === 'Infinity') {
    const [within, across] = name === '1' ? [row, column] : [column, row]
    const sums = scope.reduce('Sum', scope.op('Abs', [x]), [within], true)
    const result = scope.reduce(pick, sums, [across], true)
    return keep ? result : scope.squeeze(result, axes)
  }
  if (name !== '2' && name !== 'nuc') return f.refuse(`the norm ${String(ord)} over 2 axes is not known`)
  const others = f.shape(x).flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  const singular = scope.op('Svd', [scope.transpose(x, [...others, row, column])], { compute_uv: false })
  const result = scope.reduce(pick, singular, [others.length])
  return keep ? places(f, axes).reduce((value, axis) => scope.expandDims(value, axis), result) : result
}

/** Where the axes of singular values come back. Keras 3 puts them where it is told to one after the other: −2 is counted among fewer. */
function places(f: FunctionCall, axes: readonly number[]): readonly number[] {
  const given = f.call.profile === 'k3' ? f.ints('axis') : undefined
  return given?.some(axis => axis < 0) ? given : [...axes].sort((a, b) => a - b)
}

/** Scaled down to a length of `limit` where it is longer. */
export const clipByNorm: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const square = scope.reduce('Sum', scope.mul(x, x), f.axes('axis', x), true)
  const limit = f.number('limit')
  return scope.div(scope.mul(x, limit), scope.max(scope.op('Sqrt', [square]), limit))
}
