/**
 * Weights of older Keras in today's layout. Source: `preprocess_weights_for_loading`
 * and `_convert_rnn_weights` of Keras 2.3.
 */
import { invariant } from '../../../errors.ts'
import * as make from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { Dialect, LayerConfig } from '../layer-graph.ts'
import { fits, type WeightSlot } from './slots.ts'

/** How files of older Keras hold the weights of a class. */
export interface StoredWeights {
  /** The weights that a file may have in place of today's. */
  slots(owner: WeightOwner): readonly WeightSlot[]
  /** Today's weights, by role, from what the file has. Nothing is read. */
  convert(weights: Weights, owner: WeightOwner): Weights
}

export type Weights = ReadonlyMap<string, Tensor>

/** The layer that the weights are of, and who wrote it. */
export interface WeightOwner {
  readonly config: LayerConfig
  /** Its weights as Keras has them today. */
  readonly slots: readonly WeightSlot[]
  readonly dialect: Dialect
}

/** The same weights without their shapes, which a conversion changes. */
const open = (slots: readonly WeightSlot[]): readonly WeightSlot[] => slots.map(({ shape, ...others }) => others)

const isChannelsFirst = ({ config }: WeightOwner): boolean => config['data_format'] === 'channels_first'

// ---- Convolutions

/** The permutations that bring Keras 1's kernels into today's order; absent where that is the same. */
interface Keras1Order {
  readonly channelsFirst?: readonly number[]
  readonly channelsLast?: readonly number[]
}

/** Kernels of convolutions: Keras 1 orders the dimensions of some otherwise, Theano turns them, some files do both. */
export const storedKernels = ({ channelsFirst, channelsLast }: Keras1Order = {}): StoredWeights =>
  kernels((kernel, owner) => permuted(kernel, isChannelsFirst(owner) ? channelsFirst : channelsLast))

/** The same for Conv1D, whose kernel has four dimensions in Keras 1. */
export const storedKernel1D = (): StoredWeights => kernels(convolution1d)

const kernels = (fromKeras1: (kernel: Tensor, owner: WeightOwner) => Tensor): StoredWeights => ({
  slots: ({ slots, dialect }) => (dialect.profile === 'k1' || dialect.standalone ? open(slots) : slots),
  convert: (weights, owner) =>
    mapKernels(weights, kernel => turned(owner.dialect.profile === 'k1' ? fromKeras1(kernel, owner) : kernel, owner)),
})

const mapKernels = (weights: Weights, change: (kernel: Tensor) => Tensor): Weights =>
  new Map([...weights].map(([role, t]) => [role, role.endsWith('kernel') ? change(t) : t]))

const permuted = (t: Tensor, perm: readonly number[] | undefined): Tensor =>
  perm && t.shape.length === perm.length ? make.transpose(t, perm) : t

/** (k, 1, in, out), or as Theano has it (out, in, k, 1). */
function convolution1d(kernel: Tensor, { config, slots }: WeightOwner): Tensor {
  if (kernel.shape.length !== 4) return kernel
  const [k] = slots[0]?.shape ?? []
  const isLast = kernel.shape[1] === 1 && kernel.shape[0] === k && kernel.shape[3] === config['filters']
  const last = isLast ? kernel : make.transpose(kernel, [2, 3, 1, 0])
  return last.shape[1] === 1 ? make.reshape(last, [last.shape[0]!, last.shape[2]!, last.shape[3]!]) : kernel
}

/** Theano turns kernels by half a circle where TensorFlow correlates; some files have them in another order. */
function turned(kernel: Tensor, { slots, dialect: { profile, backend, standalone } }: WeightOwner): Tensor {
  const rank = kernel.shape.length
  const flipped = backend === 'theano' && profile !== 'k3' ? make.reverse(kernel, spatial(rank)) : kernel
  const expected = slots.find(slot => slot.role === 'kernel')?.shape
  if (!standalone || rank !== 4 || !expected || fits(flipped.shape, expected)) return flipped
  const reordered = make.transpose(flipped, [3, 2, 0, 1])
  return fits(reordered.shape, expected) ? reordered : flipped
}

const spatial = (rank: number): number[] => Array.from({ length: Math.max(0, rank - 2) }, (_, axis) => axis)

// ---- Gates

/** The gates of a recurrent layer: as Keras 1 lists its arrays, and side by side in today's order. */
interface Gates {
  readonly stored: readonly string[]
  readonly joined: readonly string[]
}
const LSTM_GATES: Gates = { stored: ['i', 'c', 'f', 'o'], joined: ['i', 'f', 'c', 'o'] }
const GRU_GATES: Gates = { stored: ['z', 'r', 'h'], joined: ['z', 'r', 'h'] }

/** The LSTM: Keras 1 has an array for each gate, cuDNN two biases. */
export const storedLstm = (): StoredWeights => ({
  slots: owner => gateSlots(owner, LSTM_GATES) ?? open(owner.slots),
  convert: (weights, owner) => fromCudnn(joinGates(weights, owner, LSTM_GATES), owner, 4),
})

/** The GRU, likewise; that of cuDNN resets after the product. */
export const storedGru = (): StoredWeights => ({
  slots: owner =>
    gateSlots(owner, GRU_GATES) ?? (owner.config['reset_after'] === true ? open(owner.slots) : owner.slots),
  convert: (weights, owner) => fromCudnn(joinGates(weights, owner, GRU_GATES), owner, 3),
})

/** ConvLSTM2D: gates like an LSTM's, kernels like a convolution's. */
export function storedConvLstm(): StoredWeights {
  const perm = [2, 3, 1, 0]
  const { slots, convert } = storedKernels()
  return {
    slots: owner => gateSlots(owner, LSTM_GATES) ?? slots(owner),
    convert: (weights, owner) =>
      convert(joinGates(weights, owner, LSTM_GATES, isChannelsFirst(owner) ? perm : undefined), owner),
  }
}

function gateSlots({ config, dialect }: WeightOwner, { stored }: Gates): readonly WeightSlot[] | undefined {
  if (dialect.profile !== 'k1' || config['consume_less'] === 'gpu') return undefined
  return stored.flatMap(gate =>
    ['W', 'U', 'b'].map(name => ({ role: `${name}_${gate}`, trainable: true, objects: [] })),
  )
}

/** `perm` brings the kernel of each gate of a convolution into today's order: the gates lie side by side in its last dimension. */
function joinGates(
  weights: Weights,
  { dialect }: WeightOwner,
  { joined }: Gates,
  perm?: readonly number[] | undefined,
): Weights {
  if (dialect.profile !== 'k1' || !weights.has(`W_${joined[0]}`)) return weights
  const together = (name: string): Tensor => {
    const parts = joined.map(gate => weights.get(`${name}_${gate}`))
    invariant(
      parts.every(part => part !== undefined),
      'all gates are bound together',
    )
    return sideBySide(parts.map(part => permuted(part, perm)))
  }
  return new Map([
    ['kernel', together('W')],
    ['recurrent_kernel', together('U')],
    ['bias', together('b')],
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

// ---- cuDNN

/** The layers of cuDNN keep two biases, and each gate's kernels in column-major order. */
function fromCudnn(weights: Weights, { config }: WeightOwner, gates: 3 | 4): Weights {
  const { units } = config
  const [kernel, recurrent, bias] = ['kernel', 'recurrent_kernel', 'bias'].map(role => weights.get(role))
  if (!kernel || !recurrent || !bias || typeof units !== 'number') return weights
  const width = units * gates
  if (!fits(bias.shape, [2 * width]) || !fits(kernel.shape, [null, width]) || !fits(recurrent.shape, [units, width]))
    return weights
  const half = (i: number) => make.sliceOf(bias, [i * width], [width])
  return new Map([
    ['kernel', eachGate(kernel, gates, columnMajor)],
    ['recurrent_kernel', eachGate(recurrent, gates, gate => make.transpose(gate, [1, 0]))],
    ['bias', gates === 4 ? make.add(half(0), half(1)) : make.reshape(bias, [2, width])],
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
