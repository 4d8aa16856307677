/** Rows that belong together reduced to one. */
import type { Value } from '../../../graph/node.ts'
import type { Operation } from './function-call.ts'
import { whole } from './scatter.ts'

type Emit = Operation['emit']

/** The sum, the largest… of the rows that belong to one segment. */
export const segment =
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
    const sum = segment('Sum')(f) as Value // one tensor
    const [data, ids] = [f.tensor('data'), whole(f, 'segment_ids')]
    const ones = scope.op('OnesLike', [ids])
    const count = scope.int(f.int('num_segments'), 'num_segments')
    const rows = scope.max(scope.cast(scope.op('UnsortedSegmentSum', [ones, ids, count]), data.dtype!), 1)
    const wide = scope.reshape(rows, [null, ...Array<number>(f.rank(data) - f.rank(ids)).fill(1)])
    return scope.div(sum, kind === 'mean' ? wide : scope.op('Sqrt', [wide]))
  }
