/** Elements by a mask, and masks by lengths. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/** For each length, so many yeses and then noes. */
export const sequenceMask: Emit = f => {
  const { scope } = f
  const lengths = f.tensor('x', 'int32')
  const places = scope.op('Range', [scope.int(0, 'start'), scope.int(f.int('most'), 'limit'), scope.int(1, 'delta')])
  const mask = scope.compare('Less', scope.cast(places, lengths.dtype!), scope.expandDims(lengths, -1))
  return scope.cast(mask, f.dtype('dtype') ?? 'bool')
}

/** Those whose place the mask says yes to, which covers one dimension or several from `axis` on. */
export function maskedElements(f: FunctionCall, x: Value, mask: Value, axis: number): Value {
  const { scope } = f
  const covered = f.rank(mask)
  const dims = scope.dims(x)
  const flat = scope.reshape(x, [...dims.slice(0, axis), null, ...dims.slice(axis + covered)])
  const places = scope.squeeze(scope.op('Where', [scope.reshape(mask, [null])]), [1])
  return scope.op('GatherV2', [flat, places, scope.int(axis, 'axis')])
}

/** The same of a call that gives the mask. */
export const booleanMask: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const given = f.arg('mask')
  if (given?.kind === 'tensor') return maskedElements(f, x, given.tensor.value, f.axis('axis', x, 0))
  const mask = f.ints('mask') ?? f.refuse('its mask is absent')
  const places = mask.flatMap((isKept, i) => (isKept ? [i] : []))
  return scope.op('GatherV2', [x, scope.ints(places, 'indices'), scope.int(f.axis('axis', x, 0), 'axis')])
}
