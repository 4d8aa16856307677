/** Elements in another type. */
import { isInteger } from '../../../tensorflow/dtype.ts'
import { truth } from './elementwise.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** In another type; a number is true unless it is 0. */
export const cast: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype')
  if (dtype === 'bool' && x.dtype !== 'bool') return truth(f.scope, x)
  return dtype ? f.scope.cast(x, dtype) : x
}

/** The same, numbers beyond the type's range becoming its bounds. */
export const saturateCast: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype')
  if (!dtype || !isInteger(dtype)) return cast(f)
  const bits = { int8: 8, uint8: 8, int16: 16, uint16: 16, int32: 32, uint32: 32 }[dtype as 'int8']
  if (!bits) return cast(f)
  const [low, high] = dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  const bounded = f.scope.min(f.scope.max(x, low), high)
  return f.scope.cast(bounded, dtype)
}
