/** Ranges, grids and powers: arange, linspace, logspace, geomspace, meshgrid, vander. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, vector } from '../../../tensor/make.ts'
import { type DType, isFloat } from '../../../tensorflow/dtype.ts'
import { numberOf } from './full.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** The powers of each element, from the highest down unless `increasing`. */
export const vander: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const count = f.has('count') ? f.int('count') : f.call.known(f.shape(x)[0], 'the number of its elements')
  const rising = Array.from({ length: count }, (_, i) => i)
  const exponents = f.bool('increasing') ? rising : rising.reverse()
  const real = scope.cast(x, 'float32')
  const made = scope.op('Pow', [scope.expandDims(real, -1), scope.const(vector('float32', exponents), 'exponents')])
  return scope.cast(made, x.dtype!)
}

/** start, start + step, … before stop; from 0 to start where there is no stop. */
export const arange: Emit = f => {
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
export const linspace: Emit = f => {
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
export const logspace: Emit = f => {
  const line = linspace(f) as Value // it is one tensor
  return f.scope.op('Pow', [f.scope.number(f.number('base', 10), line), line])
}

/** Numbers from start to stop of which each is as many times the one before it, with the sign of start. */
export const geomspace: Emit = f => {
  const { scope } = f
  const dtype = f.dtype('dtype') ?? 'float32'
  const [start, stop] = f.tensorsTogether(['start', 'stop']).map(x => scope.cast(x, dtype)) as [Value, Value] // as many as names
  const power = (x: Value): Value => scope.div(scope.op('Log', [scope.op('Abs', [x])]), Math.LN10)
  const line = lineOf(f, power(start), power(stop))
  return scope.mul(scope.op('Pow', [scope.number(10, line), line]), scope.op('Sign', [start]))
}

/** Vectors as the coordinates of a grid; `xy` has the first along the second axis. */
export const meshgrid: Emit = f => {
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
