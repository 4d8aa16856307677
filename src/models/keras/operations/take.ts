/** Elements by index. */
import type { Value } from '../../../graph/node.ts'
import { fromStart } from '../layers/core.ts'
import type { Scope } from '../scope.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** The place in each dimension of a shape, of places in a row. */
export const unravelIndex: Emit = f => {
  const { scope } = f
  let rest = f.tensor('x')
  const sizes = [...(f.ints('shape') ?? [])]
  // Except for vectors, Keras 3 on TensorFlow takes the sizes from the first on.
  const places = (f.rank(rest) === 1 ? sizes.reverse() : sizes).map(size => {
    const place = scope.op('FloorMod', [rest, scope.cast(scope.int(size), rest.dtype!)])
    rest = scope.op('FloorDiv', [rest, scope.cast(scope.int(size), rest.dtype!)])
    return place
  })
  return places.reverse()
}

/**
 * Rows of tables by id. A list is a table in parts, also a list of numbers: a file of Keras 2 keeps no arrays, so its
 * rows come back as parts. `div` has the first rows in the first part; `mod` deals them out, one to each part in turn.
 */
export const embeddingLookup =
  (usual: 'div' | 'mod'): Emit =>
  f => {
    const { scope } = f
    const arg = f.arg('x')
    const parts = arg?.kind === 'list' ? f.tensors('x') : [f.tensor('x')]
    const indices = f.tensor('indices', 'int32')
    const sizes = parts.map(part => f.shape(part))
    const [row] = sizes
    if (!row || row.length === 0) return f.refuse('its table has no rows')
    if (parts.length === 1) return lookedUp(scope, parts[0]!, indices)
    if (f.text('partition_strategy', usual) === 'div') return lookedUp(scope, scope.concat([...parts], 0), indices)
    if (sizes.some(([rows]) => rows === null || rows !== row[0]))
      return f.refuse('the parts of its table differ in size')
    const dealt = scope.op('Pack', [...parts], { axis: 1 }, 'stack')
    return lookedUp(
      scope,
      scope.reshape(dealt, [null, ...row.slice(1).map(d => d ?? f.refuse('a size of its table is open'))]),
      indices,
    )
  }

const lookedUp = (scope: Scope, table: Value, indices: Value): Value =>
  scope.op('GatherV2', [table, indices, scope.int(0, 'GatherV2/axis')], { batch_dims: 0 })

/** Rows of x by index along an axis; from all elements in a row where Keras 3 names none. */
export const take: Emit = f => {
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
export const takeAlongAxis: Emit = f => {
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
export const slice: Emit = f => {
  const { scope } = f
  const begin = f.sizes('start').map(size => size ?? 0)
  const size = f.sizes('shape').map(n => n ?? -1)
  return scope.op('Slice', [f.tensor('x'), scope.pack(begin), scope.pack(size)])
}
