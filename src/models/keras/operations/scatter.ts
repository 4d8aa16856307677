/** Elements put to and read from places that are given by indices. */
import type { Value } from '../../../graph/node.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

export const whole = (f: FunctionCall, name: string): Value => f.scope.cast(f.tensor(name, 'int32'), 'int32')

/** Values at indices, zeros elsewhere; what meets at one place is summed. */
export const scatter: Emit = f =>
  f.scope.op('ScatterNd', [
    whole(f, 'indices'),
    f.tensor('values'),
    f.scope.pack(f.sizes('shape').map(size => size ?? -1)),
  ])

/** Elements or rows at indices; with `batch_dims` 1, of each sample at its own. */
export const gatherNd: Emit = f => {
  const { scope } = f
  const [x, indices] = [f.tensor('x'), whole(f, 'indices')]
  const batch = f.int('batch_dims', 0)
  if (batch === 0) return scope.op('GatherNd', [x, indices])
  if (batch !== 1) return f.refuse('its batch_dims is more than 1')
  const dims = scope.dims(indices)
  const samples = scope.op('Range', [scope.int(0, 'start'), scope.size(x, 0), scope.int(1, 'delta')])
  const column = scope.reshape(samples, [null, ...dims.slice(1).map(() => 1)])
  const own = scope.op('BroadcastTo', [column, scope.pack([...dims.slice(0, -1), 1])])
  return scope.op('GatherNd', [x, scope.concat([own, indices], dims.length - 1)])
}

const UPDATES: Readonly<Record<string, string>> = {
  update: 'TensorScatterUpdate',
  add: 'TensorScatterAdd',
  sub: 'TensorScatterSub',
  max: 'TensorScatterMax',
  min: 'TensorScatterMin',
}

/** x times updates at indices, as often as they name a place: TensorFlow has no op that multiplies there. */
function multiplied(f: FunctionCall, x: Value): Value {
  const { scope } = f
  const indices = whole(f, 'indices')
  const updates = scope.cast(f.tensor('updates', x.dtype), x.dtype!)
  const depth = f.call.known(f.shape(indices).at(-1), 'the length of its indices')
  const dims = scope.dims(x)
  const leading = dims.slice(0, depth).map(size => (typeof size === 'number' ? size : f.refuse('a size is not known')))
  const strides = leading.map((_, i) => leading.slice(i + 1).reduce((n, size) => n * size, 1))
  const places = scope.reduce('Sum', scope.mul(indices, scope.ints(strides, 'strides')), [-1])
  const count = leading.reduce((n, size) => n * size, 1)
  const factors = scope.op('UnsortedSegmentProd', [
    scope.reshape(updates, [null, ...dims.slice(depth)]),
    scope.reshape(places, [null]),
    scope.int(count, 'num_segments'),
  ])
  return scope.mul(x, scope.reshape(factors, dims))
}

/** x with updates at indices: in its place or, by `reduction`, together with it. */
export const scatterUpdate =
  (fixed?: keyof typeof UPDATES): Emit =>
  f => {
    const reduction = fixed ?? f.text('reduction', 'update')
    if (reduction === 'mul') return multiplied(f, f.tensor('x'))
    const op = UPDATES[reduction] ?? f.refuse(`the reduction '${reduction}' has no op`)
    const x = f.tensor('x')
    return f.scope.op(op, [x, whole(f, 'indices'), f.scope.cast(f.tensor('updates', x.dtype), x.dtype!)])
  }

/** x with a block of updates from `start` on. */
export const sliceUpdate: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const updates = scope.cast(f.tensor('updates', x.dtype), x.dtype!)
  const start = f.sizes('start').map(size => size ?? 0)
  return scope.op('XlaDynamicUpdateSlice', [x, updates, scope.pack(start)])
}

/** The elements of the last axis summed into `count` places; `places` says which one each goes to. */
export function summedAt(scope: Scope, x: Value, places: readonly number[], count: number): Value {
  const dims = scope.dims(x)
  const columns = scope.transpose(scope.reshape(x, [null, places.length]), [1, 0])
  const at = scope.ints(places, 'segment_ids')
  const sums = scope.op('UnsortedSegmentSum', [columns, at, scope.int(count, 'num_segments')])
  return scope.reshape(scope.transpose(sums, [1, 0]), [...dims.slice(0, -1), count])
}
