/** Sums and products of all elements so far. */
import type { Operation } from './function-call.ts'
import { replaceNan, withoutNan } from './nan-reductions.ts'

type Emit = Operation['emit']

/** Running sums or products along an axis; of all elements in a row where there is none. */
export const cumsumOrCumprod =
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

/** Running sums or products in which NaN does not count. */
export const nanCumsumOrCumprod = (op: 'Cumsum' | 'Cumprod'): Emit =>
  withoutNan((f, x, isNan) => {
    const { scope } = f
    const counted = replaceNan(f, x, isNan, op === 'Cumsum' ? 0 : 1)
    const row = f.has('axis') ? counted : scope.reshape(counted, [null])
    return scope.op(op, [row, scope.int(f.has('axis') ? f.axis('axis', x, 0) : 0, `${op}/axis`)])
  }, cumsumOrCumprod(op))
