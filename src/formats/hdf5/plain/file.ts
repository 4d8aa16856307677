/**
 * HDF5 files as h5py writes them, read without the library: symbol tables, and datasets in one piece. All of the file's
 * metadata is read when it is opened, in a few reads, so that a source may be read by promise. What h5py writes only
 * when asked (chunks, filters, newer versions, links to other places) is left to the library, as is all that is damaged.
 */
import type { Cursor } from '../../../bytes/cursor.ts'
import { type ByteSource, slice } from '../../../bytes/source.ts'
import { FreezeError } from '../../../errors.ts'
import type { Hdf5Attribute } from '../attribute.ts'
import { dtypeOf, type Hdf5Dataset, typeName } from '../dataset.ts'
import { absolute, type Hdf5File, noSuchPath } from '../interface.ts'
import { attributeIn } from './attribute.ts'
import { Blocks, offset, unknown } from './blocks.ts'
import { GlobalHeaps } from './global-heaps.ts'
import { membersOf } from './group.ts'
import { MESSAGE, type Message, messagesAt } from './messages.ts'
import { dataspace, datatype } from './types.ts'

const SUPERBLOCK_BYTES = 96
const SIGNATURE = '\x89HDF\r\n\x1a\n'
const MAX_DEPTH = 64

/** A group or a dataset. */
interface Item {
  readonly attributes: ReadonlyMap<string, Hdf5Attribute>
  readonly members?: readonly string[]
  readonly dataset?: Hdf5Dataset
}

/** Opens a file that has nothing unknown; undefined for any other, which the library is to read. */
export async function openPlainHdf5(source: ByteSource): Promise<Hdf5File | undefined> {
  try {
    return new PlainFile(source.name, await new Scan(source).items())
  } catch (cause) {
    if (cause instanceof FreezeError) return undefined
    throw cause
  }
}

/** One walk through all groups and datasets. */
class Scan {
  readonly #source: ByteSource
  readonly #blocks: Blocks
  readonly #heaps: GlobalHeaps
  readonly #seen = new Set<number>()
  readonly #items = new Map<string, Item>()

  constructor(source: ByteSource) {
    this.#source = source
    this.#blocks = new Blocks(source)
    this.#heaps = new GlobalHeaps(this.#blocks)
  }

  async items(): Promise<ReadonlyMap<string, Item>> {
    const cursor = await this.#blocks.cursor(0, SUPERBLOCK_BYTES)
    const isPlain = String.fromCharCode(...cursor.take(8)) === SIGNATURE && cursor.u8() === 0
    cursor.take(4)
    if (!isPlain || cursor.u8() !== 8 || cursor.u8() !== 8) unknown('a superblock of a newer version')
    cursor.take(9)
    const base = offset(cursor)
    cursor.take(8)
    if (base !== 0 || offset(cursor) > this.#source.size) unknown('a user block, or less than all of it')
    cursor.take(16) // the driver, and the name of the root, which has none
    await this.#object('/', offset(cursor), 0)
    return this.#items
  }

  async #object(path: string, at: number, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || this.#seen.has(at)) unknown('an object at two paths')
    this.#seen.add(at)
    const messages = await messagesAt(this.#blocks, at)
    const attributes = new Map<string, Hdf5Attribute>()
    for (const message of messages.filter(({ type }) => type === MESSAGE.attribute))
      attributes.set(...(await attributeIn(this.#blocks, this.#heaps, message)))
    const table = messages.find(({ type }) => type === MESSAGE.symbolTable)
    if (!table) {
      this.#items.set(path, { attributes, dataset: await this.#dataset(path, messages) })
      return
    }
    const cursor = await this.#blocks.cursor(table.at, table.bytes)
    const members = await membersOf(this.#blocks, offset(cursor), offset(cursor))
    this.#items.set(path, { attributes, members: [...members.keys()] })
    for (const [name, member] of members) await this.#object(absolute(`${path}/${name}`), member, depth + 1)
  }

  async #dataset(path: string, messages: readonly Message[]): Promise<Hdf5Dataset> {
    const of = (type: number): Message =>
      messages.find(message => message.type === type) ?? unknown('an object of another kind')
    const cursor = ({ at, bytes }: Message): Promise<Cursor> => this.#blocks.cursor(at, bytes)
    const shape = dataspace(await cursor(of(MESSAGE.dataspace))) ?? unknown('a dataset without a shape')
    const element = datatype(await cursor(of(MESSAGE.datatype)))
    const stored = { ...element, shape, total_size: shape.reduce((n, size) => n * size, 1) }
    const dtype = dtypeOf(stored) ?? unknown('elements that are no numbers')
    const layout = of(MESSAGE.layout)
    const bytes = stored.total_size * stored.size
    const at = bytes === 0 ? 0 : await this.#place(layout, bytes)
    const source = slice(this.#source, at, bytes, `${this.#source.name}:${path}`)
    return { path, shape, dtype, type: typeName(stored), filters: [], source }
  }

  /** Where a dataset of so many bytes lies, in one piece or in its header. */
  async #place(layout: Message, bytes: number): Promise<number> {
    const cursor = await this.#blocks.cursor(layout.at, layout.bytes)
    const [version, kind] = [cursor.u8(), cursor.u8()]
    if (version !== 3 || kind > 1) unknown('a dataset in chunks')
    const [at, size] = kind === 0 ? [layout.at + 4, cursor.u16()] : [offset(cursor), offset(cursor)]
    return size === bytes && at + size <= this.#source.size ? at : unknown('a dataset of another size')
  }
}

class PlainFile implements Hdf5File {
  readonly name: string
  readonly #items: ReadonlyMap<string, Item>

  constructor(name: string, items: ReadonlyMap<string, Item>) {
    this.name = name
    this.#items = items
  }

  kind(path: string): 'group' | 'dataset' | undefined {
    const item = this.#items.get(absolute(path))
    return item && (item.members ? 'group' : 'dataset')
  }

  names(group: string): readonly string[] {
    return this.#item(group).members ?? this.#missing('group', group)
  }

  attribute(path: string, name: string): Hdf5Attribute | undefined {
    return this.#item(path).attributes.get(name)
  }

  dataset(path: string): Hdf5Dataset {
    return this.#items.get(absolute(path))?.dataset ?? this.#missing('dataset', path)
  }

  close(): void {} // nothing is held

  #item(path: string): Item {
    return this.#items.get(absolute(path)) ?? this.#missing('group', path)
  }

  #missing(what: string, path: string): never {
    throw noSuchPath(this.name, what, path)
  }
}
