/** Whether elements are equal, nearly or to one of several. */
import type { Value } from '../../../graph/node.ts'
import type { Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** |x1 − x2| ≤ atol + rtol·|x2|. */
export const isclose: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const bound = scope.add(scope.mul(scope.op('Abs', [b!]), f.number('rtol', 1e-5)), f.number('atol', 1e-8))
  const near = scope.op('LessEqual', [scope.op('Abs', [scope.sub(a!, b!)]), bound])
  const isClose = scope.op('LogicalOr', [near, scope.op('Equal', [a!, b!])])
  if (!f.bool('equal_nan')) return isClose
  const bothNan = scope.op('LogicalAnd', [scope.op('IsNan', [a!]), scope.op('IsNan', [b!])])
  return scope.op('LogicalOr', [isClose, bothNan])
}

/** Whether all are so close. */
export const allclose: Emit = f => {
  const isClose = isclose(f) as Value // it is one tensor
  return f.scope.reduce(
    'All',
    isClose,
    f.shape(isClose).map((_, i) => i),
  )
}

/** Whether each element of x1 is one of those of x2; with `invert`, whether it is none. */
export const isin: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'])
  const equal = scope.op('Equal', [scope.expandDims(a!, -1), scope.reshape(b!, [null])])
  const found = scope.reduce('Any', equal, [-1])
  return f.bool('invert') ? scope.op('LogicalNot', [found]) : found
}
