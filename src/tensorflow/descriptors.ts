/**
 * TensorFlow's messages with the names of their fields and values: what text needs, and nothing else does. Imported
 * only where text is met.
 */
import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf'
import { base64Decode } from '@bufbuild/protobuf/wire'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { invariant } from '../errors.ts'
import { DESCRIPTORS } from './generated/descriptors.ts'

const REGISTRY = createFileRegistry(fromBinary(FileDescriptorSetSchema, base64Decode(DESCRIPTORS)))

/** A message's descriptor by its full name: `tensorflow.GraphDef`. */
export function descriptor(name: string): DescMessage {
  const found = REGISTRY.getMessage(name)
  invariant(found, `there is no message ${name}`)
  return found
}
