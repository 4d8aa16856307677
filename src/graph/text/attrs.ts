/**
 * Attributes as text. Where TensorFlow's registry says which kind an attribute
 * is, its value stands alone; else a prefix says the kind, unless the value
 * shows it (a quoted text, `true`, a whole number, `@function`):
 *
 *     {T: float32, padding: "SAME", strides: [1,2,2,1], epsilon: 0.001, shape: [?,8], f: @body{T: int32}}
 *     {_a: 1, _b: float:1, _c: type:int32, _d: list(float):[1,2], _e: list():[], _f: tensor:int32[1] [5]}
 *
 * `$T` is a parameter of the function around, `bytes:ff` a text that is not
 * UTF-8, `nothing` an attribute with no value.
 */
import type { DType } from '../../tensorflow/dtype.ts'
import { opDef } from '../../tensorflow/ops.ts'
import type { Attr, AttrKind, FuncRef, Kinds, ListAttr } from '../attr.ts'
import { utf8 } from '../utf8.ts'
import { float32Word, wordNumber } from './elements.ts'
import {
  parseBytes,
  parseDType,
  parseShape,
  parseTensor,
  printBytes,
  printShape,
  printTensor,
  type TensorContext,
} from './tensors.ts'
import { quoteName, type Tokens } from './tokens.ts'

/** ` {a: 1, b: "x"}`, sorted by name; nothing for no attributes. `op` says which registry entry gives the kinds. */
export function printAttrs(attrs: ReadonlyMap<string, Attr>, op?: string, elements?: number): string {
  const names = [...attrs.keys()].sort()
  const items = names.map(name => `${quoteName(name)}: ${printAttr(attrs.get(name)!, kindOf(op, name), elements)}`)
  return items.length ? `{${items.join(', ')}}` : ''
}

/** Reads `{…}` when it comes next. */
export function parseAttrs(tokens: Tokens, context: TensorContext, op?: string): Map<string, Attr> {
  const attrs = new Map<string, Attr>()
  if (!tokens.accept('{')) return attrs
  for (const [name, attr] of tokens.list('}', () => parseEntry(tokens, context, op))) {
    if (attrs.has(name)) tokens.fail(`attribute '${name}' is given twice`)
    attrs.set(name, attr)
  }
  return attrs
}

function parseEntry(tokens: Tokens, context: TensorContext, op: string | undefined): [string, Attr] {
  const name = tokens.name('an attribute')
  tokens.expect(':')
  return [name, parseAttr(tokens, context, kindOf(op, name))]
}

/** The kind that the registry gives: `int`, `list(int)`; undefined where it knows none. */
const kindOf = (op: string | undefined, name: string): string | undefined =>
  op === undefined ? undefined : opDef(op)?.attrs.find(a => a.name === name)?.type

/** One value; `expected` is the kind that a reader expects without a prefix. */
export function printAttr(attr: Attr, expected?: string, elements?: number): string {
  if (attr.kind === 'nothing') return 'nothing'
  if (attr.kind === 'placeholder') return `$${quoteName(attr.value)}`
  if (attr.kind === 'list') {
    const kind = `list(${attr.of === 'nothing' ? '' : attr.of})`
    return `${kind === expected ? '' : `${kind}:`}[${printItems(attr, elements).join(attr.of === 'tensor' ? ', ' : ',')}]`
  }
  const word = printValue(attr.kind, attr.value, elements)
  return attr.kind === expected || (expected === undefined && SHOWS_ITSELF.has(attr.kind))
    ? word
    : `${attr.kind}:${word}`
}

const SHOWS_ITSELF = new Set<AttrKind>(['string', 'int', 'bool', 'func'])

function printItems(attr: ListAttr, elements: number | undefined): string[] {
  const kind = attr.of
  return kind === 'nothing' ? [] : attr.value.map(value => printValue(kind, value, elements))
}

function printValue(kind: AttrKind, value: Kinds[AttrKind], elements?: number): string {
  return PRINT[kind](value as never, elements) // `kind` says what `value` is, which TypeScript cannot see
}

const PRINT: { [K in AttrKind]: (value: Kinds[K], elements?: number) => string } = {
  string: value => (typeof value === 'string' ? JSON.stringify(value) : printBytes(value)),
  int: String,
  float: float32Word,
  bool: String,
  type: value => value,
  shape: printShape,
  tensor: printTensor,
  func: (value, elements) => `@${quoteName(value.name)}${printAttrs(value.attrs, undefined, elements)}`,
}

/** One value; `expected` as for `printAttr`. */
export function parseAttr(tokens: Tokens, context: TensorContext, expected: string | undefined): Attr {
  if (tokens.accept('$')) return { kind: 'placeholder', value: tokens.name() }
  if (tokens.at('nothing')) {
    tokens.expect('nothing')
    return { kind: 'nothing' }
  }
  const kind = prefix(tokens) ?? expected ?? shownKind(tokens)
  const of = /^list\((\w*)\)$/.exec(kind)?.[1]
  if (of === undefined) return parseScalar(tokens, context, kind)
  tokens.expect('[')
  if (of === '') {
    tokens.expect(']')
    return { kind: 'list', of: 'nothing', value: [] }
  }
  const value = tokens.list(']', () => parseScalar(tokens, context, of).value)
  return { kind: 'list', of, value } as Attr // each item was read as this kind
}

/** `float:` or `list(float):`, when one comes next. A `bytes:` is a value. */
function prefix(tokens: Tokens): string | undefined {
  if (tokens.at('list') && tokens.at('(', 1)) {
    tokens.expect('list')
    tokens.expect('(')
    const of = tokens.at(')') ? '' : tokens.word('a kind')
    tokens.expect(')')
    tokens.expect(':')
    return `list(${of})`
  }
  if (tokens.peek().kind !== 'word' || !tokens.at(':', 1) || tokens.at('bytes')) return undefined
  const kind = tokens.word('a kind')
  tokens.expect(':')
  return kind
}

function shownKind(tokens: Tokens): AttrKind {
  const { kind, text } = tokens.peek()
  if (kind === 'string' || tokens.at('bytes')) return 'string'
  if (text === 'true' || text === 'false') return 'bool'
  if (text === '@') return 'func'
  if (/^-?\d+$/.test(text)) return 'int'
  return tokens.fail(`'${text}' does not show its kind: write float:, type:, shape:, tensor: or list(…): before it`)
}

function parseScalar(
  tokens: Tokens,
  context: TensorContext,
  kind: string,
): Exclude<Attr, { kind: 'list' | 'nothing' }> {
  if (!Object.hasOwn(PARSE, kind)) tokens.fail(`there is no kind of attribute '${kind}'`)
  const value = PARSE[kind as AttrKind](tokens, context)
  return { kind, value } as Exclude<Attr, { kind: 'list' | 'nothing' }> // PARSE has the value's type by its kind
}

const PARSE: { [K in AttrKind]: (tokens: Tokens, context: TensorContext) => Kinds[K] } = {
  string: parseText,
  int: parseInteger,
  float: parseFloat32,
  bool(tokens) {
    if (tokens.accept('true')) return true
    return tokens.accept('false') ? false : tokens.fail(`expected true or false, found '${tokens.peek().text}'`)
  },
  type: (tokens): DType => parseDType(tokens),
  shape: parseShape,
  tensor: parseTensor,
  func: parseFunc,
}

function parseText(tokens: Tokens): string | Uint8Array {
  const bytes = parseBytes(tokens)
  return utf8(bytes) ?? bytes
}

function parseInteger(tokens: Tokens): number | bigint {
  const word = tokens.word('a whole number')
  if (!/^-?\d+$/.test(word)) tokens.fail(`expected a whole number, found '${word}'`)
  return Number.isSafeInteger(Number(word)) ? Number(word) : BigInt(word)
}

function parseFloat32(tokens: Tokens): number {
  const word = tokens.word('a number')
  return Math.fround(wordNumber(word) ?? tokens.fail(`expected a number, found '${word}'`))
}

function parseFunc(tokens: Tokens, context: TensorContext): FuncRef {
  tokens.expect('@')
  return { name: tokens.name('a function'), attrs: parseAttrs(tokens, context) }
}
