/** The weights that a layer's class declares. */
import type { Dialect, Layer } from '../layer-graph.ts'
import { classOf } from '../layers/index.ts'
import { trainables } from './order.ts'
import type { WeightSlot } from './slots.ts'
import type { Weights } from './stored.ts'

/** The weights of a layer itself, without those of layers inside it; none where nothing is known of them. */
export const slotsOf = (layer: Layer): readonly WeightSlot[] => allSlots(layer).filter(({ owner }) => !owner)

const allSlots = (layer: Layer): readonly WeightSlot[] =>
  hasKnownSlots(layer)
    ? classOf(layer)!.weights!(layer.config, layer.dtype.quantization, { children: layer.children, slots: slotsOf })
    : []

/** The weights of the layer's object in files by object: some wrappers hold weights of the layer inside too. */
export function heldSlots(layer: Layer): readonly WeightSlot[] {
  const inner = classOf(layer)?.holdsTrainable ? [...layer.children.values()] : []
  const held = inner.flatMap(child => trainables(child, slotsOf)).map(({ layer: owner, slot }) => ({ ...slot, owner }))
  return [...held, ...allSlots(layer)]
}

/** Whether the class says which weights it has: of others any are taken. */
export function hasKnownSlots(layer: Layer): boolean {
  const known = classOf(layer)
  const { quantization } = layer.dtype
  return known?.weights !== undefined && (!quantization || known.quantized?.includes(quantization.mode) === true)
}

/** The weights of a layer in a file: today's weights, or those that its writer kept in their place. */
export function storedSlots(layer: Layer, dialect: Dialect): readonly WeightSlot[] {
  const slots = slotsOf(layer)
  return classOf(layer)?.stored?.slots({ config: layer.config, slots, dialect }) ?? slots
}

/** The weights of one layer as the emitters want them. Nothing is read. */
export const convertWeights = (layer: Layer, stored: Weights, dialect: Dialect): Weights =>
  classOf(layer)?.stored?.convert(stored, { config: layer.config, slots: slotsOf(layer), dialect }) ?? stored
