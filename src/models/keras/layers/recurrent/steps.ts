/** The inputs and the outputs of a recurrent layer's steps. */
import type { Value } from '../../../../graph/node.ts'
import type { KTensor, LayerCall } from '../../call.ts'
import type { Scope } from '../../scope.ts'

/** A sequence to go through. */
export interface Sequence {
  /** [batch, time, …], or [time, batch, …]. */
  readonly value: Value
  readonly isTimeMajor: boolean
  /** Null where it is not known. */
  readonly length: number | null
  /** From the last step to the first. */
  readonly isBackward: boolean
  /** The steps one by one, first to last, where another unrolled layer made them. */
  readonly steps?: readonly Value[] | undefined
  /** Bool, [batch, time]: steps that count. */
  readonly mask?: (() => Value) | undefined
  /** Undefined for zeros. */
  readonly initial: readonly Value[] | undefined
  readonly constants: readonly Value[]
  /** Steps that do not count give zeros instead of what the last one that did gave. */
  readonly zeroWhereMasked: boolean
}

/** The results of a recurrent layer. Sequences are in the order in which the steps ran. */
export interface Run {
  /** Only in an unrolled layer. */
  readonly steps?: readonly Value[]
  /** All outputs as one tensor. A loop has either these or the last, as it was told when it was written. */
  sequence(): Value
  last(): Value
  readonly states: readonly Value[]
}

/** Reads a recurrent layer's arguments and configuration. */
export function sequenceOf(call: LayerCall, input: KTensor, mask: Sequence['mask']): Sequence {
  const { config, dtype, scope } = call
  const isTimeMajor = config.bool('time_major', false)
  const values = (name: string): Value[] | undefined => {
    const arg = call.kwargs.get(name)
    if (arg?.kind !== 'list' || arg.items.length === 0) return undefined
    return arg.items.map(item =>
      item.kind === 'tensor' ? scope.cast(item.tensor.value, dtype) : call.refuse(`its ${name} is not of tensors`),
    )
  }
  return {
    value: scope.cast(input.value, dtype),
    isTimeMajor,
    length: call.shapeOf(input.value)[isTimeMajor ? 0 : 1] ?? null,
    isBackward: config.bool('go_backwards', false),
    steps: input.steps?.every(step => step.dtype === dtype) ? input.steps : undefined,
    mask: mask && (() => asMatrix(scope, scope.cast(mask(), 'bool'))),
    initial: values('initial_state'),
    constants: values('constants') ?? [],
    zeroWhereMasked: config.bool('zero_output_for_mask', false),
  }
}

/** [batch, time, 1] is taken for [batch, time]. */
const asMatrix = (scope: Scope, mask: Value): Value =>
  scope.shape(mask)?.length === 3 ? scope.squeeze(mask, [2]) : mask

/** mask ? a : b, where the mask is [batch, 1], or of the same rank; b is zeros where there is none. */
export function whereCounts(scope: Scope, mask: Value, a: Value, b: Value | undefined): Value {
  const rank = scope.shape(a)?.length ?? 2
  const wide =
    rank > (scope.shape(mask)?.length ?? 2) ? scope.reshape(mask, [null, ...Array<number>(rank - 1).fill(1)]) : mask
  return scope.select(wide, a, b ?? scope.number(0, a))
}
