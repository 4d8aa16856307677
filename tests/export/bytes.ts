/** What an output's chunks are, joined. */
import type { Output } from '../../src/export/output.ts'

export async function bytesOf({ chunks, size }: Output): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.slice())
  const bytes = new Uint8Array(Buffer.concat(parts))
  if (size !== undefined && size !== bytes.length) throw new Error(`${size} bytes were promised, ${bytes.length} came`)
  return bytes
}
