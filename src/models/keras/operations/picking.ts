/** Functions that pick elements by index or by a mask. */
import type { Value } from '../../../graph/node.ts'
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
  const at = f.call.profile === 'k3' ? counted(f, indices, x, axis) : indices
  return scope.op('GatherV2', [x, at, scope.int(axis, 'GatherV2/axis')], { batch_dims: batch })
}

/** Indices that count from the end, from the start. */
function counted(f: FunctionCall, indices: Value, x: Value, axis: number): Value {
  const { scope } = f
  const known = scope.facts.of(indices).elements
  if (known?.every(index => index !== null && Number(index) >= 0)) return indices
  const size = scope.cast(scope.size(x, axis), indices.dtype!)
  return scope.select(scope.compare('Less', indices, 0), scope.add(indices, size), indices)
}

/** Along one axis each position has an index of its own: [.., i, ..] → x[.., indices[.., i, ..], ..]. */
export const takingAlong: Emit = f => {
  const { scope } = f
  const isRow = !f.has('axis')
  const flat = (value: Value): Value => (isRow ? scope.reshape(value, [null]) : value)
  const x = flat(f.tensor('x'))
  const axis = isRow ? 0 : f.axis('axis', x, 0)
  const indices = counted(f, flat(scope.cast(f.tensor('indices', 'int32'), 'int32')), x, axis)
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
