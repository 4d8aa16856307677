/** Messages in memory: protobuf-es, with its errors made ours. */
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { type ErrorPlace, FreezeError } from '../../errors.ts'
import { MAX_DEPTH } from '../../limits.ts'

/** Decodes a message. Throws `corrupt` at `place` when the bytes are not one, or nest beyond MAX_DEPTH. */
export function decodeMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  place: ErrorPlace,
): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes, { recursionLimit: MAX_DEPTH })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FreezeError('corrupt', `the bytes are not a ${schema.typeName} (${why})`, { ...place, cause })
  }
}
