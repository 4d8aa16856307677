/** The names that Keras' classes have had, and what Python calls them. */

import { isObject, stringAt } from './json.ts'
import type { Json, Profile } from './layer-graph.ts'

/** Old and other names of classes. Source: the aliases of Keras 1, 2 (`keras/legacy`, `tensorflow/python/keras`) and 3. */
const ALIASES: Readonly<Record<string, string>> = {
  Model: 'Functional',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  LSTMV1: 'LSTM',
  LSTMV2: 'LSTM',
  UnifiedLSTM: 'LSTM',
  CuDNNLSTM: 'LSTM',
  GRUV1: 'GRU',
  GRUV2: 'GRU',
  UnifiedGRU: 'GRU',
  CuDNNGRU: 'GRU',
  LSTMCellV1: 'LSTMCell',
  LSTMCellV2: 'LSTMCell',
  GRUCellV1: 'GRUCell',
  GRUCellV2: 'GRUCell',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  AtrousConvolution1D: 'Conv1D',
  AtrousConvolution2D: 'Conv2D',
  AtrousConv1D: 'Conv1D',
  AtrousConv2D: 'Conv2D',
  Deconvolution2D: 'Conv2DTranspose',
  Deconvolution3D: 'Conv3DTranspose',
  Deconv2D: 'Conv2DTranspose',
  Deconv3D: 'Conv3DTranspose',
  Convolution1DTranspose: 'Conv1DTranspose',
  Convolution2DTranspose: 'Conv2DTranspose',
  Convolution3DTranspose: 'Conv3DTranspose',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  MaxPool3D: 'MaxPooling3D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  AvgPool3D: 'AveragePooling3D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  GlobalAvgPool3D: 'GlobalAveragePooling3D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  GlobalMaxPool3D: 'GlobalMaxPooling3D',
  GroupedQueryAttention: 'GroupQueryAttention',
}

/** What the file calls a class, without a package's prefix: `Custom>Scale` → `Scale`. */
export const bareClass = (name: string): string => name.slice(name.lastIndexOf('>') + 1)

/** The name that the emitters know. Operation nodes keep theirs: `Model` and `MaxPool` are also functions. */
export const canonicalClass = (name: string): string =>
  Object.hasOwn(ALIASES, bareClass(name)) ? ALIASES[bareClass(name)]! : bareClass(name)

/** Containers, whose configuration holds `layers`. */
export const isContainer = (className: string): boolean => className === 'Functional' || className === 'Sequential'

/** Keras 2's records of a call of a TensorFlow function. */
const FUNCTION_LAYERS = new Set([
  'TFOpLambda',
  'SlicingOpLambda',
  'TensorFlowOpLayer',
  'AddMetric',
  'AddLoss',
  'ClassMethod',
  'InstanceMethod',
  'InstanceProperty',
])

const OPERATION_MODULES = /^(keras|keras\.src|keras_core|keras_core\.src)\.(ops|operations|activations|backend)\b/

/**
 * Whether a serialised layer is a call of a function: by its module and, where a file
 * gives none (Keras 3's H5), by its configuration, since every layer's says whether it is trainable.
 */
export function isOperation(serialised: Json, profile: Profile): boolean {
  const className = bareClass(stringAt(serialised, 'class_name') ?? '')
  if (FUNCTION_LAYERS.has(className)) return true
  const module = stringAt(serialised, 'module')
  if (module !== undefined) return OPERATION_MODULES.test(module)
  if (profile !== 'k3' || className === 'InputLayer' || isContainer(canonicalClass(className))) return false
  const config = isObject(serialised) ? serialised['config'] : undefined
  return isObject(config) && !('trainable' in config) && !('layers' in config) && !SILENT.test(className)
}

/** Layers of Keras 3 whose configuration does not say whether they are trainable. */
const SILENT = /^(SpatialDropout[123]D|Discretization|HashedCrossing|FeatureSpace|Pipeline)$/

/** Python's names of public classes that go by another one; files name groups after these. */
const PYTHON_NAMES: Readonly<Record<string, string>> = { GroupQueryAttention: 'GroupedQueryAttention' }

/** `GlobalAveragePooling2D` → `global_average_pooling2d`: Keras' to_snake_case. */
export function snakeCase(className: string): string {
  const name = Object.hasOwn(PYTHON_NAMES, className) ? PYTHON_NAMES[className]! : className
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
