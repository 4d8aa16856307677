/**
 * Every layer that can be written: its class, its emitter, and what becomes of
 * the mask. One row a class; the emitters are in a file for each family.
 */
import type { LayerKind } from '../call.ts'
import * as activations from './activations.ts'
import * as applications from './applications.ts'
import { additiveAttention, attention } from './attention/dense-attention.ts'
import { groupQueryAttention, multiHeadAttention } from './attention/multi-head-attention.ts'
import * as augmentation from './augmentation.ts'
import { batchNormalization } from './batch-normalization.ts'
import * as convolution from './convolution.ts'
import * as core from './core.ts'
import * as depthwise from './depthwise.ts'
import { dot } from './dot.ts'
import { einsumDense } from './einsum-dense.ts'
import { categoryEncoding, discretization } from './encoding.ts'
import { hashedCrossing, hashing } from './hashing.ts'
import * as legacy from './legacy.ts'
import * as local from './locally-connected.ts'
import { integerLookup, stringLookup } from './lookup.ts'
import * as merge from './merge.ts'
import * as normalization from './normalization.ts'
import { cropping, zeroPadding } from './padding.ts'
import { adaptivePooling, globalPooling, pooling } from './pooling.ts'
import { bidirectional } from './recurrent/bidirectional.ts'
import { recurrent } from './recurrent/recurrent.ts'
import { timeDistributed } from './recurrent/time-distributed.ts'
import * as resampling from './resampling.ts'
import * as spectrogram from './spectrogram.ts'
import { textVectorization } from './text.ts'
import * as transposed from './transposed-convolution.ts'

/** The mask goes on, or ends. */
const passing = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'pass' })
const passingIn3 = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'pass in Keras 3' })
const ending = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'drop' })
const identity = passing(core.passThrough)
const unchanged = ending(augmentation.unchanged)

/** Layers, by canonical class. */
export const LAYERS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Dense', passing(core.dense)],
  ['TimeDistributedDense', passing(core.dense)],
  ['EinsumDense', ending(einsumDense)],
  ['Embedding', ending(core.embedding)],
  ['ReversibleEmbedding', ending(core.reversibleEmbedding)],
  ['Flatten', ending(core.flatten)],
  ['Reshape', ending(core.reshape)],
  ['Permute', ending(core.permute)],
  ['RepeatVector', ending(core.repeatVector)],
  ['Masking', ending(core.masking)],
  ['RandomFourierFeatures', ending(core.randomFourierFeatures)],

  ['Activation', passing(activations.activation)],
  ['ReLU', passing(activations.relu)],
  ['LeakyReLU', passing(activations.leakyReLU)],
  ['PReLU', passing(activations.parametricReLU)],
  ['ELU', passing(activations.eluLayer)],
  ['ThresholdedReLU', passing(activations.thresholdedReLU)],
  ['Softmax', passing(activations.softmaxLayer)],
  ['ParametricSoftplus', passing(activations.parametricSoftplus)],
  ['SReLU', passing(activations.sReLU)],

  ['Conv1D', ending(convolution.conv1D)],
  ['Conv2D', ending(convolution.conv2D)],
  ['Conv3D', ending(convolution.conv3D)],
  ['Conv1DTranspose', ending(transposed.conv1DTranspose)],
  ['Conv2DTranspose', ending(transposed.conv2DTranspose)],
  ['Conv3DTranspose', ending(transposed.conv3DTranspose)],
  ['DepthwiseConv1D', ending(depthwise.depthwiseConv1D)],
  ['DepthwiseConv2D', ending(depthwise.depthwiseConv2D)],
  ['SeparableConv1D', ending(depthwise.separableConv1D)],
  ['SeparableConv2D', ending(depthwise.separableConv2D)],
  ['LocallyConnected1D', ending(local.locallyConnected1D)],
  ['LocallyConnected2D', ending(local.locallyConnected2D)],

  ['MaxPooling1D', ending(pooling('Max', 1))],
  ['MaxPooling2D', ending(pooling('Max', 2))],
  ['MaxPooling3D', ending(pooling('Max', 3))],
  ['AveragePooling1D', ending(pooling('Avg', 1))],
  ['AveragePooling2D', ending(pooling('Avg', 2))],
  ['AveragePooling3D', ending(pooling('Avg', 3))],
  ['GlobalMaxPooling1D', ending(globalPooling('Max'))],
  ['GlobalMaxPooling2D', ending(globalPooling('Max'))],
  ['GlobalMaxPooling3D', ending(globalPooling('Max'))],
  ['GlobalAveragePooling1D', ending(globalPooling('Mean'))],
  ['GlobalAveragePooling2D', ending(globalPooling('Mean'))],
  ['GlobalAveragePooling3D', ending(globalPooling('Mean'))],
  ['AdaptiveMaxPooling1D', ending(adaptivePooling('Max', 1))],
  ['AdaptiveMaxPooling2D', ending(adaptivePooling('Max', 2))],
  ['AdaptiveMaxPooling3D', ending(adaptivePooling('Max', 3))],
  ['AdaptiveAveragePooling1D', ending(adaptivePooling('Avg', 1))],
  ['AdaptiveAveragePooling2D', ending(adaptivePooling('Avg', 2))],
  ['AdaptiveAveragePooling3D', ending(adaptivePooling('Avg', 3))],

  ['BatchNormalization', passing(batchNormalization)],
  ['LayerNormalization', passing(normalization.layerNormalization)],
  ['GroupNormalization', passing(normalization.groupNormalization)],
  ['RMSNormalization', ending(normalization.rmsNormalization)],
  ['UnitNormalization', passing(normalization.unitNormalization)],
  ['SpectralNormalization', ending(normalization.spectralNormalization)],
  ['Normalization', passingIn3(normalization.normalization)],
  ['Rescaling', passingIn3(normalization.rescaling)],

  ['ZeroPadding1D', ending(zeroPadding(1))],
  ['ZeroPadding2D', ending(zeroPadding(2))],
  ['ZeroPadding3D', ending(zeroPadding(3))],
  ['Cropping1D', ending(cropping(1))],
  ['Cropping2D', ending(cropping(2))],
  ['Cropping3D', ending(cropping(3))],
  ['UpSampling1D', ending(resampling.upSampling1D)],
  ['UpSampling2D', ending(resampling.upSampling2D)],
  ['UpSampling3D', ending(resampling.upSampling3D)],
  ['Resizing', ending(resampling.resizing)],
  ['CenterCrop', ending(resampling.centerCrop)],
  ['RandomCrop', ending(resampling.randomCrop)],

  ['Add', ending(merge.merging('AddV2'))],
  ['Subtract', ending(merge.merging('Sub'))],
  ['Multiply', ending(merge.merging('Mul'))],
  ['Maximum', ending(merge.merging('Maximum'))],
  ['Minimum', ending(merge.merging('Minimum'))],
  ['Average', ending(merge.average)],
  ['Concatenate', ending(merge.concatenate)],
  ['Dot', ending(dot)],
  ['Merge', ending(merge.merge)],

  ['CategoryEncoding', ending(categoryEncoding)],
  ['Discretization', ending(discretization)],
  ['Hashing', ending(hashing)],
  ['HashedCrossing', ending(hashedCrossing)],
  ['StringLookup', ending(stringLookup)],
  ['IntegerLookup', ending(integerLookup)],
  ['TextVectorization', ending(textVectorization)],
  ['MelSpectrogram', ending(spectrogram.melSpectrogram)],
  ['STFTSpectrogram', ending(spectrogram.stftSpectrogram)],
  ['AutoContrast', ending(augmentation.autoContrast)],
  ['Pipeline', ending(augmentation.pipeline)],

  ['Highway', passing(legacy.highway)],
  ['MaxoutDense', passing(legacy.maxoutDense)],

  ['LayerScale', passing(applications.layerScale)],
  ['CustomScaleLayer', passing(applications.customScaleLayer)],
  ['StochasticDepth', identity],

  ['AugMix', unchanged],
  ['CutMix', unchanged],
  ['Equalization', unchanged],
  ['MaxNumBoundingBoxes', unchanged],
  ['MixUp', unchanged],
  ['RandAugment', unchanged],
  ['RandomBrightness', unchanged],
  ['RandomColorDegeneration', unchanged],
  ['RandomColorJitter', unchanged],
  ['RandomContrast', unchanged],
  ['RandomElasticTransform', unchanged],
  ['RandomErasing', unchanged],
  ['RandomFlip', unchanged],
  ['RandomGaussianBlur', unchanged],
  ['RandomGrayscale', unchanged],
  ['RandomHeight', unchanged],
  ['RandomHue', unchanged],
  ['RandomInvert', unchanged],
  ['RandomPerspective', unchanged],
  ['RandomPosterization', unchanged],
  ['RandomRotation', unchanged],
  ['RandomSaturation', unchanged],
  ['RandomSharpness', unchanged],
  ['RandomShear', unchanged],
  ['RandomTranslation', unchanged],
  ['RandomWidth', unchanged],
  ['RandomZoom', unchanged],
  ['Solarization', unchanged],

  ['SimpleRNN', ending(recurrent)],
  ['LSTM', ending(recurrent)],
  ['GRU', ending(recurrent)],
  ['RNN', ending(recurrent)],
  ['ConvLSTM1D', ending(recurrent)],
  ['ConvLSTM2D', ending(recurrent)],
  ['ConvLSTM3D', ending(recurrent)],
  ['Bidirectional', ending(bidirectional)],
  ['TimeDistributed', ending(timeDistributed)],

  ['Attention', ending(attention)],
  ['AdditiveAttention', ending(additiveAttention)],
  ['MultiHeadAttention', ending(multiHeadAttention)],
  ['GroupQueryAttention', ending(groupQueryAttention)],

  ['Dropout', identity],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['SpatialDropout3D', identity],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['AlphaDropout', identity],
  ['ActivityRegularization', identity],
  ['Identity', passingIn3(core.passThrough)],
])

export { OPERATIONS } from '../operations/index.ts'

/** Classes of Keras that cannot be written, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['Lambda', 'it holds Python bytecode, which is never run'],
  ['ContrastLimitedAdaptiveHistogramEqualization', 'its histograms have no ops'],
  ['DenseFeatures', 'its feature columns are not in the file'],
  ['FeatureSpace', 'it is many models in one'],
  ['TFSMLayer', 'it calls a SavedModel that is not in the file'],
  ['FlaxLayer', 'it runs code of Flax'],
  ['JaxLayer', 'it runs code of JAX'],
  ['TorchModuleWrapper', 'it runs code of PyTorch'],
  ['PeepholeLSTMCell', 'its peephole weights are of TensorFlow 1.x only'],
])
