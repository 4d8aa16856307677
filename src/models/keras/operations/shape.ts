/** The shape of a tensor. */
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** The number of dimensions, or of elements. */
export const ndim: Emit = f => f.scope.int(f.rank(f.tensor('x')))

export const size: Emit = f => f.scope.op('Size', [f.tensor('x')])

export const shape: Emit = f => {
  const out = f.dtype('out_type') ?? 'int32'
  return f.scope.op('Shape', [f.tensor('x')], { out_type: out })
}
