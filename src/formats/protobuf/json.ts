/** Messages as JSON, in protobuf's own mapping: what `MessageToJson` of Python writes. */
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { type ErrorPlace, FreezeError } from '../../errors.ts'
import { descriptor } from '../../tensorflow/descriptors.ts'
import { decodeMessage, type MessageType } from './decode.ts'

/** The message that parsed JSON says, by way of its bytes; fields that we do not know are left out. Throws `corrupt` at `place`. */
export function messageFromJson<T>(json: unknown, type: MessageType<T>, place: ErrorPlace): T {
  return decodeMessage(type, bytesOfJson(json, type.$type, place), place)
}

function bytesOfJson(json: unknown, name: string, place: ErrorPlace): Uint8Array {
  const message = descriptor(name)
  try {
    return toBinary(message, fromJson(message, json as JsonValue, { ignoreUnknownFields: true })) // it is checked there
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FreezeError('corrupt', `the JSON is not a ${name} (${why})`, { ...place, cause })
  }
}
