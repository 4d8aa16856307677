/** Einops' `rearrange`: `b (h p) c -> b h (p c)`. */
import type { Value } from '../../../graph/node.ts'
import type { Dim } from '../scope.ts'
import type { FunctionCall } from './function-call.ts'

/** One axis, or several that are folded into one. */
type Group = readonly string[]

/** Axes taken apart, put in another order and folded, as the pattern says. */
export function rearrange(f: FunctionCall): Value {
  const { scope } = f
  const x = f.tensor('x')
  const [from, to] = f.text('pattern').split('->').map(groups)
  if (!from || !to || from.length !== f.rank(x))
    return f.refuse(`its pattern '${f.text('pattern')}' does not fit its input`)
  const sizes = new Map<string, Dim>()
  for (const [i, group] of from.entries()) apart(f, group, scope.dims(x)[i]!, sizes)
  const flat = from.flat()
  const order = to.flat().map(name => flat.indexOf(name))
  if (order.includes(-1) || order.length !== flat.length) return f.refuse('its pattern makes or drops an axis')
  const wide = scope.reshape(
    x,
    flat.map(name => sizes.get(name)!),
  )
  const dims = to.map(group => folded(group.map(name => sizes.get(name)!)))
  return scope.reshape(scope.transpose(wide, order), dims)
}

const groups = (side: string): Group[] =>
  (side.match(/\([^)]*\)|\S+/g) ?? []).map(part => part.replace(/[()]/g, '').trim().split(/\s+/).filter(Boolean))

/** The sizes of a group's axes: given, or what the others leave of the whole. */
function apart(f: FunctionCall, group: Group, whole: Dim, sizes: Map<string, Dim>): void {
  const lengths = f.arg('axes_lengths')
  const given = (name: string): number | undefined => {
    const arg = f.call.kwargs.get(name) ?? (lengths?.kind === 'dict' ? lengths.entries.get(name) : undefined)
    return arg?.kind === 'constant' && typeof arg.value === 'number' ? arg.value : undefined
  }
  const known = group.reduce((n, name) => n * (given(name) ?? 1), 1)
  for (const name of group) {
    const open = group.length === 1 ? whole : typeof whole === 'number' ? whole / known : undefined
    sizes.set(name, given(name) ?? open ?? f.refuse(`the size of its axis '${name}' is not known`))
  }
}

/** The size of axes that become one; null where one is not known. */
const folded = (sizes: readonly Dim[]): Dim | null =>
  sizes.length === 1
    ? sizes[0]!
    : sizes.every(size => typeof size === 'number')
      ? sizes.reduce<number>((n, size) => n * (size as number), 1)
      : null // all are numbers
