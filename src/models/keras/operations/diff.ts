/** Differences of neighbours, and the area under them. */
import type { Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

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

/** Each element less the one before it, `n` times. */
export const diff: Emit = f => {
  const { scope } = f
  let x = f.tensor('x')
  const axis = f.axis('axis', x, -1)
  const whole = Array.from({ length: axis }, () => [null, null] as const)
  for (let i = f.int('n', 1); i > 0; i--) {
    const [after, before] = [scope.slice(x, [...whole, [1, null]]), scope.slice(x, [...whole, [null, -1]])]
    x = x.dtype === 'bool' ? scope.op('NotEqual', [after, before]) : scope.sub(after, before)
  }
  return x
}
