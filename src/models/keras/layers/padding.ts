/** Adding and taking away at the edges. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import type { Range } from '../scope.ts'
import type { LayerClass } from './layer-class.ts'
import { padSpace, withChannelsLast } from './space.ts'

/** [before, after] for each spatial dimension. */
function amounts(call: LayerCall, key: string, rank: number): readonly (readonly [number, number])[] {
  const value = call.config.raw(key) ?? Array(rank).fill([1, 1])
  const isPair = (v: unknown): v is readonly [number, number] =>
    Array.isArray(v) && v.length === 2 && v.every(n => Number.isInteger(n) && n >= 0)
  if (Array.isArray(value) && value.length === rank && value.every(isPair)) return value
  return call.refuse(`its '${key}' is ${JSON.stringify(value)}, expected two sizes for each of ${rank} dimensions`)
}

/** Zeros around. */
const zeroPadding =
  (rank: 1 | 2 | 3) =>
  (call: LayerCall): Value =>
    withChannelsLast(call, call.value, x => padSpace(call.scope, x, amounts(call, 'padding', rank)))

/** Crops the edges. */
const cropping =
  (rank: 1 | 2 | 3) =>
  (call: LayerCall): Value =>
    withChannelsLast(call, call.value, x => {
      const sizes = call.shapeOf(x).slice(1, -1)
      const ranges = amounts(call, 'cropping', rank).map(([before, after], i): Range => {
        const size = sizes[i]
        const end = after === 0 ? null : size == null ? -after : size - after
        return [before === 0 ? null : before, end]
      })
      return call.scope.slice(x, [[null, null], ...ranges])
    })

const RANKS = [1, 2, 3] as const

/** ZeroPadding1D to Cropping3D. */
export const PADDING_LAYERS: readonly LayerClass[] = RANKS.flatMap((rank): LayerClass[] => [
  { name: `ZeroPadding${rank}D`, emit: zeroPadding(rank), spatialRank: rank, pairs: 'padding' },
  { name: `Cropping${rank}D`, emit: cropping(rank), spatialRank: rank, pairs: 'cropping' },
])
