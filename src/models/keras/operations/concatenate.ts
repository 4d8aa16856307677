/** Several tensors as one. */
import type { Value } from '../../../graph/node.ts'
import type { Dim } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { resultType } from './promotion.ts'

type Emit = Operation['emit']

/** In one type. */
function alike(f: FunctionCall, name: string): readonly Value[] {
  const values = f.tensors(name)
  if (new Set(values.map(value => value.dtype)).size < 2) return values
  const dtype = resultType(...values.map(value => value.dtype!)) // every tensor of ours has a type
  return values.map(value => f.scope.cast(value, dtype))
}

export const concatenate: Emit = f => {
  const values = alike(f, 'xs')
  return f.scope.concat(values, f.axis('axis', values[0] ?? f.refuse('it joins nothing'), 0))
}

export const stack: Emit = f => {
  const values = alike(f, 'xs')
  return f.scope.op('Pack', values, { axis: f.axis('axis', values[0] ?? f.refuse('it joins nothing'), 0, 1) }, 'stack')
}

/** Joined along an axis, after vectors got the dimensions that are missing: `hstack`, `vstack`, `dstack`. */
export const stackAlong =
  (least: number, axis: (rank: number) => number, shaped: (dims: readonly Dim[]) => readonly (Dim | null)[]): Emit =>
  f => {
    const { scope } = f
    const values = alike(f, 'xs').map(value => {
      const dims = scope.dims(value)
      return dims.length < least ? scope.reshape(value, shaped(dims)) : value
    })
    return scope.concat(values, axis(f.rank(values[0] ?? f.refuse('it joins nothing'))))
  }

/** x2 behind x1 along an axis; both in a row where there is none. */
export const append: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'])
  if (f.has('axis')) return scope.concat([a!, b!], f.axis('axis', a!, 0))
  return scope.concat([scope.reshape(a!, [null]), scope.reshape(b!, [null])], 0)
}
