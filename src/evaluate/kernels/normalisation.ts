/** Softmax, losses, and normalisation over batches and channels. */
import type { Node } from '../../graph/node.ts'
import { fromNumbers, type NdArray, type Numbers, numbers, rounded, scalarOf, size, unrounded } from '../array.ts'
import { aligned, around, type Kernel, type Kernels, refuse } from '../kernel.ts'

/** Calls `visit` with the bounds of each row along the last axis. */
function eachRow(x: NdArray, visit: (from: number, to: number) => void): void {
  const length = x.shape.at(-1)!
  for (let from = 0; from < size(x); from += length) visit(from, from + length)
}

/** A row's maximum, and Σ e^(x − maximum). Their logarithms stay apart: beside a huge maximum the sum's would be lost. */
function shiftAndSum(values: ArrayLike<number>, from: number, to: number): [shift: number, sum: number] {
  let max = -Infinity
  for (let i = from; i < to; i++) max = Math.max(max, values[i]!)
  let sum = 0
  for (let i = from; i < to; i++) sum += Math.exp(values[i]! - max)
  return [max, sum]
}

/** Each element of each row, from its distance to the row's maximum and the row's sum. */
function overRows(x: NdArray, f: (distance: number, sum: number) => number): Float64Array {
  const values = numbers(x)
  const out = new Float64Array(values.length)
  eachRow(x, (from, to) => {
    const [shift, sum] = shiftAndSum(values, from, to)
    for (let i = from; i < to; i++) out[i] = f(values[i]! - shift, sum)
  })
  return out
}

const softmax = (x: NdArray): Float64Array => overRows(x, (distance, sum) => Math.exp(distance) / sum)
const logSoftmax = (x: NdArray): Float64Array => overRows(x, (distance, sum) => distance - Math.log(sum))

/** The loss of each row, and its gradient. */
const softmaxCrossEntropy: Kernel = ([features, labels], node) => {
  const { a: x, b: y } = aligned(node, features!, labels!)
  const log = logSoftmax(x)
  const wanted = numbers(y)
  const loss: number[] = []
  eachRow(x, (from, to) => {
    let sum = 0
    for (let i = from; i < to; i++) sum -= wanted[i]! === 0 ? 0 : wanted[i]! * log[i]!
    loss.push(sum)
  })
  const gradient = log.map((v, i) => Math.exp(v) - wanted[i]!)
  return [fromNumbers(x.dtype, [loss.length], loss), fromNumbers(x.dtype, x.shape, gradient)]
}

const sparseSoftmaxCrossEntropy: Kernel = ([x, labels]) => {
  const log = logSoftmax(x!)
  const classes = x!.shape.at(-1)!
  const wanted = numbers(labels!)
  const loss = Array.from(wanted, (label, row) => -log[row * classes + label]!)
  const gradient = log.map((v, i) => Math.exp(v) - (wanted[Math.floor(i / classes)] === i % classes ? 1 : 0))
  return [fromNumbers(x!.dtype, labels!.shape, loss), fromNumbers(x!.dtype, x!.shape, gradient)]
}

/** Calls `visit` with each run of elements of one channel. */
function eachRun(node: Node, x: NdArray, visit: (channel: number, from: number, to: number) => void): void {
  const axis = /^NC/.test(node.str('data_format')) ? 1 : x.shape.length - 1
  const [outer, channels, length] = around(x.shape, axis)
  for (let i = 0, from = 0; i < outer; i++) {
    for (let c = 0; c < channels; c++, from += length) visit(c, from, from + length)
  }
}

/** Mean and variance of each channel over the batch, the variance over n. */
function moments(node: Node, x: NdArray, channels: number) {
  const values = numbers(x)
  const count = values.length / channels
  const mean = new Float64Array(channels)
  const variance = new Float64Array(channels)
  eachRun(node, x, (c, from, to) => {
    for (let i = from; i < to; i++) mean[c]! += values[i]! / count
  })
  eachRun(node, x, (c, from, to) => {
    for (let i = from; i < to; i++) variance[c]! += (values[i]! - mean[c]!) ** 2 / count
  })
  return { mean, variance, count }
}

/** FusedBatchNorm and its later versions: γ · (x − mean) / √(variance + ε) + β. */
const fusedBatchNorm: Kernel = (inputs, node) => {
  const [x, scale, offset, givenMean, givenVariance] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray]
  if (node.attr('activation_mode') && node.str('activation_mode') !== 'Identity') refuse(node, 'a fused activation')
  const values = numbers(x)
  const own = node.bool('is_training') ? moments(node, x, size(scale)) : undefined
  const mean = own?.mean ?? numbers(givenMean)
  const variance = own?.variance ?? numbers(givenVariance)
  const [gamma, beta, epsilon] = [numbers(scale), numbers(offset), node.float('epsilon')]
  const deviation = Float64Array.from(variance, v => Math.sqrt(v + epsilon))
  const out = unrounded(x.dtype, values.length)
  eachRun(node, x, (c, from, to) => {
    for (let i = from; i < to; i++) out[i] = (gamma[c]! * (values[i]! - mean[c]!)) / deviation[c]! + beta[c]!
  })
  const y = rounded(x.dtype, x.shape, out)
  const statistic = (v: ArrayLike<number>): NdArray => fromNumbers(scale.dtype, scale.shape, v)
  const reserved = scalarOf(scale.dtype, 0) // version 3 keeps it for cuDNN
  if (!own) return [y, givenMean, givenVariance, givenMean, givenVariance, reserved]
  const unbiased = own.variance.map(v => (v * own.count) / Math.max(1, own.count - 1)) // what is kept for inference
  return [y, statistic(own.mean), statistic(unbiased), statistic(own.mean), statistic(own.variance), reserved]
}

/** BatchNormWithGlobalNormalization of version 1. */
const globalNorm: Kernel = (inputs, node) => {
  const [x, mean, variance, beta, gamma] = inputs.map(numbers) as [Numbers, Numbers, Numbers, Numbers, Numbers]
  const channels = mean.length
  const scales = node.bool('scale_after_normalization')
  const epsilon = node.float('variance_epsilon')
  const out = Float64Array.from({ length: x.length }, (_, i) => {
    const c = i % channels
    return ((x[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * (scales ? gamma[c]! : 1) + beta[c]!
  })
  return [fromNumbers(inputs[0]!.dtype, inputs[0]!.shape, out)]
}

/** Local response normalisation: x / (bias + alpha · Σ x²)^beta over neighbouring channels. */
const lrn: Kernel = ([x], node) => {
  const values = numbers(x!)
  const channels = x!.shape.at(-1)!
  const radius = node.int('depth_radius')
  const [bias, alpha, beta] = [node.float('bias'), node.float('alpha'), node.float('beta')]
  const out = Float64Array.from({ length: values.length }, (_, i) => {
    const c = i % channels
    let sum = 0
    for (let k = Math.max(0, c - radius); k <= Math.min(channels - 1, c + radius); k++) sum += values[i - c + k]! ** 2
    return values[i]! / (bias + alpha * sum) ** beta
  })
  return [fromNumbers(x!.dtype, x!.shape, out)]
}

/** Kernels by op. */
export const normalisationKernels: Kernels = {
  Softmax: ([x]) => [fromNumbers(x!.dtype, x!.shape, softmax(x!))],
  LogSoftmax: ([x]) => [fromNumbers(x!.dtype, x!.shape, logSoftmax(x!))],
  SoftmaxCrossEntropyWithLogits: softmaxCrossEntropy,
  SparseSoftmaxCrossEntropyWithLogits: sparseSoftmaxCrossEntropy,
  FusedBatchNorm: fusedBatchNorm,
  FusedBatchNormV2: fusedBatchNorm,
  FusedBatchNormV3: fusedBatchNorm,
  BatchNormWithGlobalNormalization: globalNorm,
  LRN: lrn,
}
