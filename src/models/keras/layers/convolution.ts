/** Convolutions in one, two and three dimensions, with gaps and in groups. */
import type { Value } from '../../../graph/node.ts'
import { reshape, sliceOf, spread } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { LayerCall } from '../call.ts'
import { bias, main, type SlotsOf, size, sizes, trained } from '../weights/slots.ts'
import { storedKernel1D, storedKernels } from '../weights/stored.ts'
import type { LayerClass } from './layer-class.ts'
import {
  asPlane,
  isChannelsFirst,
  overBatches,
  overPlane,
  padSpace,
  reach,
  type Window,
  windowOf,
  withActivation,
} from './space.ts'

/** act(kernel ∗ x + b). The kernel is [time, in, out]; a sequence is convolved as an image one pixel high. */
export const conv1D = (call: LayerCall): Value =>
  withActivation(call, x => {
    const kernel = call.tensor('kernel')
    const plane = reshape(kernel, [1, ...kernel.shape])
    return overBatches(call, x, 2, sequence =>
      withFusedBias(
        call,
        overPlane(call.scope, sequence, image => grouped(call, image, plane, asPlane(windowOf(call, 1)))),
      ),
    )
  })

/** The kernel is [height, width, in, out]. */
export const conv2D = (call: LayerCall): Value => convolved(call, 2)

/** The kernel is [depth, height, width, in, out]. */
export const conv3D = (call: LayerCall): Value => convolved(call, 3)

const convolved = (call: LayerCall, rank: 2 | 3): Value => {
  const addBias = rank === 2 ? withFusedBias : withBias
  return withActivation(call, x =>
    overBatches(call, x, rank + 1, images =>
      addBias(call, grouped(call, images, call.tensor('kernel'), windowOf(call, rank))),
    ),
  )
}

/** Adds the bias to the channels, which are last. */
function withFusedBias(call: LayerCall, x: Value): Value {
  const bias = call.maybeWeight('bias')
  return bias ? call.scope.op('BiasAdd', [x, bias]) : x
}

/**
 * The same where TensorFlow does not fuse the sum with the convolution. Keras 3 adds a vector to the last axis where
 * it fits, so that with the channels first and as many columns as filters the bias goes to the columns. Conv1D and
 * Conv2D escape, because TensorFlow fuses their sums in `predict`.
 */
export function withBias(call: LayerCall, x: Value): Value {
  const bias = call.maybeTensor('bias')
  if (!bias || call.profile !== 'k3' || !isChannelsFirst(call)) return withFusedBias(call, x)
  const [width, channels] = call.shapeOf(x).slice(-2)
  if (width !== channels) return withFusedBias(call, x)
  const column = call.constant('bias_column', () => reshape(bias, [bias.shape[0]!, 1]))
  return call.scope.add(x, column)
}

/** Groups up to which each gets a convolution of its own: TF.js has no grouped convolution, but nodes cost too. */
const MAX_SPLIT = 32

/** A convolution whose channels fall into groups that do not mix, in as many as the kernel's input channels say. */
export function grouped(call: LayerCall, x: Value, kernel: Tensor, window: Window): Value {
  const { scope } = call
  const rank = window.size.length
  const channels = call.known(call.shapeOf(x).at(-1), 'the number of its channels')
  const [inputs, outputs] = [kernel.shape[rank]!, kernel.shape[rank + 1]!]
  const groups = channels / inputs
  if (!Number.isInteger(groups) || outputs % groups !== 0)
    call.refuse(`its kernel [${kernel.shape}] does not fit ${channels} channels`)
  const whole: Kernel = { tensor: kernel, name: 'kernel' }
  if (groups === 1) return convolution(call, x, whole, window)
  if (inputs === 1 && rank === 2 && isSquare(window))
    return depthwise(call, x, { tensor: perChannel(kernel, channels), name: 'kernel' }, window)
  if (groups > MAX_SPLIT && rank === 2) return convolution(call, x, whole, window)
  const width = outputs / groups
  const parts = scope.split(x, groups, rank + 1).map((part, i) => {
    const begin = kernel.shape.map((_, axis) => (axis === rank + 1 ? i * width : 0))
    const own = sliceOf(kernel, begin, [...kernel.shape.slice(0, -1), width])
    return convolution(call, part, { tensor: own, name: `kernel/group_${i}` }, window)
  })
  return scope.concat(parts, rank + 1)
}

const isSquare = ({ strides }: Window): boolean => strides.every(s => s === strides[0])

/** [h, w, 1, in·n] → [h, w, in, n]: what DepthwiseConv2dNative takes. */
const perChannel = (kernel: Tensor, channels: number): Tensor =>
  reshape(kernel, [...kernel.shape.slice(0, 2), channels, kernel.shape[3]! / channels])

/** A kernel, and what its constant is called. */
export interface Kernel {
  readonly tensor: Tensor
  readonly name: string
}

/** Convolves in two or three dimensions. */
function convolution(call: LayerCall, x: Value, kernel: Kernel, window: Window): Value {
  const op = window.size.length === 2 ? 'Conv2D' : 'Conv3D'
  const body: Body = (input, dense, inner) =>
    call.scope.op(op, [input, constantOf(call, kernel, dense)], attrsOf(inner))
  return windowed(call, x, kernel.tensor, window, { body, hasDilations: op === 'Conv2D' })
}

/** Convolves each channel by itself; the kernel is [h, w, in, n]. */
export function depthwise(call: LayerCall, x: Value, kernel: Kernel, window: Window, nodeName = 'depthwise'): Value {
  const { tensor } = kernel
  if (!isSquare(window)) {
    const [h, w, channels, n] = tensor.shape
    return grouped(call, x, reshape(tensor, [h!, w!, 1, channels! * n!]), window) // no CPU has unequal strides here
  }
  const body: Body = (input, dense, inner) =>
    call.scope.op('DepthwiseConv2dNative', [input, constantOf(call, kernel, dense)], attrsOf(inner), nodeName)
  return windowed(call, x, tensor, window, { body, hasDilations: false })
}

/** A kernel with its gaps filled is another constant: a shared layer may need both. */
const constantOf = (call: LayerCall, { tensor, name }: Kernel, dense: Tensor): Value =>
  call.constant(dense === tensor ? name : `${name}/spread`, () => dense)

const attrsOf = ({ strides, dilations, padding }: Window) => ({
  strides: [1, ...strides, 1],
  padding: padding.toUpperCase(),
  ...(dilations.some(d => d > 1) && { dilations: [1, ...dilations, 1] }),
})

type Body = (x: Value, kernel: Tensor, window: Window) => Value

/** A convolution without gaps, and whether its op has an attribute for them. */
interface Convolved {
  readonly body: Body
  readonly hasDilations: boolean
}

/**
 * Runs a convolution with gaps in its window: where the sizes are known by
 * rearranging space into the batch, as TensorFlow itself does and the only form
 * that every consumer reads; else by the attribute, where every CPU has it, or by a kernel with zeros in the gaps.
 */
function windowed(call: LayerCall, x: Value, kernel: Tensor, window: Window, convolved: Convolved): Value {
  const { scope } = call
  const { body, hasDilations } = convolved
  const { size, strides, dilations, padding } = window
  if (padding === 'causal') {
    const paddings = size.map((k, i) => [reach(k, dilations[i]!) - 1, 0] as const)
    return windowed(call, padSpace(scope, x, paddings), kernel, { ...window, padding: 'valid' }, convolved)
  }
  if (dilations.every(d => d === 1)) return body(x, kernel, window)
  const space = call.shapeOf(x).slice(1, -1)
  const isStrided = strides.some(s => s > 1)
  if (space.every(d => d !== null) && !isStrided)
    return rearranged(call, x, window, (spaced, dense) => body(spaced, kernel, dense))
  if (hasDilations && !isStrided) return body(x, kernel, window)
  const dense = spread(kernel, [...dilations, 1, 1])
  return body(x, dense, { ...window, dilations: dilations.map(() => 1) })
}

/** SpaceToBatchND, the same without gaps, BatchToSpaceND. The sizes of the space are known. */
function rearranged(call: LayerCall, x: Value, window: Window, body: (x: Value, window: Window) => Value): Value {
  const { scope } = call
  const { size, strides, dilations, padding } = window
  const space = call.shapeOf(x).slice(1, -1) as readonly number[] // the caller has looked
  const total = size.map((k, i) => (padding === 'same' ? reach(k, dilations[i]!) - 1 : 0))
  const before = total.map(t => Math.floor(t / 2))
  const extra = space.map((n, i) => mod(-(n + total[i]!), dilations[i]!))
  const paddings = space.map((_, i) => [before[i]!, total[i]! - before[i]! + extra[i]!] as const)
  const crops = extra.map(n => [0, n] as const)
  const block = scope.ints(dilations, 'SpaceToBatchND/block_shape')
  const spaced = scope.op('SpaceToBatchND', [x, block, scope.matrix(paddings, 'SpaceToBatchND/paddings')])
  const result = body(spaced, { size, strides, dilations: dilations.map(() => 1), padding: 'valid' })
  return scope.op('BatchToSpaceND', [result, block, scope.matrix(crops, 'BatchToSpaceND/crops')])
}

const mod = (a: number, n: number): number => ((a % n) + n) % n

const weights: SlotsOf = c => {
  const filters = size(c['filters'])
  return [main(trained('kernel', [...sizes(c['kernel_size']), null, filters])), ...bias(c, filters)]
}

/** The channels are known from the kernel, the sizes of the image are not. */
const inputShape: LayerClass['inputShape'] = kernel => kernel && [...kernel.slice(1).map(() => null), kernel.at(-2)!]

export const CONVOLUTION_LAYERS: readonly LayerClass[] = [
  {
    name: 'Conv1D',
    aliases: ['Convolution1D', 'AtrousConvolution1D', 'AtrousConv1D'],
    emit: conv1D,
    weights,
    stored: storedKernel1D(),
    spatialRank: 1,
    inputShape,
  },
  {
    name: 'Conv2D',
    aliases: ['Convolution2D', 'AtrousConvolution2D', 'AtrousConv2D'],
    emit: conv2D,
    weights,
    stored: storedKernels({ channelsFirst: [2, 3, 1, 0] }),
    spatialRank: 2,
    inputShape,
  },
  {
    name: 'Conv3D',
    aliases: ['Convolution3D'],
    emit: conv3D,
    weights,
    stored: storedKernels({ channelsFirst: [2, 3, 4, 1, 0] }),
    spatialRank: 3,
    inputShape,
  },
]
