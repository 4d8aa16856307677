/** Convolutions as functions. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import { depthwise, grouped } from '../layers/convolution.ts'
import { toChannelsFirst, toChannelsLast, type Window } from '../layers/space.ts'
import { asLayer } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { bordered, bordersIn, formatOf, isChannelsFirst, paddingOf, rankOfSpace, spatial } from './windows.ts'

type Emit = Operation['emit']

/** A convolution whose kernel is a constant, as a layer's; with a kernel that is computed, in the one op that takes it. */
export const conv =
  (kind: 'conv' | 'depthwise'): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const kernel = f.tensor('kernel', given.dtype)
    const rank = rankOfSpace(f, given)
    const x = isChannelsFirst(f) ? toChannelsLast(scope, bordered(f, given)) : bordered(f, given)
    const window: Window = {
      size: f
        .shape(kernel)
        .slice(0, rank)
        .map(size => f.call.known(size, 'a size of its kernel')),
      strides: spatial(f, 'strides', rank, 1),
      dilations: spatial(f, 'dilations', rank, 1),
      padding: paddingOf(f, bordersIn(f)) as Window['padding'], // the op refuses others
    }
    const y = convolved(f, kind, x, kernel, window)
    return isChannelsFirst(f) ? toChannelsFirst(scope, y) : y
  }

function convolved(f: FunctionCall, kind: 'conv' | 'depthwise', x: Value, kernel: Value, window: Window): Value {
  const { scope } = f
  const layer = asLayer(f, x, {})
  const { tensor } = kernel
  if (window.size.length === 1) {
    const plane: Window = {
      size: [1, ...window.size],
      strides: [1, ...window.strides],
      dilations: [1, ...window.dilations],
      padding: window.padding,
    }
    return scope.squeeze(convolved(f, kind, scope.expandDims(x, 1), scope.expandDims(kernel, 0), plane), [1])
  }
  if (tensor && kind === 'conv') return grouped(layer, x, tensor, window)
  if (tensor) return depthwise(layer, x, { tensor, name: 'kernel' }, window)
  const op = kind === 'depthwise' ? 'DepthwiseConv2dNative' : window.size.length === 2 ? 'Conv2D' : 'Conv3D'
  const attrs = {
    strides: [1, ...window.strides, 1],
    padding: window.padding.toUpperCase(),
    dilations: [1, ...window.dilations, 1],
  }
  return scope.op(op, [x, kernel], attrs)
}

/** A convolution that is written as the layer of this name is; its kernels must be constants. */
export const asConvolutionLayer =
  (emits: readonly ((call: LayerCall) => Value)[], kernels: readonly string[]): Emit =>
  f => {
    const x = bordered(f, f.tensor('x'))
    const rank = rankOfSpace(f, x)
    const weights = kernels.map(name => {
      const { tensor } = f.tensor(name, x.dtype)
      return [name, tensor ?? f.refuse(`its ${name} is computed`)] as const
    })
    const config = {
      kernel_size: weights[0]![1].shape.slice(0, rank),
      strides: spatial(f, 'strides', rank, 1),
      padding: paddingOf(f, bordersIn(f)),
      dilation_rate: spatial(f, 'dilations', rank, 1),
      data_format: formatOf(f),
      ...(f.has('output_padding') && { output_padding: spatial(f, 'output_padding', rank, 0) }),
    }
    return emits[rank - 1]!(asLayer(f, x, config, new Map(weights)))
  }

/** TensorFlow's transposed convolution, whose result's shape is given. */
export const convTranspose: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const rank = rankOfSpace(f, x)
  const sizes = scope.pack(
    f.sizes('shape').map(size => size ?? -1),
    'input_sizes',
  )
  const borders = bordersIn(f)
  if (borders && rank !== 2) return f.refuse('its padding is a list, which the op of three dimensions does not take')
  const padding = borders
    ? { padding: 'EXPLICIT', explicit_paddings: borders.flat() }
    : { padding: f.text('padding', 'same').toUpperCase() }
  const attrs = { strides: [1, ...spatial(f, 'strides', rank, 1), 1], ...padding }
  return scope.op(
    rank === 2 ? 'Conv2DBackpropInput' : 'Conv3DBackpropInputV2',
    [sizes, f.tensor('kernel', x.dtype), x],
    attrs,
  )
}

/** A block of pixels as channels, and back. */
export const spaceToDepthOrBack =
  (op: 'SpaceToDepth' | 'DepthToSpace'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const last = isChannelsFirst(f) ? toChannelsLast(scope, x) : x
    const y = scope.op(op, [last], { block_size: f.int('block_size') })
    return isChannelsFirst(f) ? toChannelsFirst(scope, y) : y
  }
