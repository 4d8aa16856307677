/** Recurrent cells that TensorFlow computes in one op. Source: tensorflow/core/kernels/rnn/{lstm,gru}_ops.h. */
import type { Node, Value } from '../../graph/node.ts'
import { as, op } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { Builder } from './build.ts'

interface Lstm {
  readonly weights: Value
  readonly bias: Value
  /** Weights of the cell's state for the input, forget and output gate. */
  readonly peepholes: readonly Value[] | undefined
  readonly forgetBias: number
  readonly clip: number
  /** Whether the new cell state comes before the forget gate, as in all but the second version. */
  readonly isOldOrder: boolean
}

interface State {
  readonly cell: Value
  readonly hidden: Value
}

/** One step: the gates i, f, o, the new input ci, the state cs and its tanh co, and the output h, as the op gives them. */
function step(b: Builder, x: Value, { cell, hidden }: State, lstm: Lstm): Value[] {
  const dtype = x.dtype!
  const joined = b.op('ConcatV2', [x, hidden, b.number('int32', 1)])
  const product = b.op('AddV2', [b.op('MatMul', [joined, lstm.weights]), lstm.bias])
  const gates = b.node('Split', [b.number('int32', 1), product], { num_split: 4 })
  const [second, third] = [gates.out(1), gates.out(2)]
  const [input, forget] = lstm.isOldOrder ? [second, third] : [third, second]
  const seen = (gate: Value, weights: Value | undefined, state: Value): Value =>
    weights ? b.op('AddV2', [gate, b.op('Mul', [state, weights])]) : gate
  const i = b.op('Sigmoid', [seen(gates.out(0), lstm.peepholes?.[0], cell)])
  const biased = lstm.forgetBias === 0 ? forget : b.op('AddV2', [forget, b.number(dtype, lstm.forgetBias)])
  const f = b.op('Sigmoid', [seen(biased, lstm.peepholes?.[1], cell)])
  const ci = b.op('Tanh', [input])
  const sum = b.op('AddV2', [b.op('Mul', [ci, i]), b.op('Mul', [cell, f])])
  const cs = lstm.clip > 0 ? clipped(b, sum, lstm.clip) : sum
  const o = b.op('Sigmoid', [seen(gates.out(3), lstm.peepholes?.[2], cs)])
  const co = b.op('Tanh', [cs])
  return [i, cs, f, o, ci, co, b.op('Mul', [co, o])]
}

const clipped = (b: Builder, x: Value, limit: number): Value =>
  b.op('Minimum', [b.op('Maximum', [x, b.number(x.dtype!, -limit)]), b.number(x.dtype!, limit)])

function lstmOf(node: Node, first: number): Lstm {
  const isSecond = node.op === 'BlockLSTMV2'
  return {
    weights: node.input(first),
    bias: node.input(first + 4),
    peepholes: node.bool('use_peephole') ? node.inputs.slice(first + 1, first + 4) : undefined,
    forgetBias: isSecond ? 0 : node.float('forget_bias'),
    clip: node.float('cell_clip'),
    isOldOrder: !isSecond,
  }
}

const lstmCell = rule({
  name: 'tfjs-lstm-cell',
  find: as('node', op('LSTMBlockCell')),
  allOutputs: true,
  replace({ node }, { graph }) {
    const state = { cell: node.input(1), hidden: node.input(2) }
    return step(new Builder(graph, node), node.input(0), state, lstmOf(node, 3))
  },
})

/** All steps, one after the other; after the last of the sequence everything is zero. */
const blockLstm = rule({
  name: 'tfjs-block-lstm',
  find: as('node', op(['BlockLSTM', 'BlockLSTMV2'])),
  allOutputs: true,
  replace({ node }, { graph, facts }) {
    const steps = facts.shape(node.input(1))?.[0]
    const [count] = facts.numbers(node.input(0)) ?? []
    if (steps == null || count === undefined) return 'how many steps it has is not known'
    const b = new Builder(graph, node)
    const rows = b.node('Unpack', [node.input(1)], { num: steps, axis: 0 })
    const lstm = lstmOf(node, 4)
    let state: State = { cell: node.input(2), hidden: node.input(3) }
    const nothing = b.op('ZerosLike', [state.hidden])
    const made = Array.from({ length: steps }, (_, at) => {
      if (at >= count) return Array<Value>(7).fill(nothing)
      const values = step(b, rows.out(at), state, lstm)
      state = { cell: values[1]!, hidden: values[6]! }
      return values
    })
    return Array.from({ length: 7 }, (_, i) =>
      b.op(
        'Pack',
        made.map(values => values[i]!),
        { axis: 0 },
      ),
    )
  },
})

/** r, u = σ([x, h] W + b); c = tanh([x, h r] W′ + b′); h = u h + (1 − u) c. */
const gruCell = rule({
  name: 'tfjs-gru-cell',
  find: as('node', op('GRUBlockCell')),
  allOutputs: true,
  replace({ node }, { graph }) {
    const b = new Builder(graph, node)
    const [x, hidden, weights] = [node.input(0), node.input(1), node.input(2)]
    const [candidate, gateBias, bias] = [node.input(3), node.input(4), node.input(5)]
    const product = (state: Value, by: Value, addend: Value): Value =>
      b.op('AddV2', [b.op('MatMul', [b.op('ConcatV2', [x, state, b.number('int32', 1)]), by]), addend])
    const gates = b.op('Sigmoid', [product(hidden, weights, gateBias)])
    const halves = b.node('Split', [b.number('int32', 1), gates], { num_split: 2 })
    const [r, u] = [halves.out(0), halves.out(1)]
    const c = b.op('Tanh', [product(b.op('Mul', [hidden, r]), candidate, bias)])
    const rest = b.op('Mul', [b.op('Sub', [b.number(x.dtype!, 1), u]), c])
    return [r, u, c, b.op('AddV2', [b.op('Mul', [u, hidden]), rest])]
  },
})

export const CELLS: readonly Rule[] = [lstmCell, blockLstm, gruCell]
