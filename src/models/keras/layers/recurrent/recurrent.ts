/** Recurrent layers: a cell over a sequence, as a chain of steps or as a loop. */
import type { Value } from '../../../../graph/node.ts'
import type { KTensor, LayerCall } from '../../call.ts'
import type { Cell } from './cell.ts'
import { looped } from './loop.ts'
import { type Run, type Sequence, sequenceOf, whereCounts } from './steps.ts'
import { unrolled } from './unrolled.ts'

/** SimpleRNN, LSTM, GRU, RNN over any cell, ConvLSTM: the sequence or its last step, then the states where they are returned. */
export function recurrent(call: LayerCall): readonly (Value | KTensor)[] {
  const mask = recurrentMask(call)
  const run = runLayer(call, mask)
  const states = call.config.bool('return_state', false) ? run.states : []
  if (!call.config.bool('return_sequences', false)) return [{ value: run.last() }, ...states.map(value => ({ value }))]
  const output: KTensor = {
    value: run.sequence(),
    ...(run.steps && { steps: run.steps }),
    ...(mask && { mask }),
  }
  return [output, ...states.map(value => ({ value }))]
}

/** The mask that a recurrent layer heeds. In Keras 3 none comes with the tensor where initial states are given. */
export function recurrentMask(call: LayerCall): (() => Value) | undefined {
  const isGiven = call.kwargs.get('mask')?.kind === 'tensor'
  return call.profile === 'k3' && call.arg('initial_state') && !isGiven ? undefined : call.mask
}

/** Writes the steps of a layer. Sequences come out in the order in which they were gone through. */
export function runLayer(call: LayerCall, mask: (() => Value) | undefined): Run {
  const { scope, config } = call
  if (config.bool('stateful', false))
    call.note('it is stateful, and starts from zeros at every run: the state of the run before is not kept')
  const cell = call.emission.cell(call)
  const sequence = inCellOrder(call, sequenceOf(call, call.input, mask))
  checkStates(call, cell, sequence)
  const isSequence = config.bool('return_sequences', false)
  const zeroesInOrder = isSequence && zeroesByTheWrongMask(call, sequence)
  const taken = zeroesInOrder ? { ...sequence, zeroWhereMasked: false } : sequence
  const run = isUnrolled(call, cell, taken) ? unrolled(scope, cell, taken) : looped(scope, cell, taken, isSequence)
  const states = inCellOrder(call, { ...sequence, initial: run.states }).initial!
  if (!zeroesInOrder) return { ...run, states }
  const zeroed = (): Value => whereCounts(scope, scope.expandDims(sequence.mask!(), -1), run.sequence(), undefined)
  return { last: run.last, sequence: zeroed, states }
}

/** Keras 3, told to unroll, zeroes a backward sequence by the mask as it is: not turned round as the sequence is. */
const zeroesByTheWrongMask = (call: LayerCall, { zeroWhereMasked, isBackward, mask }: Sequence): boolean =>
  call.profile === 'k3' && call.config.bool('unroll', false) && zeroWhereMasked && isBackward && mask !== undefined

/** Steps, over all cells, up to which a layer is written as a chain unless told otherwise. */
const MAX_STEPS = 256

function isUnrolled(call: LayerCall, { depth, isPlain }: Cell, { length }: Sequence): boolean {
  const { rnn } = call.emission.options
  if (rnn === 'loop' || (rnn === 'operators' && isPlain) || length === 0) return false
  if (rnn === 'unroll' && length === null)
    call.note('it is written as a loop, since the length of its sequences is not known: give it with --shape to unroll')
  if (length === null) return false
  return rnn === 'unroll' || length * depth <= MAX_STEPS
}

/** Keras up to 2.2 lists the states of stacked cells from the last cell to the first. */
function inCellOrder(call: LayerCall, sequence: Sequence): Sequence {
  const stack = call.layer.children.get('cell')
  if (!sequence.initial || stack?.config['reverse_state_order'] !== true) return sequence
  const count = stack.children.size
  const each = sequence.initial.length / count
  const groups = Array.from({ length: count }, (_, i) => sequence.initial!.slice(i * each, (i + 1) * each))
  return { ...sequence, initial: groups.reverse().flat() }
}

function checkStates(call: LayerCall, { stateCount }: Cell, { initial }: Sequence): void {
  if (initial && initial.length !== stateCount)
    call.refuse(`it is given ${initial.length} initial states, and has ${stateCount}`)
}
