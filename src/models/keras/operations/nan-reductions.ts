/** Reductions in which NaN does not count. */
import type { Value } from '../../../graph/node.ts'
import { type DType, isFloat } from '../../../tensorflow/dtype.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { maxOrMin, mean, over, prod, sum, variance } from './reductions.ts'

type Emit = Operation['emit']

/** A reduction of those that are numbers. Whole numbers all are: theirs is `plain`, which keeps their type. */
export const withoutNan =
  (emit: (f: FunctionCall, x: Value, isNan: Value) => Value, plain: Emit): Emit =>
  f => {
    const x = f.tensor('x')
    return isFloat(x.dtype ?? 'float32') ? emit(f, x, f.scope.op('IsNan', [x])) : plain(f)
  }

export const replaceNan = (f: FunctionCall, x: Value, isNan: Value, by: number): Value =>
  f.scope.select(isNan, f.scope.number(by, x), x)

const total = (f: FunctionCall, x: Value): Value => over(f, 'Sum', x)

const countOf = (f: FunctionCall, isNan: Value, dtype: DType): Value =>
  total(f, f.scope.cast(f.scope.op('LogicalNot', [isNan]), dtype))

export const nanSum = withoutNan((f, x, isNan) => total(f, replaceNan(f, x, isNan, 0)), sum)

export const nanProd = withoutNan((f, x, isNan) => over(f, 'Prod', replaceNan(f, x, isNan, 1)), prod)

export const nanMean = withoutNan(
  (f, x, isNan) => f.scope.div(total(f, replaceNan(f, x, isNan, 0)), countOf(f, isNan, x.dtype!)),
  mean,
)

export const nanMaxOrMin = (op: 'Max' | 'Min'): Emit =>
  withoutNan((f, x, isNan) => {
    const found = over(
      f,
      op,
      replaceNan(f, x, isNan, op === 'Max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY),
    )
    return f.scope.select(over(f, 'All', isNan), f.scope.number(Number.NaN, x), found)
  }, maxOrMin(op))

export const nanVariance = withoutNan((f, x, isNan) => {
  const { scope } = f
  const axes = f.axes('axis', x)
  const known = scope.cast(scope.op('LogicalNot', [isNan]), x.dtype!)
  const center = scope.div(
    scope.reduce('Sum', replaceNan(f, x, isNan, 0), axes, true),
    scope.reduce('Sum', known, axes, true),
  )
  const squares = scope.op('Square', [scope.sub(x, center)])
  return scope.div(total(f, replaceNan(f, squares, isNan, 0)), countOf(f, isNan, x.dtype!))
}, variance)

export const nanStandardDeviation: Emit = f => f.scope.op('Sqrt', [nanVariance(f) as Value])
