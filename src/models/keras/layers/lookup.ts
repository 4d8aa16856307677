/**
 * StringLookup and IntegerLookup: a vocabulary as a table. Its indices are
 *
 *     0                     the mask token, where there is one and the output is indices
 *     oovStart …            tokens that are not in the vocabulary
 *     tokenStart …          the vocabulary
 */
import type { Value } from '../../../graph/node.ts'
import { fromValues, scalar, strings, vector } from '../../../tensor/make.ts'
import { elementCount, type Tensor } from '../../../tensor/tensor.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import type { LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import { fixed, type SlotsOf, when } from '../weights/slots.ts'
import { type Encoding, encoded, encodingOf } from './encoding.ts'
import { asText, hashed, saltOf } from './hashing.ts'
import type { LayerClass } from './layer-class.ts'

type Token = string | number

/** The arguments of a lookup layer, read. */
export interface Lookup {
  readonly mode: Encoding
  readonly invert: boolean
  readonly dtype: 'string' | 'int64'
  readonly mask: Token | undefined
  readonly oovToken: Token
  readonly oovCount: number
  readonly oovStart: number
  readonly tokenStart: number
  readonly tokens: readonly Token[]
  /** Whether the vocabulary was given with the mask and the tokens for the unknown in front. */
  readonly hadSpecial: boolean
}

/** Where the two layers' defaults differ. */
interface Defaults {
  readonly dtype: Lookup['dtype']
  readonly mask?: Token
  readonly oovToken: Token
}

function lookupLayer(call: LayerCall, defaults: Defaults): Value {
  const { scope, input } = call
  const lookup = lookupOf(call, defaults)
  const keyType = lookup.invert ? 'int64' : lookup.dtype
  const x = input.value.dtype === keyType ? input.value : converted(call, input.value, keyType)
  if (lookup.invert) return tokensOf(call, x, lookup)
  const indices = indicesOf(call, x, lookup)
  if (lookup.mode === 'int') return indices
  return encodedTokens(call, scope.castFloat(indices, 'int64'), lookup)
}

function converted(call: LayerCall, x: Value, dtype: DType): Value {
  if (x.dtype === 'string' || dtype === 'string')
    return call.refuse(`it is called on ${x.dtype}, and its vocabulary holds ${dtype}`)
  return call.scope.cast(x, dtype)
}

/** Reads a lookup layer's configuration and vocabulary. */
export function lookupOf(call: LayerCall, defaults: Defaults): Lookup {
  const { config } = call
  const mode = encodingOf(call, 'int')
  const mask = token(config.raw('mask_token')) ?? defaults.mask
  const oovCount = config.int('num_oov_indices', 1)
  const oovToken = token(config.raw('oov_token')) ?? defaults.oovToken
  const oovStart = mask !== undefined && mode === 'int' ? 1 : 0
  const all = vocabulary(call, defaults.dtype)
  const tokenStart = oovStart + oovCount
  if (oovCount < 0) call.refuse(`num_oov_indices is ${oovCount}`)
  const hadSpecial =
    tokenStart <= all.length && all.slice(0, tokenStart).every((t, i) => t === (i < oovStart ? mask : oovToken))
  return {
    mode,
    invert: config.bool('invert', false),
    dtype: defaults.dtype,
    mask,
    oovToken,
    oovCount,
    oovStart,
    tokenStart,
    tokens: hadSpecial ? all.slice(tokenStart) : all,
    hadSpecial,
  }
}

const token = (value: unknown): Token | undefined =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined

/** From the configuration, else from the file beside the weights. */
function vocabulary(call: LayerCall, dtype: Lookup['dtype']): readonly Token[] {
  const given = call.config.raw('vocabulary')
  if (given !== undefined && isList(given)) return given.flatMap(value => token(value) ?? [])
  const lines = call.emission.vocabulary(call.layer)
  if (!lines)
    return call.refuse(
      'its vocabulary is not in the file',
      'H5 files do not keep what adapt() found: save the model as .keras, or give the layer its vocabulary.',
    )
  const last = lines.findLastIndex(line => line !== '')
  const kept = lines.slice(0, last + 1).map(line => line.replace(/\r$/, ''))
  return dtype === 'string' ? kept : kept.map(Number)
}

/** Tokens → indices, int64. */
export function indicesOf(call: LayerCall, x: Value, lookup: Lookup): Value {
  const { scope } = call
  const { mask, mode, oovCount, oovStart, tokenStart, tokens } = lookup
  const from = vectorOf(lookup.dtype, tokens)
  const to = vector(
    'int64',
    tokens.map((_, i) => tokenStart + i),
  )
  const table = call.table('table', { keys: from, values: to })
  const unknown = oovCount === 1 ? oovStart : -1
  const found = scope.op('LookupTableFindV2', [table, x, scope.const(scalar('int64', unknown), 'default_value')])
  const unmasked = mask === undefined ? found : maskedIndices(call, x, found, mask, mode === 'int' ? 0 : OUT_OF_RANGE)
  if (oovCount <= 1) return unmasked
  const bin = scope.add(unknownBin(call, x, lookup), scope.const(scalar('int64', oovStart), 'oov_start'))
  return scope.select(scope.op('Equal', [unmasked, scope.const(scalar('int64', -1), 'unknown')]), bin, unmasked)
}

/** An index that no encoding counts. */
const OUT_OF_RANGE = -2

function maskedIndices(call: LayerCall, x: Value, found: Value, mask: Token, index: number): Value {
  const { scope } = call
  const isMask = scope.op('Equal', [
    x,
    scope.const(constantOf(x.dtype === 'string' ? 'string' : 'int64', mask), 'mask'),
  ])
  return scope.select(isMask, scope.const(scalar('int64', index), 'mask_index'), found)
}

/** Which of several indices an unknown token gets. */
function unknownBin(call: LayerCall, x: Value, { oovCount, dtype }: Lookup): Value {
  const { scope, config } = call
  if (dtype === 'int64' && config.text('oov_method', 'floormod') !== 'farmhash')
    return scope.op('FloorMod', [x, scope.const(scalar('int64', oovCount), 'oov_count')])
  return hashed(scope, asText(scope, x), oovCount, saltOf(call))
}

/** Indices → tokens. */
function tokensOf(call: LayerCall, x: Value, { tokens, tokenStart, dtype, oovToken, mask }: Lookup): Value {
  const { scope } = call
  const keys = vector(
    'int64',
    tokens.map((_, i) => tokenStart + i),
  )
  const table = call.table('table', { keys, values: vectorOf(dtype, tokens) })
  const found = scope.op('LookupTableFindV2', [table, x, scope.const(constantOf(dtype, oovToken), 'default_value')])
  if (mask === undefined) return found
  const isMask = scope.op('Equal', [x, scope.const(scalar('int64', 0), 'mask_index')])
  return scope.select(isMask, scope.const(constantOf(dtype, mask), 'mask'), found)
}

const vectorOf = (dtype: Lookup['dtype'], tokens: readonly Token[]): Tensor =>
  dtype === 'string' ? strings([tokens.length], tokens.map(String)) : vector('int64', tokens.map(Number))
const constantOf = (dtype: Lookup['dtype'], value: Token): Tensor =>
  dtype === 'string' ? strings([], [String(value)]) : scalar('int64', Number(value))

/** Indices as one row for each sample, by the layer's output mode. */
export function encodedTokens(call: LayerCall, indices: Value, lookup: Lookup): Value {
  const { scope, config, profile } = call
  const size = lookup.tokenStart + lookup.tokens.length
  const depth = config.bool('pad_to_max_tokens', false) ? config.int('max_tokens', size) : size
  if (lookup.mode !== 'tf_idf')
    return encoded(call, indices, { mode: lookup.mode, depth, dtype: profile === 'k3' ? 'int64' : call.dtype })
  const counts = encoded(call, indices, { mode: 'count', depth, dtype: call.dtype })
  return scope.mul(
    counts,
    call.constant('idf_weights', () => inverseFrequencies(call, lookup, depth)),
  )
}

/** Given for the vocabulary: the unknown get their mean, what only fills up gets 0. */
function inverseFrequencies(call: LayerCall, lookup: Lookup, depth: number): Tensor {
  const saved = call.maybeTensor('idf_weights')
  if (saved)
    return elementCount(saved.shape) === depth
      ? saved
      : call.refuse(`its idf_weights are [${saved.shape}], expected [${depth}]`)
  const given = call.config.numbers('idf_weights')
  const mean = given.reduce((sum, v) => sum + v, 0) / given.length
  const front = lookup.hadSpecial ? [] : Array<number>(lookup.tokenStart).fill(mean)
  const all = [...front, ...given]
  return fromValues(call.dtype, [depth], [...all, ...Array<number>(Math.max(0, depth - all.length)).fill(0)])
}

/** Inverse document frequencies, which some versions have in the configuration only. */
export const frequencyWeights: SlotsOf = c =>
  when(c['output_mode'] === 'tf_idf', {
    ...fixed('idf_weights', [null]),
    objects: ['', '_lookup_layer'],
    optional: true,
  })

export const LOOKUP_LAYERS: readonly LayerClass[] = [
  {
    name: 'StringLookup',
    emit: call => lookupLayer(call, { dtype: 'string', oovToken: '[UNK]' }),
    weights: frequencyWeights,
    hasVocabulary: true,
    inputDtype: 'string',
  },
  {
    name: 'IntegerLookup',
    emit: call => lookupLayer(call, { dtype: 'int64', oovToken: -1 }),
    weights: frequencyWeights,
    hasVocabulary: true,
    inputDtype: 'int64',
  },
]
