/**
 * Finds every layer's weights in a Keras file.
 *
 * Legacy files list a top-level layer's weights in one order, which `order.ts`
 * computes; where the list does not fit, the other writer's order is tried, then
 * names. Files by object have a group for each object, which `by-object.ts` walks;
 * checkpoints name attributes, which `by-attribute.ts` follows; TF.js has one list,
 * which `by-name.ts` divides among the layers.
 */

import { FreezeError } from '../../../errors.ts'
import { shapeText } from '../../../graph/attr.ts'
import * as make from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import type { Dialect, Layer, LayerGraph } from '../layer-graph.ts'
import type { Bound, BoundObjects } from './bound.ts'
import { bindByAttribute } from './by-attribute.ts'
import { bindByLayer, bindByPosition } from './by-layer.ts'
import { groupsByName } from './by-name.ts'
import { bindByObject } from './by-object.ts'
import { convertWeights, slotsOf } from './layer-weights.ts'
import { innerLayers } from './order.ts'
import { fits } from './slots.ts'
import type { WeightStore } from './store.ts'

/** A layer's weights by role, ready for use; empty where it has none. */
export type WeightsOf = (layer: Layer) => ReadonlyMap<string, Tensor>

export interface BoundWeights {
  readonly weights: WeightsOf
  /** Every weight with its place in the file, in the layers' order: for `inspect`. */
  readonly bound: readonly Bound[]
  /** By a layer's path, its object in a file by object, where its assets lie; empty for other files. */
  readonly objects: ReadonlyMap<string, string>
}

/** Binds the weights of a model. Reads none. Throws `missing`, and `corrupt` where count or shapes do not fit. */
export function bindWeights(model: LayerGraph, store: WeightStore, dialect: Dialect, file: string): BoundWeights {
  const { bound, objects } = boundIn(model, store, dialect, file)
  const byPath = new Map<string, { layer: Layer; stored: Map<string, Tensor> }>()
  for (const { layer, role, weight } of bound) {
    const entry = byPath.get(layer.path) ?? { layer, stored: new Map() }
    entry.stored.set(role, weight.tensor())
    byPath.set(layer.path, entry)
  }
  const ready = new Map<string, ReadonlyMap<string, Tensor>>()
  for (const [path, { layer, stored }] of byPath) ready.set(path, finished(layer, stored, dialect, file))
  const none = new Map<string, Tensor>()
  return { weights: layer => ready.get(layer.path) ?? none, bound, objects }
}

function boundIn(model: LayerGraph, store: WeightStore, dialect: Dialect, file: string): BoundObjects {
  switch (store.layout) {
    case 'by-layer':
      return { bound: bindByLayer(model, store.layers, dialect, file), objects: new Map() }
    case 'by-position':
      return { bound: bindByPosition(model, store.layers, dialect, file), objects: new Map() }
    case 'by-object':
      return bindByObject(model, store.objects, dialect)
    case 'by-attribute':
      return { bound: bindByAttribute(model, store.tree), objects: new Map() }
    case 'by-name':
      return {
        bound: bindByLayer(model, groupsByName(model, store.weights, dialect), dialect, file),
        objects: new Map(),
      }
  }
}

/** In today's layout and of the type that the layer computes in, shapes checked. */
function finished(layer: Layer, stored: ReadonlyMap<string, Tensor>, dialect: Dialect, file: string) {
  const weights = convertWeights(layer, stored, dialect)
  const target = layer.dtype.compute === 'float64' ? 'float64' : 'float32'
  for (const { role, shape } of slotsOf(layer)) {
    const found = weights.get(role)
    if (found && !fits(found.shape, shape))
      throw new FreezeError('corrupt', `${role} is [${found.shape}], expected ${shapeText(shape!)}`, {
        file,
        path: [layer.path],
        hint: 'The weights belong to another model: save the whole model again.',
      })
  }
  return new Map([...weights].map(([role, t]) => [role, isFloat(t.dtype) ? make.cast(t, target) : t]))
}

/** Every layer of a model, those inside others after them. */
export function* allLayers(model: LayerGraph): Generator<Layer> {
  const stack = [...model.layers].reverse()
  for (let layer = stack.pop(); layer; layer = stack.pop()) {
    yield layer
    stack.push(...[...innerLayers(layer)].reverse())
  }
}
