/** The index of a bundle: its header, and for each tensor an entry. */
import { type ErrorPlace, FreezeError } from '../../errors.ts'
import { MAX_RANK } from '../../limits.ts'
import { elementCount, type Shape } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType, dtypeOfId } from '../../tensorflow/dtype.ts'
import { BundleEntryProto, BundleHeaderProto, type TensorShapeProto } from '../../tensorflow/generated/messages.ts'
import { decodeMessage } from '../protobuf/decode.ts'
import { type Slice, sliceOf } from './slice.ts'

/** The facts that hold for a whole bundle. */
export interface BundleHeader {
  readonly shards: number
  readonly bigEndian: boolean
}

/** Where a tensor is. */
export interface BundleEntry {
  readonly dtype: DType
  readonly shape: Shape
  /** Number of the data file. */
  readonly shard: number
  /** Where the data begins in that file. */
  readonly offset: number
  /** Bytes of the data; 0 for a partitioned tensor, whose parts have entries of their own. */
  readonly size: number
  /** The checksum of the data as stored, masked. */
  readonly maskedCrc32c: number
  /** The parts of a partitioned tensor, else empty. */
  readonly slices: readonly Slice[]
}

/** The version of the format that this reader knows. Source: tensorflow/core/util/tensor_bundle/tensor_bundle.h. */
const VERSION = 1
/** BundleHeaderProto.Endianness. */
const LITTLE = 0
const BIG = 1
/** Field 1 as a message, not a number: the key "" of a V1 checkpoint holds SavedTensorSlices. */
const V1_TAG = 0x0a

/** Decodes and checks the header, the value of the key "". */
export function bundleHeader(bytes: Uint8Array, place: ErrorPlace): BundleHeader {
  if (bytes[0] === V1_TAG)
    throw new FreezeError('unsupported', 'this is a V1 checkpoint, and only V2 checkpoints are read', {
      ...place,
      hint: 'Save it again with tf.train.Saver(write_version=tf.train.SaverDef.V2).',
    })
  const header = decodeMessage(BundleHeaderProto, bytes, place)
  const { producer = 0, minConsumer = 0, badConsumers = [] } = header.version ?? {}
  if (producer < 0 || minConsumer > VERSION || badConsumers.includes(VERSION))
    throw new FreezeError(
      'unsupported',
      `a bundle of version ${producer}, whose readers must know version ${minConsumer}, and this one knows ${VERSION}`,
      place,
    )
  if (header.numShards < 1)
    throw new FreezeError('corrupt', `${header.numShards} data files, a bundle has at least one`, place)
  return { shards: header.numShards, bigEndian: endianness(header.endianness, place) }
}

function endianness(value: number, place: ErrorPlace): boolean {
  if (value === LITTLE) return false
  if (value === BIG) return true
  throw new FreezeError('corrupt', `endianness ${value}, expected 0 (little) or 1 (big)`, place)
}

/** Decodes an entry and checks what can be checked without the data files. */
export function bundleEntry(bytes: Uint8Array, header: BundleHeader, place: ErrorPlace): BundleEntry {
  const proto = decodeMessage(BundleEntryProto, bytes, place)
  const dtype = dtypeOfId(proto.dtype)
  if (!dtype) throw new FreezeError('corrupt', `dtype ${proto.dtype}, which TensorFlow does not have`, place)
  const entry: BundleEntry = {
    dtype,
    shape: shapeOf(proto.shape, place),
    shard: proto.shardId,
    offset: Number(proto.offset),
    size: Number(proto.size),
    maskedCrc32c: proto.crc32c,
    slices: proto.slices.map(sliceOf),
  }
  if (entry.shard < 0 || entry.shard >= header.shards)
    throw new FreezeError('corrupt', `data file ${entry.shard} of ${header.shards}, counted from 0`, place)
  checkSize(entry, place)
  return entry
}

function shapeOf(proto: TensorShapeProto | undefined, place: ErrorPlace): Shape {
  if (proto?.unknownRank) throw new FreezeError('corrupt', 'a shape of unknown rank for a stored tensor', place)
  const shape = (proto?.dim ?? []).map(dim => Number(dim.size))
  if (shape.length > MAX_RANK)
    throw new FreezeError('limit', `${shape.length} dimensions, at most ${MAX_RANK} are read`, place)
  if (shape.some(size => size < 0)) throw new FreezeError('corrupt', `shape [${shape}] for a stored tensor`, place)
  if (!Number.isSafeInteger(elementCount(shape)))
    throw new FreezeError('limit', `shape [${shape}] has more than 2^53 elements`, place)
  return shape
}

function checkSize({ dtype, shape, offset, size, slices }: BundleEntry, place: ErrorPlace): void {
  if (!(offset >= 0 && size >= 0 && Number.isSafeInteger(offset + size)))
    throw new FreezeError('corrupt', `${size} bytes at ${offset}, which no file has`, place)
  const width = bytesPerElement(dtype)
  const expected = slices.length > 0 ? 0 : elementCount(shape) * width
  if ((width > 0 || slices.length > 0) && size !== expected)
    throw new FreezeError(
      'corrupt',
      slices.length > 0
        ? `${size} bytes of a tensor in ${slices.length} parts, which has none itself`
        : `${size} bytes of ${dtype}[${shape}], which has ${expected}`,
      place,
    )
}
