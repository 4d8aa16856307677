/** Weights of TF.js: one list, in which a weight's name says its layer, `dense/kernel`, `bidirectional/forward_lstm/bias`. */
import type { Dialect, Layer, LayerGraph } from '../layer-graph.ts'
import { storedSlots } from './layer-weights.ts'
import { innerLayers, keras2Order } from './order.ts'
import type { LayerGroup } from './store.ts'
import type { StoredWeight } from './stored-weight.ts'

/**
 * The weights of each top-level layer, in the order of the list: those whose names have the layer's, or that of a layer
 * inside it. Some layers, such as Normalization, give names without a layer: those that are left go to the layers that
 * are left, in their order.
 */
export function groupsByName(model: LayerGraph, weights: readonly StoredWeight[], dialect: Dialect): LayerGroup[] {
  const owners = ownersOf(model)
  const groups = new Map<Layer, StoredWeight[]>()
  const spare: StoredWeight[] = []
  for (const weight of weights) {
    const scopes = weight.path.split('/').slice(0, -1)
    const owner = scopes.map(scope => owners.get(scope)).find(layer => layer !== undefined)
    if (owner) groups.set(owner, [...(groups.get(owner) ?? []), weight])
    else spare.push(weight)
  }
  for (const layer of model.layers) {
    const count = keras2Order(layer, each => storedSlots(each, dialect)).length
    if (!groups.has(layer) && count > 0) groups.set(layer, spare.splice(0, count))
  }
  return [...groups].map(([{ name }, own]) => ({
    name,
    weightNames: own.map(({ path }) => path),
    weight: index => own[index]!,
  }))
}

/** The top-level layer for each name of a layer; its own name goes before that of a layer inside another. */
function ownersOf(model: LayerGraph): Map<string, Layer> {
  const owners = new Map<string, Layer>()
  const addInner = (layer: Layer, owner: Layer): void => {
    for (const inner of innerLayers(layer)) {
      if (!owners.has(inner.name)) owners.set(inner.name, owner)
      addInner(inner, owner)
    }
  }
  for (const layer of model.layers) owners.set(layer.name, layer)
  for (const layer of model.layers) addInner(layer, layer)
  return owners
}
