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
