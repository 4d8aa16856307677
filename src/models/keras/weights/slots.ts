/**
 * Weights that a class of layers has: their roles, in the order in which Keras
 * creates them, with what the configuration says of their shapes. A size that
 * depends on the input is null. Source: `build` of each layer in tf_keras 2.21
 * and Keras 3.15, and in Keras 1.2 of the layers that are gone.
 */
import { isList } from '../json.ts'
import type { Json, Layer, LayerConfig, Quantization } from '../layer-graph.ts'

/** One weight that a layer should have. */
export interface WeightSlot {
  /** The name by which emitters ask for it: `kernel`, `query/kernel`. Its last part is the weight's name in Keras 2 and 3. */
  readonly role: string
  /** undefined where not even the rank follows from the configuration. */
  readonly shape?: PartialSizes
  readonly trainable: boolean
  /** In files by object, the object inside the layer that has it; several where versions differ. '' for the layer itself. */
  readonly objects: readonly string[]
  /** Its name in files, where it is not the last part of the role. */
  readonly names?: readonly string[]
  /** Pruning and clustering of tensorflow_model_optimization work on it, under this name; `#` is the number of the cell. */
  readonly main?: string
  /** In files by object, the layer inside that it is a weight of: some wrappers hold weights of what they wrap. */
  readonly owner?: Layer
  /** It holds whole numbers; others that do are states of random generators. */
  readonly isWhole?: boolean
  /** Nothing reads it at inference. */
  readonly unused?: boolean
  /** Some versions write it, and others have it in the configuration only. */
  readonly optional?: boolean
}

export type PartialSizes = readonly (number | null)[]

/** The layers inside one, and the weights that each of them should have. */
export interface Inside {
  readonly children: Layer['children']
  readonly slots: SlotsOfLayer
}

/** The weights that a layer itself should have. */
export type SlotsOfLayer = (layer: Layer) => readonly WeightSlot[]

/** The weights of a class: by its configuration, by how it is quantised where it can be, and by the layers inside it. */
export type SlotsOf = (
  config: LayerConfig,
  quantization: Quantization | undefined,
  inside: Inside,
) => readonly WeightSlot[]

const OWN = ['']

export const trained = (role: string, shape?: PartialSizes, objects: readonly string[] = OWN): WeightSlot => ({
  role,
  trainable: true,
  objects,
  ...(shape && { shape }),
})
export const fixed = (role: string, shape?: PartialSizes): WeightSlot => ({ ...trained(role, shape), trainable: false })
export const unused = (role: string, shape?: PartialSizes): WeightSlot => ({ ...fixed(role, shape), unused: true })
/** A weight of 8-bit numbers. */
export const whole = (role: string, shape?: PartialSizes): WeightSlot => ({ ...fixed(role, shape), isWhole: true })
/** Its names in files. */
export const namesOf = ({ role, names }: WeightSlot): readonly string[] =>
  names ?? [role.slice(role.lastIndexOf('/') + 1)]
/** The same weight where files name it otherwise. */
export const named = (slot: WeightSlot, ...names: readonly string[]): WeightSlot => ({ ...slot, names })
/** A weight that most of the layer's numbers are in. */
export const main = (slot: WeightSlot, name = slot.role): WeightSlot => ({ ...slot, main: name })
/** The weights where the condition holds. */
export const when = (condition: boolean, ...slots: readonly WeightSlot[]): readonly WeightSlot[] =>
  condition ? slots : []
/** The bias, unless `use_bias` is false. */
export const bias = (config: LayerConfig, ...shape: PartialSizes): readonly WeightSlot[] =>
  when(unlessFalse(config, 'use_bias'), trained('bias', shape))
/** γ and β, unless `scale` or `center` is false. */
export const scaleAndShift = (config: LayerConfig, shape?: PartialSizes): readonly WeightSlot[] => [
  ...when(unlessFalse(config, 'scale'), trained('gamma', shape)),
  ...when(unlessFalse(config, 'center'), trained('beta', shape)),
]

/** An argument that is true unless it says otherwise. */
export const unlessFalse = (config: LayerConfig, key: string): boolean => config[key] !== false
export const size = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)
export const sizes = (value: Json | undefined): PartialSizes => (isList(value) ? value.map(size) : [null])
export const times = (n: number | null, factor: number): number | null => (n === null ? null : n * factor)

/** Whether a shape is as expected where anything is. */
export const fits = (shape: readonly number[], expected: PartialSizes | undefined): boolean =>
  !expected || (shape.length === expected.length && expected.every((d, i) => d === null || d === shape[i]))
