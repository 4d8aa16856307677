/** Whether a damaged sample is treated as it should be: refused with a reason, or written as a graph that is in order. */
import { outcome } from './pipeline.ts'
import type { Sample } from './samples.ts'

/** A message has a place, and is a sentence. */
const FORM = /^\S.*: .*\.$/s

/** What is wrong with the outcome; undefined where the bytes are refused with a message of the usual form, or written. */
export async function faultOf(sample: Sample, bytes: Uint8Array): Promise<string | undefined> {
  try {
    const result = await outcome(sample, bytes)
    return result === 'written' || FORM.test(result) ? undefined : result
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
