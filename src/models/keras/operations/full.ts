/** Tensors of one value. */
import type { Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import type { Dim, Scope } from '../scope.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** One value in the shape of x; `dtype` may say another type. */
export const fullLike =
  (fill: 'zero' | 'one' | 'given'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x', 'float32')
    const dtype = f.dtype('dtype') ?? x.dtype!
    if (fill === 'zero' && dtype === x.dtype) return scope.op('ZerosLike', [x])
    if (fill === 'one' && dtype === x.dtype) return scope.op('OnesLike', [x])
    const value =
      fill === 'given' ? scope.cast(f.tensor('value', dtype), dtype) : numberOf(scope, fill === 'one' ? 1 : 0, dtype)
    return filled(scope, scope.dims(x), value)
  }

export const numberOf = (scope: Scope, value: number, dtype: DType): Value =>
  scope.cast(
    scope.const({
      dtype: 'float32',
      shape: [],
      recipe: { kind: 'memory', bytes: new Uint8Array(Float32Array.of(value).buffer) },
    }),
    dtype,
  )

const filled = (scope: Scope, dims: readonly Dim[], value: Value): Value =>
  scope.op('BroadcastTo', [value, scope.pack(dims)])

/** One value in the given shape. */
export const full =
  (fixed?: number): Emit =>
  f => {
    const { scope } = f
    const dtype = f.dtype('dtype') ?? (fixed === undefined ? undefined : 'float32')
    const value = fixed === undefined ? f.tensor('value', dtype) : numberOf(scope, fixed, dtype!)
    return filled(
      scope,
      f.sizes('shape').map(size => size ?? -1),
      dtype ? scope.cast(value, dtype) : value,
    )
  }
