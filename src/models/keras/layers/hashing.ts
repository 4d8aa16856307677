/** Categories by hash: the same bins as Keras, by the same hash functions. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import type { Scope } from '../scope.ts'
import { encoded, encodingOf } from './encoding.ts'
import type { LayerClass } from './layer-class.ts'

/** Bins of strings or of numbers written in decimals; bin 0 is for `mask_value` where there is one. */
function hashing(call: LayerCall): Value {
  const { scope, config } = call
  const count = config.int('num_bins')
  const hasMask = config.has('mask_value') && count > 1
  const x = call.input.value
  const hash = hashed(scope, asText(scope, x), hasMask ? count - 1 : count, saltOf(call))
  const bins = hasMask ? withMask(call, x, hash) : hash
  const mode = encodingOf(call, 'int')
  return encoded(call, bins, { mode, depth: count, dtype: mode === 'int' ? 'int64' : call.dtype })
}

function withMask(call: LayerCall, x: Value, hash: Value): Value {
  const { scope, config } = call
  const mask = config.raw('mask_value')
  if (typeof mask !== 'string' && typeof mask !== 'number')
    return call.refuse(`its mask_value ${JSON.stringify(mask)} is neither text nor a number`)
  const isMask = scope.op('Equal', [x, typeof mask === 'string' ? scope.text(mask) : scope.number(mask, x)])
  return scope.select(isMask, scope.number(0, hash), scope.add(hash, 1))
}

/** Numbers as their decimals; fractions are cut off. */
export function asText(scope: Scope, x: Value): Value {
  if (x.dtype === 'string') return x
  const whole = x.dtype?.startsWith('float') ? scope.cast(x, 'int64') : x
  return scope.op('AsString', [whole])
}

/** One number or two, for SipHash; undefined for none, which means FarmHash. */
export function saltOf({ config }: LayerCall): readonly number[] | undefined {
  if (!config.has('salt')) return undefined
  const salt = config.ints('salt')
  return salt.length === 1 ? [salt[0]!, salt[0]!] : salt
}

/** int64 below `count`. */
export function hashed(scope: Scope, text: Value, count: number, salt: readonly number[] | undefined): Value {
  if (!salt) return scope.op('StringToHashBucketFast', [text], { num_buckets: count })
  return scope.op('StringToHashBucketStrong', [text], { num_buckets: count, key: salt })
}

/** The key that TensorFlow hashes crossed features with. */
const HASH_KEY = 0xdecafcaffe

/** One bin for each pair (or more) of values that stand together. */
function hashedCrossing(call: LayerCall): Value {
  const { scope, config } = call
  const count = config.int('num_bins')
  const rank = call.shape.length
  if (rank > 2) return call.refuse('its inputs have more than two dimensions')
  const inputs = call.inputs.map(({ value }) => {
    const x = value.dtype === 'string' ? value : scope.cast(value, 'int64')
    return rank === 1 ? scope.expandDims(x, -1) : x
  })
  const internal = inputs.some(x => x.dtype !== 'string') ? 'int64' : 'string'
  const cross = scope.node('SparseCross', inputs, {
    N: 0,
    hashed_output: true,
    num_buckets: count,
    hash_key: HASH_KEY,
    sparse_types: [],
    dense_types: inputs.map(x => x.dtype!),
    out_type: 'int64',
    internal_type: internal,
  })
  const zero = scope.number(0, cross.out(1), 'default_value')
  const dense = scope.op('SparseToDense', [cross.out(0), cross.out(2), cross.out(1), zero])
  const [batch] = call.dims
  const bins = scope.reshape(dense, rank === 1 ? [batch!] : [batch!, 1])
  const mode = encodingOf(call, 'int')
  return encoded(call, bins, { mode, depth: count, dtype: mode === 'int' ? 'int64' : call.dtype })
}

export const HASHING_LAYERS: readonly LayerClass[] = [
  { name: 'Hashing', emit: hashing },
  { name: 'HashedCrossing', emit: hashedCrossing, omitsTrainable: true },
]
