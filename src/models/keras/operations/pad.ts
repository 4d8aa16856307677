/** Borders around a tensor. */
import type { Dim } from '../scope.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

const MODES: Readonly<Record<string, string>> = { reflect: 'REFLECT', symmetric: 'SYMMETRIC' }

/** `paddings` is one number for all sides, one pair for all axes, or a pair for each. */
export const pad: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const flat = f.sizes('paddings').map(size => size ?? 0)
  const rank = f.rank(x)
  const sides =
    flat.length === 1
      ? Array<Dim>(2 * rank).fill(flat[0]!)
      : flat.length === 2 && rank > 1
        ? Array.from({ length: rank }, () => flat).flat()
        : flat
  const mode = f.text('mode', 'constant').toLowerCase()
  const paddings = scope.reshape(scope.pack(sides), [rank, 2], 'paddings')
  const known = sides.every(side => typeof side === 'number')
  const matrix = known
    ? scope.matrix(
        Array.from({ length: rank }, (_, i) => [sides[2 * i] as number, sides[2 * i + 1] as number] as const),
        'Pad/paddings',
      )
    : paddings // known are numbers
  if (mode !== 'constant') {
    const attr = MODES[mode] ?? f.refuse(`padding by '${mode}' is not known`)
    return scope.op('MirrorPad', [x, matrix], { mode: attr })
  }
  const fill = f.has('value') ? f.number('value') : 0
  return fill === 0 ? scope.op('Pad', [x, matrix]) : scope.op('PadV2', [x, matrix, scope.number(fill, x)])
}
