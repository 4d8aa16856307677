/** NumPy's archive of arrays: a zip with `NAME.npy` for each array. */
import type { ByteSource } from '../../bytes/source.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { storedZip } from '../zip/stored.ts'
import { zipFolder } from '../zip/zip.ts'
import { npyBytes, readNpy } from './npy.ts'

/** The arrays of a `.npz` file by name. Throws as `zipFolder` and `readNpy` do. */
export async function readNpz(source: ByteSource): Promise<Map<string, Tensor>> {
  const folder = await zipFolder(source)
  const arrays = new Map<string, Tensor>()
  for (const path of await folder.paths()) {
    const file = path.endsWith('.npy') ? await folder.file(path) : undefined
    if (file) arrays.set(path.slice(0, -'.npy'.length), await readNpy(file))
  }
  return arrays
}

/** Arrays as a `.npz` file. The same arrays give the same bytes. */
export const npzBytes = (arrays: ReadonlyMap<string, Tensor>): Uint8Array =>
  storedZip(new Map([...arrays].map(([name, tensor]) => [`${name}.npy`, npyBytes(tensor)])))
