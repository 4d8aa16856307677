/** How a zip archive begins; apart from what reads one, as every input is looked at. */
import type { ByteSource } from '../../bytes/source.ts'

export const LOCAL_HEADER_BYTES = 30

/** Whether the source begins with an entry of a zip archive. */
export async function isZip(source: ByteSource): Promise<boolean> {
  if (source.size < LOCAL_HEADER_BYTES) return false
  const [p, k, three, four] = await source.read(0, 4)
  return p === 0x50 && k === 0x4b && three === 3 && four === 4
}
