/** Functions that make one number of many: sums, means, extremes, places of extremes, orders. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import { type DType, isFloat, isInteger } from '../../../tensorflow/dtype.ts'
import type { Scope } from '../scope.ts'
import { truth } from './elementwise.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** An op of TensorFlow over `axis`, all axes where it is absent. */
export const reduction =
  (op: string, raise: (dtype: DType) => DType = dtype => dtype): Emit =>
  f => {
    const x = f.tensor('x')
    return over(f, op, f.scope.cast(x, raise(x.dtype ?? 'float32')))
  }

/** The axes as they are given: one number for one axis, as TensorFlow writes it. */
function over(f: FunctionCall, op: string, x: Value): Value {
  const axes = f.axes('axis', x)
  return f.scope.reduce(op, x, axes, f.bool('keepdims'))
}

/** Sums and products of small whole numbers are in 32 bits. */
export const wideEnough = (dtype: DType): DType =>
  /^(bool|int8|int16)$/.test(dtype) ? 'int32' : /^uint(8|16)$/.test(dtype) ? 'uint32' : dtype

export const sum = reduction('Sum', wideEnough)
export const product = reduction('Prod', wideEnough)
export const mean = reduction('Mean', asFloat)

/** The largest or smallest, and `initial` if that is more so. */
export const extreme =
  (op: 'Max' | 'Min'): Emit =>
  f => {
    const x = f.tensor('x')
    const result = over(f, op, x.dtype === 'bool' ? f.scope.cast(x, 'int32') : x)
    const inType = x.dtype === 'bool' ? truth(f.scope, result) : result
    if (!f.has('initial')) return inType
    return op === 'Max' ? f.scope.max(inType, f.number('initial')) : f.scope.min(inType, f.number('initial'))
  }

/** Whether any or all are not 0. */
export const quantifier =
  (op: 'Any' | 'All'): Emit =>
  f =>
    over(f, op, truth(f.scope, f.tensor('x')))

/** The mean of the squared distances from the mean. */
export function varianceOf(scope: Scope, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const distance = scope.sub(x, scope.reduce('Mean', x, axes, true))
  return scope.reduce('Mean', scope.op('Square', [distance]), axes, keepDims)
}
export const variance: Emit = f => {
  const x = f.tensor('x')
  const number = f.scope.cast(x, asFloat(x.dtype ?? 'float32'))
  return varianceOf(f.scope, number, f.axes('axis', number), f.bool('keepdims'))
}
export const deviation: Emit = f => f.scope.op('Sqrt', [variance(f) as Value]) // a variance is one tensor

/** Mean and variance. */
export const moments: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const axes = f.axes('axes', x)
  const keep = f.bool('keepdims')
  return [scope.reduce('Mean', x, axes, keep), varianceOf(scope, x, axes, keep)]
}

/** log Σ eˣ, as m + log Σ e^(x − m) with the largest x for m. */
export const logSumExp: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axes = f.axes('axis', x)
  const largest = scope.reduce('Max', x, axes, true)
  const finite = scope.select(scope.op('IsFinite', [largest]), largest, scope.number(0, x))
  const log = scope.op('Log', [scope.reduce('Sum', scope.op('Exp', [scope.sub(x, finite)]), axes, true)])
  const whole = scope.add(log, finite)
  return f.bool('keepdims') ? whole : scope.squeeze(whole, axes)
}

/** Where the largest or smallest is, the first of several; in one row where there is no axis. */
export const place =
  (op: 'ArgMax' | 'ArgMin', otherwise?: number): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const dtype = f.dtype('output_type') ?? (f.call.profile === 'k3' ? 'int32' : 'int64')
    if (!f.has('axis') && otherwise === undefined) {
      const row = scope.op(op, [scope.reshape(x, [null]), scope.int(0, 'dimension')], { output_type: dtype })
      return f.bool('keepdims')
        ? scope.reshape(
            row,
            f.shape(x).map(() => 1),
          )
        : row
    }
    const axis = f.axis('axis', x, otherwise ?? 0)
    const at = scope.op(op, [x, scope.int(axis, 'dimension')], { output_type: dtype })
    return f.bool('keepdims') ? scope.expandDims(at, axis) : at
  }

/** How many are not 0. */
export const countNonzero: Emit = f => {
  const dtype = f.dtype('dtype') ?? (f.call.profile === 'k3' ? 'int32' : 'int64')
  return over(f, 'Sum', f.scope.cast(truth(f.scope, f.tensor('x')), dtype))
}

/** Running sums or products along an axis; of all elements in a row where there is none. */
export const running =
  (op: 'Cumsum' | 'Cumprod', otherwise?: number): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const dtype = f.dtype('dtype') ?? (given.dtype === 'bool' ? 'int32' : given.dtype!)
    const x = scope.cast(given, dtype)
    const isRow = !f.has('axis') && otherwise === undefined
    const attrs = { exclusive: f.bool('exclusive'), reverse: f.bool('reverse') }
    const axis = isRow ? 0 : f.axis('axis', x, otherwise ?? 0)
    return scope.op(op, [isRow ? scope.reshape(x, [null]) : x, scope.int(axis, `${op}/axis`)], attrs)
  }

/** Values, and where they were, along an axis from the smallest to the largest; equal ones keep their order. */
export function sorted(f: FunctionCall, x: Value, axis: number): readonly [Value, Value] {
  const { scope } = f
  const perm = f.shape(x).map((_, i) => i)
  perm.splice(axis, 1)
  perm.push(axis)
  const back = perm.map((_, i) => perm.indexOf(i))
  const last = scope.transpose(x, perm)
  const isSigned = x.dtype && (isFloat(x.dtype) || /^int/.test(x.dtype))
  const number = isSigned ? last : scope.cast(last, 'int32')
  const top = scope.node('TopKV2', [scope.op('Neg', [number]), scope.size(last, -1, 'k')])
  const values = scope.cast(scope.op('Neg', [top.out(0)]), x.dtype!)
  return [scope.transpose(values, back), scope.transpose(top.out(1), back)]
}

/** The values or their places, sorted. `direction` may be DESCENDING. */
export const sorting =
  (part: 0 | 1): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const isRow = f.call.profile === 'k3' && f.call.layer.config['axis'] === null
    const x = isRow ? scope.reshape(given, [null]) : given
    const axis = isRow ? 0 : f.axis('axis', x, -1)
    if (f.text('direction', 'ASCENDING') === 'ASCENDING') return sorted(f, x, axis)[part]
    if (x.dtype && isInteger(x.dtype) && x.dtype.startsWith('u')) return f.refuse('it sorts unsigned numbers downwards')
    const [values, places] = sorted(f, scope.op('Neg', [x]), axis)
    return part === 0 ? scope.op('Neg', [values]) : places
  }

/** The length of vectors (or, over all axes, of the whole), by `ord`: 2 unless given. */
export const norm: Emit = f => {
  const given = f.tensor('x')
  const x = f.scope.cast(given, asFloat(given.dtype ?? 'float32'))
  return lengthOf(f, x, f.axes('axis', x), f.plain('ord') ?? 'euclidean', f.bool('keepdims'))
}

/** The norm `ord` of vectors along one axis, of matrices along two. */
export function lengthOf(f: FunctionCall, x: Value, axes: readonly number[], ord: unknown, keep: boolean): Value {
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

/** Of the sums of absolute values of the columns (1) or rows (∞), or of the singular values (2, nuclear), the largest, smallest or all. */
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

/** A reduction of those that are numbers. Whole numbers all are: theirs is `plain`, which keeps their type. */
const withoutNan =
  (emit: (f: FunctionCall, x: Value, isNan: Value) => Value, plain: Emit): Emit =>
  f => {
    const x = f.tensor('x')
    return isFloat(x.dtype ?? 'float32') ? emit(f, x, f.scope.op('IsNan', [x])) : plain(f)
  }
const replaced = (f: FunctionCall, x: Value, isNan: Value, by: number): Value =>
  f.scope.select(isNan, f.scope.number(by, x), x)
const total = (f: FunctionCall, x: Value): Value => over(f, 'Sum', x)
const countOf = (f: FunctionCall, isNan: Value, dtype: DType): Value =>
  total(f, f.scope.cast(f.scope.op('LogicalNot', [isNan]), dtype))

export const nanSum = withoutNan((f, x, isNan) => total(f, replaced(f, x, isNan, 0)), sum)
export const nanProduct = withoutNan((f, x, isNan) => over(f, 'Prod', replaced(f, x, isNan, 1)), product)
export const nanMean = withoutNan(
  (f, x, isNan) => f.scope.div(total(f, replaced(f, x, isNan, 0)), countOf(f, isNan, x.dtype!)),
  mean,
)
export const nanExtreme = (op: 'Max' | 'Min'): Emit =>
  withoutNan((f, x, isNan) => {
    const found = over(f, op, replaced(f, x, isNan, op === 'Max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY))
    return f.scope.select(over(f, 'All', isNan), f.scope.number(Number.NaN, x), found)
  }, extreme(op))
export const nanVariance = withoutNan((f, x, isNan) => {
  const { scope } = f
  const axes = f.axes('axis', x)
  const known = scope.cast(scope.op('LogicalNot', [isNan]), x.dtype!)
  const center = scope.div(
    scope.reduce('Sum', replaced(f, x, isNan, 0), axes, true),
    scope.reduce('Sum', known, axes, true),
  )
  const squares = scope.op('Square', [scope.sub(x, center)])
  return scope.div(total(f, replaced(f, squares, isNan, 0)), countOf(f, isNan, x.dtype!))
}, variance)
export const nanDeviation: Emit = f => f.scope.op('Sqrt', [nanVariance(f) as Value]) // a variance is one tensor

/** Σ x·w / Σ w; the mean where there are no weights. */
export const average: Emit = f => {
  if (!f.has('weights')) return mean(f)
  const { scope } = f
  const [x, weights] = f.together(['x', 'weights'], asFloat)
  const axes = f.axes('axis', x!)
  const isRow = f.rank(weights!) === 1 && f.rank(x!) > 1
  const wide = isRow
    ? scope.reshape(
        weights!,
        f.shape(x!).map((_, i) => (i === axes[0] ? null : 1)),
      )
    : weights!
  const sumOf = (value: Value): Value => scope.reduce('Sum', value, axes)
  return scope.div(sumOf(scope.mul(x!, wide)), isRow ? scope.reduce('Sum', weights!, [0]) : sumOf(wide))
}

/** The `k` largest of the last axis, and where they were. */
export const topK: Emit = f => {
  const node = f.scope.node('TopKV2', [f.tensor('x'), f.scope.int(f.int('k', 1), 'k')], {
    sorted: f.bool('sorted', true),
  })
  return [node.out(0), node.out(1)]
}
/** Whether the class is among the `k` most likely. */
export const inTopK: Emit = f =>
  f.scope.op('InTopKV2', [
    f.tensor('predictions'),
    f.scope.cast(f.tensor('targets', 'int32'), 'int32'),
    f.scope.int(f.int('k'), 'k'),
  ])

/** The share of zeros. */
export const zeroFraction: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const all = Array.from({ length: f.rank(x) }, (_, i) => i)
  return scope.reduce('Mean', scope.cast(scope.compare('Equal', x, 0), 'float32'), all)
}
/** Scaled down to a length of `limit` where it is longer. */
export const clippedByNorm: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const square = scope.reduce('Sum', scope.mul(x, x), f.axes('axis', x), true)
  const limit = f.number('limit')
  return scope.div(scope.mul(x, limit), scope.max(scope.op('Sqrt', [square]), limit))
}

/** How many of a sorted sequence are below each value; at or below it with `side` right. */
export const searched: Emit = f => {
  const { scope } = f
  const [sequence, values] = f.together(['sorted', 'values'])
  const op = f.text('side', 'left') === 'left' ? 'LowerBound' : 'UpperBound'
  if (f.rank(sequence!) !== 1) return scope.op(op, [sequence!, values!])
  const flat = scope.op(op, [scope.expandDims(sequence!, 0), scope.reshape(values!, [1, null])])
  return scope.reshape(flat, scope.dims(values!))
}

/** Running sums or products in which NaN does not count. */
export const nanRunning = (op: 'Cumsum' | 'Cumprod'): Emit =>
  withoutNan((f, x, isNan) => {
    const { scope } = f
    const counted = replaced(f, x, isNan, op === 'Cumsum' ? 0 : 1)
    const row = f.has('axis') ? counted : scope.reshape(counted, [null])
    return scope.op(op, [row, scope.int(f.has('axis') ? f.axis('axis', x, 0) : 0, `${op}/axis`)])
  }, running(op))
/** Where the largest or smallest number is, in one row where there is no axis; −1 where there is none. */
export const nanPlace = (op: 'ArgMax' | 'ArgMin'): Emit =>
  withoutNan((f, x, isNan) => {
    const { scope } = f
    const known = replaced(f, x, isNan, op === 'ArgMax' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
    const isRow = !f.has('axis')
    const axis = isRow ? 0 : f.axis('axis', x, 0)
    const dimension = scope.int(axis, 'dimension')
    const at = scope.op(op, [isRow ? scope.reshape(known, [null]) : known, dimension], { output_type: 'int32' })
    const found = scope.select(scope.reduce('All', isNan, f.axes('axis', x)), scope.int(-1), at)
    if (!f.bool('keepdims')) return found
    const ones = f.shape(x).map(() => 1)
    return isRow ? scope.reshape(found, ones) : scope.expandDims(found, axis)
  }, place(op))

/** The area under a curve of equal steps, by trapezoids. */
export const trapezoid: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  if (f.has('places')) return f.refuse('its steps are not equal')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axis = f.axis('axis', x, -1)
  const ranges = Array.from({ length: axis }, () => [null, null] as const)
  const sum = scope.add(scope.slice(x, [...ranges, [1, null]]), scope.slice(x, [...ranges, [null, -1]]))
  return scope.mul(scope.reduce('Sum', sum, [axis]), 0.5 * f.number('dx', 1))
}

/** 20·log₁₀(most) − 10·log₁₀(mean squared difference). */
export const signalToNoise: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const squares = scope.op('Square', [scope.sub(a!, b!)])
  const mean = scope.reduce(
    'Mean',
    squares,
    Array.from({ length: f.rank(squares) }, (_, i) => i),
  )
  const noise = scope.mul(scope.op('Log', [mean]), -10 / Math.LN10)
  return scope.add(noise, 20 * Math.log10(f.number('most')))
}

/**
 * How often each whole number occurs, or the sum of its weights; from 0 to the largest that is there or, where both
 * bounds are one number, to this. Source: TensorFlow's ops/bincount_ops.py.
 */
export const counts: Emit = f => {
  const { scope } = f
  const x = scope.cast(f.tensor('x', 'int32'), 'int32')
  const dtype = f.dtype('dtype') ?? 'int32'
  const weights = f.maybeTensor('weights', dtype) ?? scope.const(vector(dtype, []), 'weights')
  const [least, most] = [f.int('least', 0), f.has('most') ? f.int('most') : undefined]
  const size = least === most ? scope.int(least, 'size') : sizeOfCounts(f, x, least, most)
  const binary = { binary_output: f.bool('binary_output') }
  const isByRow = f.has('axis') && f.axis('axis', x, -1) === f.rank(x) - 1
  if (!isByRow && !binary.binary_output) return scope.op('Bincount', [x, size, weights])
  return scope.op('DenseBincount', [isByRow ? x : scope.reshape(x, [null]), size, weights], binary)
}
function sizeOfCounts(f: FunctionCall, x: Value, least: number, most: number | undefined): Value {
  const { scope } = f
  const isFilled = scope.cast(scope.compare('Greater', scope.op('Size', [x]), 0), 'int32')
  const axes = Array.from({ length: f.rank(x) }, (_, i) => i)
  const found = scope.mul(isFilled, scope.add(scope.reduce('Max', x, axes), 1))
  const atLeast = f.has('least') ? scope.max(found, least) : found
  return most === undefined ? atLeast : scope.min(atLeast, most)
}

/** Mean and variance, each element counted by its weight. */
export const weightedMoments: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const weights = scope.cast(f.tensor('weights', x.dtype), x.dtype!)
  const [axes, keep] = [f.axes('axes', x), f.bool('keepdims')]
  const whole = scope.add(weights, scope.op('ZerosLike', [x])) // as wide as x, so that every element's weight is summed
  const total = scope.reduce('Sum', whole, axes, true)
  const meanOf = (values: Value): Value => scope.div(scope.reduce('Sum', scope.mul(values, weights), axes, true), total)
  const mean = meanOf(x)
  const variance = meanOf(scope.op('SquaredDifference', [x, mean]))
  return [mean, variance].map(value => (keep ? value : scope.squeeze(value, axes)))
}
