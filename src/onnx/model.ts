/**
 * An ONNX model as plain data. Weights stay recipes: the writer streams them.
 * Source: onnx/onnx.proto, messages ModelProto to TensorProto.
 */
import type { PartialShape } from '../graph/attr.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** A value of a graph: what a node makes, an input, or an initializer. Its name may change until the model is written. */
export interface Ref {
  name: string
  readonly dtype: DType
  /** Whether it is a sequence of tensors of this type. */
  readonly isSequence?: boolean
}

/** An attribute of a node. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string | Uint8Array }
  | { readonly kind: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly (string | Uint8Array)[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: OnnxGraph }

/** One operator. */
export interface OnnxNode {
  readonly op: string
  /** Empty for ONNX's own. */
  readonly domain: string
  /** An optional input that is left out is undefined. */
  readonly inputs: readonly (Ref | undefined)[]
  readonly outputs: readonly Ref[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

/** An input or output of a graph with its shape; null sizes are open. */
export interface ValueInfo {
  readonly ref: Ref
  readonly shape: PartialShape
  /** Names of open sizes, by axis. */
  readonly symbols?: readonly (string | undefined)[]
}

/** A constant. */
export interface Initializer {
  readonly ref: Ref
  readonly tensor: Tensor
}

/** The main graph, or the body of a branch or loop. */
export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly Initializer[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** A whole model. */
export interface OnnxModel {
  readonly irVersion: number
  /** Versions of the operator sets, by domain. */
  readonly opsets: ReadonlyMap<string, number>
  readonly producer: string
  readonly graph: OnnxGraph
  readonly metadata: ReadonlyMap<string, string>
}

export const float = (value: number): Attribute => ({ kind: 'float', value })

/** The numbers of TensorProto.DataType. */
const ELEMENT_TYPES: Partial<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
}

/** The number of a type in TensorProto.DataType; undefined for one that ONNX does not have. */
export const elementType = (dtype: DType): number | undefined => ELEMENT_TYPES[dtype]

const DTYPES = new Map(Object.entries(ELEMENT_TYPES).map(([dtype, number]) => [number, dtype as DType]))

/** The type of a number in TensorProto.DataType; undefined for one that TensorFlow does not have. */
export const dtypeOfElement = (number: number): DType | undefined => DTYPES.get(number)
