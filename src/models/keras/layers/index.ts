/**
 * Every layer that can be written: its class, its emitter, and what becomes of
 * the mask. One row a class; the emitters are in a file for each family.
 */
import type { LayerKind } from '../call.ts'
import * as activations from './activations.ts'
import * as convolution from './convolution.ts'
import * as core from './core.ts'
import * as depthwise from './depthwise.ts'
import { einsumDense } from './einsum-dense.ts'
import * as local from './locally-connected.ts'
import * as transposed from './transposed-convolution.ts'

/** The mask goes on, or ends. */
const passing = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'pass' })
const ending = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'drop' })
const identity = passing(core.passThrough)

/** Layers, by canonical class. */
export const LAYERS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Dense', passing(core.dense)],
  ['TimeDistributedDense', passing(core.dense)],
  ['EinsumDense', passing(einsumDense)],
  ['Embedding', ending(core.embedding)],
  ['ReversibleEmbedding', ending(core.reversibleEmbedding)],
  ['Flatten', ending(core.flatten)],
  ['Reshape', ending(core.reshape)],
  ['Permute', ending(core.permute)],
  ['RepeatVector', ending(core.repeatVector)],
  ['Masking', ending(core.masking)],

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

  ['Dropout', identity],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['SpatialDropout3D', identity],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['AlphaDropout', identity],
  ['ActivityRegularization', identity],
  ['Identity', identity],
])

/** Calls of functions that are recorded as layers, by class: `TFOpLambda` of Keras 2, each Operation of Keras 3. */
export const OPERATIONS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([])

/** Classes of Keras that cannot be written, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['Lambda', 'it holds Python bytecode, which is never run'],
])
