/**
 * Weights of a TensorFlow checkpoint, bound by the attributes that hold them:
 *
 *     layer_with_weights-0/kernel                    a model of Keras 2
 *     layer_with_weights-1/forward_layer/cell/bias
 *     model/_operations/2/_query_dense/_kernel       a model of Keras 3 in tf.train.Checkpoint(model=…)
 */

import { FreezeError } from '../../../errors.ts'
import { shapeText } from '../../../graph/attr.ts'
import { isInteger } from '../../../tensorflow/dtype.ts'
import type { Layer, LayerGraph } from '../layer-graph.ts'
import type { Bound } from './bound.ts'
import { hasKnownSlots, slotsOf } from './layer-weights.ts'
import { type ObjectTree, objectAt, type TrackedObject, type TrackedWeight, weightsIn } from './object-tree.ts'
import { innerLayers } from './order.ts'
import { fits, namesOf, type WeightSlot } from './slots.ts'
import type { StoredWeight } from './stored-weight.ts'

/** Binds the weights of a model. Throws `missing` and `corrupt`. */
export function bindByAttribute(model: LayerGraph, tree: ObjectTree): Bound[] {
  const walk: Walk = { file: tree.name, bound: [] }
  const root = modelObject(tree.root)
  if (!root)
    throw new FreezeError('missing', 'the checkpoint holds no model of layers', {
      file: tree.name,
      hint: `It holds ${[...tree.root.children.keys()].slice(0, 5).join(', ') || 'nothing'}. Save the weights with model.save_weights.`,
    })
  bindModel(model, root, walk)
  return walk.bound
}

interface Walk {
  readonly file: string
  readonly bound: Bound[]
}

/** Objects whose weights are whole numbers only count steps or seed random generators. */
const isState = ({ weight }: TrackedWeight): boolean => weight.dtype !== undefined && isInteger(weight.dtype)
const holdsWeights = (object: TrackedObject): boolean => weightsIn(object).some(weight => !isState(weight))

/** The objects of a model's layers that hold weights, in the model's order; undefined for what is no model. */
function layerObjects(object: TrackedObject): readonly TrackedObject[] | undefined {
  const numbered = (prefix: string, { children }: TrackedObject) =>
    [...children]
      .flatMap(([name, child]) =>
        name.startsWith(prefix) ? [{ number: Number(name.slice(prefix.length)), child }] : [],
      )
      .filter(({ number }) => Number.isInteger(number))
      .sort((a, b) => a.number - b.number)
      .map(({ child }) => child)
  const listed = ['_functional/_operations', '_operations', '_layers', 'layers'].flatMap(path => {
    const list = objectAt(object, path)
    return list ? [numbered('', list)] : []
  })
  const found = [numbered('layer_with_weights-', object), numbered('layer-', object), ...listed]
  return found.map(objects => objects.filter(holdsWeights)).find(objects => objects.length > 0)
}

/** The model in a checkpoint: what was saved, or the only model that it holds. */
function modelObject(root: TrackedObject): TrackedObject | undefined {
  if (layerObjects(root)) return root
  const models = [...root.children.values()].filter(child => child !== root && layerObjects(child))
  return models.length === 1 ? models[0] : undefined
}

function bindModel(model: LayerGraph, object: TrackedObject, walk: Walk): void {
  const layers = model.layers.filter(expectsWeights)
  const objects = layerObjects(object) ?? []
  if (layers.length !== objects.length)
    throw new FreezeError(
      'corrupt',
      `the checkpoint has weights for ${objects.length} layers, the model has ${layers.length} with weights`,
      { file: walk.file, hint: 'The weights belong to another model: give the architecture they were saved from.' },
    )
  for (const [i, layer] of layers.entries()) bindLayer(layer, objects[i]!, walk)
}

/** Whether a checkpoint has something for the layer: of a class that is not known, any weights are taken. */
const expectsWeights = (layer: Layer): boolean =>
  slotsOf(layer).some(slot => !slot.optional && !slot.isWhole) || innerLayers(layer).some(expectsWeights)

function bindLayer(layer: Layer, object: TrackedObject, walk: Walk): void {
  const inside = weightsIn(object)
  if (!hasKnownSlots(layer) && innerLayers(layer).length === 0)
    for (const [i, { weight }] of inside.entries()) walk.bound.push({ layer, role: `weight_${i}`, weight })
  for (const slot of slotsOf(layer)) {
    if (slot.unused) continue
    const weight = slotWeight(slot, object, inside)
    if (weight) walk.bound.push({ layer, role: slot.role, weight })
    else if (!slot.optional) throw mismatch(layer, slot, inside, walk)
  }
  if (layer.model) bindModel(layer.model, object, walk)
  for (const [role, child] of layer.children) {
    const inner = objectAt(object, role)
    if (inner) bindLayer(child, inner, walk)
    else if (expectsWeights(child)) throw mismatch(child, slotsOf(child)[0], inside, walk)
  }
}

/** The weight under the attribute that is named after the slot, else the only one whose name in the program fits. */
function slotWeight(
  slot: WeightSlot,
  object: TrackedObject,
  inside: readonly TrackedWeight[],
): StoredWeight | undefined {
  const isFit = (weight: StoredWeight | undefined): boolean => weight !== undefined && fits(weight.shape, slot.shape)
  const paths = slot.objects.flatMap(inner => namesOf(slot).map(name => `${inner}/${name}`))
  const direct = paths.map(path => objectAt(object, path)?.weight).find(isFit)
  if (direct) return direct
  const ends = [slot.role, ...namesOf(slot)]
  for (const end of ends) {
    const named = inside.filter(({ fullName, weight }) => `/${fullName}`.endsWith(`/${end}`) && isFit(weight))
    if (named.length === 1) return named[0]!.weight
  }
  return undefined
}

function mismatch(
  layer: Layer,
  slot: WeightSlot | undefined,
  inside: readonly TrackedWeight[],
  { file }: Walk,
): FreezeError {
  const wanted = slot ? `${slot.role} ${slot.shape ? shapeText(slot.shape) : '[…]'}` : 'weights'
  const present = inside.map(({ path, weight }) => `${path} [${weight.shape}]`).join(', ') || 'nothing'
  const what = `the weights of ${layer.savedClassName} do not fit: found ${present}; expected ${wanted}`
  return new FreezeError(inside.length === 0 ? 'missing' : 'corrupt', what, {
    file,
    path: [layer.path],
    hint: 'The weights belong to another model: give the architecture they were saved from.',
  })
}
