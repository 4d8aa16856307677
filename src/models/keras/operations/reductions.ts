/** Functions that make one number of many: sums, means, extremes, variances. */
import type { Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
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
export function over(f: FunctionCall, op: string, x: Value): Value {
  const axes = f.axes('axis', x)
  return f.scope.reduce(op, x, axes, f.bool('keepdims'))
}

/** Sums and products of small whole numbers are in 32 bits. */
const wideEnough = (dtype: DType): DType =>
  /^(bool|int8|int16)$/.test(dtype) ? 'int32' : /^uint(8|16)$/.test(dtype) ? 'uint32' : dtype

export const sum = reduction('Sum', wideEnough)

export const prod = reduction('Prod', wideEnough)

export const mean = reduction('Mean', asFloat)

/** The largest or smallest, and `initial` if that is more so. */
export const maxOrMin =
  (op: 'Max' | 'Min'): Emit =>
  f => {
    const x = f.tensor('x')
    const result = over(f, op, x.dtype === 'bool' ? f.scope.cast(x, 'int32') : x)
    const inType = x.dtype === 'bool' ? truth(f.scope, result) : result
    if (!f.has('initial')) return inType
    return op === 'Max' ? f.scope.max(inType, f.number('initial')) : f.scope.min(inType, f.number('initial'))
  }

/** Whether any or all are not 0. */
export const anyOrAll =
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

export const standardDeviation: Emit = f => f.scope.op('Sqrt', [variance(f) as Value])

// a variance is one tensor

/** Mean and variance. */
export const moments: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const axes = f.axes('axes', x)
  const keep = f.bool('keepdims')
  return [scope.reduce('Mean', x, axes, keep), varianceOf(scope, x, axes, keep)]
}

/** log Σ eˣ, as m + log Σ e^(x − m) with the largest x for m. */
export const logsumexp: Emit = f => {
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

/** How many are not 0. */
export const countNonzero: Emit = f => {
  const dtype = f.dtype('dtype') ?? (f.call.profile === 'k3' ? 'int32' : 'int64')
  return over(f, 'Sum', f.scope.cast(truth(f.scope, f.tensor('x')), dtype))
}

// a variance is one tensor

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

/** The share of zeros. */
export const zeroFraction: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const all = Array.from({ length: f.rank(x) }, (_, i) => i)
  return scope.reduce('Mean', scope.cast(scope.compare('Equal', x, 0), 'float32'), all)
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
