/**
 * Tensor bundles, TensorFlow's V2 checkpoints:
 *
 *     variables.index                  a table: tensor name -> where it is
 *     variables.data-00000-of-00002    tensors, one after another
 *     variables.data-00001-of-00002
 *
 * Numbers stay in their files: a tensor is a range of one. Source of the
 * format: tensorflow/core/util/tensor_bundle/tensor_bundle.h.
 */
import { unmaskCrc32c } from '../../bytes/crc32c.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { type ErrorPlace, FreezeError } from '../../errors.ts'
import { elementCount, sameShape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, bytesPerWord } from '../../tensorflow/dtype.ts'
import { TrackableObjectGraph } from '../../tensorflow/generated/messages.ts'
import { decodeMessage } from '../protobuf/decode.ts'
import { openTable } from '../sstable/table.ts'
import { type BundleEntry, type BundleHeader, bundleEntry, bundleHeader } from './entry.ts'
import { joinSlices } from './partition.ts'
import { encodeTensorNameSlice, parseSliceSpec, type Slice, sameSlice, sliceWithin } from './slice.ts'
import { readStrings } from './strings.ts'

/** Opens a data file by name; undefined when there is none. */
export type OpenShard = (name: string) => Promise<ByteSource | undefined>

/** Where TF2 keeps the names of what it saved. */
const OBJECT_GRAPH_KEY = '_CHECKPOINTABLE_OBJECT_GRAPH'

/**
 * Opens a bundle: reads its index whole, and no data file. `prefix` is what the
 * data files' names begin with, without a folder. Throws `truncated`, `corrupt`,
 * or `unsupported` for a V1 checkpoint or a newer format.
 */
export async function openBundle(index: ByteSource, shard: OpenShard, prefix: string): Promise<Bundle> {
  const values = new Map<string, Uint8Array>()
  for await (const { key, value } of (await openTable(index)).entries()) values.set(tableKey(key), value)
  const header = values.get('')
  if (!header)
    throw new FreezeError('corrupt', 'no header, which every bundle has under the key ""', { file: index.name })
  values.delete('')
  return new Bundle(index.name, bundleHeader(header, { file: index.name, path: ['header'] }), values, shard, prefix)
}

/** A bundle whose index is read. Everything that takes a key throws `missing` where there is no such tensor. */
export class Bundle {
  /** The index file's name. */
  readonly name: string
  readonly header: BundleHeader
  readonly #values: ReadonlyMap<string, Uint8Array>
  readonly #openShard: OpenShard
  readonly #prefix: string
  readonly #shards = new Map<number, Promise<ByteSource | undefined>>()

  /** For `openBundle`. */
  constructor(
    name: string,
    header: BundleHeader,
    values: ReadonlyMap<string, Uint8Array>,
    shard: OpenShard,
    prefix: string,
  ) {
    this.name = name
    this.header = header
    this.#values = values
    this.#openShard = shard
    this.#prefix = prefix
  }

  /** The names of all tensors, sorted bytewise; the parts of partitioned ones are not among them. */
  keys(): readonly string[] {
    // The key of a part begins with a zero byte, the name of a tensor does not.
    return [...this.#values.keys()].filter(key => !key.startsWith('\0')).map(tensorName)
  }

  has(key: string): boolean {
    return this.#values.has(tableKey(encode(key)))
  }

  /** The entry of a tensor in the index. Throws `corrupt` where that contradicts itself. */
  entry(key: string): BundleEntry {
    return this.#decode(encode(key), this.#place(key))
  }

  /** The name of a data file: `variables.data-00000-of-00001`. */
  shardName(shard: number): string {
    const digits = (n: number) => String(n).padStart(5, '0')
    return `${this.#prefix}.data-${digits(shard)}-of-${digits(this.header.shards)}`
  }

  /**
   * A tensor: of numbers by reference, of strings read. Throws `missing` for a
   * data file that is not there, `truncated` for one that is too short,
   * `unsupported` for variants and resources.
   */
  async tensor(key: string): Promise<Tensor> {
    const entry = this.entry(key)
    return entry.slices.length > 0 ? this.#join(key, entry) : this.#stored(key, entry)
  }

  /**
   * The part of a tensor that RestoreV2's `shape_and_slices` asks for; all of
   * it for an empty `spec`. Throws as `tensor` does, and `corrupt` where the
   * spec does not fit the tensor.
   */
  async slice(key: string, spec: string): Promise<Tensor> {
    if (spec === '') return this.tensor(key)
    const entry = this.entry(key)
    const asked = this.#askedSlice(key, entry, spec)
    if (
      sameShape(
        asked.map(e => e.length),
        entry.shape,
      )
    )
      return this.tensor(key)
    const exact = entry.slices.find(slice => sameSlice(sliceWithin(entry.shape, slice) ?? [], asked))
    if (exact) return this.#part(key, entry, exact)
    if (bytesPerElement(entry.dtype) === 0)
      throw new FreezeError('unsupported', `a slice of a ${entry.dtype} tensor`, this.#place(key))
    return {
      dtype: entry.dtype,
      shape: asked.map(e => e.length),
      recipe: { kind: 'computed', by: { op: 'slice', of: [await this.tensor(key)], begin: asked.map(e => e.start) } },
    }
  }

  /** The object graph of a TF2 checkpoint; undefined where there is none. */
  async objectGraph(): Promise<TrackableObjectGraph | undefined> {
    if (!this.has(OBJECT_GRAPH_KEY)) return undefined
    const { recipe } = await this.tensor(OBJECT_GRAPH_KEY)
    const place = this.#place(OBJECT_GRAPH_KEY)
    if (recipe.kind !== 'strings' || recipe.values.length !== 1)
      throw new FreezeError('corrupt', 'the object graph is not a single string', place)
    return decodeMessage(TrackableObjectGraph, recipe.values[0]!, place)
  }

  #place(key: string): ErrorPlace & { path: string[] } {
    return { file: this.name, path: [key] }
  }

  #decode(key: Uint8Array, place: ErrorPlace): BundleEntry {
    const value = this.#values.get(tableKey(key))
    if (!value) throw new FreezeError('missing', 'the checkpoint has no such tensor', place)
    return bundleEntry(value, this.header, place)
  }

  #askedSlice(key: string, { shape }: BundleEntry, spec: string): Slice {
    const place = this.#place(key)
    const asked = parseSliceSpec(spec)
    if (!asked)
      throw new FreezeError('corrupt', `slice '${spec}', expected a shape and extents as in '8 4 0,3:0,4'`, place)
    if (!sameShape(asked.shape, shape))
      throw new FreezeError('corrupt', `slice '${spec}' of shape [${asked.shape}], the tensor has [${shape}]`, place)
    const slice = sliceWithin(shape, asked.slice)
    if (!slice) throw new FreezeError('corrupt', `slice '${spec}' reaches outside of [${shape}]`, place)
    return slice
  }

  async #stored(key: string, entry: BundleEntry): Promise<Tensor> {
    const { dtype, shape, offset, maskedCrc32c } = entry
    if (dtype === 'variant' || dtype === 'resource')
      throw new FreezeError(
        'unsupported',
        `a ${dtype} tensor, which only TensorFlow's own code can read`,
        this.#place(key),
      )
    if (elementCount(shape) === 0) return { dtype, shape, recipe: emptyRecipe(dtype) }
    const source = await this.#data(key, entry)
    if (dtype === 'string') {
      const values = await readStrings(source, key, entry, this.header.bigEndian)
      return { dtype, shape, recipe: { kind: 'strings', values } }
    }
    const swapped = this.header.bigEndian && bytesPerWord(dtype) > 1
    const crc32c = unmaskCrc32c(maskedCrc32c)
    return { dtype, shape, recipe: { kind: 'range', source, offset, key, crc32c, ...(swapped && { bigEndian: true }) } }
  }

  /** The data file of a tensor, once it is sure that it holds it. */
  async #data(key: string, { shard, offset, size }: BundleEntry): Promise<ByteSource> {
    const name = this.shardName(shard)
    const opening = this.#shards.get(shard) ?? this.#openShard(name)
    this.#shards.set(shard, opening)
    const source = await opening
    if (!source)
      throw new FreezeError('missing', `the tensor is in ${name}, which is not there`, {
        ...this.#place(key),
        hint: `Put ${name} beside ${this.name}.`,
      })
    if (offset + size > source.size)
      throw new FreezeError('truncated', `bytes ${offset} to ${offset + size} of a file of ${source.size} bytes`, {
        file: source.name,
        path: [key],
        hint: 'The file is cut short or is of another checkpoint: copy it again.',
      })
    return source
  }

  async #join(key: string, entry: BundleEntry): Promise<Tensor> {
    const { dtype, shape } = entry
    const place = this.#place(key)
    if (bytesPerElement(dtype) === 0)
      throw new FreezeError('unsupported', `a ${dtype} tensor in parts, which TensorFlow cannot read either`, place)
    const blocks = await joinSlices(entry, place, slice => this.#part(key, entry, slice))
    return { dtype, shape, recipe: { kind: 'blocks', blocks } }
  }

  /** A part of a partitioned tensor, from the entry that it has under a key of its own. */
  async #part(key: string, whole: BundleEntry, slice: Slice): Promise<Tensor> {
    const name = `${key} ${slice.map(e => `${e.start},${e.length}`).join(':')}`
    const place = this.#place(name)
    const part = this.#decode(encodeTensorNameSlice(encode(key), slice), place)
    const shape = sliceWithin(whole.shape, slice)?.map(e => e.length)
    if (part.dtype !== whole.dtype || part.slices.length > 0 || !shape || !sameShape(part.shape, shape))
      throw new FreezeError(
        'corrupt',
        `a part of ${part.dtype}[${part.shape}], expected ${whole.dtype}[${shape ?? 'a shape inside the tensor'}]`,
        place,
      )
    return this.#stored(name, part)
  }
}

const emptyRecipe = (dtype: string): Tensor['recipe'] =>
  dtype === 'string' ? { kind: 'strings', values: [] } : { kind: 'memory', bytes: new Uint8Array(0) }

/** A key's bytes as a string of as many characters: maps compare strings by content. */
function tableKey(bytes: Uint8Array): string {
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}

const encode = (name: string): Uint8Array => new TextEncoder().encode(name)
const tensorName = (key: string): string => new TextDecoder().decode(Uint8Array.from(key, char => char.charCodeAt(0)))
