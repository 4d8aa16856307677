/**
 * Global heaps, where strings of variable length lie, checked before HDF5 walks
 * them: its walk does not end on a damaged size.
 *
 *     'GCOL'   u8 version = 1, 3 zero bytes, u64 size of the collection, itself included
 *     objects  u16 index, u16 references, 4 bytes, u64 size, then the bytes, padded to 8
 *     rest     an object of index 0, whose size includes its header
 *
 * The library is compiled for 32 bits and keeps the lower half of each size, so
 * the walk that is checked is the one over those halves.
 *
 * Source: HDF5 file format specification 3.0, III.E.
 */
import { FreezeError } from '../../errors.ts'

/** Reads of metadata are no larger; what is larger is a dataset. */
const MAX_METADATA_BYTES = 1 << 20
/** Bytes of one collection. HDF5 makes them of 4 KiB, or as large as one string. */
const MAX_HEAP_BYTES = 16 * 1024 * 1024
const HEADER_BYTES = 16

type ReadSync = (offset: number, length: number) => Uint8Array

/** The same reads; one that shows a global heap throws `corrupt` unless the heap can be walked. */
export function checkingHeaps(file: string, size: number, readSync: ReadSync): ReadSync {
  const checked = new Set<number>()
  return (offset, length) => {
    const bytes = readSync(offset, length)
    if (length > MAX_METADATA_BYTES) return bytes
    for (const at of signatures(bytes)) {
      const start = offset + at
      if (checked.has(start)) continue
      checked.add(start)
      checkHeap(file, start, size, readSync)
    }
    return bytes
  }
}

const SIGNATURE = [0x47, 0x43, 0x4f, 0x4c] // GCOL

/** Where the signature stands in these bytes, or its beginning at their end. */
function* signatures(bytes: Uint8Array): Generator<number> {
  for (let at = bytes.indexOf(SIGNATURE[0]!); at >= 0; at = bytes.indexOf(SIGNATURE[0]!, at + 1)) {
    if (SIGNATURE.every((byte, i) => (bytes[at + i] ?? byte) === byte)) yield at
  }
}

function checkHeap(file: string, start: number, fileSize: number, readSync: ReadSync): void {
  if (start + HEADER_BYTES > fileSize) return
  const header = readSync(start, HEADER_BYTES)
  const isHeap = [...SIGNATURE, 1, 0, 0, 0].every((byte, i) => header[i] === byte)
  const size = isHeap ? lowerHalf(header, 8) : 0
  if (size < HEADER_BYTES || size > Math.min(MAX_HEAP_BYTES, fileSize - start)) return // HDF5 refuses it, or it is none
  const heap = readSync(start, size)
  for (let at = HEADER_BYTES; at + HEADER_BYTES <= size; ) {
    const length = lowerHalf(heap, at + 8)
    const index = heap[at]! + 256 * heap[at + 1]!
    const next = at + (index === 0 ? length : HEADER_BYTES + 8 * Math.ceil(length / 8))
    if (next <= at || next > size) broken(file, start + at, length)
    at = next
  }
}

/** What a 32-bit program reads of a u64. */
const lowerHalf = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)

function broken(file: string, offset: number, length: number): never {
  throw new FreezeError('corrupt', `a string of ${length} bytes does not fit the heap that it is in`, {
    file,
    offset,
    hint: 'The file is damaged: copy it again, or save the model again.',
  })
}
