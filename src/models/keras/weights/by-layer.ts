/** Weights of legacy H5: a group for each top-level layer. */

import { FreezeError } from '../../../errors.ts'
import { shapeText } from '../../../graph/attr.ts'
import type { Dialect, Layer, LayerGraph } from '../layer-graph.ts'
import type { Bound } from './bound.ts'
import { hasKnownSlots, slotsOf, storedSlots } from './layer-weights.ts'
import { type Expected, innerLayers, keras2Order, keras3Order } from './order.ts'
import { fits, namesOf, type SlotsOfLayer, type WeightSlot } from './slots.ts'
import type { LayerGroup } from './store.ts'

/** Binds by the layers' names, or by order where a file of weights has other names. Throws `missing` and `corrupt`. */
export function bindByLayer(model: LayerGraph, groups: readonly LayerGroup[], dialect: Dialect, file: string): Bound[] {
  const byName = new Map(groups.map(group => [group.name, group]))
  const layers = topLevel(model, byName)
  const weighted = layers.filter(layer => expectsWeights(layer))
  const filled = groups.filter(group => group.weightNames.length > 0)
  if (weighted.every(layer => byName.has(layer.name)))
    return layers.flatMap(layer => bindGroup(layer, byName.get(layer.name), dialect, file))
  if (weighted.length === filled.length)
    return weighted.flatMap((layer, i) => bindGroup(layer, filled[i], dialect, file))
  const absent = weighted.filter(layer => !byName.has(layer.name)).map(layer => layer.name)
  throw new FreezeError(
    'missing',
    `there are no weights for ${listed(absent)}, only for ${listed(filled.map(g => g.name))}`,
    {
      file,
      hint: 'The weights belong to another model: give the architecture they were saved from.',
    },
  )
}

/** Binds by position: Keras 0.x has a group for every layer, InputLayers not counted. */
export function bindByPosition(
  model: LayerGraph,
  groups: readonly LayerGroup[],
  dialect: Dialect,
  file: string,
): Bound[] {
  const layers = model.layers.filter(layer => layer.className !== 'InputLayer')
  if (layers.length === groups.length) return layers.flatMap((layer, i) => bindGroup(layer, groups[i], dialect, file))
  const weighted = layers.filter(layer => expectsWeights(layer))
  const filled = groups.filter(group => group.weightNames.length > 0)
  if (weighted.length === filled.length)
    return weighted.flatMap((layer, i) => bindGroup(layer, filled[i], dialect, file))
  throw new FreezeError('corrupt', `there are weights for ${groups.length} layers, the model has ${layers.length}`, {
    file,
    hint: 'The weights belong to another model: give the architecture they were saved from.',
  })
}

/** Names in a list, the first ten. */
const listed = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')}… (${names.length})` : names.join(', ') || 'none'

/** Keras 1 writes the layers of a model inside a Sequential as groups of their own. */
const topLevel = (model: LayerGraph, groups: ReadonlyMap<string, LayerGroup>): readonly Layer[] =>
  model.layers.flatMap(layer =>
    layer.model && !groups.has(layer.name) && layer.model.layers.some(inner => groups.has(inner.name))
      ? topLevel(layer.model, groups)
      : [layer],
  )

const expectsWeights = (layer: Layer): boolean =>
  slotsOf(layer).some(slot => !slot.optional) || innerLayers(layer).some(expectsWeights)

const apart = (layer: Layer, file: string): FreezeError =>
  new FreezeError('unsupported', `${layer.savedClassName} has its LoRA weights apart from its kernel`, {
    file,
    path: [layer.path],
    hint: 'Save the model as .keras: Keras adds them to the kernel there.',
  })

// ---- one group

function bindGroup(layer: Layer, group: LayerGroup | undefined, dialect: Dialect, file: string): Bound[] {
  const stored: SlotsOfLayer = at => storedSlots(at, dialect)
  const orders = dialect.profile === 'k3' ? [keras3Order, keras2Order] : [keras2Order, keras3Order]
  const least: SlotsOfLayer = at => storedSlots(at, dialect).filter(slot => !slot.optional)
  const candidates = orders.flatMap(order => [stored, least, slotsOf].map(slots => order(layer, slots)))
  if (!group) {
    if (candidates.some(expected => expected.length === 0)) return []
    throw mismatch(layer, candidates[0]!, [], file)
  }
  const found = group.weightNames.map((name, i) => ({ name, weight: group.weight(i) }))
  if (found.some(({ name }) => /\blora_\w+_[ab]$/.test(name))) throw apart(layer, file)
  for (const expected of candidates)
    if (agrees(expected, found)) return expected.map(({ layer: owner, slot }, i) => bound(owner, slot.role, found[i]!))
  if (!hasKnownSlots(layer) && innerLayers(layer).length === 0)
    return found.map((weight, i) => bound(layer, freeRole(found, i), weight))
  const byName = candidates.map(expected => matchedByName(expected, found)).find(match => match !== undefined)
  if (byName) return byName
  throw mismatch(layer, candidates[0]!, found, file)
}

/** A weight in a group. */
interface Found {
  readonly name: string
  readonly weight: Bound['weight']
}

const bound = (layer: Layer, role: string, { weight }: Found): Bound => ({ layer, role, weight })

function agrees(expected: readonly Expected[], found: readonly Found[]): boolean {
  if (expected.length !== found.length) return false
  return expected.every(({ slot }, i) => {
    const { name, weight } = found[i]!
    return fits(weight.shape, slot.shape) && !contradicts(name, slot)
  })
}

/** `dense/kernel:0` → `kernel`. */
const lastName = (name: string): string => name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '')

/** Names that mean one role whichever layer they are of: `kernel` where `gamma` is expected is wrong. */
const TELLING = new Set([
  'kernel',
  'bias',
  'gamma',
  'beta',
  'moving_mean',
  'moving_variance',
  'embeddings',
  'recurrent_kernel',
  'depthwise_kernel',
  'pointwise_kernel',
])
const contradicts = (name: string, slot: WeightSlot): boolean =>
  TELLING.has(lastName(name)) && !namesOf(slot).includes(lastName(name))

/** Whether a path ends in one of the names, which may have parts of their own: `kernel/0`. */
const isNamed = (path: string, names: readonly string[]): boolean =>
  names.some(name => `/${path.replace(/:\d+$/, '')}`.endsWith(`/${name}`))

/** By `<layer>/…/<weight>`, each once and in shape; undefined when one is in doubt. */
function matchedByName(expected: readonly Expected[], found: readonly Found[]): Bound[] | undefined {
  const matches = expected.map(({ layer, slot }) => {
    const inside = found.filter(({ name, weight }) => {
      const isInside =
        name.split('/').slice(0, -1).includes(layer.name) || expected.every(other => other.layer === layer)
      return isInside && fits(weight.shape, slot.shape)
    })
    const byRole = inside.filter(({ name }) => isNamed(name, [slot.role]))
    const fitting = byRole.length > 0 ? byRole : inside.filter(({ name }) => isNamed(name, namesOf(slot)))
    if (fitting.length === 0 && (slot.unused || slot.optional)) return []
    return fitting.length === 1 ? [bound(layer, slot.role, fitting[0]!)] : undefined
  })
  return matches.every(match => match !== undefined) ? matches.flat() : undefined
}

/** For an unknown class: the weight's own name, or its number where that is not unique. */
function freeRole(found: readonly Found[], index: number): string {
  const name = lastName(found[index]!.name)
  return found.filter(other => lastName(other.name) === name).length === 1 ? name : `weight_${index}`
}

function mismatch(layer: Layer, expected: readonly Expected[], found: readonly Found[], file: string): FreezeError {
  const wanted = expected.map(({ layer: owner, slot }) => {
    const inside = owner.path.slice(layer.path.length + 1)
    return `${inside ? `${inside}/` : ''}${slot.role} ${slot.shape ? shapeText(slot.shape) : '[…]'}`
  })
  const present = found.map(({ name, weight }) => `${name} [${weight.shape}]`)
  const what = `the weights of ${layer.savedClassName} do not fit: found ${listed(present)}; expected ${listed(wanted)}`
  return new FreezeError('corrupt', what, {
    file,
    path: [layer.path],
    hint: 'The weights belong to another model: save the whole model again.',
  })
}
