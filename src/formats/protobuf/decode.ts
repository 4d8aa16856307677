/** Messages in memory: ts-proto's decoders, with their errors made ours. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { type ErrorPlace, FreezeError } from '../../errors.ts'

/** A kind of message, as `generated/messages.ts` has them. */
export interface MessageType<T> {
  /** The full name: `tensorflow.GraphDef`. */
  readonly $type: string
  decode(reader: BinaryReader): T
}

/** Strings of proto3 are UTF-8: a name that is not must not become another. A byte order mark is part of the text. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes a message. Throws `corrupt` at `place` when the bytes are not one, or nest beyond MAX_DEPTH, which ts-proto
 * has built in. A message inside that comes twice is refused: merging two, as the specification asks, is for those who
 * append to a file, which nothing does that writes models.
 */
export function decodeMessage<T>(type: MessageType<T>, bytes: Uint8Array, place: ErrorPlace): T {
  try {
    return type.decode(new BinaryReader(bytes, text => UTF8.decode(text)))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FreezeError('corrupt', `the bytes are not a ${type.$type} (${why})`, { ...place, cause })
  }
}

/** The content of a field that holds bytes, a string or a message, without decoding the message around it; undefined where there is none. Throws `corrupt`. */
export function fieldBytes(message: Uint8Array, field: number, place: ErrorPlace): Uint8Array | undefined {
  let found: Uint8Array | undefined
  const reader = new BinaryReader(message)
  try {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      if (number === field && wireType === WireType.LengthDelimited) found = reader.bytes()
      else reader.skip(wireType, number)
    }
  } catch (cause) {
    throw new FreezeError('corrupt', 'the bytes are not a message', { ...place, cause })
  }
  return found
}
