/** The product of two tensors over one dimension of each, sample by sample. */
import type { Value } from '../../../graph/node.ts'
import type { LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import type { Json } from '../layer-graph.ts'
import type { Dim } from '../scope.ts'
import { l2Normalized } from './normalization.ts'

/** `axes` is one axis of both or one of each; with `normalize` the cosine. */
export const dot = (call: LayerCall): Value =>
  batchDot(call, call.config.raw('axes') ?? -1, call.config.bool('normalize', false))

/** a's dimension goes last, b's comes behind the batch, the dimensions between are taken together. */
export function batchDot(call: LayerCall, axes: Json, normalize: boolean): Value {
  const { scope } = call
  const [a, b] = call.inputs.map(input => scope.cast(input.value, call.dtype))
  if (!a || !b || call.inputs.length !== 2) return call.refuse('it takes two tensors')
  const [first, second] = axesOf(call, axes, [call.shapeOf(a).length, call.shapeOf(b).length])
  const least = call.profile === 'k3' ? 1e-14 : 1e-12
  const unit = (x: Value, axis: number): Value => (normalize ? l2Normalized(scope, x, [axis], least) : x)
  const rows = asRows(call, unit(a, first), first)
  const columns = asColumns(call, unit(b, second), second)
  const product = scope.op('BatchMatMulV2', [rows.value, columns.value])
  const sizes = [scope.dims(a)[0]!, ...rows.sizes, ...columns.sizes]
  return scope.reshape(product, sizes.length === 1 ? [...sizes, 1] : sizes)
}

function axesOf(call: LayerCall, axes: Json, ranks: readonly [number, number]): [number, number] {
  const flat = isList(axes) ? axes.flat() : [axes, axes]
  const [a, b] = flat.length === 1 ? [flat[0], flat[0]] : flat
  if (flat.length > 2 || typeof a !== 'number' || typeof b !== 'number')
    return call.refuse(`its axes are ${JSON.stringify(axes)}, expected one dimension of each tensor`)
  return [call.axis(a, ranks[0]), call.axis(b, ranks[1])]
}

interface Matrices {
  readonly value: Value
  /** The sizes that were taken together. */
  readonly sizes: readonly Dim[]
}

/** [batch, all others, depth]. */
function asRows(call: LayerCall, x: Value, axis: number): Matrices {
  const { scope } = call
  const dims = scope.dims(x)
  const others = dims.map((_, i) => i).filter(i => i !== 0 && i !== axis)
  const moved = scope.transpose(x, [0, ...others, axis])
  const sizes = others.map(i => dims[i]!)
  return { value: sizes.length === 1 ? moved : scope.reshape(moved, [dims[0]!, together(sizes), dims[axis]!]), sizes }
}

/** [batch, depth, all others]. */
function asColumns(call: LayerCall, x: Value, axis: number): Matrices {
  const { scope } = call
  const dims = scope.dims(x)
  const others = dims.map((_, i) => i).filter(i => i !== 0 && i !== axis)
  const moved = scope.transpose(x, [0, axis, ...others])
  const sizes = others.map(i => dims[i]!)
  return { value: sizes.length === 1 ? moved : scope.reshape(moved, [dims[0]!, dims[axis]!, together(sizes)]), sizes }
}

/** The product of sizes; null where one is not known. */
const together = (sizes: readonly Dim[]): number | null =>
  sizes.every(size => typeof size === 'number') ? sizes.reduce<number>((n, size) => n * (size as number), 1) : null // all are numbers
