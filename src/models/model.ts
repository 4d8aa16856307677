/** The form that every input kind is turned into: a graph, what is public in it, and where its state comes from. */

import type { ByteSource } from '../bytes/source.ts'
import type { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** The source of a model, and its name for people. */
export const MODEL_KINDS = {
  saved_model: 'TensorFlow SavedModel',
  keras_h5: 'Keras HDF5 file',
  keras_v3: 'Keras 3 archive',
  graphdef: 'TensorFlow graph (GraphDef)',
  checkpoint: 'TensorFlow 1 checkpoint',
  tfjs_graph: 'TF.js graph model',
  tfjs_layers: 'TF.js layers model',
} as const
export type ModelKind = keyof typeof MODEL_KINDS

/** A model that is open. */
export interface Model {
  readonly kind: ModelKind
  /** The folder's or file's name. */
  readonly name: string
  /**
   * Whether the file holds the graph, or layers that were written as one when it was
   * opened: then its names are new, and options of opening (`rnn`, `shapes`) change it.
   */
  readonly madeFrom: 'graph' | 'layers'
  /** The program that wrote it, where the file says: `TensorFlow 2.14.0`, `Keras 3.15.1`. */
  readonly writer?: string
  /** The main graph of the metagraph that was opened, with its library of functions. */
  readonly graph: Graph
  /** By name; those that TensorFlow keeps for itself (`__saved_model_init_op`) are left out. */
  readonly signatures: ReadonlyMap<string, Signature>
  /** Functions of the program that can be named in a signature's place, by name. */
  readonly functions?: ReadonlyMap<string, ObjectFunction>
  /** A file of the model by its name, where it has any; undefined where it has none of that name. */
  readonly asset?: (name: string) => Promise<ByteSource | undefined>
  readonly variables: Variables
  readonly tables: Tables
  /** For a Keras file: the outputs of each layer. A layer's name means its first output, `name:1` its second. */
  readonly layers?: ReadonlyMap<string, readonly Value[]>
  /** For a Keras file: the class of the layer that each name scope of the graph was written for. */
  readonly layerScopes?: ReadonlyMap<string, string>
  /** Nodes that stand for what cannot be written, by name: the error that an output ends in that needs one. */
  readonly unwritten?: ReadonlyMap<string, FreezeError>
  /** Every metagraph of a SavedModel, the opened one among them. Empty for other kinds. */
  readonly metagraphs: readonly MetaGraphSummary[]
  /** The tags of the opened metagraph. */
  readonly tags?: readonly string[]
  /** Notes for the user: a guess that was made, something that was left out. */
  readonly notes: readonly string[]
}

/** A function of the program that can be frozen as a signature can. */
export interface ObjectFunction {
  readonly name: string
  /** In the library. */
  readonly concrete: string
  /** The variables whose handles it takes last, as nodes of the main graph. */
  readonly captures: readonly string[]
}

/** A metagraph by what tells it from the others. */
export interface MetaGraphSummary {
  readonly tags: readonly string[]
  readonly signatures: readonly string[]
}

/** A named set of inputs and outputs, each ordered by key (a Keras file: in the model's own order). */
export interface Signature {
  readonly name: string
  readonly inputs: readonly SignatureTensor[]
  readonly outputs: readonly SignatureTensor[]
  /** `tensorflow/serving/predict` and the like. */
  readonly method: string
}

/** A sparse or composite entry is listed as its components: `key/values`, `key/indices`, `key/dense_shape`. */
export interface SignatureTensor {
  readonly key: string
  readonly value: Value
  readonly dtype: DType
  /** As the signature says; null where the rank is unknown. */
  readonly shape: PartialShape
}

/** A value that was looked up, and what a user should know of it. */
export interface Resolved<T> {
  readonly value: T
  readonly notes: readonly string[]
}

/** The variables of a model. */
export interface Variables {
  /**
   * The value of the variable that a Variable, VariableV2 or VarHandleOp node stands
   * for: a node of the main graph, or a copy of one, inlined functions and all.
   * Throws `missing` with the keys that were tried.
   */
  resolve(node: Node): Promise<Resolved<Tensor>>
  /** All variables in the files, for `inspect`. */
  list(): Promise<readonly VariableInfo[]>
}

/** A variable as its files hold it. */
export interface VariableInfo {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes: number
  /** Where it lies: `bytes 0–512 of variables.data-00000-of-00001`. */
  readonly where: string
  /** False where no output of the model reads it: what training needed, or a second copy of a weight. */
  readonly isRead?: boolean
}

/** The lookup tables of a model. */
export interface Tables {
  /**
   * The contents that the initialiser or the checkpoint puts in the table that this node makes: a
   * node of the main graph, or a copy of one. Throws `missing` or `unsupported`.
   */
  resolve(node: Node): Promise<Resolved<TableContents>>
}

/** The contents of a lookup table. */
export interface TableContents {
  /** A vector of keys, each once. */
  readonly keys: Tensor
  /** One value (or row of values) for each key. */
  readonly values: Tensor
}
