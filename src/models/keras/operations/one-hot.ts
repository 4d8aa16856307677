/** Classes as vectors of zeros and ones. */
import type { Value } from '../../../graph/node.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** One for the class, zero for the others, along a new axis. */
export const oneHot: Emit = f => {
  const { scope } = f
  const indices = f.tensor('x', 'int32')
  const whole = indices.dtype && !isFloat(indices.dtype) ? indices : scope.cast(indices, 'int32')
  const dtype = f.dtype('dtype') ?? 'float32'
  const work = dtype === 'bool' ? 'float32' : dtype
  const on = scope.cast(f.maybeTensor('on', work) ?? scope.int(1, 'on_value'), work)
  const off = scope.cast(f.maybeTensor('off', work) ?? scope.int(0, 'off_value'), work)
  const axis = f.int('axis', -1)
  const codes = scope.op('OneHot', [whole, scope.int(f.int('count'), 'depth'), on, off], {
    axis: axis === f.rank(whole) ? -1 : axis,
  })
  return scope.cast(codes, dtype)
}

/** One for every class among several. */
export const multiHot: Emit = f => {
  const codes = oneHot(f) as Value // codes are one tensor
  return f.scope.reduce(codes.dtype === 'bool' ? 'Any' : 'Max', codes, [f.rank(f.tensor('x')) > 1 ? 1 : 0])
}
