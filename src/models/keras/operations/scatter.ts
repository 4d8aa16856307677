/** Functions that put elements at places, and that gather them by what they belong to. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, scalar } from '../../../tensor/make.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'

import { resultType } from './promotion.ts'

type Emit = Operation['emit']

const whole = (f: FunctionCall, name: string): Value => f.scope.cast(f.tensor(name, 'int32'), 'int32')

/** Values at indices, zeros elsewhere; what meets at one place is summed. */
export const scattered: Emit = f =>
  f.scope.op('ScatterNd', [
    whole(f, 'indices'),
    f.tensor('values'),
    f.scope.pack(f.sizes('shape').map(size => size ?? -1)),
  ])

/** Elements or rows at indices; with `batch_dims` 1, of each sample at its own. */
export const gathered: Emit = f => {
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
export const updated =
  (fixed?: keyof typeof UPDATES): Emit =>
  f => {
    const reduction = fixed ?? f.text('reduction', 'update')
    if (reduction === 'mul') return multiplied(f, f.tensor('x'))
    const op = UPDATES[reduction] ?? f.refuse(`the reduction '${reduction}' has no op`)
    const x = f.tensor('x')
    return f.scope.op(op, [x, whole(f, 'indices'), f.scope.cast(f.tensor('updates', x.dtype), x.dtype!)])
  }

/** x with a block of updates from `start` on. */
export const overwritten: Emit = f => {
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

/** How many there are of each whole number from 0 to the largest, or to `minlength` − 1; or the sums of their weights. Of each row. */
export const counts: Emit = f => {
  const { scope } = f
  if (f.bool('sparse')) f.refuse('its result is a sparse tensor')
  const given = f.tensor('x', 'int32')
  const x = given.dtype === 'int64' ? given : scope.cast(given, 'int32')
  const weights = f.maybeTensor('weights')
  const all = f.shape(x).map((_, i) => i)
  const size = scope.max(scope.add(scope.reduce('Max', x, all), 1), f.int('minlength', 0))
  const none = (): Value => scope.const(fromValues('int32', [0], []), 'weights')
  const found = scope.op('DenseBincount', [x, size, weights ?? none()])
  return scope.cast(found, weights ? resultType(given.dtype!, weights.dtype!) : 'int32')
}

/** The sum, the largest… of the rows that belong to one segment. */
export const segmented =
  (kind: 'Sum' | 'Max' | 'Min' | 'Prod'): Emit =>
  f => {
    const { scope } = f
    const [data, ids] = [f.tensor('data'), whole(f, 'segment_ids')]
    if (f.bool('sorted')) return scope.op(`Segment${kind}`, [data, ids])
    const last = (): Value => scope.add(scope.reduce('Max', ids, [0]), 1)
    const count = f.has('num_segments') ? scope.int(f.int('num_segments'), 'num_segments') : last()
    return scope.op(`UnsortedSegment${kind}`, [data, ids, count])
  }

/** The mean of the rows of each segment: their sum over their number or, for `root`, the number's square root; 0 where there is none. */
export const segmentMean =
  (kind: 'mean' | 'root'): Emit =>
  f => {
    const { scope } = f
    const sum = segmented('Sum')(f) as Value // one tensor
    const [data, ids] = [f.tensor('data'), whole(f, 'segment_ids')]
    const ones = scope.op('OnesLike', [ids])
    const count = scope.int(f.int('num_segments'), 'num_segments')
    const rows = scope.max(scope.cast(scope.op('UnsortedSegmentSum', [ones, ids, count]), data.dtype!), 1)
    const wide = scope.reshape(rows, [null, ...Array<number>(f.rank(data) - f.rank(ids)).fill(1)])
    return scope.div(sum, kind === 'mean' ? wide : scope.op('Sqrt', [wide]))
  }

/** How often each class was taken for each other: a row a label, a column a prediction. */
export const confusions: Emit = f => {
  const { scope } = f
  const [labels, predictions] = ['labels', 'predictions'].map(name => {
    const given = scope.cast(f.tensor(name, 'int64'), 'int64')
    return f.rank(given) > 1 ? scope.reshape(given, [null]) : given
  })
  const largest = (): Value => scope.reduce('Max', scope.max(labels!, predictions!), [0])
  const size = f.has('num_classes')
    ? scope.const(scalar('int64', f.int('num_classes')), 'num_classes')
    : scope.add(largest(), 1)
  const dtype = f.dtype('dtype') ?? 'int32'
  const weights = f.maybeTensor('weights', dtype)
  const values = weights ? scope.cast(weights, dtype) : scope.cast(scope.op('OnesLike', [predictions!]), dtype)
  const places = scope.op('Pack', [labels!, predictions!], { axis: 1 }, 'indices')
  return scope.op('ScatterNd', [places, values, scope.op('Pack', [size, size], { axis: 0 }, 'shape')])
}
