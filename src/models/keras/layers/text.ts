/** TextVectorization: a text becomes tokens, tokens become indices. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import type { LayerCall } from '../call.ts'
import type { LayerClass } from './layer-class.ts'
import { encodedTokens, frequencyWeights, indicesOf, type Lookup, lookupOf } from './lookup.ts'

/** The characters that Keras takes for punctuation. */
const PUNCTUATION = '[!"#$%&()\\*\\+,-\\./:;<=>?@\\[\\\\\\]^_`{|}~\\\']'

/** Texts, [batch] or [batch, 1], by the layer's output mode: indices are [batch, tokens], zeros behind a text's end. */
function textVectorization(call: LayerCall): Value {
  if (call.config.bool('ragged', false)) return call.refuse('its result is ragged', 'Use ragged=False.')
  const lookup = lookupOf(call, { dtype: 'string', mask: '', oovToken: '[UNK]' })
  const text = standardized(call, call.input.value)
  const tokens = call.config.has('split') ? inGroups(call, splitTokens(call, column(call, text))) : undefined
  return tokens ? fromTokens(call, tokens, lookup) : fromWhole(call, text, lookup)
}

function standardized(call: LayerCall, text: Value): Value {
  const { scope, config } = call
  const how = config.raw('standardize') ?? null
  if (text.dtype !== 'string') return call.refuse(`it is called on ${text.dtype}, not on strings`)
  if (how === null) return text
  if (how !== 'lower' && how !== 'strip_punctuation' && how !== 'lower_and_strip_punctuation')
    return call.refuse(`its 'standardize' is a function of Python: ${JSON.stringify(how)}`)
  const lower = how === 'strip_punctuation' ? text : scope.op('StringLower', [text])
  if (how === 'lower') return lower
  return scope.op('StaticRegexReplace', [lower], { pattern: PUNCTUATION, rewrite: '' })
}

/** [batch, 1] → [batch]. */
function column(call: LayerCall, text: Value): Value {
  const shape = call.shapeOf(text)
  if (shape.length === 1) return text
  if (shape.length !== 2 || (shape[1] !== null && shape[1] !== 1))
    return call.refuse('it splits texts, and is called on more than one in a row')
  return call.scope.squeeze(text, [-1])
}

/** The tokens of all texts in a row, and of each the number of its text. */
interface Tokens {
  readonly values: Value
  readonly rows: Value
  /** How many texts, an int64 scalar. */
  readonly count: Value
}

function splitTokens(call: LayerCall, texts: Value): Tokens {
  const { scope, config } = call
  const how = config.raw('split')
  const count = scope.cast(scope.size(texts, 0), 'int64')
  if (how === 'whitespace') {
    const split = scope.node('StringSplitV2', [texts, scope.text('', 'sep')])
    return { values: split.out(1), rows: scope.slice(split.out(0), [[null, null], 0]), count }
  }
  if (how !== 'character') return call.refuse(`its 'split' is a function of Python: ${JSON.stringify(how)}`)
  const decoded = scope.node('UnicodeDecode', [texts], { input_encoding: 'UTF-8', errors: 'replace' })
  const total = scope.add(scope.size(decoded.out(1), 0), 1)
  const each = scope.cast(scope.op('Range', [scope.int(0), total, scope.int(1)]), 'int64')
  const values = scope.op('UnicodeEncode', [decoded.out(1), each], { output_encoding: 'UTF-8', errors: 'replace' })
  return { values, rows: rowsOf(call, decoded.out(0), scope.size(values, 0)), count }
}

/** [0, 2, 2, 5] → [0, 0, 2, 2, 2]: how many ends are not behind each position. */
function rowsOf(call: LayerCall, splits: Value, count: Value): Value {
  const { scope } = call
  const at = scope.cast(scope.op('Range', [scope.int(0), count, scope.int(1)]), 'int64')
  const ends = scope.expandDims(scope.slice(splits, [[1, null]]), 0)
  const isBehind = scope.op('GreaterEqual', [scope.expandDims(at, 1), ends])
  return scope.reduce('Sum', scope.cast(isBehind, 'int64'), [1])
}

/** More tokens than any text has; the op takes a list of the widths. */
const MAX_NGRAMS = 1000

/** Tokens by twos, threes… as `ngrams` says. */
function inGroups(call: LayerCall, tokens: Tokens): Tokens {
  const { scope, config } = call
  if (!config.has('ngrams')) return tokens
  const given = config.ints('ngrams')
  if (given.some(width => width < 1 || width > MAX_NGRAMS)) call.refuse(`ngrams are ${given}`)
  const single = typeof config.raw('ngrams') === 'number' ? given[0] : undefined
  const widths = single === undefined ? given : Array.from({ length: single }, (_, i) => i + 1)
  const ones = scope.op('OnesLike', [tokens.rows])
  const lengths = scope.op('UnsortedSegmentSum', [ones, tokens.rows, tokens.count])
  const zero = scope.const(vector('int64', [0]), 'zero')
  const splits = scope.concat([zero, scope.op('Cumsum', [lengths, scope.int(0)])], 0)
  const groups = scope.node('StringNGrams', [tokens.values, splits], {
    separator: ' ',
    ngram_widths: widths,
    left_pad: '',
    right_pad: '',
    pad_width: 0,
    preserve_short_sequences: false,
  })
  const rows = rowsOf(call, groups.out(1), scope.size(groups.out(0), 0))
  return { values: groups.out(0), rows, count: tokens.count }
}

function fromTokens(call: LayerCall, tokens: Tokens, lookup: Lookup): Value {
  const { config } = call
  const indices = indicesOf(call, tokens.values, lookup)
  if (lookup.mode !== 'int') return encodedTokens(call, dense(call, indices, tokens, -1), lookup)
  const length = config.has('output_sequence_length') ? config.int('output_sequence_length') : undefined
  return dense(call, indices, tokens, 0, length)
}

/** [batch, longest] or [batch, length], filled up with `fill`. */
function dense(call: LayerCall, values: Value, { rows, count }: Tokens, fill: number, length?: number): Value {
  const { scope } = call
  const shape = scope.const(vector('int64', [-1, length ?? -1]), 'shape')
  const padding = scope.number(fill, values, 'padding')
  return scope.op('RaggedTensorToTensor', [shape, values, padding, count, rows], {
    row_partition_types: ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'],
  })
}

/** Texts that are not split: each is one token. */
function fromWhole(call: LayerCall, text: Value, lookup: Lookup): Value {
  const { scope, config } = call
  if (config.has('ngrams')) return call.refuse("it makes 'ngrams' of texts that are not split")
  const indices = indicesOf(call, text, lookup)
  if (lookup.mode !== 'int') return encodedTokens(call, indices, lookup)
  if (!config.has('output_sequence_length')) return indices
  const width = call.known(call.shapeOf(indices).at(-1), 'the number of its texts')
  const length = config.int('output_sequence_length')
  if (width >= length)
    return scope.slice(indices, [
      [null, null],
      [0, length],
    ])
  return scope.pad(indices, [
    [0, 0],
    [0, length - width],
  ])
}

export const TEXT_LAYERS: readonly LayerClass[] = [
  {
    name: 'TextVectorization',
    emit: textVectorization,
    weights: frequencyWeights,
    hasVocabulary: true,
    inputDtype: 'string',
  },
]
