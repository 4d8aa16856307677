/** Windows over space: how functions give their sizes, strides, padding and order of dimensions. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall } from './function-call.ts'

/** Sizes of a window over space, from one number, one for each axis, or TensorFlow's with batch and channels. */
export function spatial(f: FunctionCall, name: string, rank: number, otherwise: number): readonly number[] {
  const given = f.ints(name) ?? [otherwise]
  if (given.length === rank) return given
  if (given.length === rank + 2) return isChannelsFirst(f) ? given.slice(2) : given.slice(1, -1)
  return given.length === 1
    ? Array<number>(rank).fill(given[0]!)
    : f.refuse(`its '${name}' does not fit ${rank} dimensions`)
}

export const isChannelsFirst = (f: FunctionCall): boolean =>
  f.has('data_format') && /^(NC|channels_first)/.test(f.text('data_format'))

export const formatOf = (f: FunctionCall): string => (isChannelsFirst(f) ? 'channels_first' : 'channels_last')

export const rankOfSpace = (f: FunctionCall, x: Value): 1 | 2 | 3 => {
  const rank = f.rank(x) - 2
  return rank === 1 || rank === 2 || rank === 3 ? rank : f.refuse('its input has no 1 to 3 dimensions of space')
}

/** Zeros before and after each dimension, in the input's own order, where `padding` is a list of them and no word. */
export function bordersIn(f: FunctionCall): readonly (readonly [number, number])[] | undefined {
  if (f.arg('padding')?.kind !== 'list') return undefined
  const flat = f.ints('padding')!
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
}

/** The padding as a layer's word for it: none is left where the input got its borders already. */
export const paddingOf = (f: FunctionCall, borders: ReturnType<typeof bordersIn>): string =>
  borders ? 'valid' : f.text('padding', 'valid').toLowerCase()

export const bordered = (f: FunctionCall, x: Value): Value => f.scope.pad(x, bordersIn(f) ?? [])
