/** Functions that make elements: constants, ranges, grids, triangles. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { type DType, isFloat } from '../../../tensorflow/dtype.ts'
import type { Dim, Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** One value in the shape of x; `dtype` may say another type. */
export const like =
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

/** start, start + step, … before stop; from 0 to start where there is no stop. */
export const range: Emit = f => {
  const { scope } = f
  const names = ['start', 'stop', 'step'].filter(name => f.has(name))
  const dtype = f.dtype('dtype') ?? (f.together(names)[0]!.dtype as DType) // every tensor of ours has a type
  const work: DType = /^(int32|int64|float32|float64)$/.test(dtype) ? dtype : 'float32'
  const at = (name: string, otherwise: number): Value =>
    scope.cast(f.maybeTensor(name, work) ?? numberOf(scope, otherwise, work), work)
  const [start, stop] = f.has('stop') ? [at('start', 0), at('stop', 0)] : [numberOf(scope, 0, work), at('start', 0)]
  return scope.cast(scope.op('Range', [start, stop, at('step', 1)]), dtype)
}

/** `num` equal steps from start to stop along a new axis: start + (stop − start)·i / (num − 1), or / num without the end. */
export const steps: Emit = f => {
  const { scope } = f
  if (f.bool('retstep')) return f.refuse('it gives the width of its steps too')
  const [start, stop] = f.together(['start', 'stop'], asFloat) as readonly [Value, Value] // as many as names
  const dtype = f.dtype('dtype') ?? (start.dtype as DType) // every tensor of ours has a type
  const line = lineOf(f, start, stop)
  return scope.cast(isFloat(dtype) ? line : scope.op('Floor', [line]), dtype)
}
function lineOf(f: FunctionCall, start: Value, stop: Value): Value {
  const { scope } = f
  const count = f.int('num', 50)
  const rank = Math.max(f.rank(start), f.rank(stop))
  const axis = f.int('axis', 0) < 0 ? f.int('axis', 0) + rank + 1 : f.int('axis', 0)
  const parts = f.bool('endpoint', true) ? Math.max(1, count - 1) : count
  const shares = Array.from({ length: count }, (_, i) => i / parts)
  const shape = Array.from({ length: rank + 1 }, (_, i) => (i === axis ? count : 1))
  const wide = (x: Value): Value => (f.rank(x) === rank ? scope.expandDims(x, axis) : x)
  const distance = wide(scope.sub(stop, start))
  return scope.add(wide(start), scope.mul(distance, scope.const(fromValues(start.dtype!, shape, shares))))
}

/** base to the power of such steps. */
export const powerSteps: Emit = f => {
  const line = steps(f) as Value // it is one tensor
  return f.scope.op('Pow', [f.scope.number(f.number('base', 10), line), line])
}

/** Numbers from start to stop of which each is as many times the one before it, with the sign of start. */
export const ratioSteps: Emit = f => {
  const { scope } = f
  const dtype = f.dtype('dtype') ?? 'float32'
  const [start, stop] = f.tensorsTogether(['start', 'stop']).map(x => scope.cast(x, dtype)) as [Value, Value] // as many as names
  const power = (x: Value): Value => scope.div(scope.op('Log', [scope.op('Abs', [x])]), Math.LN10)
  const line = lineOf(f, power(start), power(stop))
  return scope.mul(scope.op('Pow', [scope.number(10, line), line]), scope.op('Sign', [start]))
}

/** Vectors as the coordinates of a grid; `xy` has the first along the second axis. */
export const grid: Emit = f => {
  const { scope } = f
  const vectors = f.tensors('xs').map(x => scope.reshape(x, [null]))
  const isSwapped = f.text('indexing', 'xy') === 'xy' && vectors.length > 1
  const place = (i: number): number => (isSwapped && i < 2 ? 1 - i : i)
  const sizes = vectors.map((_, i) => scope.dims(vectors[place(i)]!)[0]!)
  return vectors.map((x, i) => {
    const alone = scope.reshape(
      x,
      vectors.map((_, axis) => (axis === place(i) ? null : 1)),
    )
    return scope.op('BroadcastTo', [alone, scope.pack(sizes)])
  })
}

/** The lower or upper triangle of matrices, from the diagonal `k` on. */
export const triangle =
  (part: 'lower' | 'upper'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const [height, width] = scope.dims(x).slice(-2)
    const index = (size: Dim): Value =>
      scope.op('Range', [scope.int(0, 'start'), scope.dim(size), scope.int(1, 'delta')])
    const distance = scope.sub(scope.reshape(index(width!), [1, null]), scope.reshape(index(height!), [null, 1]))
    const kept = scope.compare(part === 'lower' ? 'LessEqual' : 'GreaterEqual', distance, f.int('k', 0))
    return scope.select(kept, x, scope.cast(numberOf(scope, 0, 'float32'), x.dtype!))
  }
