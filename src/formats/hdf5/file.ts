/** HDF5 files: groups, attributes and datasets, of what Keras and h5py write and of what `h5repack` makes of it. */
import type { ByteSource } from '../../bytes/source.ts'
import type { Hdf5Attribute } from './attribute.ts'
import type { Hdf5File } from './interface.ts'
import { openPlainHdf5 } from './plain/file.ts'

export type { Hdf5File } from './interface.ts'

/**
 * Opens an HDF5 file. What h5py writes unless told otherwise is read by ranges, from any source. The rest takes the
 * library, which is loaded then and reads at once: a source that can only be read by promise is read whole when small.
 * Throws `corrupt`, and `limit` for such a source.
 */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  const plain = await openPlainHdf5(source)
  if (plain) return plain
  const { openByLibrary } = await import('./library-file.ts')
  return openByLibrary(source)
}

/** A string attribute: a scalar, or the only element of a list. undefined when absent or no string. */
export function textAttribute(file: Hdf5File, path: string, name: string): string | undefined {
  const value = file.attribute(path, name)
  return value?.kind === 'strings' && value.values.length === 1 ? value.values[0] : undefined
}

/**
 * A list of strings. Keras splits one over `NAME0`, `NAME1`… when it is longer than an object header
 * holds; h5py stores an empty one as numbers. undefined when absent.
 */
export function listAttribute(file: Hdf5File, path: string, name: string): readonly string[] | undefined {
  const whole = strings(file.attribute(path, name))
  if (whole) return whole
  const parts: string[] = []
  let index = 0
  for (;;) {
    const part = strings(file.attribute(path, `${name}${index}`))
    if (!part) return index > 0 ? parts : undefined
    parts.push(...part)
    index++
  }
}

const strings = (value: Hdf5Attribute | undefined): readonly string[] | undefined => {
  if (value?.kind === 'strings') return value.values
  return value?.kind === 'numbers' && value.values.length === 0 ? [] : undefined
}
