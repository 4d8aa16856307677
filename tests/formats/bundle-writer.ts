/** Writes small tables and bundles, as TensorFlow does and as it would not, for tests to read. */
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { crc32c, maskCrc32c } from '../../src/bytes/crc32c.ts'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import type { OpenShard } from '../../src/formats/tensor-bundle/bundle.ts'
import { encodeTensorNameSlice, type Slice, WHOLE } from '../../src/formats/tensor-bundle/slice.ts'
import { type DType, dtypeId } from '../../src/tensorflow/dtype.ts'
import { BundleEntryProto, BundleHeaderProto } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf, type Init } from '../messages.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))
export const varint = (value: number): Uint8Array => new BinaryWriter().uint32(value).finish()
export const u32 = (value: number, bigEndian = false): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, !bigEndian)
  return bytes
}

export type TableEntry = readonly [key: Uint8Array, value: Uint8Array]

/** The content of a block: keys cut by what they share, a restart every 16. */
export function blockContent(entries: readonly TableEntry[]): Uint8Array {
  const parts: Uint8Array[] = []
  const restarts: number[] = []
  let size = 0
  let last = new Uint8Array(0) as Uint8Array
  for (const [i, [key, value]] of entries.entries()) {
    let shared = 0
    if (i % 16 === 0) restarts.push(size)
    else while (shared < Math.min(key.length, last.length) && key[shared] === last[shared]) shared++
    const suffix = key.subarray(shared)
    const entry = concat(varint(shared), varint(suffix.length), varint(value.length), suffix, value)
    parts.push(entry)
    size += entry.length
    last = key
  }
  if (restarts.length === 0) restarts.push(0)
  return concat(...parts, ...restarts.map(at => u32(at)), u32(restarts.length))
}

/** A block as it is stored: content, type, checksum. */
export function sealed(content: Uint8Array, type = 0): Uint8Array {
  const body = concat(content, Uint8Array.of(type))
  return concat(body, u32(maskCrc32c(crc32c(body))))
}

/** Snappy as literals only, which is legal. */
export function snappyLiterals(bytes: Uint8Array): Uint8Array {
  const parts = [varint(bytes.length)]
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60)
    parts.push(Uint8Array.of((part.length - 1) << 2), part)
  }
  return concat(...parts)
}

const handle = (offset: number, size: number): Uint8Array => concat(varint(offset), varint(size))
const TRAILER_BYTES = 5

/** A table of data blocks that are sealed already, each with its last key. */
export function tableOf(blocks: readonly { lastKey: Uint8Array; sealed: Uint8Array }[]): Uint8Array {
  let size = 0
  const index = blocks.map(({ lastKey, sealed: { length } }): TableEntry => {
    const entry = [lastKey, handle(size, length - TRAILER_BYTES)] as const
    size += length
    return entry
  })
  const metaindexBlock = sealed(blockContent([]))
  const indexBlock = sealed(blockContent(index))
  const handles = concat(
    handle(size, metaindexBlock.length - TRAILER_BYTES),
    handle(size + metaindexBlock.length, indexBlock.length - TRAILER_BYTES),
  )
  const magic = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)
  const padding = new Uint8Array(40 - handles.length)
  return concat(...blocks.map(block => block.sealed), metaindexBlock, indexBlock, handles, padding, magic)
}

/** A table of sorted entries, `perBlock` in each data block. */
export function tableFile(entries: readonly TableEntry[], { perBlock = 8, snappy = false } = {}): Uint8Array {
  const blocks: { lastKey: Uint8Array; sealed: Uint8Array }[] = []
  for (let i = 0; i < entries.length; i += perBlock) {
    const part = entries.slice(i, i + perBlock)
    const content = blockContent(part)
    blocks.push({ lastKey: part.at(-1)![0], sealed: snappy ? sealed(snappyLiterals(content), 1) : sealed(content) })
  }
  return tableOf(blocks)
}

/** A tensor to write: bytes as they are stored, or strings, or parts with bytes. */
export interface Stored {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes?: Uint8Array
  readonly strings?: readonly string[]
  readonly parts?: readonly { readonly slice: Slice; readonly bytes: Uint8Array }[]
  readonly shard?: number
  /** Replaces fields of the entry, to make it wrong. */
  readonly entry?: Init<BundleEntryProto>
}

export interface BundleOptions {
  readonly bigEndian?: boolean
  readonly shards?: number
  /** Tensors begin at multiples of this. */
  readonly alignment?: number
  readonly snappy?: boolean
  readonly header?: Init<BundleHeaderProto>
}

export interface WrittenBundle {
  readonly index: Uint8Array
  readonly data: readonly Uint8Array[]
  /** The index before it was made a table. */
  readonly entries: readonly TableEntry[]
}

/** Writes a bundle: tensors in the order given, entries sorted. */
export function writeBundle(tensors: Record<string, Stored>, options: BundleOptions = {}): WrittenBundle {
  const { bigEndian = false, shards = 1, alignment = 1, snappy = false, header = {} } = options
  const data: Uint8Array[] = Array.from({ length: shards }, () => new Uint8Array(0))
  const put = (bytes: Uint8Array, shard: number) => {
    const offset = Math.ceil(data[shard]!.length / alignment) * alignment
    data[shard] = concat(data[shard]!, new Uint8Array(offset - data[shard]!.length), bytes)
    return { shardId: shard, offset: BigInt(offset), size: BigInt(bytes.length), crc32c: maskCrc32c(crc32c(bytes)) }
  }
  const version = { producer: 1 }
  const entries: TableEntry[] = [[utf8(''), bytesOf(BundleHeaderProto, headerInit())]]
  function headerInit() {
    return { numShards: shards, endianness: bigEndian ? 1 : 0, version, ...header }
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    const { dtype, shape, shard = 0, parts = [] } = tensor
    const common = { dtype: dtypeId(dtype), shape: shapeInit(shape) }
    for (const { slice, bytes } of parts) {
      const spelt = slice.map((e, i) => (e.length === WHOLE ? shape[i]! : e.length))
      entries.push([
        encodeTensorNameSlice(utf8(name), slice),
        entryBytes({ ...common, shape: shapeInit(spelt), ...put(bytes, shard) }),
      ])
    }
    const slices = parts.map(({ slice }) => ({ extent: slice.map(extentInit) }))
    const written =
      parts.length > 0
        ? { slices }
        : tensor.strings
          ? { ...put(stringBytes(tensor.strings, bigEndian), shard), crc32c: stringCrc(tensor.strings, bigEndian) }
          : put(tensor.bytes!, shard)
    entries.push([utf8(name), entryBytes({ ...common, ...written, ...tensor.entry })])
  }
  entries.sort(([a], [b]) => Buffer.compare(a, b))
  return { index: tableFile(entries, { snappy, perBlock: 3 }), data, entries }
}

const shapeInit = (shape: readonly number[]) => ({ dim: shape.map(size => ({ size: BigInt(size) })) })
const extentInit = ({ start, length }: Slice[number]) =>
  length === WHOLE
    ? { start: BigInt(start) }
    : { start: BigInt(start), hasLengthHack: { case: 'length' as const, value: BigInt(length) } }
const entryBytes = (init: Init<BundleEntryProto>) => bytesOf(BundleEntryProto, init)

/** The lengths' checksum, unmasked. */
const lengthsCrc = (strings: readonly string[]) => crc32c(concat(...strings.map(s => u32(utf8(s).length))))

function stringBytes(strings: readonly string[], bigEndian: boolean): Uint8Array {
  const lengths = strings.map(s => varint(utf8(s).length))
  return concat(...lengths, u32(maskCrc32c(lengthsCrc(strings)), bigEndian), ...strings.map(utf8))
}

function stringCrc(strings: readonly string[], bigEndian: boolean): number {
  const stored = u32(maskCrc32c(lengthsCrc(strings)), bigEndian)
  return maskCrc32c(crc32c(concat(stored, ...strings.map(utf8)), lengthsCrc(strings)))
}

/** Opens the data files of a written bundle by name; `calls` collects the names. */
export function shardsOf(data: readonly Uint8Array[], prefix = 'v', calls: string[] = []): OpenShard {
  const digits = (n: number) => String(n).padStart(5, '0')
  const files = new Map<string, ByteSource>(
    data.map((bytes, i) => {
      const name = `${prefix}.data-${digits(i)}-of-${digits(data.length)}`
      return [name, fromBytes(bytes, name)]
    }),
  )
  return async name => {
    calls.push(name)
    return files.get(name)
  }
}
