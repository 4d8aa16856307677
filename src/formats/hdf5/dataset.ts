/**
 * HDF5 datasets as byte sources: the elements row by row, little-endian,
 * whatever the layout, filters and byte order in the file.
 *
 * A range of bytes is read as whole rows of one axis: the first axis of which
 * a row is at most BLOCK_BYTES. Data in chunks is read by whole chunks along
 * that axis, since the library would unpack a chunk again for each row.
 */
import { type ByteSource, checkRange, type SyncByteSource } from '../../bytes/source.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { StoredType } from './library.ts'

/** A dataset of numbers. */
export interface Hdf5Dataset {
  /** From the root: `/model_weights/dense/dense/kernel:0`. */
  readonly path: string
  readonly shape: readonly number[]
  /** undefined for elements that are not numbers; `type` says what they are. */
  readonly dtype: DType | undefined
  /** `float32`, `opaque of 3 bytes`: for messages. */
  readonly type: string
  /** Sizes of a chunk, where the data lies in chunks. */
  readonly chunks?: readonly number[]
  /** `deflate`, `shuffle`…, in the order they were applied. */
  readonly filters: readonly string[]
  /** The elements, in place where the file has them so: `model.h5:/dense/kernel`. */
  readonly source: ByteSource
}

/** Reads the elements from `start`, `count` of each axis, in row-major order. */
export type ReadSlab = (start: readonly number[], count: readonly number[]) => Uint8Array

/** Bytes read at once, unless one row of the last axis or one chunk has more. */
export const BLOCK_BYTES = 1024 * 1024

/** A dataset in chunks up to this size is unpacked whole, once. */
const WHOLE_BYTES = 16 * 1024 * 1024

const INTEGER = 0
const FLOAT = 1
const STRING = 3
/** H5T_OPAQUE: bytes without an order. */
export const OPAQUE = 5
const ENUM = 8
const CLASS_NAMES = ['integer', 'float', 'time', 'string', 'bit field', 'opaque', 'compound', 'reference']

/** The dtype of a dataset's elements; Keras keeps bfloat16 as opaque pairs of bytes. */
export function dtypeOf({ type, size, signed, enum_type }: StoredType): DType | undefined {
  const bits = size * 8
  if (type === FLOAT) return bits === 16 || bits === 32 || bits === 64 ? `float${bits}` : undefined
  if (type === OPAQUE) return size === 2 ? 'bfloat16' : undefined
  if (type === ENUM) return size === 1 && enum_type && 'FALSE' in enum_type.members ? 'bool' : undefined
  if (type !== INTEGER || (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)) return undefined
  return signed ? `int${bits}` : `uint${bits}`
}

/** How a message calls the type of the elements. */
export const typeName = (stored: StoredType): string =>
  dtypeOf(stored) ??
  (stored.type === STRING ? 'string' : `${CLASS_NAMES[stored.type] ?? 'unknown type'} of ${stored.size} bytes`)

/** The parameters of `slabSource`. */
export interface SlabLayout {
  readonly name: string
  readonly shape: readonly number[]
  readonly elementBytes: number
  readonly chunks?: readonly number[]
}

/** The bytes of a dataset as a source that is read slab by slab. The last slab is kept, since ranges seldom end where rows do. */
export function slabSource(layout: SlabLayout, readSlab: ReadSlab): SyncByteSource {
  const grid = rowGrid(layout)
  let kept: { readonly offset: number; readonly bytes: Uint8Array } | undefined

  /** The slab that holds the byte at `offset`. */
  const slabAt = (offset: number): { offset: number; bytes: Uint8Array } => {
    if (kept && offset >= kept.offset && offset < kept.offset + kept.bytes.length) return kept
    const row = Math.floor(offset / grid.rowBytes)
    const outer = Math.floor(row / grid.rows)
    const first = Math.floor((row % grid.rows) / grid.rowsAtOnce) * grid.rowsAtOnce
    const count = Math.min(grid.rowsAtOnce, grid.rows - first)
    const bytes = readSlab(...grid.slab(outer, first, count))
    return (kept = { offset: (outer * grid.rows + first) * grid.rowBytes, bytes })
  }

  const source: SyncByteSource = {
    name: layout.name,
    size: grid.size,
    readSync(offset, length) {
      checkRange(source, offset, length)
      const out = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const slab = slabAt(offset + done)
        const from = offset + done - slab.offset
        const part = slab.bytes.subarray(from, from + length - done)
        out.set(part, done)
        done += part.length
      }
      return out
    },
    read: async (offset, length) => source.readSync(offset, length),
  }
  return source
}

/** A dataset as rows of one axis. */
interface RowGrid {
  /** Bytes of all elements. */
  readonly size: number
  /** Rows of the axis, in each of the outer positions. */
  readonly rows: number
  readonly rowBytes: number
  readonly rowsAtOnce: number
  /** Start and count of `count` rows from `first` at the outer position with this number. */
  slab(outer: number, first: number, count: number): [start: number[], count: number[]]
}

function rowGrid({ shape, elementBytes, chunks }: SlabLayout): RowGrid {
  const bytesFrom = (axis: number) => shape.slice(axis).reduce((n, d) => n * d, elementBytes)
  const size = bytesFrom(0)
  if (shape.length === 0) return { size, rows: 1, rowBytes: elementBytes, rowsAtOnce: 1, slab: () => [[], []] }
  const unpackWhole = chunks !== undefined && size <= WHOLE_BYTES
  let axis = 0
  while (!unpackWhole && axis < shape.length - 1 && bytesFrom(axis + 1) > BLOCK_BYTES) axis++
  const rows = shape[axis]!
  const rowBytes = bytesFrom(axis + 1)
  const chunkRows = chunks?.[axis] ?? 1
  const wanted = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)))
  const rowsAtOnce = unpackWhole ? rows : Math.ceil(wanted / chunkRows) * chunkRows
  const slab = (outer: number, first: number, count: number): [number[], number[]] => [
    [...positionOf(outer, shape.slice(0, axis)), first, ...shape.slice(axis + 1).map(() => 0)],
    [...shape.slice(0, axis).map(() => 1), count, ...shape.slice(axis + 1)],
  ]
  return { size, rows, rowBytes, rowsAtOnce: Math.max(1, rowsAtOnce), slab }
}

/** The index in each axis of element `number` of a row-major array. */
function positionOf(number: number, shape: readonly number[]): number[] {
  const position = shape.map(() => 0)
  let left = number
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = left % shape[axis]!
    left = Math.floor(left / shape[axis]!)
  }
  return position
}
