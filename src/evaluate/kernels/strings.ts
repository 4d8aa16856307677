/** Kernels over strings. Text is UTF-8 where an op looks into it. */
import type { Node } from '../../graph/node.ts'
import { rowMajorStrides } from '../../tensor/strided.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import {
  bigints,
  fromBigints,
  fromElementBytes,
  fromNumbers,
  fromStrings,
  fromText,
  list,
  type NdArray,
  numbers,
  stringBytes,
  take,
  texts,
  withShape,
} from '../array.ts'
import { fingerprint64, hash64, sipHash } from '../hash.ts'
import { aligned, fail, indices, type Kernel, type Kernels, refuse } from '../kernel.ts'

/** ASCII letters only, unless the node says UTF-8. */
const cased =
  (ascii: (text: string) => string, unicode: (text: string) => string): Kernel =>
  ([x], node) => {
    if (node.str('encoding') === 'utf-8') return [fromText(x!.shape, texts(x!).map(unicode))]
    return [
      fromStrings(
        x!.shape,
        stringBytes(x!).map(bytes => latin(ascii(fromLatin(bytes)))),
      ),
    ]
  }

/** Bytes as text of as many characters, and back. */
const fromLatin = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const latin = (text: string): Uint8Array => Uint8Array.from(text, c => c.charCodeAt(0))

const POSIX_CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-/:-@\\[-`{-~',
  word: '\\w',
  cntrl: '\\x00-\\x1f\\x7f',
}

/** A pattern of RE2 as JavaScript's. Refuses what it does not know. */
function regex(node: Node, pattern: string, flags: string): RegExp {
  const [, inline = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? []
  const source = pattern
    .slice(inline ? inline.length + 3 : 0)
    .replace(/\[:(\w+):\]/g, (_, name: string) => POSIX_CLASSES[name] ?? refuse(node, `the class [:${name}:]`))
    .replace(/\(\?P</g, '(?<')
    .replace(/\\z/g, '$')
    .replace(/\\A/g, '^')
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, flags + inline + mode)
    } catch {} // strict Unicode mode takes fewer escapes than RE2 does
  }
  return refuse(node, `the pattern ${pattern}`)
}

function replaced(node: Node, x: NdArray, pattern: string, rewrite: string): NdArray {
  const expression = regex(node, pattern, node.bool('replace_global') ? 'g' : '')
  const template = (groups: readonly string[]): string =>
    rewrite.replace(/\\([\d\\])/g, (_, c: string) => (c === '\\' ? '\\' : (groups[Number(c)] ?? '')))
  return fromText(
    x.shape,
    texts(x).map(text => text.replace(expression, (...groups) => template(groups as string[]))),
  )
}

const matches = (node: Node, x: NdArray, pattern: string): NdArray => {
  const expression = regex(node, `^(?:${pattern})$`, '')
  return fromNumbers(
    'bool',
    x.shape,
    texts(x).map(text => (expression.test(text) ? 1 : 0)),
  )
}

/** The pieces of one string. No separator means runs of white space. */
function split(text: string, separator: string, most: number): string[] {
  if (separator !== '') {
    const pieces = text.split(separator)
    return most < 0 || pieces.length <= most + 1
      ? pieces
      : [...pieces.slice(0, most), pieces.slice(most).join(separator)]
  }
  if (most === 0) return [text]
  const pieces: string[] = []
  let rest = text.trimStart()
  while (rest !== '') {
    const end = rest.search(/\s|$/)
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
    if (pieces.length === most) return [...pieces, rest] // even where nothing is left
  }
  return pieces
}

/** Pieces of a vector of strings, as a sparse matrix. */
function sparsePieces(rows: readonly (readonly string[])[]): NdArray[] {
  const places = rows.flatMap((pieces, row) => pieces.map((_, i) => [row, i]))
  const longest = Math.max(0, ...rows.map(pieces => pieces.length))
  return [
    fromNumbers('int64', [places.length, 2], places.flat()),
    fromText([places.length], rows.flat()),
    fromNumbers('int64', [2], [rows.length, longest]),
  ]
}

/** StringSplit of version 1: any of the delimiter's characters separates. */
const stringSplit: Kernel = ([x, delimiter], node) => {
  const separators = new Set(texts(delimiter!)[0]!)
  const cut = (text: string): string[] => {
    if (separators.size === 0) return [...text]
    if (text === '') return []
    const pieces = ['']
    for (const c of text) {
      if (separators.has(c)) pieces.push('')
      else pieces[pieces.length - 1] += c
    }
    return pieces
  }
  return sparsePieces(texts(x!).map(text => cut(text).filter(piece => piece !== '' || !node.bool('skip_empty'))))
}

const join: Kernel = (inputs, node) => {
  const shape = inputs.find(x => x.shape.length > 0)?.shape ?? []
  const all = inputs.map(x => texts(x))
  const count = shape.reduce((n, d) => n * d, 1)
  const row = (i: number): string => all.map(t => (t.length === 1 ? t[0] : t[i])).join(node.str('separator'))
  return [
    fromText(
      shape,
      Array.from({ length: count }, (_, i) => row(i)),
    ),
  ]
}

/** Joins along the given axes, of which the first is joined first. */
const reduceJoin: Kernel = ([x, axes], node) => {
  const rank = x!.shape.length
  const gone = list(axes!)
    .map(axis => (axis < 0 ? axis + rank : axis))
    .reverse()
  const keep = x!.shape.map((_, i) => i).filter(axis => !gone.includes(axis))
  const order = [...keep, ...gone]
  const own = rowMajorStrides(x!.shape)
  const strides = rowMajorStrides(order.map(axis => x!.shape[axis]!))
  const moved = take(
    x!,
    indices(stringBytes(x!).length, i =>
      order.reduce((sum, axis, k) => sum + (Math.floor(i / strides[k]!) % x!.shape[axis]!) * own[axis]!, 0),
    ),
    order.map(axis => x!.shape[axis]!),
  )
  const inner = gone.reduce((n, axis) => n * x!.shape[axis]!, 1)
  const all = texts(moved)
  const shape = node.bool('keep_dims')
    ? x!.shape.map((d, i) => (gone.includes(i) ? 1 : d))
    : keep.map(i => x!.shape[i]!)
  const count = shape.reduce((n, d) => n * d, 1)
  const joined = Array.from({ length: count }, (_, i) =>
    all.slice(i * inner, (i + 1) * inner).join(node.str('separator')),
  )
  return [fromText(shape, joined)]
}

/** As printf would, with the node's width and fill. */
const asString: Kernel = ([x], node) => {
  const [precision, width, filler] = [node.int('precision'), node.int('width'), node.str('fill')]
  const plain = (v: number): string => {
    if (!Number.isFinite(v)) return Number.isNaN(v) ? 'nan' : v < 0 ? '-inf' : 'inf'
    if (node.bool('shortest')) return shortest(v, precision < 0 ? 6 : precision)
    if (node.bool('scientific')) return exponent(v.toExponential(precision < 0 ? 6 : precision))
    return fixed(v, precision < 0 ? 6 : precision)
  }
  const all = isFloat(x!.dtype)
    ? list(x!).map(plain)
    : x!.dtype === 'bool'
      ? list(x!).map(v => (v ? 'true' : 'false'))
      : bigints(x!).map(String)
  return [
    fromText(
      x!.shape,
      all.map(text => text.padStart(width, filler || ' ')),
    ),
  ]
}

/** As `%f`: every digit of a large number, and the sign of zero. */
function fixed(v: number, digits: number): string {
  const sign = v < 0 || Object.is(v, -0) ? '-' : ''
  const whole = Math.abs(v)
  if (whole < 1e21) return sign + whole.toFixed(digits)
  return `${sign}${BigInt(whole)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`
}

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')

/** %g. */
function shortest(v: number, precision: number): string {
  const text = v.toPrecision(Math.max(1, precision))
  const [mantissa, power] = text.split('e') as [string, string?]
  const magnitude = v === 0 ? 0 : Math.floor(Math.log10(Math.abs(v)))
  if (power === undefined && magnitude >= -4) return mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return exponent(v.toExponential(Math.max(0, precision - 1)).replace(/\.?0+e/, 'e'))
}

const toNumber: Kernel = ([x], node) => {
  const dtype = node.type('out_type')
  const parse = (text: string): number => {
    const trimmed = text.trim()
    const value = /^[+-]?inf(inity)?$/i.test(trimmed) ? (trimmed[0] === '-' ? -Infinity : Infinity) : Number(trimmed)
    return trimmed === '' || Number.isNaN(value) ? fail(node, `'${text}' is not a number`) : value
  }
  if (dtype === 'int64')
    return [
      fromBigints(
        dtype,
        x!.shape,
        texts(x!).map(text => BigInt(text.trim())),
      ),
    ]
  return [fromNumbers(dtype, x!.shape, texts(x!).map(parse))]
}

const bucketed = (x: NdArray, node: Node, hash: (bytes: Uint8Array) => bigint): NdArray => {
  const attr = node.attr('num_buckets')
  const count = attr?.kind === 'int' ? BigInt(attr.value) : BigInt(node.int('num_buckets')) // which may be beyond 2^53
  return fromBigints(
    'int64',
    x.shape,
    stringBytes(x).map(bytes => hash(bytes) % count),
  )
}

const strong: Kernel = ([x], node) => {
  const [k0, k1] = node.ints('key').map(BigInt) as [bigint, bigint]
  return [bucketed(x!, node, bytes => sipHash(bytes, k0, k1))]
}

/** Each string's bytes as elements of a type; all must be of one length. */
const decodeRaw: Kernel = ([x], node) => {
  const dtype = node.type('out_type')
  if (!node.bool('little_endian') && dtype !== 'uint8' && dtype !== 'int8') refuse(node, 'big-endian bytes')
  const all = stringBytes(x!)
  if (all.some(bytes => bytes.length !== all[0]!.length)) fail(node, 'strings of different lengths')
  const joined = Uint8Array.from(all.flatMap(bytes => [...bytes]))
  const flat = fromElementBytes(dtype, [-1], joined)
  return [withShape(flat, [...x!.shape, all.length ? numbers(flat).length / all.length : 0])]
}

const substr: Kernel = ([x, at, length], node) => {
  const { a: strings, b: starts } = aligned(node, x!, at!)
  const { b: lengths } = aligned(node, strings, length!)
  const isText = node.str('unit') === 'UTF8_CHAR'
  const [from, count] = [numbers(starts), numbers(lengths)]
  const cut = <T>(units: ArrayLike<T>, i: number): [number, number] => {
    const start = from[i]! < 0 ? from[i]! + units.length : from[i]!
    if (start < 0 || start > units.length) fail(node, `position ${from[i]} of ${units.length}`)
    return [start, start + count[i]!]
  }
  if (isText)
    return [
      fromText(
        strings.shape,
        texts(strings).map((t, i) => [...t].slice(...cut([...t], i)).join('')),
      ),
    ]
  return [
    fromStrings(
      strings.shape,
      stringBytes(strings).map((b, i) => b.slice(...cut(b, i))),
    ),
  ]
}

const lengthOf: Kernel = ([x], node) => {
  const isText = node.str('unit') === 'UTF8_CHAR'
  return [
    fromNumbers('int32', x!.shape, isText ? texts(x!).map(t => [...t].length) : stringBytes(x!).map(b => b.length)),
  ]
}

const onlyText = (x: NdArray): string => texts(x)[0]!

/** Kernels by op. */
export const stringKernels: Kernels = {
  StringLower: cased(
    t => t.replace(/[A-Z]/g, c => c.toLowerCase()),
    t => t.toLowerCase(),
  ),
  StringUpper: cased(
    t => t.replace(/[a-z]/g, c => c.toUpperCase()),
    t => t.toUpperCase(),
  ),
  StringStrip: ([x]) => [
    fromText(
      x!.shape,
      texts(x!).map(t => t.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')),
    ),
  ],
  StringLength: lengthOf,
  StringJoin: join,
  ReduceJoin: reduceJoin,
  StringSplit: stringSplit,
  StringSplitV2: ([x, separator], node) =>
    sparsePieces(texts(x!).map(text => split(text, onlyText(separator!), node.int('maxsplit')))),
  RegexReplace: ([x, pattern, rewrite], node) => [replaced(node, x!, onlyText(pattern!), onlyText(rewrite!))],
  StaticRegexReplace: ([x], node) => [replaced(node, x!, node.str('pattern'), node.str('rewrite'))],
  RegexFullMatch: ([x, pattern], node) => [matches(node, x!, onlyText(pattern!))],
  StaticRegexFullMatch: ([x], node) => [matches(node, x!, node.str('pattern'))],
  AsString: asString,
  StringToNumber: toNumber,
  StringToHashBucket: ([x], node) => [bucketed(x!, node, hash64)],
  StringToHashBucketFast: ([x], node) => [bucketed(x!, node, fingerprint64)],
  StringToHashBucketStrong: strong,
  DecodeRaw: decodeRaw,
  Substr: substr,
}
