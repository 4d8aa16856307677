/**
 * `tf.Example`, the message in which serving and TFRecord files hold features, and what the ops that parse it
 * make of it:
 *
 *     Example.features 1 › Features.feature 1 (map) › key 1, Feature 2 › bytes_list 1 | float_list 2 | int64_list 3 › value 1
 *
 * Source: tensorflow/core/example/feature.proto, tensorflow/core/ops/parsing_ops.cc.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Node } from '../graph/node.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** The values of a feature: texts, numbers (float32), or whole numbers. */
export type FeatureValues =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: readonly number[] }
  | { readonly kind: 'int64'; readonly values: readonly bigint[] }

const LIST = { bytes: 1, float: 2, int64: 3 } as const

/** A feature that a parsing op reads, and the output that holds its values. */
export interface ParsedFeature {
  readonly key: string
  readonly dtype: DType
  readonly form: 'dense' | 'sparse' | 'ragged'
  /** For a dense feature: the sizes of one example, the first null where it varies. */
  readonly shape: readonly (number | null)[]
  /** The index of the output with its values. */
  readonly output: number
}

/** Whether the op parses a batch of examples, or one. */
export const isExampleParser = (op: string): boolean =>
  op === 'ParseExample' || op === 'ParseExampleV2' || op === 'ParseSingleExample'

/**
 * The features of a node that parses examples. `texts` gives the elements of one of its
 * inputs, which hold the keys; ParseSingleExample has them in attributes.
 */
export function parsedFeatures(node: Node, texts: (slot: number) => readonly string[]): ParsedFeature[] {
  const { sparse, dense, ragged } = keysOf(node, texts)
  const types = { sparse: node.types('sparse_types'), dense: node.types('Tdense') }
  const shapes = node.shapes('dense_shapes')
  const s = sparse.length
  const afterDense = 3 * s + dense.length
  return [
    ...sparse.map((key, i) => feature(key, types.sparse[i]!, 'sparse', [null], s + i)),
    ...dense.map((key, i) => feature(key, types.dense[i]!, 'dense', shapes[i] ?? [], 3 * s + i)),
    ...ragged.map((key, i) => feature(key, node.types('ragged_value_types')[i]!, 'ragged', [null], afterDense + i)),
  ]
}

const feature = (
  key: string,
  dtype: DType,
  form: ParsedFeature['form'],
  shape: readonly (number | null)[],
  output: number,
): ParsedFeature => ({ key, dtype, form, shape, output })

function keysOf(node: Node, texts: (slot: number) => readonly string[]) {
  switch (node.op) {
    case 'ParseSingleExample':
      return { sparse: node.strs('sparse_keys'), dense: node.strs('dense_keys'), ragged: [] }
    case 'ParseExampleV2':
      return { sparse: texts(2), dense: texts(3), ragged: texts(4) }
    default: {
      const [sparse, dense] = [node.count('Nsparse'), node.count('Ndense')]
      const at = (from: number, count: number): string[] =>
        Array.from({ length: count }, (_, i) => texts(from + i)[0] ?? '')
      return { sparse: at(2, sparse), dense: at(2 + sparse, dense), ragged: [] }
    }
  }
}

/** The input that holds the default of the first dense feature. */
export const firstDefault = (node: Node): number => {
  if (node.op === 'ParseSingleExample') return 1
  return node.op === 'ParseExampleV2' ? 5 : 2 + node.count('Nsparse') + node.count('Ndense')
}

/** A serialised Example. */
export function encodeExample(features: ReadonlyMap<string, FeatureValues>): Uint8Array {
  const all = new BinaryWriter()
  for (const [key, { kind, values }] of features) {
    const list = new BinaryWriter()
    if (kind === 'bytes') for (const value of values) list.tag(1, WireType.LengthDelimited).bytes(value)
    else if (kind === 'float') {
      list.tag(1, WireType.LengthDelimited).fork()
      for (const value of values) list.float(value)
      list.join()
    } else {
      list.tag(1, WireType.LengthDelimited).fork()
      for (const value of values) list.int64(value)
      list.join()
    }
    const feature = new BinaryWriter().tag(LIST[kind], WireType.LengthDelimited).bytes(list.finish()).finish()
    const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string(key)
    all.tag(1, WireType.LengthDelimited).bytes(entry.tag(2, WireType.LengthDelimited).bytes(feature).finish())
  }
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(all.finish()).finish()
}

/** The features of a serialised Example. Throws what the reader throws where it is none. */
export function decodeExample(bytes: Uint8Array): Map<string, FeatureValues> {
  const features = new Map<string, FeatureValues>()
  for (const all of fields(bytes, 1)) {
    for (const entry of fields(all, 1)) {
      const key = new TextDecoder().decode(fields(entry, 1).at(-1) ?? new Uint8Array(0))
      const values = fields(entry, 2).map(featureValues).findLast(Boolean)
      if (values) features.set(key, values)
    }
  }
  return features
}

/** The contents of the length-delimited fields with this number. */
function fields(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(bytes)
  const found: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    if (number === wanted && type === WireType.LengthDelimited) found.push(reader.bytes())
    else reader.skip(type)
  }
  return found
}

function featureValues(bytes: Uint8Array): FeatureValues | undefined {
  const texts = fields(bytes, LIST.bytes)
  if (texts.length > 0) return { kind: 'bytes', values: texts.flatMap(list => fields(list, 1)) }
  const floats = fields(bytes, LIST.float)
  if (floats.length > 0) return { kind: 'float', values: floats.flatMap(list => repeated(list, r => r.float())) }
  const whole = fields(bytes, LIST.int64)
  if (whole.length === 0) return undefined
  return { kind: 'int64', values: whole.flatMap(list => repeated(list, r => BigInt(r.int64()))) }
}

/** Values one by one or packed: both are legal. */
function repeated<T>(bytes: Uint8Array, read: (reader: BinaryReader) => T): T[] {
  const reader = new BinaryReader(bytes)
  const values: T[] = []
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    if (number !== 1) reader.skip(type)
    else if (type !== WireType.LengthDelimited) values.push(read(reader))
    else for (const end = reader.uint32() + reader.pos; reader.pos < end; ) values.push(read(reader))
  }
  return values
}
