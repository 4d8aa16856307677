/** Writes a tensor bundle, as `bundle.ts` reads it: one data file, and the index that says what lies where in it. */
import { maskCrc32c } from '../../bytes/crc32c.ts'
import { createCrc32c } from '../../bytes/streaming-crc.ts'
import { invariant } from '../../errors.ts'
import { chunks } from '../../tensor/read.ts'
import { byteLength, type Tensor } from '../../tensor/tensor.ts'
import { dtypeId } from '../../tensorflow/dtype.ts'
import { BundleEntryProto, BundleHeaderProto } from '../../tensorflow/generated/messages.ts'
import { compareKeys } from '../sstable/table.ts'
import { tableBytes } from '../sstable/write.ts'

/** The files of a bundle. The index tells checksums, so the data is to be taken first. */
export interface WrittenBundle {
  readonly data: { readonly size: number; chunks(): AsyncIterable<Uint8Array> }
  readonly index: { chunks(): AsyncIterable<Uint8Array> }
}

/** A bundle of these tensors of numbers, by key. None is read before `data` is taken. */
export function writtenBundle(tensors: ReadonlyMap<string, Tensor>): WrittenBundle {
  const sorted = [...tensors]
    .map(([key, tensor]) => ({ key: new TextEncoder().encode(key), tensor, crc: undefined as number | undefined }))
    .sort((a, b) => compareKeys(a.key, b.key))
  return {
    data: {
      size: sorted.reduce((sum, { tensor }) => sum + byteLength(tensor), 0),
      async *chunks() {
        for (const entry of sorted) {
          const crc = await createCrc32c(byteLength(entry.tensor))
          for await (const bytes of chunks(entry.tensor)) {
            crc.update(bytes)
            yield bytes
          }
          entry.crc = crc.digest()
        }
      },
    },
    index: {
      async *chunks() {
        let offset = 0
        const entries = sorted.map(({ key, tensor, crc }) => {
          invariant(crc !== undefined, 'the data of a bundle is written before its index')
          const value = entryBytes(tensor, offset, crc)
          offset += byteLength(tensor)
          return { key, value }
        })
        yield tableBytes([{ key: new Uint8Array(0), value: HEADER }, ...entries])
      },
    },
  }
}

const HEADER = BundleHeaderProto.encode({
  numShards: 1,
  endianness: 0, // little
  version: { producer: 1, minConsumer: 0, badConsumers: [] },
}).finish()

const entryBytes = (tensor: Tensor, offset: number, crc: number): Uint8Array =>
  BundleEntryProto.encode({
    dtype: dtypeId(tensor.dtype),
    shape: { dim: tensor.shape.map(size => ({ size: BigInt(size), name: '' })), unknownRank: false },
    shardId: 0,
    offset: BigInt(offset),
    size: BigInt(byteLength(tensor)),
    crc32c: maskCrc32c(crc),
    slices: [],
  }).finish()
