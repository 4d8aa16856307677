/** A frozen graph and what a caller must know to use it: what `freeze` and `optimize` return and writers take. */
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { ModelKind } from '../models/model.ts'
import type { DType } from '../tensorflow/dtype.ts'

/** A frozen graph with what is public in it. */
export interface Frozen {
  /** `graph.inputs` and `graph.outputs` are in the order of `inputs` and `outputs` below. */
  readonly graph: Graph
  readonly source: FrozenSource
  readonly inputs: readonly FrozenPort[]
  readonly outputs: readonly FrozenPort[]
  readonly notes: readonly string[]
}

/** The origin of the graph. */
export interface FrozenSource {
  readonly kind: ModelKind
  readonly name: string
  readonly tags?: readonly string[]
  readonly signature?: string
}

/** An input or output; its tensor's name is that of the graph's port. */
export interface FrozenPort {
  readonly key: string
  readonly dtype: DType
  readonly shape: PartialShape
  /** The tensor in the original (absent for Keras files). */
  readonly from?: string
}
