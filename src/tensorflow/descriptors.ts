/**
 * TensorFlow's messages with the names of their fields and values: what text and JSON need, and
 * nothing else does. Imported only where they are met.
 */
import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf'
import { base64Decode } from '@bufbuild/protobuf/wire'
import { type DescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { invariant } from '../errors.ts'
import { DESCRIPTORS } from './generated/descriptors.ts'

const FILES = fromBinary(FileDescriptorSetSchema, base64Decode(DESCRIPTORS))
for (const { messageType } of FILES.file) nameInJson(messageType)
const REGISTRY = createFileRegistry(FILES)

/** Gives each field its name in JSON, which protoc computes and the table leaves out: `input_arg` is `inputArg`. */
function nameInJson(messages: readonly DescriptorProto[]): void {
  for (const { field, nestedType } of messages) {
    for (const each of field) each.jsonName = each.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    nameInJson(nestedType)
  }
}

/** A message's descriptor by its full name: `tensorflow.GraphDef`. */
export function descriptor(name: string): DescMessage {
  const found = REGISTRY.getMessage(name)
  invariant(found, `there is no message ${name}`)
  return found
}
