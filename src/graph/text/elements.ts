/**
 * Elements of tensors as words. A float is the shortest decimal that reads back
 * to the same bits; `0x…` gives the bits themselves, where a NaN carries a
 * payload or the type (float8) has no words of its own.
 */
import { decode, encode } from '../../tensor/codec.ts'
import { bytesPerElement, type DType, isFloat } from '../../tensorflow/dtype.ts'

/** One element, from the bytes of the tensor it is in. */
export function elementWord(dtype: DType, bytes: Uint8Array, index: number): string {
  const size = bytesPerElement(dtype)
  return wordOf(dtype, bytes.subarray(index * size, (index + 1) * size))
}

function wordOf(dtype: DType, element: Uint8Array): string {
  const part = PARTS[dtype]
  if (part)
    return [element.subarray(0, element.length / 2), element.subarray(element.length / 2)]
      .map(bytes => wordOf(part, bytes))
      .join(';')
  const bits = integerBits(dtype)
  if (bits) return String(bits.signed ? BigInt.asIntN(element.length * 8, unsigned(element)) : unsigned(element))
  if (dtype === 'bool' && element[0]! < 2) return element[0] ? 'true' : 'false'
  if (!isFloat(dtype)) return bitsWord(element)
  const value = decode(dtype, element)[0]!
  if (Number.isNaN(value) && bitsWord(element) !== bitsWord(encode(dtype, [Number.NaN]))) return bitsWord(element)
  return floatWord(value, x => decode(dtype, encode(dtype, [x]))[0]!)
}

/** The bytes of elements; undefined where a word is none of the type's. */
export function elementBytes(dtype: DType, words: readonly string[]): Uint8Array | undefined {
  const size = bytesPerElement(dtype)
  const bytes = new Uint8Array(words.length * size)
  for (const [i, word] of words.entries()) {
    const element = bytesOfWord(dtype, word, size)
    if (!element) return undefined
    bytes.set(element, i * size)
  }
  return bytes
}

function bytesOfWord(dtype: DType, word: string, size: number): Uint8Array | undefined {
  const part = PARTS[dtype]
  if (part) {
    const both = word.split(';')
    return both.length === 2 ? elementBytes(part, both) : undefined
  }
  if (/^0x[\da-f]+$/.test(word)) return word.length === 2 + size * 2 ? littleEndian(BigInt(word), size) : undefined
  if (dtype === 'bool') return word === 'true' || word === 'false' ? Uint8Array.of(word === 'true' ? 1 : 0) : undefined
  const bits = integerBits(dtype)
  if (bits) return bytesOfInteger(word, size, bits.signed)
  const value = isFloat(dtype) ? wordNumber(word) : undefined
  return value === undefined ? undefined : encode(dtype, [value])
}

function bytesOfInteger(word: string, size: number, signed: boolean): Uint8Array | undefined {
  if (!/^-?\d+$/.test(word)) return undefined
  const value = BigInt(word)
  const fits = (signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value)) === value
  return fits ? littleEndian(BigInt.asUintN(size * 8, value), size) : undefined
}

/** The two halves of a complex number, written `re;im`. */
const PARTS: Partial<Record<DType, DType>> = { complex64: 'float32', complex128: 'float64' }

const integerBits = (dtype: DType): { readonly signed: boolean } | undefined =>
  /^q?u?int\d+$/.test(dtype) ? { signed: !dtype.includes('u') } : undefined

/** A float attribute: the float32 nearest to a number, as the shortest decimal. */
export const float32Word = (value: number): string => floatWord(Math.fround(value), Math.fround)

/** The number that a word stands for; undefined for none. */
export function wordNumber(word: string): number | undefined {
  const special = SPECIAL.get(word)
  if (special !== undefined) return special
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined
}

const SPECIAL = new Map([
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', Number.NaN],
])

/** The decimal with the fewest digits that `round` takes to `value`. */
function floatWord(value: number, round: (x: number) => number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Object.is(value, -0)) return '-0'
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(value.toPrecision(digits))
    if (round(short) === value) return String(short)
  }
  return String(value)
}

const unsigned = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)

const bitsWord = (bytes: Uint8Array): string =>
  `0x${unsigned(bytes)
    .toString(16)
    .padStart(bytes.length * 2, '0')}`

const littleEndian = (value: bigint, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(i * 8)) & 0xffn))
