/** Where the largest or smallest element is. */
import type { Operation } from './function-call.ts'
import { replaceNan, withoutNan } from './nan-reductions.ts'

type Emit = Operation['emit']

/** Where the largest or smallest is, the first of several; in one row where there is no axis. */
export const argmaxOrArgmin =
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

/** Where the largest or smallest number is, in one row where there is no axis; −1 where there is none. */
export const nanArgmaxOrArgmin = (op: 'ArgMax' | 'ArgMin'): Emit =>
  withoutNan((f, x, isNan) => {
    const { scope } = f
    const known = replaceNan(f, x, isNan, op === 'ArgMax' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
    const isRow = !f.has('axis')
    const axis = isRow ? 0 : f.axis('axis', x, 0)
    const dimension = scope.int(axis, 'dimension')
    const at = scope.op(op, [isRow ? scope.reshape(known, [null]) : known, dimension], { output_type: 'int32' })
    const found = scope.select(scope.reduce('All', isNan, f.axes('axis', x)), scope.int(-1), at)
    if (!f.bool('keepdims')) return found
    const ones = f.shape(x).map(() => 1)
    return isRow ? scope.reshape(found, ones) : scope.expandDims(found, axis)
  }, argmaxOrArgmin(op))
