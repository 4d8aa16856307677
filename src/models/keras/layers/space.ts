/** The code that layers over space share: where the channels are, and windows along one axis. */
import type { Value } from '../../../graph/node.ts'
import { activate, isPerElement } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import type { Scope } from '../scope.ts'

/** A window that moves over the spatial dimensions; one number for each. */
export interface Window {
  readonly size: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** `causal`: along one axis, zeros before so that no output depends on what comes after. */
  readonly padding: 'same' | 'valid' | 'causal'
}

const PADDINGS = ['same', 'valid', 'causal'] as const

/** The window of a convolution of so many spatial dimensions. */
export const windowOf = ({ config }: LayerCall, rank: number): Window => ({
  size: config.sizes('kernel_size', rank),
  strides: config.sizes('strides', rank, 1),
  dilations: config.sizes('dilation_rate', rank, 1),
  padding: config.choice('padding', PADDINGS, 'valid'),
})

/** The same with a spatial dimension of size 1 before the first: a sequence as an image one pixel high. */
export const asPlane = ({ size, strides, dilations, padding }: Window): Window => ({
  size: [1, ...size],
  strides: [1, ...strides],
  dilations: [1, ...dilations],
  padding,
})

/** Positions that a window with gaps covers. */
export const reach = (size: number, dilation: number): number => (size - 1) * dilation + 1

export const isChannelsFirst = ({ config }: LayerCall): boolean =>
  config.text('data_format', 'channels_last') === 'channels_first'

/** [batch, channels, …space] → [batch, …space, channels]: kernels for channels first do not exist on every CPU. */
export function toChannelsLast(scope: Scope, x: Value): Value {
  const space = Array.from({ length: scope.ranked(x).length - 2 }, (_, i) => i + 2)
  return scope.transpose(x, [0, ...space, 1])
}
/** [batch, …space, channels] → [batch, channels, …space]. */
export function toChannelsFirst(scope: Scope, x: Value): Value {
  const last = scope.ranked(x).length - 1
  return scope.transpose(x, [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)], 'transpose_1')
}

/** Runs `body` on an input with the channels last, whatever the layer's own order is. */
export function withChannelsLast(call: LayerCall, x: Value, body: (x: Value) => Value): Value {
  call.shapeOf(x)
  if (!isChannelsFirst(call)) return body(x)
  return toChannelsFirst(call.scope, body(toChannelsLast(call.scope, x)))
}

/** The same, then the layer's activation: before the channels go back where it does not care, so that transposes meet. */
export function withActivation(call: LayerCall, body: (x: Value) => Value): Value {
  if (isPerElement(call.config.raw('activation'))) return withChannelsLast(call, call.x, x => activate(call, body(x)))
  return activate(call, withChannelsLast(call, call.x, body))
}

/** Runs what works on [batch, height, width, channels] on [batch, time, channels]. */
export const overPlane = (scope: Scope, x: Value, body: (x: Value) => Value): Value =>
  scope.squeeze(body(scope.expandDims(x, 1)), [1])

/** Runs what takes one batch dimension on an input that has several before its last `rank` dimensions: they become one. */
export function overBatches(call: LayerCall, x: Value, rank: number, body: (x: Value) => Value): Value {
  const { scope } = call
  const before = call.shapeOf(x).length - rank
  if (before <= 1) return body(x)
  const dims = scope.dims(x)
  const y = body(scope.reshape(x, [null, ...dims.slice(before)]))
  return scope.reshape(y, [...dims.slice(0, before), ...scope.dims(y).slice(1)])
}

/** Zeros before and after the spatial dimensions. */
export const padSpace = (scope: Scope, x: Value, paddings: readonly (readonly [number, number])[]): Value =>
  scope.pad(x, [[0, 0], ...paddings, [0, 0]])
