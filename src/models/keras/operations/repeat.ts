/** Elements several times. */
import type { Value } from '../../../graph/node.ts'
import type { Scope } from '../scope.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

export const tile: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const times = f.sizes('repeats').map(size => size ?? 1)
  const rank = Math.max(f.rank(x), times.length)
  const ones = (count: number): number[] => Array<number>(Math.max(0, count)).fill(1)
  const dims = scope.dims(x)
  const wide = rank > dims.length ? scope.reshape(x, [...ones(rank - dims.length), ...dims]) : x
  return scope.tile(wide, [...ones(rank - times.length), ...times])
}

/** Each element `repeats` times in a row, or as often as it says for each. */
export const repeat: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = f.has('axis') ? given : scope.reshape(given, [null])
  const axis = f.has('axis') ? f.axis('axis', x, 0) : 0
  const counts = f.ints('repeats') ?? [1]
  if (counts.length === 1) return repeatAxis(scope, x, axis, counts[0]!)
  const places = counts.flatMap((count, i) => Array<number>(count).fill(i))
  return scope.op('GatherV2', [x, scope.ints(places, 'indices'), scope.int(axis, 'axis')])
}

/** Each element of an axis `count` times in a row. */
function repeatAxis(scope: Scope, x: Value, axis: number, count: number): Value {
  const dims = scope.dims(x)
  const wide = scope.expandDims(x, axis + 1)
  const tiled = scope.tile(
    wide,
    [...dims, 0].map((_, i) => (i === axis + 1 ? count : 1)),
  )
  const size = dims[axis]!
  const grown = typeof size === 'number' ? size * count : null
  return scope.reshape(tiled, [...dims.slice(0, axis), grown, ...dims.slice(axis + 1)])
}
