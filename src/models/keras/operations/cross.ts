/** The product of vectors in space. */
import type { Value } from '../../../graph/node.ts'
import type { Range, Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/**
 * The product of vectors in space along `axisa` and `axisb`; a third number that is absent is 0. Those of the plane
 * give the one number that is not 0.
 */
export const cross: Emit = f => {
  const { scope } = f
  const [x, y] = f.together(['x1', 'x2']) as readonly [Value, Value] // as many as names
  const axisOf = (name: string, value: Value): number =>
    f.has('axis') ? f.axis('axis', value, -1) : f.axis(name, value, -1)
  const [first, second] = [axisLast(f, x, axisOf('axisa', x)), axisLast(f, y, axisOf('axisb', y))]
  const sizes = [first, second].map(value => f.call.known(f.shape(value).at(-1), 'the size of its vectors'))
  const [a, b] = alike(scope, inSpace(f, first), inSpace(f, second))
  const product = scope.op('Cross', [a, b])
  if (sizes.every(size => size === 2))
    return scope.squeeze(scope.slice(product, lastOf(f, product)), [f.rank(product) - 1])
  const rank = f.rank(product)
  const to = axisOf('axisc', product)
  const perm = Array.from({ length: rank - 1 }, (_, i) => i)
  perm.splice(to, 0, rank - 1)
  return scope.transpose(product, perm)
}

const axisLast = (f: FunctionCall, x: Value, axis: number): Value => {
  const others = f.shape(x).flatMap((_, i) => (i === axis ? [] : [i]))
  return f.scope.transpose(x, [...others, axis])
}

/** Vectors of two numbers with a third, which is 0. */
const inSpace = (f: FunctionCall, x: Value): Value => {
  const missing = 3 - (f.shape(x).at(-1) ?? 3)
  return f.scope.pad(
    x,
    f.shape(x).map((_, i, all) => [0, i === all.length - 1 ? missing : 0]),
  )
}

const lastOf = (f: FunctionCall, x: Value): readonly Range[] =>
  f.shape(x).map((_, i, all) => (i === all.length - 1 ? [2, 3] : [null, null]))

/** Both in the shape that they have together: not every op repeats what is there once. */
function alike(scope: Scope, a: Value, b: Value): readonly [Value, Value] {
  const [x, y] = [scope.ranked(a), scope.ranked(b)]
  if (x.length === y.length && x.every((size, i) => size === y[i])) return [a, b]
  const shape = scope.op('BroadcastArgs', [scope.op('Shape', [a]), scope.op('Shape', [b])])
  return [scope.op('BroadcastTo', [a, shape]), scope.op('BroadcastTo', [b, shape])]
}
