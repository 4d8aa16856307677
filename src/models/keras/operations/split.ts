/** One tensor as several. */
import type { Value } from '../../../graph/node.ts'
import type { Scope } from '../scope.ts'
import type { Operation, Results } from './function-call.ts'

type Emit = Operation['emit']

/** Into equal parts, or (Keras) before each of the given places, or (TensorFlow) into parts of the given sizes. */
export const split =
  (kind: 'places' | 'sizes', fixedAxis?: (rank: number) => number): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const axis = fixedAxis ? fixedAxis(f.rank(x)) : f.axis('axis', x, 0)
    const given = f.arg('sections')
    if (given?.kind === 'constant') {
      const count = f.int('sections')
      return count === 1 ? [x] : scope.split(x, count, axis)
    }
    const numbers = f.ints('sections') ?? f.refuse('it says not how to part')
    const size = f.shape(x)[axis] ?? null
    const sizes = kind === 'sizes' ? numbers : between(numbers, f.call.known(size, 'the size that is parted'))
    return parted(scope, x, axis, sizes)
  }

/** The sizes between places. */
function between(places: readonly number[], size: number): number[] {
  const ends = [...places.map(place => Math.min(size, place < 0 ? place + size : place)), size]
  return ends.map((end, i) => Math.max(0, end - (ends[i - 1] ?? 0)))
}

function parted(scope: Scope, x: Value, axis: number, sizes: readonly number[]): Results {
  const split = [x, scope.ints(sizes, 'split/size_splits'), scope.int(axis, 'split/split_dim')]
  const node = scope.node('SplitV', split, { num_split: sizes.length }, 'split')
  return sizes.map((_, i) => node.out(i))
}

/** Into `sections` parts as equal as they can be, the first ones larger. */
export const arraySplit: Emit = f => {
  if (f.arg('sections')?.kind !== 'constant') return split('places')(f)
  const x = f.tensor('x')
  const axis = f.axis('axis', x, 0)
  const size = f.call.known(f.shape(x)[axis], 'the size that is parted')
  const count = f.int('sections')
  const sizes = Array.from({ length: count }, (_, i) => Math.floor(size / count) + (i < size % count ? 1 : 0))
  return parted(f.scope, x, axis, sizes)
}

export const unstack: Emit = f => {
  const x = f.tensor('x')
  const axis = f.axis('axis', x, 0)
  const count = f.has('num') ? f.int('num') : f.call.known(f.shape(x)[axis], 'the size that is parted')
  const node = f.scope.node('Unpack', [x], { num: count, axis }, 'unstack')
  return Array.from({ length: count }, (_, i) => node.out(i))
}
