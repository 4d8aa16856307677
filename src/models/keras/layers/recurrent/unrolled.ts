/** A recurrent layer as a chain of steps. */
import type { Value } from '../../../../graph/node.ts'
import type { Scope } from '../../scope.ts'
import type { Cell } from './cell.ts'
import { type Run, type Sequence, whereCounts } from './steps.ts'

/** Writes every step of a sequence whose length is known. */
export function unrolled(scope: Scope, cell: Cell, sequence: Sequence): Run {
  const { zeroWhereMasked, initial, constants } = sequence
  const inputs = stepsOf(scope, sequence)
  const masks = masksOf(scope, sequence)
  const steps: Value[] = []
  let states = initial
  let held: Value | undefined
  for (const [t, x] of inputs.entries()) {
    const mask = masks?.[t]
    const next = cell.step(scope, x, states, constants)
    const before = states
    states = mask ? next.states.map((state, i) => whereCounts(scope, mask, state, before?.[i])) : next.states
    const isState = cell.outputState !== undefined && !initial
    if (!mask) held = next.output
    else held = isState ? states[cell.outputState]! : whereCounts(scope, mask, next.output, held)
    steps.push(mask && zeroWhereMasked ? whereCounts(scope, mask, held, undefined) : held)
  }
  return {
    steps,
    sequence: () => joined(scope, steps, sequence.isTimeMajor),
    last: () => steps.at(-1)!,
    states: states!,
  }
}

/** The inputs in the order in which they are gone through. */
function stepsOf(scope: Scope, { value, length, isTimeMajor, isBackward, steps }: Sequence): readonly Value[] {
  const rank = scope.ranked(value).length
  const whole = Array.from({ length: rank - 2 }, () => [null, null] as const)
  const at = (t: number): Value =>
    steps?.[t] ?? scope.slice(value, isTimeMajor ? [t, [null, null], ...whole] : [[null, null], t, ...whole])
  return order(length!, isBackward).map(at)
}

/** The mask of each step, [batch, 1]. */
function masksOf(scope: Scope, { mask, length, isTimeMajor, isBackward }: Sequence): readonly Value[] | undefined {
  if (!mask) return undefined
  const whole = mask()
  const at = (t: number): Value =>
    isTimeMajor
      ? scope.reshape(scope.slice(whole, [t, [null, null]]), [null, 1])
      : scope.slice(whole, [
          [null, null],
          [t, t + 1],
        ])
  return order(length!, isBackward).map(at)
}

const order = (length: number, isBackward: boolean): number[] =>
  Array.from({ length }, (_, i) => (isBackward ? length - 1 - i : i))

/** Steps as one tensor. Vectors side by side and then reshaped: OpenCV has no way to stack them. */
export function joined(scope: Scope, steps: readonly Value[], isTimeMajor: boolean): Value {
  const shape = scope.shape(steps[0]!)
  const units = shape?.length === 2 ? shape[1] : null
  if (isTimeMajor || typeof units !== 'number') return scope.op('Pack', steps, { axis: isTimeMajor ? 0 : 1 }, 'stack')
  return scope.reshape(scope.concat(steps, 1), [null, steps.length, units])
}
