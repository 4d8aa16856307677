/**
 * Weights of older Keras in today's layout. Source: `preprocess_weights_for_loading`
 * and `_convert_rnn_weights` of Keras 2.3.
 */
import { invariant } from '../../../errors.ts'
import * as make from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { Dialect, Layer } from '../layer-graph.ts'
import { type PartialSizes, slotsOf, type WeightSlot } from './slots.ts'

type Weights = ReadonlyMap<string, Tensor>

const CONVOLUTION = /^(Conv[123]D(Transpose)?|ConvLSTM2D)$/

/** The gates of Keras 1's separate arrays, in the order stored. */
const STORED_GATES: Readonly<Record<string, readonly string[]>> = {
  LSTM: ['i', 'c', 'f', 'o'],
  ConvLSTM2D: ['i', 'c', 'f', 'o'],
  GRU: ['z', 'r', 'h'],
}
/** The gates side by side, in today's order. */
const JOINED_GATES: Readonly<Record<string, readonly string[]>> = {
  LSTM: ['i', 'f', 'c', 'o'],
  ConvLSTM2D: ['i', 'f', 'c', 'o'],
  GRU: ['z', 'r', 'h'],
}

/** What a file has for a layer: today's weights, save that shapes which a conversion changes are left open. */
export function storedSlots(layer: Layer, dialect: Dialect): readonly WeightSlot[] {
  const slots = slotsOf(layer)
  const gates = dialect.profile === 'k1' ? STORED_GATES[layer.className] : undefined
  if (gates && layer.config['consume_less'] !== 'gpu') return gates.flatMap(gateSlots)
  return mayConvert(layer, dialect) ? slots.map(({ shape, ...open }) => open) : slots
}

const gateSlots = (gate: string): readonly WeightSlot[] =>
  ['W', 'U', 'b'].map(name => ({ role: `${name}_${gate}`, trainable: true, objects: [] }))

const mayConvert = ({ className, config }: Layer, { profile, standalone }: Dialect): boolean =>
  ((profile === 'k1' || standalone) && CONVOLUTION.test(className)) ||
  className === 'LSTM' ||
  (className === 'GRU' && config['reset_after'] === true)

/** The weights of one layer as the emitters want them. Nothing is read. */
export function convertWeights(layer: Layer, stored: Weights, dialect: Dialect): Weights {
  let weights = stored
  if (dialect.profile === 'k1') weights = fromKeras1(layer, weights)
  if (CONVOLUTION.test(layer.className)) weights = mapKernels(weights, kernel => turned(layer, kernel, dialect))
  return fromCudnn(layer, weights)
}

const mapKernels = (weights: Weights, change: (kernel: Tensor, role: string) => Tensor): Weights =>
  new Map([...weights].map(([role, t]) => [role, role.endsWith('kernel') ? change(t, role) : t]))

// ---- Keras 1

function fromKeras1(layer: Layer, weights: Weights): Weights {
  const first = layer.config['data_format'] === 'channels_first'
  const joined = joinGates(layer, weights, first ? [2, 3, 1, 0] : undefined)
  switch (layer.className) {
    case 'Conv1D':
      return mapKernels(joined, kernel => convolution1d(layer, kernel))
    case 'Conv2D':
      return first ? mapKernels(joined, kernel => permuted(kernel, [2, 3, 1, 0])) : joined
    case 'Conv2DTranspose':
      return mapKernels(joined, kernel => permuted(kernel, first ? [2, 3, 0, 1] : [0, 1, 3, 2]))
    case 'Conv3D':
      return first ? mapKernels(joined, kernel => permuted(kernel, [2, 3, 4, 1, 0])) : joined
    default:
      return joined
  }
}

const permuted = (t: Tensor, perm: readonly number[]): Tensor =>
  t.shape.length === perm.length ? make.transpose(t, perm) : t

/** (k, 1, in, out), or as Theano has it (out, in, k, 1). */
function convolution1d(layer: Layer, kernel: Tensor): Tensor {
  if (kernel.shape.length !== 4) return kernel
  const [k] = slotsOf(layer)[0]?.shape ?? []
  const isLast = kernel.shape[1] === 1 && kernel.shape[0] === k && kernel.shape[3] === layer.config['filters']
  const last = isLast ? kernel : make.transpose(kernel, [2, 3, 1, 0])
  return last.shape[1] === 1 ? make.reshape(last, [last.shape[0]!, last.shape[2]!, last.shape[3]!]) : kernel
}

/** `perm` brings the kernel of each gate of a convolution into today's order: the gates lie side by side in its last dimension. */
function joinGates(layer: Layer, weights: Weights, perm: readonly number[] | undefined): Weights {
  const gates = JOINED_GATES[layer.className]
  if (!gates || !weights.has(`W_${gates[0]}`)) return weights
  const joined = (name: string): Tensor => {
    const parts = gates.map(gate => weights.get(`${name}_${gate}`))
    invariant(
      parts.every(part => part !== undefined),
      'all gates are bound together',
    )
    return sideBySide(perm ? parts.map(part => permuted(part, perm)) : parts)
  }
  return new Map([
    ['kernel', joined('W')],
    ['recurrent_kernel', joined('U')],
    ['bias', joined('b')],
  ])
}

/** Along the last axis; arrays that do not fit are left for the check of shapes to refuse. */
function sideBySide(parts: readonly Tensor[]): Tensor {
  const [first] = parts
  const rank = first!.shape.length
  const fit = parts.every(
    ({ dtype, shape }) =>
      dtype === first!.dtype && shape.length === rank && shape.slice(0, -1).every((d, i) => d === first!.shape[i]),
  )
  return fit && rank > 0 ? make.concat(rank - 1, parts) : first!
}

// ---- Theano

/** Theano turns kernels by half a circle where TensorFlow correlates; some files have them in another order. */
function turned(layer: Layer, kernel: Tensor, { profile, backend, standalone }: Dialect): Tensor {
  const rank = kernel.shape.length
  const flipped = backend === 'theano' && profile !== 'k3' ? make.reverse(kernel, spatial(rank)) : kernel
  const expected = slotsOf(layer).find(slot => slot.role === 'kernel')?.shape
  if (!standalone || rank !== 4 || !expected || fits(flipped.shape, expected)) return flipped
  const reordered = make.transpose(flipped, [3, 2, 0, 1])
  return fits(reordered.shape, expected) ? reordered : flipped
}

const spatial = (rank: number): number[] => Array.from({ length: Math.max(0, rank - 2) }, (_, axis) => axis)

/** Whether a shape is as expected where anything is. */
export const fits = (shape: readonly number[], expected: PartialSizes | undefined): boolean =>
  !expected || (shape.length === expected.length && expected.every((d, i) => d === null || d === shape[i]))

// ---- cuDNN

/** The layers of cuDNN keep two biases, and each gate's kernels in column-major order. */
function fromCudnn(layer: Layer, weights: Weights): Weights {
  const units = layer.config['units']
  const [kernel, recurrent, bias] = ['kernel', 'recurrent_kernel', 'bias'].map(role => weights.get(role))
  const gates = layer.className === 'LSTM' ? 4 : layer.className === 'GRU' ? 3 : 0
  if (!kernel || !recurrent || !bias || typeof units !== 'number' || gates === 0) return weights
  const square = [units, units * gates]
  if (
    !fits(bias.shape, [2 * gates * units]) ||
    !fits(kernel.shape, [null, square[1]!]) ||
    !fits(recurrent.shape, square)
  )
    return weights
  const half = (i: number) => make.sliceOf(bias, [i * gates * units], [gates * units])
  return new Map([
    ['kernel', eachGate(kernel, gates, columnMajor)],
    ['recurrent_kernel', eachGate(recurrent, gates, gate => make.transpose(gate, [1, 0]))],
    ['bias', gates === 4 ? make.add(half(0), half(1)) : make.reshape(bias, [2, gates * units])],
  ])
}

function eachGate(kernel: Tensor, gates: number, change: (gate: Tensor) => Tensor): Tensor {
  const [rows, columns] = [kernel.shape[0]!, kernel.shape[1]! / gates]
  const parts = Array.from({ length: gates }, (_, i) => change(make.sliceOf(kernel, [0, i * columns], [rows, columns])))
  return make.concat(1, parts)
}

/** `k.T.reshape(k.shape, order='F')` of NumPy. */
const columnMajor = (gate: Tensor): Tensor =>
  make.transpose(make.reshape(gate, [gate.shape[1]!, gate.shape[0]!]), [1, 0])
