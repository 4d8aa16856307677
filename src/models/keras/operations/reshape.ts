/** The same elements in another shape or order of dimensions. */
import { bytesPerElement } from '../../../tensorflow/dtype.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** `shape` may hold −1 or None for the size that the others leave over, and sizes known only when the graph runs. */
export const reshape: Emit = f => {
  const sizes = f.sizes('shape').map(size => (size === -1 ? null : size))
  return f.scope.reshape(f.tensor('x'), sizes)
}

export const ravel: Emit = f => f.scope.reshape(f.tensor('x'), [null])

/** By `axes`, backwards where they are absent. */
export const transpose: Emit = f => {
  const x = f.tensor('x')
  const axes = f.has('axes') ? f.axes('axes', x) : f.shape(x).map((_, i, all) => all.length - 1 - i)
  return f.scope.transpose(x, axes)
}

/** The axes at `source` go to `destination`; the others keep their order. */
export const moveaxis: Emit = f => {
  const x = f.tensor('x')
  const rank = f.rank(x)
  const [from, to] = [f.axes('source', x), f.axes('destination', x)]
  const rest = Array.from({ length: rank }, (_, i) => i).filter(axis => !from.includes(axis))
  const perm = Array.from({ length: rank }, (_, i) => (to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!))
  return f.scope.transpose(x, perm)
}

export const swapaxes: Emit = f => {
  const x = f.tensor('x')
  const [a, b] = [f.axis('axis1', x, 0), f.axis('axis2', x, 1)]
  return f.scope.transpose(
    x,
    f.shape(x).map((_, i) => (i === a ? b : i === b ? a : i)),
  )
}

export const expandDims: Emit = f => {
  const x = f.tensor('x')
  const axes = f.ints('axis') ?? [0]
  const rank = f.rank(x) + axes.length
  const places = axes.map(axis => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  return places.reduce((value, axis) => f.scope.expandDims(value, axis), x)
}

export const squeeze: Emit = f => {
  const x = f.tensor('x')
  const axes = f.has('axis') ? f.axes('axis', x) : f.shape(x).flatMap((size, i) => (size === 1 ? [i] : []))
  return axes.length === 0 ? x : f.scope.squeeze(x, axes)
}

export const broadcastTo: Emit = f => {
  const { scope } = f
  return scope.op('BroadcastTo', [f.tensor('x'), scope.pack(f.sizes('shape').map(size => size ?? -1))])
}

/** The bytes taken for another type: of one that is larger or smaller, the last dimension has fewer or more. */
export const view: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const dtype = f.dtype('dtype') ?? x.dtype!
  const [before, after] = [bytesPerElement(x.dtype!), bytesPerElement(dtype)]
  if (before === after) return scope.op('Bitcast', [x], { type: dtype })
  const last = f.call.known(f.shape(x).at(-1), 'the size of its last dimension')
  const others = scope.dims(x).slice(0, -1)
  if (before > after)
    return scope.reshape(scope.op('Bitcast', [x], { type: dtype }), [...others, (last * before) / after])
  const groups = scope.reshape(x, [...others, (last * before) / after, after / before])
  return scope.op('Bitcast', [groups], { type: dtype })
}

/** All dimensions but the first as one. */
export const batchFlatten: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const sizes = f.shape(x).slice(1)
  const count = sizes.every(size => size !== null) ? sizes.reduce((n, size) => n * size, 1) : null
  return scope.reshape(x, [scope.dims(x)[0]!, count])
}
