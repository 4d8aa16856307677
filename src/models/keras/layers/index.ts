/** The registry of layers: every class of Keras that is known, collected from the files of the families. */
import type { Layer } from '../layer-graph.ts'
import { ACTIVATION_LAYERS } from './activations.ts'
import { APPLICATION_LAYERS } from './applications.ts'
import { DENSE_ATTENTION_LAYERS } from './attention/dense-attention.ts'
import { MULTI_HEAD_ATTENTION_LAYERS } from './attention/multi-head-attention.ts'
import { AUGMENTATION_LAYERS } from './augmentation.ts'
import { BATCH_NORMALIZATION_LAYERS } from './batch-normalization.ts'
import { CONVOLUTION_LAYERS } from './convolution.ts'
import { CORE_LAYERS } from './core.ts'
import { DEPTHWISE_LAYERS } from './depthwise.ts'
import { EINSUM_LAYERS } from './einsum-dense.ts'
import { ENCODING_LAYERS } from './encoding.ts'
import { HASHING_LAYERS } from './hashing.ts'
import type { LayerClass } from './layer-class.ts'
import { LEGACY_LAYERS } from './legacy.ts'
import { LOCALLY_CONNECTED_LAYERS } from './locally-connected.ts'
import { LOOKUP_LAYERS } from './lookup.ts'
import { MERGE_LAYERS } from './merge.ts'
import { CLUSTER_LAYERS } from './model-optimization/cluster.ts'
import { PRUNE_LAYERS } from './model-optimization/prune.ts'
import { QUANTIZE_LAYERS } from './model-optimization/quantize.ts'
import { NORMALIZATION_LAYERS } from './normalization.ts'
import { PADDING_LAYERS } from './padding.ts'
import { POOLING_LAYERS } from './pooling.ts'
import { BIDIRECTIONAL_LAYERS } from './recurrent/bidirectional.ts'
import { RECURRENT_LAYERS } from './recurrent/cells.ts'
import { COMPOUND_CELL_LAYERS } from './recurrent/compound-cells.ts'
import { CONV_LSTM_LAYERS } from './recurrent/conv-lstm-cell.ts'
import { TIME_DISTRIBUTED_LAYERS } from './recurrent/time-distributed.ts'
import { REFUSED_LAYERS } from './refused.ts'
import { REGULARIZATION_LAYERS } from './regularization.ts'
import { RESAMPLING_LAYERS } from './resampling.ts'
import { SPECTROGRAM_LAYERS } from './spectrogram.ts'
import { TEXT_LAYERS } from './text.ts'
import { TRANSPOSED_LAYERS } from './transposed-convolution.ts'

/** Every class that is known, also those that only wrap others or are refused. */
export const LAYER_CLASSES: readonly LayerClass[] = [
  ACTIVATION_LAYERS,
  APPLICATION_LAYERS,
  AUGMENTATION_LAYERS,
  BATCH_NORMALIZATION_LAYERS,
  BIDIRECTIONAL_LAYERS,
  CLUSTER_LAYERS,
  COMPOUND_CELL_LAYERS,
  CONVOLUTION_LAYERS,
  CONV_LSTM_LAYERS,
  CORE_LAYERS,
  DENSE_ATTENTION_LAYERS,
  DEPTHWISE_LAYERS,
  EINSUM_LAYERS,
  ENCODING_LAYERS,
  HASHING_LAYERS,
  LEGACY_LAYERS,
  LOCALLY_CONNECTED_LAYERS,
  LOOKUP_LAYERS,
  MERGE_LAYERS,
  MULTI_HEAD_ATTENTION_LAYERS,
  NORMALIZATION_LAYERS,
  PADDING_LAYERS,
  POOLING_LAYERS,
  PRUNE_LAYERS,
  QUANTIZE_LAYERS,
  RECURRENT_LAYERS,
  REFUSED_LAYERS,
  REGULARIZATION_LAYERS,
  RESAMPLING_LAYERS,
  SPECTROGRAM_LAYERS,
  TEXT_LAYERS,
  TIME_DISTRIBUTED_LAYERS,
  TRANSPOSED_LAYERS,
].flat()

const BY_NAME: ReadonlyMap<string, LayerClass> = new Map(LAYER_CLASSES.map(row => [row.name, row]))
const BY_ALIAS: ReadonlyMap<string, LayerClass> = new Map(
  LAYER_CLASSES.flatMap(row => (row.aliases ?? []).map(alias => [alias, row] as const)),
)

/** The entry of a class, by its canonical name or by any name that files have for it; without a package's prefix. */
export const classNamed = (name: string): LayerClass | undefined => BY_NAME.get(name) ?? BY_ALIAS.get(name)

/** The entry of a layer's class; undefined for models and for calls of functions. */
export const classOf = ({ kind, className }: Pick<Layer, 'kind' | 'className'>): LayerClass | undefined =>
  kind === 'layer' ? BY_NAME.get(className) : undefined

/** The classes that can be written, by name. */
export const LAYERS: ReadonlyMap<string, LayerClass> = new Map(
  [...BY_NAME].filter(([, { emit }]) => emit !== undefined),
)
