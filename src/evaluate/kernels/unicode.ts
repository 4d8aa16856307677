/** Kernels on code points, and n-grams of words. */
import type { Node } from '../../graph/node.ts'
import { fromNumbers, fromStrings, ints, list, type NdArray, stringBytes } from '../array.ts'
import { fail, type Kernel, type Kernels, refuse } from '../kernel.ts'

/** Code points with where each begins; undefined for bytes that are not UTF-8. */
interface Point {
  readonly value: number | undefined
  readonly at: number
}

/** The least code point of each length: a longer form of a smaller one is no UTF-8. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000]

/** Decodes UTF-8. The longest beginning of a character that breaks off counts as one error. */
function points(bytes: Uint8Array): Point[] {
  const found: Point[] = []
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0
    let value = length === 1 ? lead : lead & (0x7f >> length)
    let used = 1
    while (used < length && continues(bytes, at, used, lead)) value = (value << 6) | (bytes[at + used++]! & 0x3f)
    const isWhole = length > 0 && used === length && value >= LEAST[length]!
    found.push({ value: isWhole ? value : undefined, at })
    at += used
  }
  return found
}

/** Whether a byte goes on with a character; the first after the lead has narrower limits (no surrogates, no long forms). */
function continues(bytes: Uint8Array, at: number, used: number, lead: number): boolean {
  const byte = bytes[at + used]
  if (byte === undefined) return false
  const low = used > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = used > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return byte >= low && byte <= high
}

/** Code points as the attributes ask for them. Source: unicode_ops.cc. */
function decoded(node: Node, bytes: Uint8Array): { value: number; at: number }[] {
  const replacement = node.int('replacement_char')
  return points(bytes).flatMap(({ value, at }) => {
    if (value === undefined) {
      if (node.str('errors') === 'strict') fail(node, 'the text is not UTF-8')
      return node.str('errors') === 'ignore' ? [] : [{ value: replacement, at }]
    }
    const isControl = value < 0x20 && node.bool('replace_control_characters')
    if (isControl && node.str('errors') === 'ignore') return []
    return [{ value: isControl ? replacement : value, at }]
  })
}

const unicodeDecode =
  (withOffsets: boolean): Kernel =>
  ([input], node) => {
    if (node.str('input_encoding') !== 'UTF-8') refuse(node, `the encoding ${node.str('input_encoding')}`)
    const rows = stringBytes(input!).map(bytes => decoded(node, bytes))
    const splits = [0]
    for (const row of rows) splits.push(splits.at(-1)! + row.length)
    const all = rows.flat()
    const values = fromNumbers(
      'int32',
      [all.length],
      all.map(point => point.value),
    )
    const results = [ints(node.type('Tsplits'), splits), values]
    return withOffsets
      ? [
          ...results,
          ints(
            'int64',
            all.map(point => point.at),
          ),
        ]
      : results
  }

const unicodeEncode: Kernel = ([values, splits], node) => {
  if (node.str('output_encoding') !== 'UTF-8') refuse(node, `the encoding ${node.str('output_encoding')}`)
  const codes = list(values!)
  const rows = sections(list(splits!)).map(([from, to]) => {
    const text = codes.slice(from, to).flatMap(code => encodable(node, code))
    return new TextEncoder().encode(String.fromCodePoint(...text))
  })
  return [fromStrings([rows.length], rows)]
}

function encodable(node: Node, code: number): number[] {
  const isLegal = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  if (isLegal) return [code]
  if (node.str('errors') === 'strict') fail(node, `${code} is not a code point`)
  return node.str('errors') === 'ignore' ? [] : [node.int('replacement_char')]
}

/** A text in another encoding. Source: unicode_ops.cc, UnicodeTranscodeOp. */
const unicodeTranscode: Kernel = ([input], node) => {
  if (node.str('input_encoding') !== 'UTF-8') refuse(node, `the encoding ${node.str('input_encoding')}`)
  const encode = ENCODERS[node.str('output_encoding')] ?? refuse(node, `the encoding ${node.str('output_encoding')}`)
  const texts = stringBytes(input!).map(bytes => encode(decoded(node, bytes).map(point => point.value)))
  return [fromStrings(input!.shape, texts)]
}

const ENCODERS: Readonly<Record<string, (codes: readonly number[]) => Uint8Array>> = {
  'UTF-8': codes => new TextEncoder().encode(String.fromCodePoint(...codes)),
  'UTF-16-BE': codes => highBytesFirst(String.fromCodePoint(...codes)),
  'UTF-32-BE': codes => Uint8Array.from(codes.flatMap(code => [code >> 24, code >> 16, code >> 8, code])),
}

/** The 16-bit units of a text, the high byte first. */
const highBytesFirst = (text: string): Uint8Array =>
  Uint8Array.from({ length: 2 * text.length }, (_, i) => {
    const unit = text.charCodeAt(i >> 1)
    return i % 2 === 0 ? unit >> 8 : unit & 0xff
  })

/** Where each row begins and ends. */
const sections = (splits: readonly number[]): [from: number, to: number][] =>
  splits.slice(1).map((to, i) => [splits[i]!, to])

/** Rows of consecutive words, joined. Source: string_ngrams_op.cc. */
const stringNGrams: Kernel = ([data, splits], node) => {
  const words = stringBytes(data!)
  const grams: Uint8Array[] = []
  const ends = [0]
  for (const [from, to] of sections(list(splits!))) {
    const row = words.slice(from, to)
    let made = node.ints('ngram_widths').flatMap(width => gramsOf(node, row, width))
    if (made.length === 0 && node.bool('preserve_short_sequences') && row.length > 0)
      made = gramsOf(node, row, row.length + 2 * Math.max(0, node.int('pad_width')))
    grams.push(...made)
    ends.push(grams.length)
  }
  return [fromStrings([grams.length], grams), ints((splits as NdArray).dtype, ends)]
}

function gramsOf(node: Node, row: readonly Uint8Array[], width: number): Uint8Array[] {
  const asked = node.int('pad_width')
  const padding = Math.min(asked < 0 ? width - 1 : asked, width - 1)
  const pad = (name: string): Uint8Array[] => Array<Uint8Array>(padding).fill(new TextEncoder().encode(node.str(name)))
  const padded = [...pad('left_pad'), ...row, ...pad('right_pad')]
  const count = Math.max(0, padded.length - width + 1)
  const separator = new TextEncoder().encode(node.str('separator'))
  return Array.from({ length: count }, (_, i) => joined(padded.slice(i, i + width), separator))
}

function joined(parts: readonly Uint8Array[], separator: Uint8Array): Uint8Array {
  return Uint8Array.from(parts.flatMap((part, i) => (i === 0 ? [...part] : [...separator, ...part])))
}

/** Kernels by op. */
export const unicodeKernels: Kernels = {
  UnicodeDecode: unicodeDecode(false),
  UnicodeDecodeWithOffsets: unicodeDecode(true),
  UnicodeEncode: unicodeEncode,
  UnicodeTranscode: unicodeTranscode,
  StringNGrams: stringNGrams,
}
