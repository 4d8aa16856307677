/** Elements in order, and where an element stands in an order. */
import type { Value } from '../../../graph/node.ts'
import { isFloat, isInteger } from '../../../tensorflow/dtype.ts'
import type { KArg } from '../call.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/** Values, and where they were, along an axis from the smallest to the largest; equal ones keep their order. */
export function sorted(f: FunctionCall, x: Value, axis: number): readonly [Value, Value] {
  const { scope } = f
  const perm = f.shape(x).map((_, i) => i)
  perm.splice(axis, 1)
  perm.push(axis)
  const back = perm.map((_, i) => perm.indexOf(i))
  const last = scope.transpose(x, perm)
  const isSigned = x.dtype && (isFloat(x.dtype) || /^int/.test(x.dtype))
  const number = isSigned ? last : scope.cast(last, 'int32')
  const top = scope.node('TopKV2', [scope.op('Neg', [number]), scope.size(last, -1, 'k')])
  const values = scope.cast(scope.op('Neg', [top.out(0)]), x.dtype!)
  return [scope.transpose(values, back), scope.transpose(top.out(1), back)]
}

/** The values or their places, sorted. `direction` may be DESCENDING. */
export const sortOrArgsort =
  (part: 0 | 1): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const isRow = f.call.profile === 'k3' && f.call.layer.config['axis'] === null
    const x = isRow ? scope.reshape(given, [null]) : given
    const axis = isRow ? 0 : f.axis('axis', x, -1)
    if (f.text('direction', 'ASCENDING') === 'ASCENDING') return sorted(f, x, axis)[part]
    if (x.dtype && isInteger(x.dtype) && x.dtype.startsWith('u')) return f.refuse('it sorts unsigned numbers downwards')
    const [values, places] = sorted(f, scope.op('Neg', [x]), axis)
    return part === 0 ? scope.op('Neg', [values]) : places
  }

/** The `k` largest of the last axis, and where they were. */
export const topK: Emit = f => {
  const node = f.scope.node('TopKV2', [f.tensor('x'), f.scope.int(f.int('k', 1), 'k')], {
    sorted: f.bool('sorted', true),
  })
  return [node.out(0), node.out(1)]
}

/** Whether the class is among the `k` most likely. */
export const inTopK: Emit = f =>
  f.scope.op('InTopKV2', [
    f.tensor('predictions'),
    f.scope.cast(f.tensor('targets', 'int32'), 'int32'),
    f.scope.int(f.int('k'), 'k'),
  ])

/** How many of a sorted sequence are below each value; at or below it with `side` right. */
export const searchsorted: Emit = f => {
  const { scope } = f
  const [sequence, values] = f.together(['sorted', 'values'])
  const op = f.text('side', 'left') === 'left' ? 'LowerBound' : 'UpperBound'
  const rank = f.rank(sequence!)
  if (rank === 2) return scope.op(op, [sequence!, values!])
  if (rank > 2) {
    const rows = (x: Value): Value => scope.reshape(x, [null, scope.dims(x).at(-1)!]) // the op takes matrices alone
    return scope.reshape(scope.op(op, [rows(sequence!), rows(values!)]), scope.dims(values!))
  }
  const flat = scope.op(op, [scope.expandDims(sequence!, 0), scope.reshape(values!, [1, null])])
  return scope.reshape(flat, scope.dims(values!))
}

/** Which of the intervals between `bins` each element is in. */
export const digitize: Emit = f => {
  const x = f.tensor('x')
  const bins = f.call.kwargs.get('bins') ?? f.call.args[1]
  const boundaries = bins && numbersOf(bins)
  if (!boundaries) return f.refuse('its bins are not numbers')
  const wide = x.dtype && /^(int32|int64|float32|float64)$/.test(x.dtype) ? x : f.scope.cast(x, 'float32')
  return f.scope.op('Bucketize', [wide], { boundaries })
}

function numbersOf(arg: KArg): readonly number[] | undefined {
  if (arg.kind === 'array') return Array.isArray(arg.values) ? arg.values.map(Number) : undefined
  if (arg.kind !== 'list') return undefined
  const items = arg.items.map(item => (item.kind === 'constant' ? Number(item.value) : Number.NaN))
  return items.some(Number.isNaN) ? undefined : items
}
