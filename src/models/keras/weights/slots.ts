/**
 * The weights that each class of layer has: their roles, in the order in which
 * Keras creates them, with what the configuration says of their shapes.
 *
 * A size that depends on the input is null. Source: `build` of each layer in
 * tf_keras 2.21 and Keras 3.15, and in Keras 1.2 of the layers that are gone.
 */
import { isList } from '../json.ts'
import type { Json, Layer, LayerConfig } from '../layer-graph.ts'

/** One weight that a layer should have. */
export interface WeightSlot {
  /** What emitters ask for: `kernel`, `query/kernel`. Its last part is the weight's name in Keras 2 and 3. */
  readonly role: string
  /** undefined where not even the rank follows from the configuration. */
  readonly shape?: PartialSizes
  readonly trainable: boolean
  /** In files by object, the object inside the layer that has it; several where versions differ. '' for the layer itself. */
  readonly objects: readonly string[]
  /** Its name in files, where it is not the last part of the role. */
  readonly names?: readonly string[]
  /** Nothing reads it at inference. */
  readonly unused?: boolean
  /** Some versions write it, and others have it in the configuration only. */
  readonly optional?: boolean
}

export type PartialSizes = readonly (number | null)[]

/** The weights of a layer itself, without those of layers inside it. A class that is not known has none. */
export function slotsOf(layer: Layer): readonly WeightSlot[] {
  const row = layer.kind === 'layer' && Object.hasOwn(SLOTS, layer.className) ? SLOTS[layer.className] : undefined
  return row?.(layer.config) ?? []
}

/** Whether the class is one of those below: of others nothing is known. */
export const hasKnownSlots = (layer: Layer): boolean => layer.kind === 'layer' && Object.hasOwn(SLOTS, layer.className)

type SlotsOf = (config: LayerConfig) => readonly WeightSlot[]

const OWN = ['']
const trained = (role: string, shape?: PartialSizes, objects: readonly string[] = OWN): WeightSlot => ({
  role,
  trainable: true,
  objects,
  ...(shape && { shape }),
})
const fixed = (role: string, shape?: PartialSizes): WeightSlot => ({ ...trained(role, shape), trainable: false })
const unused = (role: string, shape?: PartialSizes): WeightSlot => ({ ...fixed(role, shape), unused: true })
const also = (slot: WeightSlot, ...names: readonly string[]): WeightSlot => ({ ...slot, names })

const size = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)
const sizes = (value: Json | undefined): PartialSizes => (isList(value) ? value.map(size) : [null])
const times = (n: number | null, factor: number): number | null => (n === null ? null : n * factor)
/** An argument that is true unless it says otherwise. */
const on = (config: LayerConfig, key: string): boolean => config[key] !== false
const maybe = (condition: boolean, ...slots: readonly WeightSlot[]): readonly WeightSlot[] => (condition ? slots : [])
const bias = (config: LayerConfig, ...shape: PartialSizes): readonly WeightSlot[] =>
  maybe(on(config, 'use_bias'), trained('bias', shape))

const dense: SlotsOf = c => [trained('kernel', [null, size(c['units'])]), ...bias(c, size(c['units']))]

const convolution: SlotsOf = c => {
  const filters = size(c['filters'])
  return [trained('kernel', [...sizes(c['kernel_size']), null, filters]), ...bias(c, filters)]
}
const transposed: SlotsOf = c => {
  const filters = size(c['filters'])
  return [trained('kernel', [...sizes(c['kernel_size']), filters, null]), ...bias(c, filters)]
}
const depthwise: SlotsOf = c => [
  also(
    trained('kernel', [...sizes(c['kernel_size']), null, size(c['depth_multiplier']) ?? 1]),
    'depthwise_kernel',
    'kernel',
  ),
  ...bias(c, null),
]
const separable: SlotsOf = c => {
  const kernel = sizes(c['kernel_size'])
  return [
    trained('depthwise_kernel', [...kernel, null, size(c['depth_multiplier']) ?? 1]),
    trained('pointwise_kernel', [...kernel.map(() => 1), null, size(c['filters'])]),
    ...bias(c, size(c['filters'])),
  ]
}
const locallyConnected: SlotsOf = c => [trained('kernel'), ...maybe(on(c, 'use_bias'), trained('bias'))]

const CELL = ['cell', '']
/** A recurrent layer or its cell, with `gates` times the units. */
const recurrent =
  (gates: number): SlotsOf =>
  c => {
    const units = size(c['units'])
    const wide = times(units, gates)
    const shape = gates === 3 && c['reset_after'] === true ? [2, wide] : [wide]
    return [
      trained('kernel', [null, wide], CELL),
      trained('recurrent_kernel', [units, wide], CELL),
      ...maybe(on(c, 'use_bias'), trained('bias', shape, CELL)),
    ]
  }
const convolutionalLstm: SlotsOf = c => {
  const filters = size(c['filters'])
  const wide = times(filters, 4)
  const kernel = sizes(c['kernel_size'])
  return [
    trained('kernel', [...kernel, null, wide], CELL),
    trained('recurrent_kernel', [...kernel, filters, wide], CELL),
    ...maybe(on(c, 'use_bias'), trained('bias', [wide], CELL)),
  ]
}

const scaleAndShift = (c: LayerConfig, shape?: PartialSizes): readonly WeightSlot[] => [
  ...maybe(on(c, 'scale'), trained('gamma', shape)),
  ...maybe(on(c, 'center'), trained('beta', shape)),
]
const batchNormalization: SlotsOf = c => {
  const shape = isList(c['axis']) ? undefined : [null]
  // Keras 1's modes 1 and 2 take the input's own statistics.
  const kept = (slot: WeightSlot): WeightSlot =>
    c['mode'] === 1 || c['mode'] === 2 ? { ...slot, optional: true } : slot
  return [
    ...scaleAndShift(c, shape),
    kept(also(fixed('moving_mean', shape), 'moving_mean', 'running_mean')),
    kept(also(fixed('moving_variance', shape), 'moving_variance', 'running_std', 'running_variance')),
    ...maybe(c['renorm'] === true, unused('moving_stddev'), unused('renorm_mean'), unused('renorm_stddev')),
  ]
}

/** One of attention's projections, an EinsumDense of its own. */
const projection = (
  name: string,
  object: string,
  kernel: PartialSizes,
  shape?: PartialSizes,
): readonly WeightSlot[] => {
  const objects = [`${object}_dense`, `_${object}_dense`]
  return [
    trained(`${name}/kernel`, kernel, objects),
    ...maybe(shape !== undefined, trained(`${name}/bias`, shape, objects)),
  ]
}
const multiHeadAttention: SlotsOf = c => {
  const [heads, keys] = [size(c['num_heads']), size(c['key_dim'])]
  const values = size(c['value_dim']) ?? keys
  const whenBias = (shape: PartialSizes) => (on(c, 'use_bias') ? shape : undefined)
  const out = c['output_shape']
  const width = out === undefined || out === null ? [null] : isList(out) ? sizes(out) : [size(out)]
  return [
    ...projection('query', 'query', [null, heads, keys], whenBias([heads, keys])),
    ...projection('key', 'key', [null, heads, keys], whenBias([heads, keys])),
    ...(c['use_gate'] === true ? projection('gate', 'gate', [null, heads, values], whenBias([heads, values])) : []),
    ...projection('value', 'value', [null, heads, values], whenBias([heads, values])),
    ...projection('attention_output', 'output', [heads, values, ...width], whenBias(width)),
  ]
}
const groupQueryAttention: SlotsOf = c => {
  const dim = size(c['head_dim'])
  const [queries, pairs] = [size(c['num_query_heads']), size(c['num_key_value_heads'])]
  const whenBias = (shape: PartialSizes) => (on(c, 'use_bias') ? shape : undefined)
  return [
    ...projection('query', 'query', [null, queries, dim], whenBias([queries, dim])),
    ...projection('key', 'key', [null, pairs, dim], whenBias([pairs, dim])),
    ...(c['use_gate'] === true ? projection('gate', 'gate', [null, queries, dim], whenBias([queries, dim])) : []),
    ...projection('value', 'value', [null, pairs, dim], whenBias([pairs, dim])),
    ...projection('attention_output', 'output', [queries, dim, null], whenBias([null])),
  ]
}
const attention: SlotsOf = c => [
  ...maybe(c['use_scale'] === true, trained('scale', [])),
  ...maybe(c['score_mode'] === 'concat', trained('concat_score_weight', [])),
]

const adapted: SlotsOf = c =>
  maybe(c['mean'] === null || c['mean'] === undefined, fixed('mean'), fixed('variance'), unused('count', []))
const inverseFrequencies: SlotsOf = c =>
  maybe(c['output_mode'] === 'tf_idf', {
    ...fixed('idf_weights', [null]),
    objects: ['', '_lookup_layer'],
    optional: true,
  })

const SLOTS: Readonly<Record<string, SlotsOf>> = {
  Dense: dense,
  TimeDistributedDense: dense,
  EinsumDense: c => [trained('kernel'), ...maybe(Boolean(c['bias_axes']), trained('bias'))],
  Embedding: c => [trained('embeddings', [size(c['input_dim']), size(c['output_dim'])])],
  ReversibleEmbedding: c => {
    const [rows, columns] = [size(c['input_dim']), size(c['output_dim'])]
    return [
      trained('embeddings', [rows, columns]),
      ...maybe(c['tie_weights'] === false, trained('reverse_embeddings', [columns, rows])),
    ]
  },
  RandomFourierFeatures: c => [
    trained('kernel_scale', [1]),
    fixed('unscaled_kernel', [null, size(c['output_dim'])]),
    fixed('bias', [size(c['output_dim'])]),
  ],
  PReLU: () => [trained('alpha')],
  MaxoutDense: c => [
    trained('W', [size(c['num_features']), null, size(c['units'])]),
    ...maybe(on(c, 'use_bias'), trained('b', [size(c['num_features']), size(c['units'])])),
  ],
  Highway: c => [
    trained('W', [null, null]),
    trained('W_carry', [null, null]),
    ...maybe(on(c, 'use_bias'), trained('b', [null]), trained('b_carry', [null])),
  ],
  ParametricSoftplus: () => [trained('alphas'), trained('betas')],
  SReLU: () => [trained('t_left'), trained('a_left'), trained('t_right'), trained('a_right')],
  Conv1D: convolution,
  Conv2D: convolution,
  Conv3D: convolution,
  Conv1DTranspose: transposed,
  Conv2DTranspose: transposed,
  Conv3DTranspose: transposed,
  DepthwiseConv1D: depthwise,
  DepthwiseConv2D: depthwise,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  LocallyConnected1D: locallyConnected,
  LocallyConnected2D: locallyConnected,
  SimpleRNN: recurrent(1),
  SimpleRNNCell: recurrent(1),
  LSTM: recurrent(4),
  LSTMCell: recurrent(4),
  GRU: recurrent(3),
  GRUCell: recurrent(3),
  ConvLSTM1D: convolutionalLstm,
  ConvLSTM2D: convolutionalLstm,
  ConvLSTM3D: convolutionalLstm,
  BatchNormalization: batchNormalization,
  LayerNormalization: c => scaleAndShift(c['rms_scaling'] === true ? { ...c, scale: true, center: false } : c),
  GroupNormalization: c => scaleAndShift(c, [null]),
  RMSNormalization: () => [trained('scale')],
  LayerScale: () => [also(trained('gamma', [null]), 'gamma', 'variable')],
  SpectralNormalization: () => [also(unused('vector_u'), 'vector_u', 'sn_u', 'sn_vector_u')],
  MultiHeadAttention: multiHeadAttention,
  GroupQueryAttention: groupQueryAttention,
  Attention: attention,
  AdditiveAttention: c => maybe(on(c, 'use_scale'), trained('scale', [null])),
  Normalization: adapted,
  StringLookup: inverseFrequencies,
  IntegerLookup: inverseFrequencies,
  TextVectorization: inverseFrequencies,
  STFTSpectrogram: c => [
    ...maybe(c['mode'] !== 'imag', fixed('real_kernel')),
    ...maybe(c['mode'] !== 'real', fixed('imag_kernel')),
  ],
}
