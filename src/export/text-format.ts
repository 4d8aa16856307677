/**
 * Messages in protobuf's text format: the bytes of a message with the names
 * that its descriptor gives, and what a tensor's elements look like escaped.
 * Source: protobuf.dev/reference/protobuf/textformat-spec.
 */
import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { invariant } from '../errors.ts'
import { float32Word } from '../graph/text/elements.ts'
import { descriptor } from '../tensorflow/descriptors.ts'

/** The fields of an encoded message, as they follow each other, each on its line, indented by `indent`. */
export const messageText = (name: string, bytes: Uint8Array, indent = ''): Generator<string> =>
  fieldsText(descriptor(name), new BinaryReader(bytes), indent)

function* fieldsText(message: DescMessage, reader: BinaryReader, indent: string): Generator<string> {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = message.fields.find(f => f.number === number)
    invariant(field, `${message} has no field ${number}`)
    if (field.fieldKind === 'map') yield* entryText(field, inner(reader), indent)
    else if (field.message) yield* blockText(field.name, field.message, inner(reader), indent)
    else if (wireType === WireType.LengthDelimited && !isDelimited(field)) {
      for (const values = inner(reader); values.pos < values.len; ) yield lineText(field, values, indent)
    } else yield lineText(field, reader, indent)
  }
}

/** An entry of a map: a message of a key and a value. */
function* entryText(field: DescField & { fieldKind: 'map' }, reader: BinaryReader, indent: string): Generator<string> {
  yield `${indent}${field.name} {\n`
  while (reader.pos < reader.len) {
    if (reader.tag()[0] === 1) yield `${indent}  key: ${scalarText(field.mapKey, reader)}\n`
    else if (field.mapKind === 'message') yield* blockText('value', field.message, inner(reader), `${indent}  `)
    else yield `${indent}  value: ${valueText(field, reader)}\n`
  }
  yield `${indent}}\n`
}

/** Recursion is bounded by how deep the schema nests what a graph writes; lists of functions nest no functions. */
function* blockText(name: string, message: DescMessage, reader: BinaryReader, indent: string): Generator<string> {
  yield `${indent}${name} {\n`
  yield* fieldsText(message, reader, `${indent}  `)
  yield `${indent}}\n`
}

/** The type of a field that is not a message. */
type Valued = Pick<DescField, 'scalar' | 'enum'>

const isDelimited = ({ scalar }: Valued): boolean => scalar === ScalarType.STRING || scalar === ScalarType.BYTES

/** A message, or numbers in a row, as a reader of its own. */
const inner = (reader: BinaryReader): BinaryReader => new BinaryReader(reader.bytes())

const lineText = (field: DescField, reader: BinaryReader, indent: string): string =>
  `${indent}${field.name}: ${valueText(field, reader)}\n`

function valueText(field: Valued, reader: BinaryReader): string {
  if (field.enum) return enumText(field.enum, reader.int32())
  invariant(field.scalar, 'a value is a number, a text or one of an enum')
  return scalarText(field.scalar, reader)
}

const enumText = (desc: DescEnum, value: number): string => desc.value[value]?.name ?? String(value)

function scalarText(type: ScalarType, reader: BinaryReader): string {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return `"${escaped(reader.bytes())}"`
    case ScalarType.FLOAT:
      return float32Word(reader.float())
    case ScalarType.DOUBLE:
      return doubleText(reader.double())
    case ScalarType.BOOL:
      return String(reader.bool())
    case ScalarType.INT32:
      return String(reader.int32())
    case ScalarType.UINT32:
      return String(reader.uint32())
    case ScalarType.INT64:
      return String(reader.int64())
    case ScalarType.UINT64:
      return String(reader.uint64())
    default:
      return invariant(false, `no message of TensorFlow's has a field of type ${ScalarType[type]}`) as never
  }
}
const doubleText = (value: number): string =>
  Number.isFinite(value)
    ? Object.is(value, -0)
      ? '-0'
      : String(value)
    : String(value).toLowerCase().replace('infinity', 'inf')

/** One byte as C has it between quotes. */
function escapedByte(byte: number): string {
  const named = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 39: "\\'", 92: '\\\\' }[byte]
  if (named) return named
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
}
const ESCAPED = Array.from({ length: 256 }, (_, byte) => escapedByte(byte))
const ESCAPED_BYTES = ESCAPED.map(text => new TextEncoder().encode(text))

/** Bytes as they stand between quotes. */
export const escaped = (bytes: Uint8Array): string => Array.from(bytes, byte => ESCAPED[byte]).join('')

/** The same for many bytes, as bytes of the text. */
export function escapedBytes(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length * 4)
  let at = 0
  for (const byte of bytes) {
    const text = ESCAPED_BYTES[byte]!
    for (let i = 0; i < text.length; i++) out[at++] = text[i]!
  }
  return out.subarray(0, at)
}
