/** The convolutional LSTM's cell: an LSTM whose products are convolutions. */
import type { Value } from '../../../../graph/node.ts'
import { reshape } from '../../../../tensor/make.ts'
import type { LayerCall } from '../../call.ts'
import { type SlotsOf, size, sizes, times, trained, unlessFalse, when } from '../../weights/slots.ts'
import { storedConvLstm } from '../../weights/stored.ts'
import { grouped } from '../convolution.ts'
import type { LayerClass } from '../layer-class.ts'
import { asPlane, isChannelsFirst, toChannelsFirst, toChannelsLast, windowOf } from '../space.ts'
import { CELL_OBJECTS, type Cell } from './cell.ts'
import { lstmGates } from './cells.ts'
import { recurrent } from './recurrent.ts'

/**
 * i, f, g, o = W ∗ x + b + U ∗ h, the second of stride 1 with zeros around; the rest as in an LSTM.
 * Kernels are […window, in, 4·filters]; states have the size of what the first convolution gives.
 */
function convLstmCell(call: LayerCall, rank: 1 | 2 | 3): Cell {
  const isFirst = isChannelsFirst(call)
  return {
    depth: 1,
    stateCount: 2,
    outputState: 0,
    step(scope, x, states) {
      const own = call.within(scope)
      const inside = (value: Value): Value => over(own, rank, isFirst ? toChannelsLast(scope, value) : value)
      const outside = (value: Value): Value => {
        const space = rank === 1 ? scope.squeeze(value, [1]) : value
        return isFirst ? toChannelsFirst(scope, space) : space
      }
      let sum = inputTerm(own, inside(x), rank)
      if (states) sum = scope.add(sum, recurrentTerm(own, inside(states[0]!), rank))
      const gates = scope.split(sum, 4, own.shapeOf(sum).length - 1)
      const step = lstmGates(own, gates, states && inside(states[1]!))
      const next = step.states.map(outside)
      return { output: next[0]!, states: next }
    },
  }
}

/** A sequence is convolved as an image one pixel high. */
const over = (call: LayerCall, rank: number, x: Value): Value => (rank === 1 ? call.scope.expandDims(x, 1) : x)

function inputTerm(call: LayerCall, x: Value, rank: number): Value {
  const kernel = call.tensor('kernel')
  const window = windowOf(call, rank)
  const sum =
    rank === 1
      ? grouped(call, x, reshape(kernel, [1, ...kernel.shape]), asPlane(window))
      : grouped(call, x, kernel, window)
  const bias = call.maybeWeight('bias')
  return bias ? call.scope.op('BiasAdd', [sum, bias]) : sum
}

function recurrentTerm(call: LayerCall, h: Value, rank: number): Value {
  const kernel = call.tensor('recurrent_kernel')
  const weights = call.constant('recurrent_kernel', () => (rank === 1 ? reshape(kernel, [1, ...kernel.shape]) : kernel))
  const strides = Array<number>(kernel.shape.length + (rank === 1 ? 1 : 0)).fill(1)
  return call.scope.op(rank === 3 ? 'Conv3D' : 'Conv2D', [h, weights], { strides, padding: 'SAME' })
}

const weights: SlotsOf = c => {
  const filters = size(c['filters'])
  const wide = times(filters, 4)
  const kernel = sizes(c['kernel_size'])
  return [
    trained('kernel', [...kernel, null, wide], CELL_OBJECTS),
    trained('recurrent_kernel', [...kernel, filters, wide], CELL_OBJECTS),
    ...when(unlessFalse(c, 'use_bias'), trained('bias', [wide], CELL_OBJECTS)),
  ]
}

const convLstm = (rank: 1 | 2 | 3): LayerClass => ({
  name: `ConvLSTM${rank}D`,
  emit: recurrent,
  cell: call => convLstmCell(call, rank),
  takesStates: true,
  spatialRank: rank,
  weights,
  ...(rank === 2 && { stored: storedConvLstm() }),
  absent: ({ dialect }) => ({
    activation: 'tanh',
    recurrent_activation: dialect.profile === 'k3' ? 'sigmoid' : 'hard_sigmoid',
  }),
})

export const CONV_LSTM_LAYERS: readonly LayerClass[] = [convLstm(1), convLstm(2), convLstm(3)]
