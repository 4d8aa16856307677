/** Pooling over windows, over all of space, and to a given number of windows. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import type { Scope } from '../scope.ts'
import type { LayerClass } from './layer-class.ts'
import { isChannelsFirst, overPlane, toChannelsFirst, toChannelsLast, withChannelsLast } from './space.ts'

/** How windows become numbers. */
type Kind = 'Max' | 'Avg'

/** The largest or the mean of each window; a mean at the edge counts only what lies inside. */
export const pooling =
  (kind: Kind, rank: 1 | 2 | 3) =>
  (call: LayerCall): Value => {
    const { scope, config } = call
    const size = config.sizes('pool_size', rank, 2)
    const strides = config.has('strides') ? config.sizes('strides', rank) : size
    const padding = config.choice('padding', ['valid', 'same'], 'valid')
    return withChannelsLast(call, kind === 'Max' ? call.value : call.x, x =>
      pool(scope, kind, x, { size, strides, padding }),
    )
  }

/** Windows that are pooled. */
interface Pooled {
  readonly size: readonly number[]
  readonly strides: readonly number[]
  readonly padding: 'valid' | 'same'
}

function pool(scope: Scope, kind: Kind, x: Value, { size, strides, padding }: Pooled): Value {
  if (size.length === 1) {
    const plane = { size: [1, ...size], strides: [1, ...strides], padding }
    return overPlane(scope, x, image => pool(scope, kind, image, plane))
  }
  const op = size.length === 2 ? `${kind}Pool` : `${kind}Pool3D`
  return scope.op(op, [x], { ksize: [1, ...size, 1], strides: [1, ...strides, 1], padding: padding.toUpperCase() })
}

/** The largest or the mean of all positions. A mask of time steps leaves those out of a mean. */
const globalPooling =
  (op: 'Max' | 'Mean') =>
  (call: LayerCall): Value => {
    const { scope } = call
    call.shapeOf(call.input.value)
    const isFirst = isChannelsFirst(call)
    const x = isFirst ? toChannelsLast(scope, call.x) : call.x
    const keepDims = call.config.bool('keepdims', false)
    const axes = call.shape.slice(2).map((_, i) => i + 1)
    const mask = op === 'Mean' && axes.length === 1 ? call.mask?.() : undefined
    const result = mask ? maskedMean(scope, x, mask, keepDims) : scope.reduce(op, x, axes, keepDims)
    return isFirst && keepDims ? toChannelsFirst(scope, result) : result
  }

/** Σ x·m / Σ m over time. */
function maskedMean(scope: Scope, x: Value, mask: Value, keepDims: boolean): Value {
  const weights = scope.expandDims(scope.cast(mask, x.dtype!), -1)
  const sum = scope.reduce('Sum', scope.mul(x, weights), [1], keepDims)
  return scope.div(sum, scope.reduce('Sum', weights, [1], keepDims))
}

/** `output_size` windows along each axis: of n positions, window i takes ⌊i·n/o⌋ to ⌈(i + 1)·n/o⌉. */
export const adaptivePooling =
  (kind: Kind, rank: 1 | 2 | 3) =>
  (call: LayerCall): Value => {
    const counts = call.config.ints('output_size', rank)
    return withChannelsLast(call, call.x, x => {
      const sizes = call.shapeOf(x).slice(1, -1)
      const space = sizes.map(size => call.known(size, 'a size of its input'))
      const windows = space.map((n, i) => n / counts[i]!)
      if (windows.every(Number.isInteger))
        return pool(call.scope, kind, x, { size: windows, strides: windows, padding: 'valid' })
      return counts.reduce((y, count, i) => alongAxis(call, kind, y, { axis: i + 1, count }), x)
    })
  }

function alongAxis(call: LayerCall, kind: Kind, x: Value, { axis, count }: { axis: number; count: number }): Value {
  const { scope } = call
  const n = call.known(call.shapeOf(x)[axis], 'a size of its input')
  const whole = Array.from({ length: axis }, () => [null, null] as const)
  const parts = Array.from({ length: count }, (_, i) => {
    const window = scope.slice(x, [...whole, [Math.floor((i * n) / count), Math.ceil(((i + 1) * n) / count)]])
    return scope.reduce(kind === 'Max' ? 'Max' : 'Mean', window, [axis], true)
  })
  return scope.concat(parts, axis)
}

const RANKS = [1, 2, 3] as const

/** MaxPooling2D, GlobalMaxPooling2D, AdaptiveMaxPooling2D…: for both kinds and one to three spatial axes. */
export const POOLING_LAYERS: readonly LayerClass[] = RANKS.flatMap((rank): LayerClass[] => [
  { name: `MaxPooling${rank}D`, aliases: [`MaxPool${rank}D`], emit: pooling('Max', rank), ...windows(rank) },
  { name: `AveragePooling${rank}D`, aliases: [`AvgPool${rank}D`], emit: pooling('Avg', rank), ...windows(rank) },
  {
    name: `GlobalMaxPooling${rank}D`,
    aliases: [`GlobalMaxPool${rank}D`],
    emit: globalPooling('Max'),
    spatialRank: rank,
  },
  {
    name: `GlobalAveragePooling${rank}D`,
    aliases: [`GlobalAvgPool${rank}D`],
    emit: globalPooling('Mean'),
    spatialRank: rank,
  },
  { name: `AdaptiveMaxPooling${rank}D`, emit: adaptivePooling('Max', rank), spatialRank: rank },
  { name: `AdaptiveAveragePooling${rank}D`, emit: adaptivePooling('Avg', rank), spatialRank: rank },
])

/** For one axis, Keras 1 has `stride`. */
function windows(rank: 1 | 2 | 3): Pick<LayerClass, 'spatialRank' | 'oldArguments'> {
  return { spatialRank: rank, ...(rank === 1 && { oldArguments: { stride: 'strides' } }) }
}
