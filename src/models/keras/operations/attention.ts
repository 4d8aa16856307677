/** Attention as a function. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** softmax(q·kᵀ·scale + bias)·v on [batch, places, heads, depth]. */
export const dotProductAttention: Emit = f => {
  const { scope } = f
  const [query, key, value] = f.together(['query', 'key', 'value'], asFloat) as readonly [Value, Value, Value] // as many as names
  const depth = f.call.known(f.shape(key).at(-1), 'the size of its heads')
  const byHead = (x: Value): Value => scope.transpose(x, [0, 2, 1, 3])
  const heads = f.call.known(f.shape(query)[2], 'the number of its heads')
  const shared = (x: Value): Value => {
    const count = f.call.known(f.shape(x)[2], 'the number of its heads')
    if (count === heads || count === 1) return byHead(x)
    const [batch, , places, size] = scope.dims(byHead(x))
    const tiled = scope.tile(scope.expandDims(byHead(x), 2), [1, 1, heads / count, 1, 1])
    return scope.reshape(tiled, [batch!, heads, places!, size!])
  }
  const scale = f.has('scale') ? f.number('scale') : 1 / Math.sqrt(depth)
  let scores = scope.mul(scope.op('BatchMatMulV2', [byHead(query), shared(key)], { adj_y: true }), scale)
  const bias = f.maybeTensor('bias', scores.dtype)
  if (bias) scores = scope.add(scores, bias)
  const cap = f.has('cap') ? f.number('cap') : undefined
  if (cap !== undefined) scores = scope.mul(scope.op('Tanh', [scope.div(scores, cap)]), cap)
  for (const mask of masks(f, query, key))
    scores = scope.select(mask, scores, scope.number(-0.7 * 3.3895314e38, scores))
  return byHead(scope.op('BatchMatMulV2', [scope.op('Softmax', [scores]), shared(value)]))
}

function masks(f: FunctionCall, query: Value, key: Value): readonly Value[] {
  const { scope } = f
  const given = f.maybeTensor('mask')
  const found = given ? [scope.cast(given, 'bool')] : []
  if (!f.bool('is_causal')) return found
  const index = (x: Value): Value => scope.op('Range', [scope.int(0, 'start'), scope.size(x, 1), scope.int(1, 'delta')])
  const rows = scope.reshape(index(query), [null, 1])
  const causal = scope.compare('GreaterEqual', rows, scope.reshape(index(key), [1, null]))
  return [...found, causal]
}
