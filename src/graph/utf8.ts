/** Bytes that may be text. */

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that bytes are; undefined when they are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes)
  } catch {
    return undefined
  }
}
