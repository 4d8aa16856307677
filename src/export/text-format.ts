/**
 * Messages in protobuf's text format, as a stream: a tensor's elements are
 * escaped while they are read.
 * Source: protobuf.dev/reference/protobuf/textformat-spec.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf'
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import { float32Word } from '../graph/text/elements.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Text, or a tensor whose escaped bytes stand here. */
export type TextPart = string | Tensor

/** The elements that a TensorProto lacks, where they stream. */
export type ContentOf = (message: Message) => Tensor | undefined

/** The fields of a message by number, each on its line, indented by `indent`. */
export function* messageText<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  content: ContentOf,
  indent = '',
): Generator<TextPart> {
  yield* fieldsText(reflect(schema, message), content, indent)
}

function* fieldsText(message: ReflectMessage, content: ContentOf, indent: string): Generator<TextPart> {
  const streamed = content(message.message)
  for (const field of message.sortedFields) {
    if (streamed && field.localName === 'tensorContent') {
      yield `${indent}${field.name}: "`
      yield streamed
      yield '"\n'
    } else if (message.isSet(field)) yield* fieldText(message, field, content, indent)
  }
}

function* fieldText(
  message: ReflectMessage,
  field: DescField,
  content: ContentOf,
  indent: string,
): Generator<TextPart> {
  switch (field.fieldKind) {
    case 'message':
      return yield* blockText(field.name, message.get(field), content, indent)
    case 'scalar':
      return yield `${indent}${field.name}: ${scalarText(field.scalar, message.get(field))}\n`
    case 'enum':
      return yield `${indent}${field.name}: ${enumText(field.enum, message.get(field))}\n`
    case 'list':
      for (const item of message.get(field)) {
        if (field.listKind === 'message') yield* blockText(field.name, item, content, indent)
        else if (field.listKind === 'enum') yield `${indent}${field.name}: ${enumText(field.enum, item)}\n`
        else yield `${indent}${field.name}: ${scalarText(field.scalar, item)}\n`
      }
      return
    case 'map':
      for (const [key, value] of message.get(field)) {
        yield `${indent}${field.name} {\n${indent}  key: ${scalarText(field.mapKey, key)}\n`
        if (field.mapKind === 'message') yield* blockText('value', value, content, `${indent}  `)
        else if (field.mapKind === 'scalar') yield `${indent}  value: ${scalarText(field.scalar, value)}\n`
        else yield `${indent}  value: ${enumText(field.enum, value)}\n`
        yield `${indent}}\n`
      }
  }
}

/** Recursion is bounded by how deep the schema nests what a graph writes; lists of functions nest no functions. */
function* blockText(name: string, value: unknown, content: ContentOf, indent: string): Generator<TextPart> {
  yield `${indent}${name} {\n`
  yield* fieldsText(value as ReflectMessage, content, `${indent}  `) // what reflection gives for message fields
  yield `${indent}}\n`
}

const enumText = (desc: DescEnum, value: unknown): string => desc.value[Number(value)]?.name ?? String(value)

function scalarText(type: ScalarType, value: unknown): string {
  if (typeof value === 'string') return `"${escaped(new TextEncoder().encode(value))}"`
  if (value instanceof Uint8Array) return `"${escaped(value)}"`
  if (type === ScalarType.FLOAT) return float32Word(Number(value))
  if (type === ScalarType.DOUBLE) return doubleText(Number(value))
  return String(value)
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

const escaped = (bytes: Uint8Array): string => Array.from(bytes, byte => ESCAPED[byte]).join('')

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
