/** Messages as text: `.pbtxt`. */
import { toBinary } from '@bufbuild/protobuf'
import { fromText } from '@bufbuild/protobuf/txtpb'
import { type ByteSource, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_DEPTH, MAX_GRAPH_BYTES } from '../../limits.ts'
import { descriptor } from '../../tensorflow/descriptors.ts'
import { decodeMessage, type MessageType } from './decode.ts'

/** Text longer than this is not parsed again to find the line of an error. */
const LINE_SEARCH_CHARACTERS = 8 * 1024 * 1024

/**
 * Parses a whole source as the text form of a message, by way of its bytes.
 * Throws `corrupt`, with the line where that is cheap to find, and `limit`
 * above MAX_GRAPH_BYTES.
 */
export async function parseText<T>(source: ByteSource, type: MessageType<T>): Promise<T> {
  return decodeMessage(type, await bytesOfText(source, type.$type), { file: source.name })
}

async function bytesOfText(source: ByteSource, name: string): Promise<Uint8Array> {
  const message = descriptor(name)
  const text = utf8(await readAll(source, MAX_GRAPH_BYTES), source.name)
  const parse = (part: string) => fromText(message, part, { recursionLimit: MAX_DEPTH })
  try {
    return toBinary(message, parse(text))
  } catch (cause) {
    const why = messageOf(cause)
    const line = text.length > LINE_SEARCH_CHARACTERS ? undefined : lineOf(text, why, parse)
    throw new FreezeError('corrupt', `the text is not a ${name} (${why})`, {
      file: source.name,
      ...(line !== undefined && { path: [`line ${line}`] }),
      cause,
    })
  }
}

function utf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FreezeError('corrupt', 'the text is not UTF-8', { file, cause })
  }
}

/**
 * The line of an error, which the parser does not tell: it reads forward, so
 * the first lines fail in the same way exactly when the faulty one is among them.
 */
function lineOf(text: string, why: string, parse: (part: string) => unknown): number {
  const ends = [...text.matchAll(/\n/g)].map(match => match.index + 1)
  if (ends.at(-1) !== text.length) ends.push(text.length)
  // An error that goes when more text comes is that the text ends.
  if (failure(() => parse(`${text} ?`)) !== why) return ends.length
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (failure(() => parse(text.slice(0, ends[middle]))) === why) high = middle
    else low = middle + 1
  }
  return low + 1
}

function failure(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (e) {
    return messageOf(e)
  }
}

const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e))
