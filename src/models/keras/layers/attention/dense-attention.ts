/** Attention and AdditiveAttention: a query's weighted mean of values, the weights a softmax of its scores with the keys. */
import type { Value } from '../../../../graph/node.ts'
import type { Emitted, LayerCall } from '../../call.ts'
import type { Scope } from '../../scope.ts'
import { trained, unlessFalse, when } from '../../weights/slots.ts'
import type { LayerClass } from '../layer-class.ts'
import { both, causalMask, lowered, withoutMaskedQueries } from './masks.ts'

/**
 * softmax(score(q, k))·v on [query, value] or [query, value, key], where score(q, k) is
 *
 *     dot       scale · q·k
 *     concat    weight · Σ tanh(scale · (q + k))
 */
const attention = (call: LayerCall): Emitted => {
  const isConcat = call.config.text('score_mode', 'dot') === 'concat'
  return denseAttention(call, (q, k) => (isConcat ? concatScores(call, q, k) : dotScores(call, q, k)))
}

/** The same with the score Σ scale · tanh(q + k). */
const additiveAttention = (call: LayerCall): Emitted =>
  denseAttention(call, (q, k) => {
    const { scope } = call
    const joint = scope.op('Tanh', [pairs(scope, q, k)])
    const scale = call.maybeWeight('scale')
    return scope.reduce('Sum', scale ? scope.mul(joint, scale) : joint, [-1])
  })

function dotScores(call: LayerCall, q: Value, k: Value): Value {
  const scores = call.scope.op('BatchMatMulV2', [q, k], { adj_y: true })
  const scale = call.maybeWeight('scale')
  return scale ? call.scope.mul(scores, scale) : scores
}

function concatScores(call: LayerCall, q: Value, k: Value): Value {
  const { scope } = call
  const sum = pairs(scope, q, k)
  const scale = call.maybeWeight('scale')
  const joint = scope.op('Tanh', [scale ? scope.mul(sum, scale) : sum])
  return scope.mul(scope.reduce('Sum', joint, [-1]), call.weight('concat_score_weight'))
}

/** Every query plus every key: [batch, queries, keys, depth]. */
const pairs = (scope: Scope, q: Value, k: Value): Value => scope.add(scope.expandDims(q, -2), scope.expandDims(k, -3))

function denseAttention(call: LayerCall, score: (q: Value, k: Value) => Value): Emitted {
  const { scope, values, masks, config } = call
  const [q, v, k = v] = values.map(value => scope.cast(value, call.dtype))
  if (!q || !v || !k) return call.refuse('it is called on fewer than a query and a value')
  const [queryMask, valueMask] = masks
  let scores = score(q, k)
  const isCausal = config.bool('causal', false) || call.flag('use_causal_mask')
  const keys = valueMask && scope.expandDims(scope.cast(valueMask(), 'bool'), -2)
  const causal = isCausal ? causalMask(scope, at(call, q, -2), at(call, k, -2)) : undefined
  const mask = both(scope, keys, causal)
  if (mask) scores = lowered(scope, scores, mask, 65504)
  const weights = scope.op('Softmax', [scores])
  let output = scope.op('BatchMatMulV2', [weights, v])
  if (queryMask) output = withoutMaskedQueries(call, output, scope.cast(queryMask(), 'bool'))
  const tensor = { value: output, ...(queryMask && { mask: queryMask }) }
  return call.flag('return_attention_scores') ? [tensor, { value: weights }] : tensor
}

/** One size of a value. */
function at(call: LayerCall, value: Value, axis: number): ReturnType<Scope['dims']>[number] {
  call.shapeOf(value)
  return call.scope.dims(value).at(axis)!
}

export const DENSE_ATTENTION_LAYERS: readonly LayerClass[] = [
  {
    name: 'Attention',
    emit: attention,
    weights: c => [
      ...when(c['use_scale'] === true, trained('scale', [])),
      ...when(c['score_mode'] === 'concat', trained('concat_score_weight', [])),
    ],
  },
  {
    name: 'AdditiveAttention',
    emit: additiveAttention,
    weights: c => when(unlessFalse(c, 'use_scale'), trained('scale', [null])),
  },
]
