/** Python's square brackets: `x[1:, ..., None]`, `x[mask]`. */
import type { Value } from '../../../graph/node.ts'
import type { KArg } from '../call.ts'
import type { FunctionCall } from './function-call.ts'
import { maskedElements } from './mask.ts'

/** The arguments of StridedSlice: a number, or a scalar of the graph, for each place between the brackets, and five masks. */
interface Brackets {
  readonly begin: (number | Value)[]
  readonly end: (number | Value)[]
  readonly strides: (number | Value)[]
  readonly masks: Record<'begin_mask' | 'end_mask' | 'ellipsis_mask' | 'new_axis_mask' | 'shrink_axis_mask', number>
}

/** x[key] of a call. */
export const getItem = (f: FunctionCall): Value => item(f, f.tensor('x'), f.key())

/** x[key], where the key is an index, a slice, None, an ellipsis or a list of these. */
function item(f: FunctionCall, x: Value, key: KArg): Value {
  const { scope } = f
  if (key.kind === 'tensor' && key.tensor.value.dtype === 'bool') return maskedElements(f, x, key.tensor.value, 0)
  const parts = key.kind === 'list' ? key.items : [key]
  const brackets: Brackets = {
    begin: [],
    end: [],
    strides: [],
    masks: { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 },
  }
  for (const part of parts) put(f, brackets, part)
  const vector = (values: readonly (number | Value)[], name: string): Value =>
    scope.pack(values, `strided_slice/${name}`)
  const inputs = [
    x,
    vector(brackets.begin, 'stack'),
    vector(brackets.end, 'stack_1'),
    vector(brackets.strides, 'stack_2'),
  ]
  return scope.op('StridedSlice', inputs, brackets.masks, 'strided_slice')
}

function put(f: FunctionCall, { begin, end, strides, masks }: Brackets, part: KArg): void {
  const bit = 1 << begin.length
  const add = (from: number | Value, to: number | Value, stride: number | Value): void => {
    begin.push(from)
    end.push(to)
    strides.push(stride)
  }
  if (part.kind === 'ellipsis' || (part.kind === 'constant' && part.value === null)) {
    masks[part.kind === 'ellipsis' ? 'ellipsis_mask' : 'new_axis_mask'] |= bit
    add(0, 0, 1)
  } else if (part.kind === 'slice') {
    const [start, stop, step] = [part.start, part.stop, part.step].map(arg => indexOf(f, arg))
    if (start === undefined) masks.begin_mask |= bit
    if (stop === undefined) masks.end_mask |= bit
    add(start ?? 0, stop ?? 0, step ?? 1)
  } else {
    masks.shrink_axis_mask |= bit
    const index = indexOf(f, part) ?? f.refuse('an index of it is None')
    add(index, typeof index === 'number' ? index + 1 : f.scope.add(index, 1), 1)
  }
}

/** An index; undefined for None. */
function indexOf(f: FunctionCall, arg: KArg): number | Value | undefined {
  if (arg.kind === 'constant' && typeof arg.value === 'number') return Math.trunc(arg.value)
  if (arg.kind === 'constant' && arg.value === null) return undefined
  if (arg.kind === 'array' && typeof arg.values === 'number') return arg.values
  if (arg.kind !== 'tensor') return f.refuse('an index of it is no whole number')
  const { value } = arg.tensor
  const known = f.scope.facts.of(value).elements?.[0]
  return known == null ? f.scope.cast(value, 'int32') : Number(known)
}
