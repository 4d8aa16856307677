/** Shapes of ops on strings. */
import { bytesPerElement } from '../../tensorflow/dtype.ts'
import { dimOf, forEach, like, type Rule, type Rules, scalar, withRank } from '../rule.ts'
import { broadcastShapes, mergeShapes, overDim, plusDim } from '../shape.ts'

const ALIKE = `
  AsString DecodeBase64 EncodeBase64 RegexFullMatch RegexReplace StaticRegexFullMatch StaticRegexReplace StringLength
  StringLower StringStrip StringToHashBucket StringToHashBucketFast StringToHashBucketStrong StringToNumber StringUpper
  UnicodeScript UnicodeTranscode DecodeJSONExample`

/** Scalars stretch; all others have one shape. */
const join: Rule = (_, inputs) => {
  const shapes = inputs.map(f => f.shape)
  if (shapes.includes(null)) return []
  return [shapes.filter(s => s?.length !== 0).reduce(mergeShapes, shapes.every(s => s?.length === 0) ? [] : null)]
}

/** A sparse matrix: its places, its values, its shape. */
const split: Rule = () => [[null, 2], [null], [2]]

const substring: Rule = (_, [text, position]) => [broadcastShapes(text.shape, position.shape)]

/** As many elements to a string as it has bytes: found out. */
const decodeRaw: Rule = (_, [bytes]) => [bytes.shape && [...bytes.shape, null]]

/** Each string cut or padded to so many bytes. */
const decodePaddedRaw: Rule = (node, [bytes, length]) => [
  bytes.shape && [...bytes.shape, overDim(dimOf(length), bytesPerElement(node.type('out_type')))],
]

/** One string for each row of a ragged tensor. */
const unicodeEncode: Rule = (_, [, splits]) => [[plusDim(withRank(splits, 1)[0]!, -1)]]

/** Where each string's characters end, and the characters. */
const unicodeDecode: Rule = (_, [text]) => [
  [text.shape && text.shape.length === 1 ? plusDim(text.shape[0]!, 1) : text.shape?.length === 0 ? 2 : null],
  [null],
  [null],
]

const ngrams: Rule = (_, [, splits]) => [[null], splits.shape]

/** A column each. */
const decodeCsv: Rule = (_, [records, ...defaults]) => defaults.map(() => records.shape)

/** The shape functions of strings. */
export const stringRules: Rules = {
  ...forEach(ALIKE, like()),
  StringJoin: join,
  StringFormat: scalar,
  ...forEach('StringSplit StringSplitV2', split),
  Substr: substring,
  DecodeRaw: decodeRaw,
  DecodePaddedRaw: decodePaddedRaw,
  UnicodeEncode: unicodeEncode,
  ...forEach('UnicodeDecode UnicodeDecodeWithOffsets', unicodeDecode),
  StringNGrams: ngrams,
  DecodeCSV: decodeCsv,
}
