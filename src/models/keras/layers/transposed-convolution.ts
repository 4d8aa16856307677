/** Transposed convolutions: the gradient of a convolution with respect to its input. */
import type { Value } from '../../../graph/node.ts'
import { reshape, spread } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import { bias, main, type SlotsOf, size, sizes, trained } from '../weights/slots.ts'
import { storedKernels } from '../weights/stored.ts'
import { withBias } from './convolution.ts'
import type { LayerClass } from './layer-class.ts'
import { plus, times } from './sizes.ts'
import { asPlane, isChannelsFirst, overPlane, reach, type Window, windowOf, withActivation } from './space.ts'

/** The kernel is [time, out, in]. */
export const conv1DTranspose = (call: LayerCall): Value =>
  withActivation(call, x => {
    const kernel = call.tensor('kernel')
    const plane = reshape(kernel, [1, ...kernel.shape])
    const [extra] = extraPadding(call, 1)
    const window = asPlane(windowOf(call, 1))
    return withBias(
      call,
      overPlane(call.scope, x, image => transposed(call, image, plane, window, [undefined, extra])),
    )
  })

/** The kernel is [height, width, out, in]. */
export const conv2DTranspose = (call: LayerCall): Value =>
  withActivation(call, x =>
    withBias(call, transposed(call, x, call.tensor('kernel'), windowOf(call, 2), extraPadding(call, 2))),
  )

/** The kernel is [depth, height, width, out, in]. */
export const conv3DTranspose = (call: LayerCall): Value =>
  withActivation(call, x =>
    withBias(call, transposed(call, x, call.tensor('kernel'), windowOf(call, 3), extraPadding(call, 3))),
  )

/** `output_padding`, or what Keras 1's `output_shape` comes to; undefined where neither is given. */
function extraPadding(call: LayerCall, rank: number): readonly (number | undefined)[] {
  if (call.config.has('output_padding')) return call.config.ints('output_padding', rank)
  const given = call.profile === 'k1' ? call.config.raw('output_shape') : undefined
  if (!isList(given) || given.length !== rank + 2) return Array(rank).fill(undefined)
  const spaceOf = <T>(shape: readonly T[]): readonly T[] =>
    isChannelsFirst(call) ? shape.slice(2) : shape.slice(1, -1)
  const { size, strides, padding } = windowOf(call, rank)
  const inputs = spaceOf(call.shape)
  return spaceOf(given).map((output, i) => {
    const n = inputs[i]
    if (typeof output !== 'number' || n == null) return undefined
    return output - ((n - 1) * strides[i]! + (padding === 'same' ? size[i]! % 2 : size[i]!))
  })
}

/** A kernel with gaps is written out with zeros in them: no CPU has them here. */
function transposed(
  call: LayerCall,
  x: Value,
  kernel: Tensor,
  window: Window,
  extra: readonly (number | undefined)[],
): Value {
  const { scope } = call
  const { size, strides, dilations, padding } = window
  const rank = size.length
  const dims = scope.dims(x)
  const outputs = kernel.shape[rank]!
  const space = dims.slice(1, -1).map((n, i) => plus(scope, times(scope, n, strides[i]!), growth(window, i, extra[i])))
  const sizes = scope.pack([dims[0]!, ...space, outputs], 'input_sizes')
  const dense = call.constant('kernel', () => spread(kernel, [...dilations, 1, 1]))
  const op = rank === 2 ? 'Conv2DBackpropInput' : 'Conv3DBackpropInputV2'
  const attrs = { strides: [1, ...strides, 1], padding: padding.toUpperCase() }
  return scope.op(op, [sizes, dense, x], attrs, rank === 2 ? 'conv2d_transpose' : 'conv3d_transpose')
}

/**
 * The elements by which an axis of n grows beyond n·s: Keras' choice among the sizes that a convolution would bring to n.
 *
 *     same    0, or with extra padding p   −s + k − 2·⌊k/2⌋ + p
 *     valid   max(k − s, 0), or            −s + k + p
 */
function growth({ size, strides, dilations, padding }: Window, axis: number, p: number | undefined): number {
  const [k, s] = [reach(size[axis]!, dilations[axis]!), strides[axis]!]
  if (p === undefined) return padding === 'same' ? 0 : Math.max(k - s, 0)
  return (padding === 'same' ? k - 2 * Math.floor(k / 2) : k) - s + p
}

const weights: SlotsOf = c => {
  const filters = size(c['filters'])
  return [main(trained('kernel', [...sizes(c['kernel_size']), filters, null])), ...bias(c, filters)]
}

export const TRANSPOSED_LAYERS: readonly LayerClass[] = [
  {
    name: 'Conv1DTranspose',
    aliases: ['Convolution1DTranspose'],
    emit: conv1DTranspose,
    weights,
    stored: storedKernels(),
    spatialRank: 1,
  },
  {
    name: 'Conv2DTranspose',
    aliases: ['Convolution2DTranspose', 'Deconvolution2D', 'Deconv2D'],
    emit: conv2DTranspose,
    weights,
    stored: storedKernels({ channelsFirst: [2, 3, 0, 1], channelsLast: [0, 1, 3, 2] }),
    spatialRank: 2,
  },
  {
    name: 'Conv3DTranspose',
    aliases: ['Convolution3DTranspose', 'Deconvolution3D', 'Deconv3D'],
    emit: conv3DTranspose,
    weights,
    stored: storedKernels(),
    spatialRank: 3,
  },
]
