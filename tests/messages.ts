/** Messages as protobuf-es writes them, by TensorFlow's own descriptors and without the generated code that is tested. */
import { create, type DescField, type DescMessage, ScalarType, toBinary } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { MessageType } from '../src/formats/protobuf/decode.ts'
import { descriptor } from '../src/tensorflow/descriptors.ts'
import type { FunctionDef, FunctionDefLibrary, GraphDef } from '../src/tensorflow/generated/messages.ts'
import * as messages from '../src/tensorflow/generated/messages.ts'
import { NodeDef } from '../src/tensorflow/generated/messages.ts'

/**
 * The fields of a message that are to be set, as protobuf-es takes them: plain objects for maps, `case` in a oneof, and
 * nodes and functions, which are read as bytes.
 */
export type Init<T> = T extends string | number | bigint | boolean | Uint8Array | undefined
  ? T
  : T extends FunctionDefLibrary
    ? { function?: Init<FunctionDef>[] }
    : T extends GraphDef | FunctionDef
      ? { [K in keyof T]?: K extends 'node' | 'nodeDef' ? Init<NodeDef>[] : Init<T[K]> }
      : T extends Map<infer K extends string | number, infer V>
        ? { [key in K]: Init<V> }
        : T extends { $case: infer Case; value: infer Value }
          ? { case: Case; value: Init<Value> } | { case: undefined }
          : T extends (infer Item)[]
            ? Init<Item>[]
            : { [K in keyof T]?: Init<T[K]> }

/** The bytes of a message. */
export function bytesOf<T>(type: MessageType<T>, init: Init<NoInfer<T>>): Uint8Array {
  const message = descriptor(type.$type)
  return toBinary(message, create(message, init as Record<string, unknown>)) // what Init<T> is, for any message
}

/** The message with these fields, as it is read. */
export const message = <T>(type: MessageType<T>, init: Init<NoInfer<T>>): T =>
  type.decode(new BinaryReader(bytesOf(type, init)))

/** The nodes of a graph or a function, which are read as bytes. */
export const nodesOf = (nodes: readonly Uint8Array[]): NodeDef[] => nodes.map(bytes => NodeDef.decode(bytes))

/** Every kind of message that is read, by its full name; the generator keeps them all in TensorFlow's package. */
export const TYPES: ReadonlyMap<string, MessageType<unknown>> = new Map(
  Object.values(messages).map(type => [type.$type.replace(/^tensorflow\.Any$/, 'google.protobuf.Any'), type]),
)

/** The fields of a message that are read: those that the generated type has. */
export function readFields(message: DescMessage): DescField[] {
  const type = TYPES.get(message.typeName)
  if (!type) return []
  const names = Object.keys(type.decode(new BinaryReader(new Uint8Array(0))) as object) // a message has all its fields
  const isRead = (field: DescField): boolean =>
    field.oneof ? isMemberRead(type, message, field) : names.includes(field.localName)
  return message.fields.filter(isRead)
}

/** Whether a message that has this member of a oneof still has it when it is read. */
function isMemberRead(type: MessageType<unknown>, message: DescMessage, field: DescField): boolean {
  const value = field.message ? create(field.message) : scalarOf(field)
  const name = field.oneof!.localName
  const bytes = toBinary(message, create(message, { [name]: { case: field.localName, value } }))
  const read = type.decode(new BinaryReader(bytes)) as Record<string, unknown>
  return read[name] !== undefined
}

function scalarOf({ scalar }: DescField): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return 'x'
    case ScalarType.BYTES:
      return Uint8Array.of(1)
    case ScalarType.BOOL:
      return true
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return 1n
    default:
      return 1
  }
}
