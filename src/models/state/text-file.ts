/**
 * Vocabulary files: one entry of a table a line. Each key and value is the line,
 * its number, or one of its columns.
 *
 * Source: tensorflow/core/kernels/lookup_util.cc, TextFileLineIterator; checked
 * against TensorFlow 2.21.
 */
import { type ByteSource, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_ASSET_BYTES } from '../../limits.ts'
import { encode, encodeBigints } from '../../tensor/codec.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { TableContents } from '../model.ts'

/** How the lines are read: the attributes of InitializeTableFromTextFile, and the types of the table. */
export interface TextFileFormat {
  readonly keyType: DType
  readonly valueType: DType
  /** A column from 0, or WHOLE_LINE or LINE_NUMBER. */
  readonly keyIndex: number
  readonly valueIndex: number
  /** Lines that are read; -1 for all. */
  readonly vocabSize: number
  /** One byte between columns. */
  readonly delimiter: string
  /** Added to line numbers. */
  readonly offset: number
}

const WHOLE_LINE = -2
const LINE_NUMBER = -1

/** Reads a vocabulary. Throws `corrupt` with the line where TensorFlow would refuse the file. */
export async function readTextFile(source: ByteSource, format: TextFileFormat): Promise<TableContents> {
  checkType(source, 'key', format.keyIndex, format.keyType)
  checkType(source, 'value', format.valueIndex, format.valueType)
  const lines = splitLines(await readAll(source, MAX_ASSET_BYTES))
  const count = lineCount(source, lines.length, format.vocabSize)
  const keys = new Column(source, format.keyType, format)
  const values = new Column(source, format.valueType, format)
  const columns = Math.max(format.keyIndex, format.valueIndex) + 1
  for (let number = 0; number < count; number++) {
    const line = lines[number]!
    if (line.length === 0) fail(source, number, 'is empty', 'Remove the empty line: TensorFlow refuses it too.')
    const fields = columns > 0 ? splitFields(line, format.delimiter) : []
    if (fields.length < columns) fail(source, number, `has ${fields.length} columns, and ${columns} are read`)
    keys.add(fieldOf(line, fields, format.keyIndex), number)
    values.add(fieldOf(line, fields, format.valueIndex), number)
  }
  return { keys: keys.tensor(), values: values.tensor() }
}

function fail(source: ByteSource, number: number, what: string, hint?: string): never {
  throw new FreezeError('corrupt', `line ${number + 1} ${what}`, { file: source.name, ...(hint && { hint }) })
}

function checkType(source: ByteSource, role: string, index: number, dtype: DType): void {
  const allowed: readonly DType[] | undefined =
    index === LINE_NUMBER ? ['int64'] : index === WHOLE_LINE ? ['string', 'int64', 'int32'] : undefined
  if (!allowed || allowed.includes(dtype)) return
  const what = index === LINE_NUMBER ? 'the number' : 'the whole'
  throw new FreezeError('invalid-graph', `the ${role} of the table is ${what} of a line, and of type ${dtype}`, {
    file: source.name,
    hint: `TensorFlow allows ${allowed.join(', ')} there.`,
  })
}

function lineCount(source: ByteSource, lines: number, vocabSize: number): number {
  const place = { file: source.name }
  if (lines === 0) throw new FreezeError('corrupt', 'the vocabulary is empty', place)
  if (vocabSize === -1) return lines
  if (lines >= vocabSize) return vocabSize
  throw new FreezeError('corrupt', `the vocabulary has ${lines} lines, and the model was made for ${vocabSize}`, {
    ...place,
    hint: 'The file is cut short, or is not the one the model was saved with.',
  })
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Lines end with a newline, or a return and a newline; the last one may end with the file. */
function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    lines.push(bytes.subarray(start, end > start && bytes[end - 1] === RETURN ? end - 1 : end))
    start = end + 1
  }
  return lines
}

/** An empty delimiter splits nowhere. */
function splitFields(line: Uint8Array, delimiter: string): Uint8Array[] {
  const byte = new TextEncoder().encode(delimiter)[0]
  const fields: Uint8Array[] = []
  let start = 0
  for (let end = indexOf(line, byte, 0); end >= 0; end = indexOf(line, byte, start)) {
    fields.push(line.subarray(start, end))
    start = end + 1
  }
  fields.push(line.subarray(start))
  return fields
}

const indexOf = (line: Uint8Array, byte: number | undefined, from: number): number =>
  byte === undefined ? -1 : line.indexOf(byte, from)

/** The field that the index picks: bytes of the line, or nothing where it asks for the line's number. */
function fieldOf(line: Uint8Array, fields: readonly Uint8Array[], index: number): Uint8Array | undefined {
  if (index === LINE_NUMBER) return undefined
  return index === WHOLE_LINE ? line : fields[index]
}

const INTEGER = /^\s*[+-]?\d+\s*$/
const FLOAT = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i
const HEX_FLOAT = /^\s*([+-]?)0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?\s*$/i
const NOT_FINITE = /^\s*([+-]?)(inf|infinity|nan)(\(\w*\))?\s*$/i
const MAX_INTEGER = { int32: 2n ** 31n - 1n, int64: 2n ** 63n - 1n } as const

/** Collects the elements of one column as they are read. */
class Column {
  readonly #source: ByteSource
  readonly #dtype: DType
  readonly #offset: number
  readonly #strings: Uint8Array[] = []
  readonly #integers: bigint[] = []
  readonly #floats: number[] = []

  constructor(source: ByteSource, dtype: DType, { offset }: TextFileFormat) {
    this.#source = source
    this.#dtype = dtype
    this.#offset = offset
  }

  add(field: Uint8Array | undefined, line: number): void {
    if (!field) this.#integers.push(BigInt(line + this.#offset))
    else if (this.#dtype === 'string') this.#strings.push(field)
    else if (this.#dtype === 'int64' || this.#dtype === 'int32') this.#addInteger(field, line, this.#dtype)
    else if (this.#dtype === 'float32' || this.#dtype === 'float64') this.#addFloat(field, line)
    else
      fail(this.#source, line, `holds what the table wants as ${this.#dtype}, which TensorFlow cannot read from text`)
  }

  #addInteger(field: Uint8Array, line: number, dtype: 'int32' | 'int64'): void {
    const text = textOf(field)
    const value = INTEGER.test(text) ? BigInt(text.trim().replace('+', '')) : undefined
    const max = MAX_INTEGER[dtype]
    if (value === undefined || value > max || value < -max - 1n)
      fail(this.#source, line, `has '${text}' for an ${dtype}`)
    // TensorFlow adds the offset to numbers of 32 bits, not to those of 64.
    this.#integers.push(dtype === 'int32' ? BigInt.asIntN(32, value + BigInt(this.#offset)) : value)
  }

  #addFloat(field: Uint8Array, line: number): void {
    const text = textOf(field)
    const value = FLOAT.test(text) ? Number(text) : (hexFloat(text) ?? notFinite(text))
    if (value === undefined) fail(this.#source, line, `has '${text}' for a ${this.#dtype}`)
    this.#floats.push(value)
  }

  tensor(): Tensor {
    const dtype = this.#dtype
    if (dtype === 'string')
      return { dtype, shape: [this.#strings.length], recipe: { kind: 'strings', values: this.#strings } }
    const isInteger = dtype === 'int64' || dtype === 'int32'
    const bytes = isInteger ? encodeBigints(dtype, this.#integers) : encode(dtype, this.#floats)
    const count = isInteger ? this.#integers.length : this.#floats.length
    return { dtype, shape: [count], recipe: { kind: 'memory', bytes } }
  }
}

const textOf = (field: Uint8Array): string => new TextDecoder().decode(field)

/** `0x1.8p3`, which C's strtof reads. */
function hexFloat(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = HEX_FLOAT.exec(text) ?? []
  if (sign === undefined || whole + fraction === '') return undefined
  const digits = Number(`0x${whole}${fraction}`)
  return (sign === '-' ? -1 : 1) * digits * 2 ** (Number(exponent) - 4 * fraction.length)
}

function notFinite(text: string): number | undefined {
  const [, sign, name] = NOT_FINITE.exec(text) ?? []
  if (name === undefined) return undefined
  return name.toLowerCase() === 'nan' ? Number.NaN : sign === '-' ? -Infinity : Infinity
}
