/** Functions that put elements at places, and that gather them by what they belong to. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'

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

/** x with updates at indices: in its place or, by `reduction`, together with it. */
export const updated =
  (fixed?: keyof typeof UPDATES): Emit =>
  f => {
    const reduction = fixed ?? f.text('reduction', 'update')
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
