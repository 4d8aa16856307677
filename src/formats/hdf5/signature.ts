/** How an HDF5 file begins; apart from what reads one, as every input is looked at. */
import type { ByteSource } from '../../bytes/source.ts'
import { isZip } from '../zip/signature.ts'

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
/** HDF5 allows a user's block before its own data, of these sizes. */
const SIGNATURE_OFFSETS = [0, 512, 1024, 2048, 4096]

/** Whether the source begins as an HDF5 file, perhaps after a user's block. */
export async function isHdf5(source: ByteSource): Promise<boolean> {
  if (await isZip(source)) return false // an archive's entry may be an HDF5 file that begins at one of these places
  for (const offset of SIGNATURE_OFFSETS) {
    if (offset + SIGNATURE.length > source.size) return false
    const bytes = await source.read(offset, SIGNATURE.length)
    if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return true
  }
  return false
}
