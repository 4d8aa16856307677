/** Which keys a query may look at, and what becomes of the scores of the others. */
import type { Value } from '../../../../graph/node.ts'
import type { LayerCall } from '../../call.ts'
import type { Dim, Scope } from '../../scope.ts'

/** Both, where there are two. */
export function both(scope: Scope, a: Value | undefined, b: Value | undefined): Value | undefined {
  return a && b ? scope.op('LogicalAnd', [a, b]) : (a ?? b)
}

/** [1, queries, keys]: each query may look at the keys up to its own place. */
export function causalMask(scope: Scope, queries: Dim, keys: Dim): Value {
  const [rows, columns] = places(scope, queries, keys)
  return scope.compare('GreaterEqual', rows, columns)
}

/** [1, queries, keys]: each query may look at the keys less than `width` places away. */
export function windowMask(scope: Scope, queries: Dim, keys: Dim, width: number): Value {
  const [rows, columns] = places(scope, queries, keys)
  return scope.compare('Less', scope.op('Abs', [scope.sub(rows, columns)]), width)
}

/** The places of queries, [1, queries, 1], and of keys, [1, 1, keys]. */
function places(scope: Scope, queries: Dim, keys: Dim): readonly [Value, Value] {
  const range = (size: Dim): Value => scope.op('Range', [scope.int(0, 'start'), scope.dim(size), scope.int(1, 'delta')])
  return [scope.reshape(range(queries), [1, null, 1]), scope.reshape(range(keys), [1, 1, null])]
}

/** Lowers the scores of what is masked by 10⁹, or `half` in float16: so the softmax leaves nothing of it, unless all is masked. */
export function lowered(scope: Scope, scores: Value, mask: Value, half: number): Value {
  const by = scores.dtype === 'float16' ? half : 1e9
  return scope.add(scores, scope.mul(scope.sub(scope.cast(mask, scores.dtype!), 1), by))
}

/** Where a mask of queries says so the output is zero. The mask is [batch, queries], the output has one dimension more. */
export function withoutMaskedQueries(call: LayerCall, output: Value, mask: Value): Value {
  const { scope } = call
  const wide = scope.expandDims(mask, -1)
  if (call.profile === 'k3') return scope.select(wide, output, scope.number(0, output))
  return scope.mul(output, scope.cast(wide, output.dtype!))
}
