/**
 * The order of a layer's weights in legacy H5, where a nested model is one flat
 * list. With own(l) the layer's weights and kids(l) the layers inside it:
 *
 *     Keras 3   depth first, then the trainable ones before the others
 *     Keras 2   T(l) ++ N(l), where
 *               T(l) = nothing when l is frozen, else own trainable ++ T of each kid
 *               N(l) = own others ++ N of each kid; of a frozen layer everything, its kids' T and N
 *                      one kid after the other, of a frozen model T of all kids before N of all
 *
 * So freezing layers before saving, which transfer learning does, moves their weights.
 */
import type { Layer } from '../layer-graph.ts'
import type { SlotsOfLayer, WeightSlot } from './slots.ts'

/** A weight that is looked for. */
export interface Expected {
  readonly layer: Layer
  readonly slot: WeightSlot
}

/** The layers inside a layer, in Keras' order. */
export const innerLayers = (layer: Layer): readonly Layer[] => layer.model?.layers ?? [...layer.children.values()]

const own = (layer: Layer, slots: SlotsOfLayer, trainable: boolean): Expected[] =>
  slots(layer)
    .filter(slot => slot.trainable === trainable)
    .map(slot => ({ layer, slot }))

/** As Keras 3 writes. */
export function keras3Order(layer: Layer, slots: SlotsOfLayer): Expected[] {
  const trainable: Expected[] = []
  const others: Expected[] = []
  const visit = (at: Layer, frozen: boolean): void => {
    const stopped = frozen || !at.trainable
    for (const slot of slots(at)) (slot.trainable && !stopped ? trainable : others).push({ layer: at, slot })
    for (const inner of innerLayers(at)) visit(inner, stopped)
  }
  visit(layer, false)
  return [...trainable, ...others]
}

/** As Keras 1 and 2 write. */
export const keras2Order = (layer: Layer, slots: SlotsOfLayer): Expected[] => [
  ...trainables(layer, slots),
  ...others(layer, slots),
]

/** The trainable weights of a layer and of those inside it, as Keras 1 and 2 list them. */
export const trainables = (layer: Layer, slots: SlotsOfLayer): Expected[] =>
  layer.trainable ? [...own(layer, slots, true), ...innerLayers(layer).flatMap(inner => trainables(inner, slots))] : []

function others(layer: Layer, slots: SlotsOfLayer): Expected[] {
  const inner = innerLayers(layer)
  if (layer.trainable) return [...own(layer, slots, false), ...inner.flatMap(kid => others(kid, slots))]
  const all = [...own(layer, slots, true), ...own(layer, slots, false)]
  if (!layer.model) return [...all, ...inner.flatMap(kid => [...trainables(kid, slots), ...others(kid, slots)])]
  return [...all, ...inner.flatMap(kid => trainables(kid, slots)), ...inner.flatMap(kid => others(kid, slots))]
}
