/**
 * The cells of Keras: SimpleRNN, LSTM, GRU.
 *
 * A step is written in the one form that TensorFlow, OpenCV, OpenVINO and TF.js all read:
 * the first step has no recurrent term at all instead of zeros, each product has a bias of
 * its own, gates come out of one Split, and nothing is taken from a constant (1 − z).
 */
import type { Value } from '../../../../graph/node.ts'
import { add, concat, reshape, sliceOf, splat, spread } from '../../../../tensor/make.ts'
import type { Tensor } from '../../../../tensor/tensor.ts'
import { activate } from '../../activation.ts'
import type { LayerCall } from '../../call.ts'
import type { LayerConfig } from '../../layer-graph.ts'
import type { Scope } from '../../scope.ts'
import { main, type SlotsOf, size, times, trained, unlessFalse, when } from '../../weights/slots.ts'
import { storedGru, storedLstm } from '../../weights/stored.ts'
import type { ClassWriter, LayerClass } from '../layer-class.ts'
import { CELL_OBJECTS, type Cell, type CellStep, product } from './cell.ts'
import { recurrent } from './recurrent.ts'

/** h' = act(x·W + b + h·U). */
function simpleCell(call: LayerCall): Cell {
  const units = call.config.int('units')
  return {
    depth: 1,
    isPlain: true,
    stateCount: 1,
    outputState: 0,
    step(scope, x, states) {
      const input = product(scope, x, call.weight('kernel'), biasOf(call, units))
      const sum = states
        ? scope.add(input, product(scope, states[0]!, call.weight('recurrent_kernel'), zeros(call, units)))
        : input
      const output = activate(call.within(scope), sum, 'activation', 'tanh')
      return { output, states: [output] }
    },
  }
}

/** i, f, g, o = x·W + b + h·U;  c' = σ(f)·c + σ(i)·act(g);  h' = σ(o)·act(c'). */
function lstmCell(call: LayerCall): Cell {
  const width = 4 * call.config.int('units')
  return {
    depth: 1,
    isPlain: true,
    stateCount: 2,
    outputState: 0,
    step(scope, x, states) {
      const input = product(scope, x, call.weight('kernel'), biasOf(call, width))
      const sum = states
        ? scope.add(input, product(scope, states[0]!, call.weight('recurrent_kernel'), zeros(call, width)))
        : input
      return lstmGates(call.within(scope), scope.split(sum, 4, 1), states?.[1])
    },
  }
}

/** The second half of an LSTM's step: from its gates i, f, c, o and its carry (undefined for zeros) to what is next. */
export function lstmGates(call: LayerCall, gates: readonly Value[], carry: Value | undefined): CellStep {
  const { scope } = call
  const [i, f, g, o] = gates as readonly [Value, Value, Value, Value] // Split makes four
  const gate = (z: Value): Value => recurrentActivation(call, z)
  const act = (z: Value): Value => activate(call, z)
  const added = scope.mul(gate(i), act(g))
  const next = carry ? scope.add(scope.mul(gate(f), carry), added) : added
  const output = scope.mul(gate(o), act(next))
  return { output, states: [output, next] }
}

/**
 * z, r = σ(x·W + b + h·U);  h' = z·h + (1 − z)·h̃, where h̃ is
 *
 *     act(x·W + b + r·(h·U + b'))    reset_after: the bias is [2, 3·units]
 *     act(x·W + b + (r·h)·U)         else
 */
function gruCell(call: LayerCall): Cell {
  const isAfter = call.config.bool('reset_after', true)
  const step = isAfter ? resetAfter : resetBefore
  return {
    depth: 1,
    isPlain: true,
    stateCount: 1,
    outputState: 0,
    step(scope, x, states) {
      const output = step(call.within(scope), x, states?.[0])
      return { output, states: [output] }
    },
  }
}

function resetAfter(call: LayerCall, x: Value, h: Value | undefined): Value {
  const { scope } = call
  const units = call.config.int('units')
  const bias = call.maybeTensor('bias')
  const inputBias = call.constant('bias', () => (bias ? gruInputBias(bias, units) : splat(call.dtype, [3 * units], 0)))
  const [xz, xr, xh] = split3(scope, product(scope, x, call.weight('kernel'), inputBias))
  if (!h) return firstOfResetAfter(call, xz, xr, xh)
  const recurrentBias = call.constant('recurrent_bias', () =>
    bias ? gruRecurrentBias(bias, units) : splat(call.dtype, [3 * units], 0),
  )
  const [rz, rr, rh] = split3(scope, product(scope, h, call.weight('recurrent_kernel'), recurrentBias))
  const z = recurrentActivation(call, scope.add(xz, rz))
  const r = recurrentActivation(call, scope.add(xr, rr))
  return between(scope, z, h, activate(call, scope.add(xh, scope.mul(r, rh))))
}

/** With h = 0 the recurrent term is the bias alone: r·b', written as a product with b' on the diagonal. */
function firstOfResetAfter(call: LayerCall, xz: Value, xr: Value, xh: Value): Value {
  const { scope } = call
  const units = call.config.int('units')
  const bias = call.maybeTensor('bias')
  const z = recurrentActivation(call, xz)
  let sum = xh
  if (bias) {
    const r = recurrentActivation(call, xr)
    const diagonal = call.constant('recurrent_bias_diagonal', () => diagonalOf(biasRow(bias, 1, 2, 1, units)))
    sum = scope.add(xh, product(scope, r, diagonal, zeros(call, units)))
  }
  return between(scope, z, undefined, activate(call, sum))
}

function resetBefore(call: LayerCall, x: Value, h: Value | undefined): Value {
  const { scope } = call
  const units = call.config.int('units')
  const [xz, xr, xh] = split3(scope, product(scope, x, call.weight('kernel'), biasOf(call, 3 * units)))
  const act = (sum: Value): Value => activate(call, sum)
  if (!h) return between(scope, recurrentActivation(call, xz), undefined, act(xh))
  const kernel = call.tensor('recurrent_kernel')
  const gates = call.constant('recurrent_kernel/gates', () => sliceOf(kernel, [0, 0], [units, 2 * units]))
  const candidate = call.constant('recurrent_kernel/candidate', () => sliceOf(kernel, [0, 2 * units], [units, units]))
  const [rz, rr] = scope.split(product(scope, h, gates, zeros(call, 2 * units)), 2, 1)
  const z = recurrentActivation(call, scope.add(xz, rz!))
  const r = recurrentActivation(call, scope.add(xr, rr!))
  const reset = product(scope, scope.mul(r, h), candidate, zeros(call, units))
  return between(scope, z, h, act(scope.add(xh, reset)))
}

/** z·h + (1 − z)·c as c + z·(h − c); without h that is 0. */
function between(scope: Scope, z: Value, h: Value | undefined, c: Value): Value {
  return h ? scope.add(c, scope.mul(z, scope.sub(h, c))) : scope.sub(c, scope.mul(z, c))
}

const split3 = (scope: Scope, sum: Value): readonly [Value, Value, Value] =>
  scope.split(sum, 3, 1) as unknown as readonly [Value, Value, Value] // Split makes three

/** Elements `from`… of one of the two rows of a bias, counted in gates. */
const biasRow = (bias: Tensor, row: number, from: number, gates: number, units: number): Tensor =>
  sliceOf(reshape(bias, [6 * units]), [(row * 3 + from) * units], [gates * units])

/** The biases that can be added before the gates: for z and r both, for h the first. */
const gruInputBias = (bias: Tensor, units: number): Tensor =>
  concat(0, [add(biasRow(bias, 0, 0, 2, units), biasRow(bias, 1, 0, 2, units)), biasRow(bias, 0, 2, 1, units)])

/** The rest: zeros for z and r, of h the second. */
const gruRecurrentBias = (bias: Tensor, units: number): Tensor =>
  concat(0, [splat(bias.dtype, [2 * units], 0), biasRow(bias, 1, 2, 1, units)])

/** A square matrix with a vector on its diagonal: element i of n is element i·(n + 1) of n². */
function diagonalOf(v: Tensor): Tensor {
  const [n] = v.shape as readonly [number] // a vector
  return n === 1 ? reshape(v, [1, 1]) : reshape(spread(v, [n + 1]), [n, n])
}

const recurrentActivation = (call: LayerCall, x: Value): Value => activate(call, x, 'recurrent_activation')

const biasOf = (call: LayerCall, width: number): Value => call.maybeWeight('bias') ?? zeros(call, width)

const zeros = (call: LayerCall, width: number): Value =>
  call.constant(`zeros_${width}`, () => splat(call.dtype, [width], 0))

// ---- The layers over one of these cells, and the cells by themselves

/** The weights of a cell with so many gates, which its layer has too. */
const weights =
  (gates: 1 | 3 | 4): SlotsOf =>
  c => {
    const units = size(c['units'])
    const wide = times(units, gates)
    const shape = gates === 3 && c['reset_after'] === true ? [2, wide] : [wide]
    return [
      main(trained('kernel', [null, wide], CELL_OBJECTS), 'kernel/#'),
      main(trained('recurrent_kernel', [units, wide], CELL_OBJECTS), 'recurrent_kernel/#'),
      ...when(unlessFalse(c, 'use_bias'), trained('bias', shape, CELL_OBJECTS)),
    ]
  }

/** Activations for files that leave them out: Keras up to 2.3 has a hard sigmoid, cuDNN does not. */
const activations = ({ savedClass, dialect }: ClassWriter): LayerConfig => ({
  activation: 'tanh',
  recurrent_activation:
    !isCudnn(savedClass) && (dialect.standalone || savedClass.endsWith('V1')) ? 'hard_sigmoid' : 'sigmoid',
  ...(isCudnn(savedClass) && { use_bias: true }),
})
const isCudnn = (savedClass: string): boolean => savedClass.startsWith('CuDNN')

const simple = { cell: simpleCell, weights: weights(1) }
const lstm = { cell: lstmCell, weights: weights(4), absent: activations }
const gru = {
  cell: gruCell,
  weights: weights(3),
  absent: (writer: ClassWriter): LayerConfig => ({
    ...activations(writer),
    reset_after: writer.dialect.profile === 'k3' || isCudnn(writer.savedClass),
  }),
}
const layer = {
  emit: recurrent,
  takesStates: true,
  oldArguments: { output_dim: 'units' },
  inputShape: (kernel: readonly number[] | undefined) => kernel && [null, null, kernel[0]!],
}

export const RECURRENT_LAYERS: readonly LayerClass[] = [
  { name: 'SimpleRNN', ...simple, ...layer },
  {
    name: 'LSTM',
    aliases: ['LSTMV1', 'LSTMV2', 'UnifiedLSTM', 'CuDNNLSTM'],
    ...lstm,
    ...layer,
    stored: storedLstm(),
  },
  { name: 'GRU', aliases: ['GRUV1', 'GRUV2', 'UnifiedGRU', 'CuDNNGRU'], ...gru, ...layer, stored: storedGru() },
  { name: 'SimpleRNNCell', ...simple },
  { name: 'LSTMCell', aliases: ['LSTMCellV1', 'LSTMCellV2'], ...lstm },
  { name: 'GRUCell', aliases: ['GRUCellV1', 'GRUCellV2'], ...gru },
]
