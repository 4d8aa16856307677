/**
 * HDF5 files as the library reads them: all that h5py and `h5repack` write.
 *
 * The library's handle is opened when needed; a few are kept and the one unused
 * for longest is closed, so a dataset's source works for as long as its file
 * does and no handle is ever leaked.
 */
import { type ByteSource, readAll, slice } from '../../bytes/source.ts'
import { FreezeError, isFreezeError } from '../../errors.ts'
import { FREE_EXPANSION_BYTES, MAX_DATASET_BYTES, MAX_EXPANSION, MAX_RANK, MAX_WHOLE_FILE_BYTES } from '../../limits.ts'
import { type Hdf5Attribute, readAttribute } from './attribute.ts'
import { dtypeOf, type Hdf5Dataset, OPAQUE, type ReadSlab, slabSource, typeName } from './dataset.ts'
import { absolute, type Hdf5File, noSuchPath } from './interface.ts'
import { type Hdf5Calls, type Hdf5Library, hdf5Library, type StoredType } from './library.ts'

/**
 * Opens a file. The library reads at once: of a source that can only be read by promise a copy is made, in memory when
 * small. Throws `corrupt`, and `limit` for a large source that has no other place for it.
 */
export async function openByLibrary(source: ByteSource): Promise<Hdf5File> {
  const library = await hdf5Library()
  const file = new File(library, source, await synchronous(source))
  file.kind('/')
  return file
}

async function synchronous(source: ByteSource): Promise<(offset: number, length: number) => Uint8Array> {
  if (source.readSync) return source.readSync.bind(source)
  if (source.size > MAX_WHOLE_FILE_BYTES) {
    const copy = await source.atOnce?.()
    if (copy?.readSync) return copy.readSync.bind(copy)
    throw new FreezeError('limit', `an HDF5 file of ${source.size} bytes cannot be read by promise`, {
      file: source.name,
      hint: 'Open it in a worker, where a Blob can be read at once.',
    })
  }
  const bytes = await readAll(source, MAX_WHOLE_FILE_BYTES)
  return (offset, length) => bytes.subarray(offset, offset + length)
}

/** Handles of the library that are open, the one used last at the end. */
const open: File[] = []
const MAX_OPEN = 4

class File implements Hdf5File {
  readonly name: string
  readonly #library: Hdf5Library
  readonly #source: ByteSource
  readonly #readSync: (offset: number, length: number) => Uint8Array
  readonly #kinds = new Map<string, 'group' | 'dataset' | undefined>()
  readonly #names = new Map<string, readonly string[]>()
  #handle: { readonly id: bigint; readonly path: string } | undefined

  constructor(library: Hdf5Library, source: ByteSource, readSync: (offset: number, length: number) => Uint8Array) {
    this.name = source.name
    this.#library = library
    this.#source = source
    this.#readSync = readSync
  }

  kind(path: string): 'group' | 'dataset' | undefined {
    let at = ''
    let kind: 'group' | 'dataset' | undefined = 'group'
    this.#call([], () => undefined)
    for (const name of path.split('/').filter(Boolean)) {
      if (kind !== 'group') return undefined
      at += `/${name}`
      if (!this.#kinds.has(at)) this.#kinds.set(at, this.#linkKind(at))
      kind = this.#kinds.get(at)
    }
    return kind
  }

  names(group: string): readonly string[] {
    if (this.kind(group) !== 'group') this.#missing('group', group)
    return this.#namesOf(absolute(group))
  }

  attribute(path: string, name: string): Hdf5Attribute | undefined {
    if (this.kind(path) === undefined) this.#missing('group', path)
    const at = absolute(path)
    return this.#call([at, `attribute ${name}`], (calls, id) =>
      calls.get_attribute_names(id, at).includes(name) ? readAttribute(calls, id, at, name) : undefined,
    )
  }

  dataset(path: string): Hdf5Dataset {
    if (this.kind(path) !== 'dataset') this.#missing('dataset', path)
    const at = absolute(path)
    const stored = this.#call([at], (calls, id) => calls.get_dataset_metadata(id, at))
    this.#check(at, stored)
    const dtype = dtypeOf(stored)
    if (dtype) this.#probe(at, stored)
    const offset = dtype && this.#offsetOf(at, stored)
    const filters = stored.chunks ? this.#call([at], (calls, id) => calls.get_dataset_filters(id, at)) : []
    const shape = stored.shape ?? [0]
    const layout = { name: `${this.name}:${at}`, shape, elementBytes: stored.size }
    const chunks = stored.chunks ? { chunks: stored.chunks } : {}
    const readSlab: ReadSlab = (start, count) =>
      dtype ? this.#readSlab(at, stored.size, start, count) : this.#refuse(at, `elements of type ${typeName(stored)}`)
    const slabs = slabSource({ ...layout, ...chunks }, readSlab)
    return {
      path: at,
      shape,
      dtype,
      type: typeName(stored),
      ...chunks,
      filters: filters.map(filter => filter.name),
      source: offset === undefined ? slabs : slice(this.#source, offset, slabs.size, slabs.name),
    }
  }

  close(): void {
    const index = open.indexOf(this)
    if (index >= 0) open.splice(index, 1)
    const handle = this.#handle
    if (!handle) return
    this.#handle = undefined
    this.#library.calls.close_file(handle.id)
    this.#library.unmount(handle.path)
  }

  #call<T>(path: readonly string[], body: (calls: Hdf5Calls, id: bigint) => T): T {
    return this.#library.guard(this.name, path, () => body(this.#library.calls, this.#opened()))
  }

  #opened(): bigint {
    const index = open.indexOf(this)
    if (index >= 0) open.splice(index, 1)
    else if (open.length >= MAX_OPEN) open[0]!.close()
    if (!this.#handle) {
      const path = this.#library.mount(this.#source, this.#readSync)
      const id = this.#library.calls.open(path, 0)
      if (id < 0n) {
        this.#library.unmount(path)
        throw new Error('H5Fopen failed')
      }
      this.#handle = { id, path }
    }
    open.push(this)
    return this.#handle.id
  }

  #namesOf(group: string): readonly string[] {
    const known = this.#names.get(group)
    if (known) return known
    const names = this.#call([group], (calls, id) => calls.get_names(id, group, false))
    this.#names.set(group, names)
    return names
  }

  /** The kind of object that a link leads to; `at` is a path whose parents are hard links. */
  #linkKind(at: string): 'group' | 'dataset' | undefined {
    const cut = at.lastIndexOf('/')
    if (!this.#namesOf(at.slice(0, cut) || '/').includes(at.slice(cut + 1))) return undefined
    return this.#call([at], (calls, id) => {
      const soft = calls.get_symbolic_link(id, at)
      if (soft !== null) this.#refuse(at, `a soft link to ${soft}`)
      const external = calls.get_external_link(id, at)
      if (external.filename !== undefined) this.#refuse(at, `a link to ${external.obj_path} of ${external.filename}`)
      const type = calls.get_type(id, at)
      if (type === calls.H5G_GROUP) return 'group'
      if (type === calls.H5G_DATASET) return 'dataset'
      return this.#refuse(at, `an object of type ${type}`)
    })
  }

  #check(at: string, { type, size, shape, total_size, chunks, virtual_sources }: StoredType): void {
    if (virtual_sources) this.#refuse(at, 'a virtual dataset, whose elements lie in other files')
    if ((shape?.length ?? 0) > MAX_RANK) this.#limit(at, `${shape?.length} dimensions, at most ${MAX_RANK} are read`)
    const bytes = size * total_size
    const chunkBytes = (chunks ?? []).reduce((n, d) => n * d, size)
    for (const length of [bytes, chunkBytes]) {
      if (length > MAX_DATASET_BYTES) this.#limit(at, `${length} bytes, at most ${MAX_DATASET_BYTES} are read`)
      if (length > FREE_EXPANSION_BYTES && length > MAX_EXPANSION * this.#source.size)
        this.#limit(at, `${length} bytes in a file of ${this.#source.size}, more than ${MAX_EXPANSION} times its size`)
    }
    if (type < 0) this.#refuse(at, 'an unknown type')
  }

  /** Reads one element, so that data which lies in other files is refused at once and not when the weights are written. */
  #probe(at: string, { shape, size, total_size, chunks }: StoredType): void {
    if (!shape || total_size === 0 || chunks) return
    try {
      this.#element(at, size, shape, 'first')
    } catch (cause) {
      if (isFreezeError(cause, 'corrupt') && cause.message.includes('external'))
        this.#refuse(at, 'data in another file')
      throw cause
    }
  }

  /**
   * Where the elements lie in the file, if they lie there in one piece and as they are wanted. The library does
   * not tell; but once it knows the dataset, reading an element of it is a single read, at the element.
   */
  #offsetOf(at: string, { shape, size, total_size, chunks, littleEndian, type }: StoredType): number | undefined {
    const isSwapped = size > 1 && !littleEndian && type !== OPAQUE
    if (!shape || total_size === 0 || chunks || isSwapped) return undefined
    const reads = this.#library.readsIn(() => this.#element(at, size, shape, 'first'))
    const [offset] = reads
    if (reads.length !== 1 || offset === undefined) return undefined
    const last = offset + size * (total_size - 1)
    if (last + size > this.#source.size) return undefined
    const isAt = (from: number, which: 'first' | 'last') => {
      const expected = this.#element(at, size, shape, which)
      return this.#readSync(from, size).every((byte, i) => byte === expected[i])
    }
    return isAt(offset, 'first') && isAt(last, 'last') ? offset : undefined
  }

  #element(at: string, size: number, shape: readonly number[], which: 'first' | 'last'): Uint8Array {
    const start = shape.map(d => (which === 'first' ? 0 : d - 1))
    const one = shape.map(() => 1)
    return this.#readSlab(at, size, start, one)
  }

  #readSlab(at: string, elementBytes: number, ...[start, count]: Parameters<ReadSlab>): Uint8Array {
    const length = count.reduce((n, d) => n * d, elementBytes)
    return this.#call([at], (calls, id) => {
      const pointer = calls._malloc(length)
      if (pointer === 0) return this.#limit(at, `${length} bytes in one piece, more than memory holds`)
      try {
        const whole = start.length === 0
        const [counts, offsets, strides] = [count, start, count.map(() => 1)].map(list => list.map(BigInt))
        const status = whole
          ? calls.get_dataset_data(id, at, null, null, null, BigInt(pointer))
          : calls.get_dataset_data(id, at, counts!, offsets!, strides!, BigInt(pointer))
        if (status < 0) throw new Error('H5Dread failed')
        return calls.HEAPU8.slice(pointer, pointer + length)
      } finally {
        calls._free(pointer)
      }
    })
  }

  #refuse(at: string, what: string): never {
    throw new FreezeError('unsupported', `there is ${what}`, {
      file: this.name,
      path: [at],
      hint: 'Only data inside the file is read: save the model again, without links to other places.',
    })
  }

  #limit(at: string, what: string): never {
    throw new FreezeError('limit', `the dataset has ${what}`, { file: this.name, path: [at] })
  }

  #missing(what: string, path: string): never {
    throw noSuchPath(this.name, what, path)
  }
}
