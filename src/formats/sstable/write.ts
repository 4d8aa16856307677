/** Writes sorted string tables, as `table.ts` reads them: blocks that are not packed, each with its checksum. */
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { crc32c, maskCrc32c } from '../../bytes/crc32c.ts'
import { joinBytes } from '../../bytes/join.ts'
import { invariant } from '../../errors.ts'
import type { Entry } from './block.ts'
import { type BlockHandle, FOOTER_BYTES, MAGIC } from './footer.ts'
import { compareKeys } from './table.ts'

/** Bytes of entries after which a block is closed: as many as TensorFlow's bundles have. */
const BLOCK_BYTES = 256 * 1024
/** Entries between two that have their keys whole, where a search may begin. */
const RESTART_INTERVAL = 16
/** Block type: as it is. */
const NOT_PACKED = 0

/** The bytes of a table with these entries, which are sorted bytewise by key, each key once. */
export function tableBytes(entries: Iterable<Entry>): Uint8Array {
  const file = new File()
  const index: Entry[] = []
  let block = new Block(RESTART_INTERVAL)
  const close = (): void => {
    index.push({ key: block.last, value: handleBytes(file.add(block.bytes())) })
    block = new Block(RESTART_INTERVAL)
  }
  for (const entry of entries) {
    block.add(entry)
    if (block.size >= BLOCK_BYTES) close()
  }
  if (block.size > 0) close()
  const metaindex = file.add(new Block(RESTART_INTERVAL).bytes())
  const indexBlock = new Block(1)
  for (const entry of index) indexBlock.add(entry)
  return file.end(metaindex, file.add(indexBlock.bytes()))
}

/** Entries, each without what its key shares with the one before, and where the keys are whole. */
class Block {
  /** The key that was added last. */
  last = new Uint8Array(0)
  readonly #writer = new BinaryWriter()
  readonly #interval: number
  readonly #restarts: number[] = [0]
  #size = 0
  #count = 0

  constructor(interval: number) {
    this.#interval = interval
  }

  /** Bytes of the entries. */
  get size(): number {
    return this.#size
  }

  add({ key, value }: Entry): void {
    invariant(this.#count === 0 || compareKeys(this.last, key) < 0, 'keys of a table are sorted')
    const isRestart = this.#count % this.#interval === 0
    if (isRestart && this.#count > 0) this.#restarts.push(this.#size)
    const shared = isRestart ? 0 : sharedLength(this.last, key)
    const sizes = new BinaryWriter()
      .uint32(shared)
      .uint32(key.length - shared)
      .uint32(value.length)
      .finish()
    this.#writer.raw(sizes).raw(key.subarray(shared)).raw(value)
    this.#size += sizes.length + key.length - shared + value.length
    this.#count++
    this.last = key.slice()
  }

  bytes(): Uint8Array {
    for (const offset of [...this.#restarts, this.#restarts.length]) this.#writer.fixed32(offset)
    return this.#writer.finish()
  }
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** Blocks one after the other, with their trailers. */
class File {
  readonly #parts: Uint8Array[] = []
  #size = 0

  add(content: Uint8Array): BlockHandle {
    const handle = { offset: this.#size, size: content.length }
    const checked = joinBytes([content, Uint8Array.of(NOT_PACKED)])
    this.#push(checked)
    this.#push(new BinaryWriter().fixed32(maskCrc32c(crc32c(checked))).finish())
    return handle
  }

  /** The whole file, which ends in where the index is. */
  end(metaindex: BlockHandle, index: BlockHandle): Uint8Array {
    const footer = new Uint8Array(FOOTER_BYTES)
    footer.set(joinBytes([handleBytes(metaindex), handleBytes(index)]))
    new DataView(footer.buffer).setBigUint64(FOOTER_BYTES - 8, MAGIC, true)
    this.#push(footer)
    return joinBytes(this.#parts)
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#size += bytes.length
  }
}

const handleBytes = ({ offset, size }: BlockHandle): Uint8Array =>
  new BinaryWriter().uint64(offset).uint64(size).finish()
