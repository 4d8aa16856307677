/**
 * Sorted string tables, LevelDB's file format, which the index of a checkpoint
 * is written in:
 *
 *     data blocks   sorted entries
 *     metaindex     a block, empty in TensorFlow's files
 *     index         a block: a key at or after the last of each data block -> its handle
 *     footer        the last 48 bytes
 */
import { Cursor } from '../../bytes/cursor.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { blockEntries, type Entry, readBlock } from './block.ts'
import { type BlockHandle, blockHandle, FOOTER_BYTES, footer } from './footer.ts'

/** A table that is open for reading. Every block is checked against its checksum. */
export interface Table {
  /** The value of a key; undefined where there is none. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** All entries, sorted bytewise by key. */
  entries(): AsyncGenerator<Entry>
}

/** A data block, and the key that none of its keys is after. */
interface IndexEntry {
  readonly lastKey: Uint8Array
  readonly handle: BlockHandle
}

/**
 * Opens a table: reads its footer and index block. Throws `truncated` or
 * `corrupt`; `entries` and `get` do too, for the blocks they read.
 */
export async function openTable(source: ByteSource): Promise<Table> {
  const end = source.size - FOOTER_BYTES
  if (end < 0)
    throw new FreezeError('truncated', `${source.size} bytes, and the footer of a table alone has ${FOOTER_BYTES}`, {
      file: source.name,
      hint: 'The file is cut short, or is not the index of a checkpoint.',
    })
  const last = await source.read(end, FOOTER_BYTES)
  const handles = footer(new Cursor(last, source.name, end))
  const index = indexEntries(await readBlock(source, handles.index, end, 'index'), source.name)
  return {
    get: key => lookUp(source, index, end, key),
    entries: () => allEntries(source, index, end),
  }
}

function indexEntries(block: Cursor, file: string): IndexEntry[] {
  return Array.from(blockEntries(block), ({ key, value }) => {
    const cursor = new Cursor(value, file)
    return { lastKey: key, handle: cursor.within('index', () => blockHandle(cursor)) }
  })
}

async function lookUp(source: ByteSource, index: IndexEntry[], end: number, key: Uint8Array) {
  const at = index.find(entry => compareKeys(entry.lastKey, key) >= 0)
  if (!at) return undefined
  for (const entry of blockEntries(await readBlock(source, at.handle, end, 'data block')))
    if (compareKeys(entry.key, key) === 0) return entry.value
  return undefined
}

/** Keys that do not rise are refused: an index that lists one block many times would never end. */
async function* allEntries(source: ByteSource, index: IndexEntry[], end: number): AsyncGenerator<Entry> {
  let last: Uint8Array | undefined
  for (const { handle } of index) {
    const block = await readBlock(source, handle, end, 'data block')
    for (const entry of blockEntries(block)) {
      if (last && compareKeys(last, entry.key) >= 0)
        block.fail('corrupt', 'a key is not after the one before it, and keys of a table are sorted')
      last = entry.key
      yield entry
    }
  }
}

/** Bytewise order: negative where `a` is first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
