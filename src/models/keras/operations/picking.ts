/** Functions that pick elements by index or by a mask. */
import type { Value } from '../../../graph/node.ts'
import { fromStart } from '../layers/core.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/** Rows of x by index along an axis; from all elements in a row where Keras 3 names none. */
export const taking: Emit = f => {
  const { scope } = f
  const isRow = f.call.profile === 'k3' && !f.has('axis')
  const x = isRow ? scope.reshape(f.tensor('x'), [null]) : f.tensor('x')
  const raw = f.tensor('indices', 'int32')
  const indices = raw.dtype === 'int64' ? raw : scope.cast(raw, 'int32')
  const batch = f.int('batch_dims', 0)
  const axis = isRow ? 0 : f.axis('axis', x, batch)
  const at = f.call.profile === 'k3' ? fromStart(scope, indices, x, axis) : indices
  return scope.op('GatherV2', [x, at, scope.int(axis, 'GatherV2/axis')], { batch_dims: batch })
}

/** Along one axis each position has an index of its own: [.., i, ..] → x[.., indices[.., i, ..], ..]. Elsewhere a size of 1 meets any. */
export const takingAlong: Emit = f => {
  const { scope } = f
  const isRow = !f.has('axis')
  const flat = (value: Value): Value => (isRow ? scope.reshape(value, [null]) : value)
  const given = flat(f.tensor('x'))
  const axis = isRow ? 0 : f.axis('axis', given, 0)
  const places = flat(scope.cast(f.tensor('indices', 'int32'), 'int32'))
  const x = widened(scope, given, places, axis)
  const indices = widened(scope, fromStart(scope, places, given, axis), given, axis)
  const perm = f.shape(x).map((_, i) => i)
  perm.splice(axis, 1)
  perm.push(axis)
  const back = perm.map((_, i) => perm.indexOf(i))
  const rank = perm.length
  const picked = scope.op(
    'GatherV2',
    [scope.transpose(x, perm), scope.transpose(indices, perm), scope.int(rank - 1, 'GatherV2/axis')],
    { batch_dims: rank - 1 },
  )
  return scope.transpose(picked, back)
}

/** x repeated along all axes but one where it has one element and `other` has several. */
function widened(scope: Scope, x: Value, other: Value, axis: number): Value {
  const others = scope.dims(other)
  const sizes = scope.dims(x).map((size, i) => (i !== axis && size === 1 ? others[i]! : size))
  const isWide = scope.dims(x).every((size, i) => size !== 1 || sizes[i] === 1)
  return isWide ? x : scope.op('BroadcastTo', [x, scope.pack(sizes)])
}

/** `shape` elements of each dimension from `start`. */
export const windowing: Emit = f => {
  const { scope } = f
  const begin = f.sizes('start').map(size => size ?? 0)
  const size = f.sizes('shape').map(n => n ?? -1)
  return scope.op('Slice', [f.tensor('x'), scope.pack(begin), scope.pack(size)])
}

/** Those whose place the mask says yes to, which covers one dimension or several from `axis` on. */
export function masked(f: FunctionCall, x: Value, mask: Value, axis: number): Value {
  const { scope } = f
  const covered = f.rank(mask)
  const dims = scope.dims(x)
  const flat = scope.reshape(x, [...dims.slice(0, axis), null, ...dims.slice(axis + covered)])
  const places = scope.squeeze(scope.op('Where', [scope.reshape(mask, [null])]), [1])
  return scope.op('GatherV2', [flat, places, scope.int(axis, 'axis')])
}

/** The same of a call that gives the mask. */
export const kept: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const given = f.arg('mask')
  if (given?.kind === 'tensor') return masked(f, x, given.tensor.value, f.axis('axis', x, 0))
  const mask = f.ints('mask') ?? f.refuse('its mask is absent')
  const places = mask.flatMap((isKept, i) => (isKept ? [i] : []))
  return scope.op('GatherV2', [x, scope.ints(places, 'indices'), scope.int(f.axis('axis', x, 0), 'axis')])
}
