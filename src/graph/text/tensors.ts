/**
 * Tensors as text: dtype and shape, then where the elements are.
 *
 *     float32[2] [1 2.5]                 at hand
 *     string[2] ["a" bytes:ff]           at hand; bytes that are not text in hexadecimal
 *     float32[3,3] splat(0.5)            one element, repeated
 *     float32[3,3] ckpt@128              from byte 128 of the source `ckpt`, row-major
 *     float32[3,3] ckpt@128 big-endian
 *     variant[] opaque(0a1b)             a serialised TensorProto
 *     float32[4] mul(ckpt@0, [2 2 2 2])  computed; operands of the same dtype and shape leave both out
 *     float32[4] blocks([0] float32[2] a@0, [2] float32[2] b@0)
 *
 * The last two are printed only. Checksums are not printed.
 */
import type { ByteSource } from '../../bytes/source.ts'
import { elementCount, type Recipe, type Shape, sameShape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType, isDType } from '../../tensorflow/dtype.ts'
import { type PartialShape, shapeText } from '../attr.ts'
import { utf8 } from '../utf8.ts'
import { elementBytes, elementWord } from './elements.ts'
import { quoteName, type Tokens } from './tokens.ts'

/** The context that a tensor's text needs. */
export interface TensorContext {
  /** The byte sources that `name@offset` may name. */
  readonly sources: Readonly<Record<string, ByteSource>>
}

/** `[?,8]`; `?` where not even the rank is known. */
export const printShape = (shape: PartialShape): string => (shape === null ? '?' : shapeText(shape))

export function parseShape(tokens: Tokens): PartialShape {
  if (tokens.accept('?')) return null
  tokens.expect('[')
  return tokens.list(']', () => (tokens.accept('?') ? null : parseSize(tokens)))
}

function parseSize(tokens: Tokens): number {
  const word = tokens.word('a size')
  if (!/^\d+$/.test(word)) tokens.fail(`expected a size, found '${word}'`)
  return Number(word)
}

export function parseDType(tokens: Tokens): DType {
  const word = tokens.word('a dtype')
  return isDType(word) ? word : tokens.fail(`there is no dtype '${word}'`)
}

/** `elements` is how many to write at most; a cut list ends in `…` and cannot be read back. */
export const printTensor = (t: Tensor, elements = Infinity): string =>
  `${t.dtype}${printShape(t.shape)} ${printRecipe(t, elements)}`

function printRecipe(t: Tensor, elements: number): string {
  const { recipe } = t
  switch (recipe.kind) {
    case 'memory':
      return printMemory(t, recipe.bytes, elements)
    case 'strings':
      return `[${cut(recipe.values.length, elements, i => printBytes(recipe.values[i]!))}]`
    case 'splat':
      return `splat(${t.dtype === 'string' ? printBytes(recipe.bytes) : elementWord(t.dtype, recipe.bytes, 0)})`
    case 'range':
      return `${quoteName(recipe.source.name)}@${recipe.offset}${recipe.bigEndian ? ' big-endian' : ''}`
    case 'opaque':
      return `opaque(${hex(recipe.proto)})`
    case 'blocks':
      return `blocks(${recipe.blocks.map(b => `${printShape(b.start)} ${printTensor(b.tensor, elements)}`).join(', ')})`
    case 'computed':
      return printComputed(t, recipe, elements)
  }
}

function printMemory(t: Tensor, bytes: Uint8Array, elements: number): string {
  return `[${cut(elementCount(t.shape), elements, i => elementWord(t.dtype, bytes, i))}]`
}

function cut(count: number, most: number, word: (index: number) => string): string {
  const words = Array.from({ length: Math.min(count, most) }, (_, i) => word(i))
  return (count > most ? [...words, '…'] : words).join(' ')
}

function printComputed(t: Tensor, { by }: Recipe & { kind: 'computed' }, elements: number): string {
  const operands = by.of.map(of =>
    of.dtype === t.dtype && sameShape(of.shape, t.shape) ? printRecipe(of, elements) : printTensor(of, elements),
  )
  const { op, of: _, ...settings } = by
  const rest = Object.entries(settings).map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value}]` : value}`)
  return `${op}(${[...operands, ...rest].join(', ')})`
}

export function parseTensor(tokens: Tokens, context: TensorContext): Tensor {
  const dtype = parseDType(tokens)
  const shape = parseShape(tokens)
  if (!isFullShape(shape)) tokens.fail('a tensor needs all its sizes')
  return { dtype, shape, recipe: parseRecipe(tokens, dtype, shape, context) }
}

const isFullShape = (shape: PartialShape): shape is Shape => shape?.every(d => d !== null) ?? false

function parseRecipe(tokens: Tokens, dtype: DType, shape: Shape, context: TensorContext): Recipe {
  if (tokens.accept('[')) return parseElements(tokens, dtype, elementCount(shape))
  const source = tokens.name('elements in brackets, or a source')
  if (tokens.accept('@')) return parseRange(tokens, source, context)
  if (!tokens.accept('(')) tokens.fail(`expected '@' or '(' after '${source}'`)
  if (source === 'splat') {
    const bytes = dtype === 'string' ? parseBytes(tokens) : elements(tokens, dtype, [elementToken(tokens)])
    tokens.expect(')')
    return { kind: 'splat', bytes }
  }
  if (source !== 'opaque') tokens.fail(`a tensor made by '${source}' is printed, and cannot be read`)
  const proto = tokens.at(')') ? new Uint8Array() : unhex(tokens, tokens.word('hexadecimal digits'))
  tokens.expect(')')
  return { kind: 'opaque', proto }
}

function parseRange(tokens: Tokens, name: string, { sources }: TensorContext): Recipe {
  const offset = parseSize(tokens)
  const source = sources[name] ?? tokens.fail(`there is no byte source '${name}'`)
  const bigEndian = tokens.accept('big-endian')
  return { kind: 'range', source, offset, ...(bigEndian && { bigEndian }) }
}

function parseElements(tokens: Tokens, dtype: DType, count: number): Recipe {
  const strings: Uint8Array[] = []
  const words: string[] = []
  while (!tokens.accept(']')) {
    if (tokens.done) tokens.expect(']')
    if (dtype === 'string') strings.push(parseBytes(tokens))
    else words.push(elementToken(tokens))
  }
  const found = Math.max(strings.length, words.length)
  if (found !== count) tokens.fail(`the shape asks for ${count} elements, and there are ${found}`)
  if (dtype === 'string') return { kind: 'strings', values: strings }
  return { kind: 'memory', bytes: elements(tokens, dtype, words) }
}

/** A word, or two with `;` between: a complex number. */
function elementToken(tokens: Tokens): string {
  const word = tokens.word('an element')
  return tokens.accept(';') ? `${word};${tokens.word('an imaginary part')}` : word
}

function elements(tokens: Tokens, dtype: DType, words: readonly string[]): Uint8Array {
  if (bytesPerElement(dtype) === 0) tokens.fail(`${dtype} has no elements that can be written`)
  const bytes = elementBytes(dtype, words)
  if (bytes) return bytes
  return tokens.fail(`'${words.find(word => !elementBytes(dtype, [word]))}' is not a ${dtype}`)
}

/** Text in quotes, or `bytes:` and hexadecimal digits where the bytes are not UTF-8. */
export function printBytes(bytes: Uint8Array): string {
  const text = utf8(bytes)
  return text === undefined ? `bytes:${hex(bytes)}` : JSON.stringify(text)
}

export function parseBytes(tokens: Tokens): Uint8Array {
  if (!tokens.accept('bytes')) return new TextEncoder().encode(tokens.string())
  tokens.expect(':')
  return unhex(tokens, tokens.word('hexadecimal digits'))
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')

function unhex(tokens: Tokens, digits: string): Uint8Array {
  if (!/^(?:[\da-f]{2})*$/.test(digits)) tokens.fail(`'${digits}' is not bytes in hexadecimal`)
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}
