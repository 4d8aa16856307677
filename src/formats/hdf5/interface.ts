/** The reading interface of an HDF5 file, shared by both readers. */
import { FreezeError } from '../../errors.ts'
import type { Hdf5Attribute } from './attribute.ts'
import type { Hdf5Dataset } from './dataset.ts'

/** An HDF5 file. Paths are from the root, `/` between names, with or without a leading one. */
export interface Hdf5File {
  readonly name: string
  /** The object at the path. Throws `unsupported` for a link that is not a hard one, on the way there too. */
  kind(path: string): 'group' | 'dataset' | undefined
  /** Names of a group's members. */
  names(group: string): readonly string[]
  /** undefined when the object has no such attribute. */
  attribute(path: string, name: string): Hdf5Attribute | undefined
  /** Describes the dataset, which must exist, and gives its elements as a source. */
  dataset(path: string): Hdf5Dataset
  /** Gives back what the file holds of the library; a later read takes it anew. */
  close(): void
}

/** A path from the root. */
export const absolute = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`

/** The error for a path that leads nowhere. */
export const noSuchPath = (file: string, what: string, path: string): FreezeError =>
  new FreezeError('missing', `there is no ${what} at this path`, { file, path: [absolute(path)] })
