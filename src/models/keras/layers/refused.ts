/** Classes of Keras that are known and cannot be written. */
import type { LayerClass } from './layer-class.ts'

export const REFUSED_LAYERS: readonly LayerClass[] = [
  { name: 'Lambda', refused: 'it holds Python bytecode, which is never run' },
  { name: 'ContrastLimitedAdaptiveHistogramEqualization', refused: 'its histograms have no ops' },
  { name: 'DenseFeatures', refused: 'its feature columns are not in the file' },
  { name: 'FeatureSpace', refused: 'it is many models in one', omitsTrainable: true },
  { name: 'TFSMLayer', refused: 'it calls a SavedModel that is not in the file' },
  { name: 'FlaxLayer', refused: 'it runs code of Flax' },
  { name: 'JaxLayer', refused: 'it runs code of JAX' },
  { name: 'TorchModuleWrapper', refused: 'it runs code of PyTorch' },
  { name: 'PeepholeLSTMCell', refused: 'its peephole weights are of TensorFlow 1.x only' },
]
