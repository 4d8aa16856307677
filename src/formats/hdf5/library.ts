/**
 * The HDF5 library, compiled to WebAssembly (`h5wasm`): loaded when the first
 * HDF5 file is met, one instance for all files. Only this file sees it.
 *
 * A ByteSource becomes a file of its virtual file system, of which every read
 * is a `readSync` of the source. HDF5 prints its diagnostics to standard
 * error; they are caught here and end in the error's message.
 */
import type { ByteSource } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { checkingHeaps } from './global-heap.ts'

/** The calls of h5wasm's module that are used. Handles are 64-bit; an absent path makes them throw. */
export interface Hdf5Calls {
  readonly HEAPU8: Uint8Array
  readonly H5G_GROUP: number
  readonly H5G_DATASET: number
  _malloc(bytes: number): number
  _free(pointer: number): void
  open(path: string, mode: number): bigint
  close_file(file: bigint): number
  get_type(file: bigint, path: string): number
  get_symbolic_link(file: bigint, path: string): string | null
  get_external_link(file: bigint, path: string): { filename?: string; obj_path?: string }
  get_names(file: bigint, group: string, recursive: boolean): string[]
  get_attribute_names(file: bigint, path: string): string[]
  get_attribute_metadata(file: bigint, path: string, name: string): StoredType
  get_attribute_data(file: bigint, path: string, name: string, into: bigint): number
  reclaim_vlen_memory(file: bigint, path: string, name: string, from: bigint): number
  get_dataset_metadata(file: bigint, path: string): StoredType
  get_dataset_filters(file: bigint, path: string): { readonly id: number; readonly name: string }[]
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[] | null,
    offset: bigint[] | null,
    strides: bigint[] | null,
    into: bigint,
  ): number
}

/** HDF5's description of an attribute or dataset. */
export interface StoredType {
  /** H5T_class_t: 0 integer, 1 float, 3 string, 5 opaque, 8 enumeration. */
  readonly type: number
  /** Bytes of one element. */
  readonly size: number
  readonly signed: boolean
  readonly littleEndian: boolean
  /** A string of variable length. */
  readonly vlen: boolean
  /** null for an empty dataspace, [] for a scalar. */
  readonly shape: number[] | null
  /** Elements. */
  readonly total_size: number
  readonly chunks?: number[] | null
  readonly virtual_sources?: unknown[]
  readonly enum_type?: { readonly members: Readonly<Record<string, number>> }
}

/** The library: its calls, and sources as its files. */
export interface Hdf5Library {
  readonly calls: Hdf5Calls
  /** Makes `source` a file, at the path returned. */
  mount(source: ByteSource, readSync: (offset: number, length: number) => Uint8Array): string
  unmount(path: string): void
  /**
   * Runs `body`, which calls the library for `file`. What the source's reads threw comes out as it was;
   * any other failure is `corrupt`, with what HDF5 says about it.
   */
  guard<T>(file: string, path: readonly string[], body: () => T): T
  /** Where in the mounted files `body` makes the library read, one offset for each read. */
  readsIn(body: () => void): readonly number[]
}

/** Emscripten's file system, as far as used. */
interface FileSystem {
  createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FileNode
  unlink(path: string): void
  analyzePath(path: string): { readonly exists: boolean }
  readonly streams: readonly (Stream | undefined)[]
  readonly ErrnoError: new (errno: number) => Error
}
interface FileNode {
  stream_ops: StreamOperations
}
interface Stream {
  stream_ops: StreamOperations
}
interface StreamOperations {
  read?(stream: Stream, buffer: Uint8Array, at: number, length: number, position: number): number
  write?(stream: Stream, buffer: Uint8Array, at: number, length: number): number
}

const EIO = 29 // WASI's number, which Emscripten uses
const STANDARD_ERROR = 2
/** Offsets of reads that are kept when nobody asked for them. */
const MAX_TRACE = 1000

let library: Promise<Hdf5Library> | undefined

/** Loads the library, once. Throws `missing` where its file is not there. */
export function hdf5Library(): Promise<Hdf5Library> {
  library ??= load().catch(cause => {
    library = undefined
    throw new FreezeError('missing', 'the part of tfreeze that reads HDF5 could not be loaded', {
      hint: 'Install tfreeze again.',
      cause,
    })
  })
  return library
}

async function load(): Promise<Hdf5Library> {
  const { ready } = await import('h5wasm')
  const module: unknown = await ready
  // h5wasm's own types leave out half of the module, and name others that are not installed.
  const calls = module as Hdf5Calls & { readonly FS: FileSystem }
  return new Wasm(calls, calls.FS)
}

class Wasm implements Hdf5Library {
  readonly calls: Hdf5Calls
  readonly #files: FileSystem
  #mounted = 0
  #diagnostics = ''
  readonly #decoder = new TextDecoder()
  readonly #keep: NonNullable<StreamOperations['write']> = (_stream, buffer, at, length) => {
    if (this.#diagnostics.length < 10_000) this.#diagnostics += this.#decoder.decode(buffer.slice(at, at + length))
    return length
  }
  #thrown: unknown
  #reads: number[] = []

  constructor(calls: Hdf5Calls, files: FileSystem) {
    this.calls = calls
    this.#files = files
  }

  mount(source: ByteSource, readSync: (offset: number, length: number) => Uint8Array): string {
    const name = this.#freeName()
    const node = this.#files.createFile('/', name, {}, true, false)
    // Emscripten takes a file's size from here, as its own lazy files do.
    Object.defineProperty(node, 'usedBytes', { get: () => source.size })
    node.stream_ops = {
      ...node.stream_ops,
      read: this.#reader(source.size, checkingHeaps(source.name, source.size, readSync)),
    }
    return `/${name}`
  }

  /** Another copy of this module may share the library: two versions of tfreeze in one program. */
  #freeName(): string {
    for (;;) {
      const name = `tfreeze-${this.#mounted++}.h5`
      if (!this.#files.analyzePath(`/${name}`).exists) return name
    }
  }

  unmount(path: string): void {
    this.#files.unlink(path)
  }

  guard<T>(file: string, path: readonly string[], body: () => T): T {
    this.#catchDiagnostics() // again each time: another copy of this module does so, too
    this.#diagnostics = ''
    this.#thrown = undefined
    if (this.#reads.length > MAX_TRACE) this.#reads = []
    try {
      const result = body()
      if (this.#thrown !== undefined) throw this.#thrown
      return result
    } catch (cause) {
      if (this.#thrown !== undefined) throw this.#thrown
      if (cause instanceof FreezeError) throw cause
      throw this.#failure(file, path, cause)
    }
  }

  readsIn(body: () => void): readonly number[] {
    this.#reads = []
    body()
    return this.#reads
  }

  /** An exception must not unwind the C stack: it is kept, HDF5 sees an I/O error, and `guard` throws it. */
  #reader(
    size: number,
    readSync: (offset: number, length: number) => Uint8Array,
  ): NonNullable<StreamOperations['read']> {
    return (_stream, buffer, at, length, position) => {
      const count = Math.max(0, Math.min(length, size - position))
      this.#reads.push(position)
      try {
        buffer.set(readSync(position, count), at)
      } catch (cause) {
        this.#thrown ??= cause
        throw new this.#files.ErrnoError(EIO)
      }
      return count
    }
  }

  #catchDiagnostics(): void {
    const stream = this.#files.streams[STANDARD_ERROR]
    if (stream && stream.stream_ops.write !== this.#keep)
      stream.stream_ops = { ...stream.stream_ops, write: this.#keep }
  }

  #failure(file: string, path: readonly string[], cause: unknown): FreezeError {
    // The innermost frame, which HDF5 prints last, says what is wrong: `  #006: H5Fsuper.c line 600: truncated file: eof = 96`.
    const frames = [...this.#diagnostics.matchAll(/^ *#\d+: .*?: (.*)$/gm)]
    const reason = frames.at(-1)?.[1]
    return new FreezeError('corrupt', `HDF5 cannot read this${reason ? ` (${reason})` : ''}`, {
      file,
      path,
      hint: 'The file is cut short or damaged: copy it again, or save the model again.',
      cause,
    })
  }
}
