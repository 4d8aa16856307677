/** Fused recurrent cells of version 1. */

import type { Node } from '../../graph/node.ts'
import { fromNumbers, type NdArray, numbers, withShape } from '../array.ts'
import type { Kernel, Kernels } from '../kernel.ts'
import { concatenated, packed } from './array.ts'
import { elementwiseKernels } from './elementwise.ts'
import { product } from './matrix.ts'
import { unpacked } from './slice.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** [x, h] · w + b, each row's gates side by side. */
function gates(node: Node, x: NdArray, h: NdArray, w: NdArray, b: NdArray): ArrayLike<number> {
  const both = product(node, concatenated(node, 1, [x, h]), w)
  return numbers(elementwiseKernels['AddV2']!([both, b], node)[0]!)
}

/** LSTMBlockCell. Gates in the order i, ci, f, o; peepholes look at the cell. Source: lstm_ops.cc. */
const lstmCell: Kernel = (inputs, node) => {
  const [x, csPrev, hPrev, w, wci, wcf, wco, b] = inputs as [
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
  ]
  const units = csPrev.shape[1]!
  const all = gates(node, x, hPrev, w, b)
  const before = numbers(csPrev)
  const peep = (weights: NdArray, c: number, cell: number): number =>
    node.bool('use_peephole') ? numbers(weights)[c]! * cell : 0
  const [clip, bias] = [node.float('cell_clip'), node.float('forget_bias')]
  const out = Array.from({ length: 7 }, () => new Float64Array(before.length))
  for (let k = 0; k < before.length; k++) {
    const c = k % units
    const gate = (g: number): number => all[Math.floor(k / units) * 4 * units + g * units + c]!
    const i = sigmoid(gate(0) + peep(wci, c, before[k]!))
    const ci = Math.tanh(gate(1))
    const f = sigmoid(gate(2) + bias + peep(wcf, c, before[k]!))
    const raw = ci * i + before[k]! * f
    const cs = clip > 0 ? Math.min(Math.max(raw, -clip), clip) : raw
    const o = sigmoid(gate(3) + peep(wco, c, cs))
    const co = Math.tanh(cs)
    for (const [n, v] of [i, cs, f, o, ci, co, o * co].entries()) out[n]![k] = v
  }
  return out.map(values => fromNumbers(x.dtype, csPrev.shape, values))
}

/** BlockLSTM: the cell at each of the first `seq_len_max` steps of [time, batch, inputs]; zeros after. */
const lstmBlock: Kernel = ([length, x, cs, h, ...weights], node) => {
  const count = numbers(length!)[0]!
  let state = [cs!, h!]
  const steps = unpacked(x!, 0).map((input, t) => {
    if (t >= count) return undefined
    const results = lstmCell([input, ...state, ...weights] as NdArray[], node)
    state = [results[1]!, results[6]!]
    return results
  })
  const zero = withShape(fromNumbers(x!.dtype, cs!.shape, new Float64Array(numbers(cs!).length)), cs!.shape)
  return Array.from({ length: 7 }, (_, n) =>
    packed(
      node,
      steps.map(results => results?.[n] ?? zero),
      0,
    ),
  )
}

/** GRUBlockCell: r and u from one product, c from another with r · h. Source: gru_ops.cc. */
const gruCell: Kernel = (inputs, node) => {
  const [x, hPrev, wRu, wC, bRu, bC] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray, NdArray]
  const units = hPrev.shape[1]!
  const both = gates(node, x, hPrev, wRu, bRu)
  const before = numbers(hPrev)
  const gate = (k: number, g: number): number =>
    sigmoid(both[Math.floor(k / units) * 2 * units + g * units + (k % units)]!)
  const make = (f: (k: number) => number): NdArray =>
    fromNumbers(
      x.dtype,
      hPrev.shape,
      Float64Array.from({ length: before.length }, (_, k) => f(k)),
    )
  const [r, u] = [make(k => gate(k, 0)), make(k => gate(k, 1))]
  const candidate = gates(
    node,
    x,
    make(k => gate(k, 0) * before[k]!),
    wC,
    bC,
  )
  const c = make(k => Math.tanh(candidate[k]!))
  const h = make(k => gate(k, 1) * before[k]! + (1 - gate(k, 1)) * Math.tanh(candidate[k]!))
  return [r, u, c, h]
}

/** Kernels by op. */
export const recurrentKernels: Kernels = { LSTMBlockCell: lstmCell, BlockLSTM: lstmBlock, GRUBlockCell: gruCell }
