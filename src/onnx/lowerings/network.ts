/** Layers of networks: pools, normalisations, biases, softmax. */
import type { Node, Value } from '../../graph/node.ts'
import { fromValues } from '../../tensor/make.ts'
import type { Emitter } from '../emitter.ts'
import { isChannelsFirst, movedAxis } from '../layout.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import { float, type Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { inEither } from './elementwise.ts'
import { imageOf, padding, setImage, spatial } from './windows.ts'

/** The window of a pool. Refuses one that spans batches or channels. */
function poolWindow(node: Node, axes: number) {
  const all = node.ints('ksize')
  const kernel = spatial(node, 'ksize', axes)
  const outside = all.reduce((n, size) => n * size, 1) / kernel.reduce((n, size) => n * size, 1)
  if (outside !== 1) refuse('its window spans batches or channels')
  return { kernel, strides: spatial(node, 'strides', axes), dilations: kernel.map(() => 1) }
}

const pool =
  (op: 'MaxPool' | 'AveragePool', axes = 2): Lowering =>
  (node, emit) => {
    const image = node.input(0)
    const { kernel, strides, dilations } = poolWindow(node, axes)
    const attributes = { kernel_shape: kernel, strides, ...padding(node, image, emit, { kernel, strides, dilations }) }
    setImage(node, node.out(), emit.op(op, [imageOf(node, image, emit)], attributes, { name: node.name }), emit)
  }

/** The sizes of the window are inputs. */
const maxPoolV2: Lowering = (node, emit) => {
  const [image, sizes, steps] = inputsOf(node, 3)
  const first = isChannelsFirst(node) ? 2 : 1
  const kernel = emit.ints(sizes, 'the size of the window').slice(first, first + 2)
  const strides = emit.ints(steps, 'the stride').slice(first, first + 2)
  const attributes = {
    kernel_shape: kernel,
    strides,
    ...padding(node, image, emit, { kernel, strides, dilations: [1, 1] }),
  }
  setImage(node, node.out(), emit.op('MaxPool', [imageOf(node, image, emit)], attributes, { name: node.name }), emit)
}

/**
 * The position of each maximum too. ONNX counts them through the whole channels-first tensor, TensorFlow through one
 * image with its channels last: (index mod height · width) · channels + channel.
 */
const maxPoolWithArgmax: Lowering = (node, emit) => {
  const image = node.input(0)
  const [, height, width, channels] = emit.facts.dims(image) ?? refuse('the sizes of the image are not known')
  const { kernel, strides, dilations } = poolWindow(node, 2)
  const attributes = { kernel_shape: kernel, strides, ...padding(node, image, emit, { kernel, strides, dilations }) }
  const [largest, index] = emit.ops('MaxPool', [emit.channelsFirst(image)], attributes, {
    name: node.name,
    outputs: 2,
  }) as [Ref, Ref]
  emit.setFirst(node.out(0), largest)
  const place = emit.op('Mod', [index, emit.scalar('int64', height! * width!)])
  const channel = emit.op('Reshape', [
    emit.op('Range', [emit.scalar('int64', 0), emit.scalar('int64', channels!), emit.scalar('int64', 1)]),
    emit.vector([channels!, 1, 1]),
  ])
  const counted = emit.op('Add', [emit.op('Mul', [place, emit.scalar('int64', channels!)]), channel])
  const size = emit.scalar('int64', height! * width! * channels!)
  const before = emit.op('Sub', [index, emit.op('Mod', [index, size])]) // whole images before this one
  const result = node.bool('include_batch_in_index') ? emit.op('Add', [counted, before]) : counted
  emit.setFirst(node.out(1), emit.cast(result, node.type('Targmax'), `${node.name}:1`))
}

/** Along the channels, wherever the layout has them. */
const biasAdd: Lowering = (node, emit) => {
  const [x, bias] = inputsOf(node, 2)
  if (!isChannelsFirst(node)) return inEither(node, emit, (a, b) => emit.op('Add', [a, b], {}, { name: node.name }))
  const sizes = [-1, ...Array<number>(Math.max(0, emit.rank(x) - 2)).fill(1)]
  const channels = emit.facts.dims(bias)?.[0]
  const along = emit.reshape(emit.value(bias), channels ? [channels, ...sizes.slice(1)] : sizes)
  emit.set(node.out(), emit.op('Add', [emit.value(x), along], {}, { name: node.name }))
}

/** In inference with the statistics that the model holds, in training with those of the batch. */
const batchNorm: Lowering = (node, emit) => {
  const [image, scale, offset, mean, variance] = inputsOf(node, 5)
  const epsilon = node.float('epsilon')
  // Outputs that serve the gradient on a GPU have no elements elsewhere.
  if (node.op === 'FusedBatchNormV3') emit.set(node.out(5), emit.numbers('float32', []))
  if (node.bool('is_training')) return trainingNorm(node, emit, { image, scale, offset, epsilon })
  const statistics = [scale, offset, mean, variance].map(value => emit.value(value))
  const attributes = { epsilon: float(epsilon) }
  const result = emit.op('BatchNormalization', [imageOf(node, image, emit), ...statistics], attributes, {
    name: node.name,
  })
  setImage(node, node.out(), result, emit)
  for (const [i, value] of [mean, variance, mean, variance].entries()) emit.alias(node.out(i + 1), value)
}

interface TrainingNorm {
  readonly image: Value
  readonly scale: Value
  readonly offset: Value
  readonly epsilon: number
}

/** (x − mean) / √(variance + ε) · scale + offset; the variance that is handed out is that of a sample. */
function trainingNorm(node: Node, emit: Emitter, { image, scale, offset, epsilon }: TrainingNorm): void {
  const x = emit.cast(emit.value(image), 'float32')
  const isFirst = isChannelsFirst(node)
  const axes = isFirst ? [0, 2, 3] : [0, 1, 2]
  const stretched = (ref: Ref): Ref => (isFirst ? emit.op('Unsqueeze', [ref, emit.vector([1, 2])]) : ref)
  const mean = emit.reduce('ReduceMean', x, axes, false)
  const difference = emit.op('Sub', [x, stretched(mean)])
  const square = emit.op('Mul', [difference, difference])
  const variance = emit.reduce('ReduceMean', square, axes, false)
  const root = emit.op('Sqrt', [emit.op('Add', [variance, emit.scalar('float32', epsilon)])])
  const factor = emit.op('Div', [emit.value(scale), root])
  const scaled = emit.op('Mul', [difference, stretched(factor)])
  const result = emit.op('Add', [scaled, stretched(emit.value(offset))])
  emit.set(node.out(), emit.cast(result, emit.dtype(image), node.name))
  const count = emit.op('Div', [
    emit.cast(emit.op('Size', [x]), 'float32'),
    emit.cast(emit.op('Size', [mean]), 'float32'),
  ])
  const fewer = emit.op('Max', [emit.op('Sub', [count, emit.scalar('float32', 1)]), emit.scalar('float32', 1)])
  const sample = emit.op('Mul', [variance, emit.op('Div', [count, fewer])])
  for (const [i, ref] of [mean, sample, mean, variance].entries()) emit.set(node.out(i + 1), ref)
}

/** ONNX adds up a window of channels and divides by its size, TensorFlow does not divide. */
const localResponse: Lowering = (node, emit) => {
  const size = 2 * node.int('depth_radius') + 1
  const attributes = {
    size,
    alpha: float(node.float('alpha') * size),
    beta: float(node.float('beta')),
    bias: float(node.float('bias')),
  }
  emit.setFirst(node.out(), emit.op('LRN', [emit.channelsFirst(node.input(0))], attributes, { name: node.name }))
}

const softmax =
  (op: string): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const rank = emit.shape(x)?.length ?? 0
    if (rank > 2 && emit.prefersFirst(node)) {
      const axis = movedAxis(rank - 1, rank)
      emit.setFirst(node.out(), emit.op(op, [emit.channelsFirst(x)], { axis }, { name: node.name }))
    } else emit.set(node.out(), emit.op(op, [emit.value(x)], { axis: -1 }, { name: node.name }))
  }

/** Σ x² / 2. */
const l2Loss: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const sum = emit.op('ReduceSumSquare', [x], { keepdims: 0 })
  emit.set(node.out(), emit.op('Mul', [sum, emit.scalar(x.dtype, 0.5)], {}, { name: node.name }))
}

/** −Σ labels · log softmax, row by row, and its gradient: softmax − labels. */
const softmaxCrossEntropy: Lowering = (node, emit) => {
  const [logits, labels] = [emit.value(node.input(0)), emit.value(node.input(1))]
  const log = emit.op('LogSoftmax', [logits], { axis: -1 })
  const sum = emit.reduce('ReduceSum', emit.op('Mul', [labels, log]), [-1], false)
  emit.set(node.out(0), emit.op('Neg', [sum], {}, { name: node.name }))
  const softmaxed = emit.op('Softmax', [logits], { axis: -1 })
  emit.set(node.out(1), emit.op('Sub', [softmaxed, labels], {}, { name: `${node.name}:1` }))
}

/** Each window of an image as the channels of one pixel: a convolution that picks each element. */
const imagePatches: Lowering = (node, emit) => {
  const image = node.input(0)
  const channels = emit.shape(image)?.at(-1) ?? refuse('the channels of the image are not known')
  const kernel = node.ints('ksizes').slice(1, 3)
  const window = { kernel, strides: node.ints('strides').slice(1, 3), dilations: node.ints('rates').slice(1, 3) }
  const count = kernel[0]! * kernel[1]! * channels
  // [patch element, channel, row, column]; patch elements are rows, columns, channels.
  const weights = Array.from({ length: count * count }, (_, at) => {
    const element = Math.floor(at / count)
    const [channel, place] = [Math.floor((at % count) / (kernel[0]! * kernel[1]!)), at % (kernel[0]! * kernel[1]!)]
    return element === place * channels + channel ? 1 : 0
  })
  const picks = emit.tensor(fromValues('float32', [count, channels, ...kernel], weights), `${node.name}/picks`)
  const attributes = {
    kernel_shape: kernel,
    strides: window.strides,
    dilations: window.dilations,
    ...padding(node, image, emit, window),
  }
  const x = emit.cast(emit.channelsFirst(image), 'float32')
  emit.setFirst(node.out(), emit.cast(emit.op('Conv', [x, picks], attributes), emit.dtype(image), node.name))
}

/** Whether each target is among the k largest predictions: fewer than k are larger. */
const inTopK: Lowering = (node, emit) => {
  const [predictions, targets] = inputsOf(node, 2)
  const k = node.op === 'InTopK' ? node.int('k') : undefined
  const scores = emit.value(predictions)
  const indices = emit.op('Unsqueeze', [emit.value(targets), emit.vector([1])])
  const own = emit.op('GatherElements', [scores, indices], { axis: 1 })
  const larger = emit.cast(emit.op('Greater', [scores, own]), 'int64')
  const count = emit.reduce('ReduceSum', larger, [1], false)
  const limit = k === undefined ? emit.cast(emit.value(node.input(2)), 'int64') : emit.scalar('int64', k)
  emit.set(node.out(), emit.op('Less', [count, limit], {}, { name: node.name }))
}

export const network: Lowerings = {
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool', 3),
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  ExtractImagePatches: imagePatches,
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  InTopK: inTopK,
  InTopKV2: inTopK,
  L2Loss: l2Loss,
  LRN: localResponse,
  LogSoftmax: softmax('LogSoftmax'),
  MaxPool: pool('MaxPool'),
  MaxPool3D: pool('MaxPool', 3),
  MaxPoolV2: maxPoolV2,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  Softmax: softmax('Softmax'),
  SoftmaxCrossEntropyWithLogits: softmaxCrossEntropy,
}
