/** A Keras model as a table of layers, for `inspect`: needs no layer to be writable. */
import type { PartialShape } from '../../graph/attr.ts'
import type { LayerGraph } from './layer-graph.ts'
import { allLayers, type BoundWeights } from './weights/bind.ts'

/** One layer. */
export interface LayerRow {
  /** Names from the outermost model down, with `/`. */
  readonly path: string
  /** As the file has it. */
  readonly className: string
  /** The shape of its first output; absent where the model was not written. */
  readonly shape?: PartialShape
  /** Elements of all its weights. */
  readonly parameters: number
  readonly weights: readonly WeightRow[]
}

export interface WeightRow {
  readonly role: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** The file and its place there: `model.h5:/model_weights/dense/dense/kernel:0`. */
  readonly where: string
}

/** Every layer, in the model's order, those inside others after them. */
export function layerTable(
  { layers, bound }: { readonly layers: LayerGraph; readonly bound: BoundWeights },
  shapes: ReadonlyMap<string, PartialShape> = new Map(),
): readonly LayerRow[] {
  const weights = new Map<string, WeightRow[]>()
  for (const { layer, role, weight } of bound.bound) {
    const row = { role, dtype: weight.type, shape: weight.shape, where: weight.where }
    weights.set(layer.path, [...(weights.get(layer.path) ?? []), row])
  }
  return [...allLayers(layers)].map(({ path, savedClassName }) => {
    const own = weights.get(path) ?? []
    const parameters = own.reduce((n, { shape }) => n + shape.reduce((size, d) => size * d, 1), 0)
    const shape = shapes.get(path)
    return { path, className: savedClassName, ...(shape !== undefined && { shape }), parameters, weights: own }
  })
}
