/** Recurrent cells that TensorFlow computes in one op. Source: tensorflow/core/kernels/rnn/{lstm,gru}_ops.h. */
import type { Node } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** The values that all steps of an LSTM share. */
interface Lstm {
  readonly weights: Ref
  readonly bias: Ref
  /** Weights of the cell's state for the input, forget and output gate. */
  readonly peepholes: readonly [Ref, Ref, Ref] | undefined
  readonly forgetBias: number
  readonly clip: number
  /** Whether the new cell state comes before the forget gate, as in all but the second version. */
  readonly isOldOrder: boolean
}

interface State {
  readonly cell: Ref
  readonly hidden: Ref
}

/** One step: the gates i, f, o, the new input ci, the state cs and its tanh co, and the output h, as the op gives them. */
function step(emit: Emitter, x: Ref, { cell, hidden }: State, lstm: Lstm): readonly Ref[] {
  const joined = emit.op('Concat', [x, hidden], { axis: 1 })
  const product = emit.op('Add', [emit.op('MatMul', [joined, lstm.weights]), lstm.bias])
  const [first, second, third, last] = emit.split(product, 1, 4)
  const [input, forget] = lstm.isOldOrder ? [second, third] : [third, second]
  const { peepholes } = lstm
  const seen = (gate: Ref, weights: Ref | undefined, state: Ref): Ref =>
    weights ? emit.op('Add', [gate, emit.op('Mul', [state, weights])]) : gate
  const i = emit.op('Sigmoid', [seen(first, peepholes?.[0], cell)])
  const biased = lstm.forgetBias === 0 ? forget : emit.op('Add', [forget, emit.scalar(x.dtype, lstm.forgetBias)])
  const f = emit.op('Sigmoid', [seen(biased, peepholes?.[1], cell)])
  const ci = emit.op('Tanh', [input])
  const sum = emit.op('Add', [emit.op('Mul', [ci, i]), emit.op('Mul', [cell, f])])
  const limits = [emit.scalar(x.dtype, -lstm.clip), emit.scalar(x.dtype, lstm.clip)]
  const cs = lstm.clip > 0 ? emit.op('Clip', [sum, ...limits]) : sum
  const o = emit.op('Sigmoid', [seen(last, peepholes?.[2], cs)])
  const co = emit.op('Tanh', [cs])
  return [i, cs, f, o, ci, co, emit.op('Mul', [co, o])]
}

function lstmOf(node: Node, emit: Emitter, first: number): Lstm {
  const [weights, ...peepholes] = [0, 1, 2, 3].map(i => emit.value(node.input(first + i))) as [Ref, Ref, Ref, Ref]
  const isSecond = node.op === 'BlockLSTMV2'
  return {
    weights,
    bias: emit.value(node.input(first + 4)),
    peepholes: node.bool('use_peephole') ? peepholes : undefined,
    forgetBias: isSecond ? 0 : node.float('forget_bias'),
    clip: node.float('cell_clip'),
    isOldOrder: !isSecond,
  }
}

const lstmCell: Lowering = (node, emit) => {
  const [x, cell, hidden] = [0, 1, 2].map(i => emit.value(node.input(i))) as [Ref, Ref, Ref]
  for (const [i, ref] of step(emit, x, { cell, hidden }, lstmOf(node, emit, 3)).entries()) emit.set(node.out(i), ref)
}

/** All steps, one after the other; after the last of the sequence everything is zero. */
const blockLstm: Lowering = (node, emit) => {
  const [length, sequence] = inputsOf(node, 2)
  const steps = emit.shape(sequence)?.[0] ?? refuse('how many steps it has is not known')
  const [count] = emit.ints(length, 'the length of the sequence')
  const lstm = lstmOf(node, emit, 4)
  const rows = steps === 1 ? [emit.value(sequence)] : emit.split(emit.value(sequence), 0, steps)
  let state: State = { cell: emit.value(node.input(2)), hidden: emit.value(node.input(3)) }
  const results: Ref[][] = Array.from({ length: 7 }, () => [])
  for (const [at, row] of rows.entries()) {
    const x = emit.op('Squeeze', [row, emit.vector([0])])
    const made = at < count! ? step(emit, x, state, lstm) : undefined
    const nothing = made ? undefined : emit.op('Mul', [state.hidden, emit.scalar(x.dtype, 0)])
    for (const [i, list] of results.entries())
      list.push(emit.op('Unsqueeze', [made?.[i] ?? nothing!, emit.vector([0])]))
    if (made) state = { cell: made[1]!, hidden: made[6]! }
  }
  for (const [i, list] of results.entries()) {
    emit.set(node.out(i), emit.op('Concat', list, { axis: 0 }, { name: String(node.out(i)) }))
  }
}

/** r, u = σ([x, h] W + b); c = tanh([x, h r] W′ + b′); h = u h + (1 − u) c. */
const gruCell: Lowering = (node, emit) => {
  const [x, hidden, gates, candidate, gateBias, bias] = node.inputs.map(input => emit.value(input)) as [
    Ref,
    Ref,
    Ref,
    Ref,
    Ref,
    Ref,
  ]
  const product = (state: Ref, weights: Ref, addend: Ref): Ref =>
    emit.op('Add', [emit.op('MatMul', [emit.op('Concat', [x, state], { axis: 1 }), weights]), addend])
  const [r, u] = emit.split(emit.op('Sigmoid', [product(hidden, gates, gateBias)]), 1, 2)
  const c = emit.op('Tanh', [product(emit.op('Mul', [hidden, r]), candidate, bias)])
  const rest = emit.op('Sub', [emit.scalar(x.dtype, 1), u])
  const h = emit.op('Add', [emit.op('Mul', [u, hidden]), emit.op('Mul', [rest, c])])
  for (const [i, ref] of [r, u, c, h].entries()) emit.set(node.out(i), ref)
}

export const cells: Lowerings = {
  BlockLSTM: blockLstm,
  BlockLSTMV2: blockLstm,
  GRUBlockCell: gruCell,
  LSTMBlockCell: lstmCell,
}
