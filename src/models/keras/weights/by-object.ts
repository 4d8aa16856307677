/** Weights of `.keras` and `.weights.h5`: a group for each object, named after its class and number. */

import { FreezeError } from '../../../errors.ts'
import { shapeText } from '../../../graph/attr.ts'
import { isInteger } from '../../../tensorflow/dtype.ts'
import { bareClass, snakeCase } from '../classes.ts'
import type { Dialect, Layer, LayerGraph } from '../layer-graph.ts'
import type { Bound, BoundObjects } from './bound.ts'
import { hasKnownSlots, heldSlots, slotsOf } from './layer-weights.ts'
import { innerLayers } from './order.ts'
import { fits, type WeightSlot } from './slots.ts'
import type { ObjectStore } from './store.ts'
import type { StoredWeight } from './stored-weight.ts'

/** Binds by the objects' paths. Throws `missing` and `corrupt`. */
export function bindByObject(model: LayerGraph, store: ObjectStore, dialect: Dialect): BoundObjects {
  const walk: Walk = { store, dialect, bound: [], objects: new Map(), shared: new Map(), held: new Map() }
  bindContainer(model, '', walk)
  return walk
}

interface Walk {
  readonly store: ObjectStore
  readonly dialect: Dialect
  readonly bound: Bound[]
  readonly objects: Map<string, string>
  /** By their number, the weights of layers that are in several models: files have them at the first place. */
  readonly shared: Map<number, readonly Bound[]>
  /** Weights that a wrapper holds, by the path of the layer inside and the role. */
  readonly held: Map<string, StoredWeight>
}

/** Where writers put a model's layers, the newest first. */
const CONTAINERS = [
  'layers',
  '_layer_checkpoint_dependencies',
  '_layers',
  'layers/container',
  '_self_tracked_trackables',
]

const join = (...parts: readonly string[]): string => parts.filter(Boolean).join('/')

function bindContainer(model: LayerGraph, path: string, walk: Walk): void {
  const isSkipped = (layer: Layer) => walk.dialect.profile === 'k2' && isBound(layer, walk)
  const listed = model.layers.filter(layer => isListed(layer, model, walk.dialect))
  for (const layer of listed.filter(isSkipped)) bindLayer(layer, '', walk)
  const layers = listed.filter(layer => !isSkipped(layer))
  const names = numbered(layers.map(pythonName))
  const containers = CONTAINERS.map(name => join(path, name)).filter(at => walk.store.objects(at).length > 0)
  const container = containers[0] ?? join(path, CONTAINERS[0]!)
  const predicted = layers.map((layer, i) => ({ layer, object: join(container, names[i]!) }))
  const weighted = predicted.filter(({ layer }) => holdsWeights(layer) && !isBound(layer, walk))
  const isThere = ({ layer, object }: Placed) => isComplete(layer, object, walk)
  const placed = weighted.every(isThere) ? predicted : (matched(weighted, container, walk) ?? predicted)
  for (const { layer, object } of placed) bindLayer(layer, object, walk)
}

/** Whether it is a layer whose weights were bound where it is in another model. */
const isBound = ({ sharedId }: Layer, { shared }: Walk): boolean => sharedId !== undefined && shared.has(sharedId)

interface Placed {
  readonly layer: Layer
  readonly object: string
}

/** Operation nodes of Keras 3 are no layers of the model; a Sequential does not count its InputLayer. */
const isListed = (layer: Layer, { kind }: LayerGraph, { profile }: Dialect): boolean =>
  !(layer.kind === 'operation' && profile === 'k3') && !(kind === 'sequential' && layer.className === 'InputLayer')

/** Objects are named by Python's class: an alias of a layer (`SyncBatchNormalization`) has a name and numbers of its own. */
const pythonName = ({ kind, className, savedClassName }: Layer): string =>
  snakeCase(kind === 'layer' ? bareClass(savedClassName) : className)

/** Each name with its number among equals: `dense`, `dense_1`. */
function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  return names.map(name => {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}

const isNeeded = (slot: WeightSlot): boolean => !slot.unused && !slot.optional
const holdsWeights = (layer: Layer): boolean => slotsOf(layer).some(isNeeded) || innerLayers(layer).some(holdsWeights)

/** Whether what the layer itself needs is at the path; a layer inside it has its own ways to be found. */
function isComplete(layer: Layer, object: string, walk: Walk): boolean {
  const slots = heldSlots(layer)
  if (!slots.some(isNeeded)) return walk.store.objects(object).length > 0
  return [...bySlotObject(slots)].every(([objects, own]) => {
    const found = varsAt(objects.split('|'), object, own, walk)
    return own.every((slot, i) => !isNeeded(slot) || (found[i] !== undefined && fits(found[i].shape, slot.shape)))
  })
}

/** Older writers number objects otherwise: the groups of a class that hold data, in order, are its layers with weights. */
function matched(weighted: readonly Placed[], container: string, { store }: Walk): Placed[] | undefined {
  const buckets = new Map<string, { name: string; number: number }[]>()
  for (const name of store.objects(container)) {
    const [, base, number] = name.match(/^(.*?)(?:_(\d+))?$/)!
    const bucket = buckets.get(base!) ?? []
    bucket.push({ name, number: Number(number ?? 0) })
    buckets.set(base!, bucket)
  }
  for (const bucket of buckets.values()) bucket.sort((a, b) => a.number - b.number)
  const placed = weighted.map(({ layer }) => {
    const names = [pythonName(layer), ...(layer.className === 'Functional' ? ['model'] : [])]
    const next = names.flatMap(name => buckets.get(name)?.shift() ?? [])[0]
    return next ? [{ layer, object: join(container, next.name) }] : undefined
  })
  return placed.every(place => place !== undefined) ? placed.flat() : undefined
}

// ---- one layer

function bindLayer(layer: Layer, object: string, walk: Walk): void {
  walk.objects.set(layer.path, object)
  bindOwn(layer, object, walk)
  if (layer.model) bindContainer(layer.model, object, walk)
  for (const [role, child] of layer.children) bindLayer(child, join(object, childObject(role, layer)), walk)
}

/** `cells/1` → `cells/lstm_cell_1`. */
function childObject(role: string, layer: Layer): string {
  const [list, index] = role.split('/')
  if (index === undefined) return role
  const siblings = [...layer.children.values()].map(pythonName)
  return join(list === 'layers' ? '_pipeline_layers' : list!, numbered(siblings)[Number(index)]!)
}

function bindOwn(layer: Layer, object: string, walk: Walk): void {
  const { sharedId } = layer
  const there = sharedId === undefined ? undefined : (walk.shared.get(sharedId) ?? firstPlace(layer, object, walk))
  if (there) {
    for (const weight of there) walk.bound.push({ ...weight, layer })
    return
  }
  const before = walk.bound.length
  bindVariables(layer, object, walk)
  if (sharedId !== undefined) walk.shared.set(sharedId, walk.bound.slice(before))
}

/**
 * The weights of a shared layer that has none at this place. Keras 3 numbers it only where it comes again:
 * the first place is known by the layer's name, and by the path where the name is there more than once.
 */
function firstPlace(layer: Layer, object: string, walk: Walk): readonly Bound[] | undefined {
  if (!slotsOf(layer).some(isNeeded) || isComplete(layer, object, walk)) return undefined
  const isAlike = ({ layer: other }: Bound): boolean =>
    other.className === layer.className && other.name === layer.name && other.sharedId === undefined
  const alike = walk.bound.filter(isAlike)
  const isWithin = (a: string, b: string): boolean => a.endsWith(`/${b}`) || b.endsWith(`/${a}`)
  const within = alike.filter(({ layer: other }) => isWithin(other.path, layer.path))
  const found = within.length > 0 ? within : alike
  return new Set(found.map(({ layer: other }) => other.path)).size === 1 ? found : undefined
}

function bindVariables(layer: Layer, object: string, walk: Walk): void {
  const slots = heldSlots(layer)
  if (!hasKnownSlots(layer)) {
    for (const [i, weight] of walk.store.vars(object).entries()) walk.bound.push({ layer, role: `weight_${i}`, weight })
    return
  }
  for (const [objects, all] of bySlotObject(slots)) {
    const found = varsAt(objects.split('|'), object, all, walk)
    const own = found.length < all.filter(slot => !slot.optional).length ? withoutHeld(layer, all, walk) : all
    for (const [i, slot] of own.entries()) {
      const weight = found[i]
      if (slot.owner && weight) walk.held.set(heldKey(slot.owner, slot), weight)
      if (slot.owner || slot.unused || (!weight && slot.optional)) continue
      if (!weight || !fits(weight.shape, slot.shape)) throw mismatch(layer, object, slots, found, walk)
      walk.bound.push({ layer, role: slot.role, weight })
    }
  }
}

const heldKey = ({ path }: Layer, { role }: WeightSlot): string => `${path}/${role}`

/** Binds the weights that a wrapper around the layer holds. Returns the others. */
function withoutHeld(layer: Layer, slots: readonly WeightSlot[], { held, bound }: Walk): readonly WeightSlot[] {
  return slots.filter(slot => {
    const weight = slot.owner ? undefined : held.get(heldKey(layer, slot))
    if (weight && fits(weight.shape, slot.shape)) bound.push({ layer, role: slot.role, weight })
    return !weight
  })
}

/** The slots of each object inside the layer, in order. */
function bySlotObject(slots: readonly WeightSlot[]): Map<string, WeightSlot[]> {
  const groups = new Map<string, WeightSlot[]>()
  for (const slot of slots) groups.set(slot.objects.join('|'), [...(groups.get(slot.objects.join('|')) ?? []), slot])
  return groups
}

/** The variables of the first of the objects that has some. Whole numbers are states of random generators unless a slot is of them, or they are quantised weights. */
function varsAt(
  objects: readonly string[],
  object: string,
  slots: readonly WeightSlot[],
  { store }: Walk,
): readonly StoredWeight[] {
  const isWhole = slots.some(slot => slot.isWhole)
  for (const inner of objects) {
    const all = store.vars(join(object, inner))
    const vars = all.filter(({ dtype }) => isWhole || dtype === 'int8' || dtype === undefined || !isInteger(dtype))
    if (vars.length > 0) return vars
  }
  return []
}

function mismatch(
  layer: Layer,
  object: string,
  slots: readonly WeightSlot[],
  found: readonly StoredWeight[],
  { store }: Walk,
): FreezeError {
  const wanted = slots.map(({ role, shape }) => `${role} ${shape ? shapeText(shape) : '[…]'}`).join(', ')
  const present = found.map(({ path, shape }) => `${path} [${shape}]`).join(', ') || `nothing at ${object}`
  const what = `the weights of ${layer.savedClassName} do not fit: found ${present}; expected ${wanted}`
  return new FreezeError(found.length === 0 ? 'missing' : 'corrupt', what, {
    file: store.name,
    path: [layer.path],
    hint: 'The weights belong to another model: save the whole model again.',
  })
}
