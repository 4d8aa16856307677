/** Convolutions of each channel by itself, alone or before a mixing of the channels. */
import type { Value } from '../../../graph/node.ts'
import { reshape } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { LayerCall } from '../call.ts'
import { bias, main, named, type SlotsOf, size, sizes, trained } from '../weights/slots.ts'
import { depthwise, withBias } from './convolution.ts'
import type { LayerClass } from './layer-class.ts'
import { asPlane, overPlane, type Window, windowOf, withActivation } from './space.ts'

/** The kernel is [height, width, in, multiplier]. */
export const depthwiseConv2D = (call: LayerCall): Value =>
  withActivation(call, x =>
    withBias(call, depthwise(call, x, { tensor: call.tensor('kernel'), name: 'kernel' }, windowOf(call, 2))),
  )

/** The kernel is [time, in, multiplier]. */
export const depthwiseConv1D = (call: LayerCall): Value =>
  withActivation(call, x => {
    const kernel = { tensor: asImage(call.tensor('kernel')), name: 'kernel' }
    const window = asPlane(windowOf(call, 1))
    return withBias(
      call,
      overPlane(call.scope, x, image => depthwise(call, image, kernel, window)),
    )
  })

/** The kernels are [height, width, in, multiplier] and [1, 1, in·multiplier, out]. */
export const separableConv2D = (call: LayerCall): Value =>
  withActivation(call, x => {
    const [own, mixing] = [call.tensor('depthwise_kernel'), call.tensor('pointwise_kernel')]
    return withBias(call, separable(call, x, own, mixing, windowOf(call, 2)))
  })

/** The kernels are [time, in, multiplier] and [1, in·multiplier, out]. */
export const separableConv1D = (call: LayerCall): Value =>
  withActivation(call, x => {
    const [own, mixing] = [asImage(call.tensor('depthwise_kernel')), asImage(call.tensor('pointwise_kernel'))]
    const window = asPlane(windowOf(call, 1))
    return withBias(
      call,
      overPlane(call.scope, x, image => separable(call, image, own, mixing, window)),
    )
  })

const asImage = (kernel: Tensor): Tensor => reshape(kernel, [1, ...kernel.shape])

function separable(call: LayerCall, x: Value, own: Tensor, mixing: Tensor, window: Window): Value {
  const { scope } = call
  const kernels = { tensor: own, name: 'depthwise_kernel' }
  const channels = depthwise(call, x, kernels, strided(window), 'separable_conv2d/depthwise')
  const kernel = call.constant('pointwise_kernel', () => mixing)
  return scope.op('Conv2D', [channels, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'separable_conv2d')
}

/** A sequence's strides in both dimensions: the image is one pixel high, so that the first is not used. */
const strided = (window: Window): Window =>
  window.size[0] === 1 && window.padding !== 'same'
    ? { ...window, strides: window.strides.map(() => window.strides[1]!) }
    : window

const weights: SlotsOf = c => [
  named(
    trained('kernel', [...sizes(c['kernel_size']), null, size(c['depth_multiplier']) ?? 1]),
    'depthwise_kernel',
    'kernel',
  ),
  ...bias(c, null),
]

const separableWeights: SlotsOf = c => {
  const kernel = sizes(c['kernel_size'])
  return [
    trained('depthwise_kernel', [...kernel, null, size(c['depth_multiplier']) ?? 1]),
    main(trained('pointwise_kernel', [...kernel.map(() => 1), null, size(c['filters'])])),
    ...bias(c, size(c['filters'])),
  ]
}

export const DEPTHWISE_LAYERS: readonly LayerClass[] = [
  { name: 'DepthwiseConv1D', emit: depthwiseConv1D, weights, spatialRank: 1 },
  { name: 'DepthwiseConv2D', emit: depthwiseConv2D, weights, spatialRank: 2 },
  {
    name: 'SeparableConv1D',
    aliases: ['SeparableConvolution1D'],
    emit: separableConv1D,
    weights: separableWeights,
    spatialRank: 1,
  },
  {
    name: 'SeparableConv2D',
    aliases: ['SeparableConvolution2D'],
    emit: separableConv2D,
    weights: separableWeights,
    spatialRank: 2,
  },
]
