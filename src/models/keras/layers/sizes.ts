/** Arithmetic on sizes: done at once where they are known, else by ops on int32 scalars. */
import type { Value } from '../../../graph/node.ts'
import type { Dim, Scope } from '../scope.ts'

function calculate(scope: Scope, op: string, a: Dim, b: Dim, known: (a: number, b: number) => number): Dim {
  if (typeof a === 'number' && typeof b === 'number') return known(a, b)
  return scope.op(op, [scope.dim(a), scope.dim(b)])
}

export const plus = (scope: Scope, a: Dim, b: Dim): Dim =>
  b === 0 ? a : calculate(scope, 'AddV2', a, b, (x, y) => x + y)
export const minus = (scope: Scope, a: Dim, b: Dim): Dim => calculate(scope, 'Sub', a, b, (x, y) => x - y)
export const times = (scope: Scope, a: Dim, b: Dim): Dim =>
  b === 1 ? a : calculate(scope, 'Mul', a, b, (x, y) => x * y)
/** Rounded down. */
export const over = (scope: Scope, a: Dim, b: Dim): Dim =>
  b === 1 ? a : calculate(scope, 'FloorDiv', a, b, (x, y) => Math.floor(x / y))
export const least = (scope: Scope, a: Dim, b: Dim): Dim => calculate(scope, 'Minimum', a, b, Math.min)
export const greatest = (scope: Scope, a: Dim, b: Dim): Dim => calculate(scope, 'Maximum', a, b, Math.max)

/** `size` elements of each dimension from `begin`; −1 is all that follow. */
export function window(scope: Scope, x: Value, begin: readonly Dim[], size: readonly Dim[]): Value {
  if (begin.every(isNumber) && size.every(isNumber))
    return scope.slice(
      x,
      begin.map((b, i) => (size[i] === -1 ? [b, null] : [b, b + (size[i] as number)])), // both are numbers
    )
  return scope.op('Slice', [x, scope.pack(begin, 'begin'), scope.pack(size, 'size')])
}
const isNumber = (dim: Dim): dim is number => typeof dim === 'number'
