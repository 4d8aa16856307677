/** Convolutions in one to three dimensions, depthwise and transposed. Sums are taken in float64. */
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { fromNumbers, list, type NdArray, numbers, rounded, unrounded } from '../array.ts'
import type { Kernel, Kernels } from '../kernel.ts'
import { multiply, type Rows } from '../multiply.ts'
import { fromChannelsLast, slide, spatialAttr, toChannelsLast, volume, type Windows, windowsOf } from '../windows.ts'

const windowsFor = (node: Node, spatial: readonly number[], kernel: readonly number[]): Windows =>
  windowsOf(node, spatial, kernel, spatialAttr(node, 'strides'), spatialAttr(node, 'dilations'))

/** The spatial sizes of a [batch, d, h, w, channels] array, as many as the node's own rank has. */
const spatialOf = (x: NdArray, rank: number): number[] => x.shape.slice(1, 4).slice(5 - rank)

/** Conv2D and Conv3D. Kernel [space…, in / groups, out]. */
const convolution: Kernel = ([input, filter], node) => {
  const rank = input!.shape.length
  const x = toChannelsLast(node, input!)
  const [perGroup, outs] = filter!.shape.slice(-2) as [number, number]
  const w = windowsFor(node, spatialOf(x, rank), filter!.shape.slice(0, -2))
  const sum = correlate(x, numbers(filter!), w, perGroup, outs)
  return [fromChannelsLast(node, rounded(input!.dtype, [x.shape[0]!, ...w.output, outs], sum), rank)]
}

/** A product of matrices for each image and group: windows by row, times the kernel. */
function correlate(x: NdArray, kernel: ArrayLike<number>, w: Windows, perGroup: number, outs: number) {
  const [batch, channels] = [x.shape[0]!, x.shape[4]!]
  const groups = channels / perGroup
  const [values, count] = [numbers(x), volume(w.output)]
  const out = unrounded(x.dtype, batch * count * outs)
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < groups; group++) {
      const from = n * volume(w.input) * channels + group * perGroup
      const rows: Rows = {
        count,
        length: volume(w.kernel) * perGroup,
        pack: packer(values, from, channels, perGroup, w),
      }
      const columns = { values: kernel, from: (group * outs) / groups, count: outs / groups, rowStride: outs }
      multiply(rows, { ...columns, columnStride: 1 }, out, n * count * outs + columns.from, outs)
    }
  }
  return out
}

/** Writes the channels of one window after the other; what lies outside the input is 0. */
function packer(values: ArrayLike<number>, from: number, channels: number, used: number, w: Windows): Rows['pack'] {
  const [id, ih, iw] = w.input
  const [kd, kh, kw] = w.kernel
  const [, oh, ow] = w.output
  return (index, packed, at) => {
    const d = Math.floor(index / (oh * ow)) * w.stride[0] - w.before[0]
    const h = (Math.floor(index / ow) % oh) * w.stride[1] - w.before[1]
    const c = (index % ow) * w.stride[2] - w.before[2]
    let to = at
    for (let x = 0; x < kd; x++) {
      const i = d + x * w.dilation[0]
      for (let y = 0; y < kh; y++) {
        const j = h + y * w.dilation[1]
        for (let z = 0; z < kw; z++) {
          const k = c + z * w.dilation[2]
          const isIn = i >= 0 && i < id && j >= 0 && j < ih && k >= 0 && k < iw
          const start = from + ((i * ih + j) * iw + k) * channels
          for (let m = 0; m < used; m++, to += 4) packed[to] = isIn ? values[start + m]! : 0
        }
      }
    }
  }
}

/** DepthwiseConv2dNative. Kernel [h, w, in, multiplier]. */
const depthwise: Kernel = ([input, filter], node) => {
  const x = toChannelsLast(node, input!)
  const [channels, multiplier] = filter!.shape.slice(-2) as [number, number]
  const w = windowsFor(node, spatialOf(x, 4), filter!.shape.slice(0, -2))
  const [values, kernel] = [numbers(x), numbers(filter!)]
  const outs = channels * multiplier
  const out = new Float64Array(x.shape[0]! * volume(w.output) * outs)
  for (let n = 0; n < x.shape[0]!; n++) {
    slide(w, (o, i, k) => {
      const from = (n * volume(w.input) + i) * channels
      const to = (n * volume(w.output) + o) * outs
      const row = k * outs
      if (multiplier === 1) {
        for (let c = 0; c < channels; c++) out[to + c]! += values[from + c]! * kernel[row + c]!
        return
      }
      for (let c = 0; c < channels; c++) {
        const v = values[from + c]!
        for (let m = c * multiplier; m < (c + 1) * multiplier; m++) out[to + m]! += v * kernel[row + m]!
      }
    })
  }
  return [fromChannelsLast(node, fromNumbers(input!.dtype, [x.shape[0]!, ...w.output, outs], out), 4)]
}

/**
 * Conv2DBackpropInput and Conv3DBackpropInputV2: the gradient of a convolution
 * with respect to its input, which is a transposed convolution.
 */
const transposedConvolution: Kernel = ([sizes, filter, gradient], node) => {
  const shape = list(sizes!)
  const rank = gradient!.shape.length
  const full = shape.length === rank ? shape : inputShape(node, shape, gradient!, filter!)
  const like = toChannelsLast(node, fromNumbers('uint8', full, new Uint8Array(elementCount(full))))
  const g = toChannelsLast(node, gradient!)
  const w = windowsFor(node, spatialOf(like, rank), filter!.shape.slice(0, -2))
  const out = spreadBack(like, g, numbers(filter!), w, filter!.shape.at(-2)!)
  return [fromChannelsLast(node, fromNumbers(gradient!.dtype, like.shape, out), rank)]
}

/** Sizes may name only the spatial dimensions. */
function inputShape(node: Node, sizes: number[], gradient: NdArray, filter: NdArray): number[] {
  const channels = filter.shape.at(-2)!
  return /^NC/.test(node.str('data_format'))
    ? [gradient.shape[0]!, channels, ...sizes]
    : [gradient.shape[0]!, ...sizes, channels]
}

function spreadBack(like: NdArray, gradient: NdArray, kernel: ArrayLike<number>, w: Windows, perGroup: number) {
  const values = numbers(gradient)
  const channels = like.shape[4]!
  const outs = gradient.shape[4]!
  const outsPerGroup = outs / (channels / perGroup)
  const result = new Float64Array(elementCount(like.shape))
  for (let n = 0; n < like.shape[0]!; n++) {
    slide(w, (o, i, k) => {
      const from = (n * volume(w.output) + o) * outs
      const to = (n * volume(w.input) + i) * channels
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup) * outsPerGroup
        const row = (k * perGroup + (c % perGroup)) * outs + group
        let sum = 0
        for (let m = 0; m < outsPerGroup; m++) sum += values[from + group + m]! * kernel[row + m]!
        result[to + c]! += sum
      }
    })
  }
  return result
}

/** The maximum over an empty window: the lowest float32. */
const LOWEST = -3.4028234663852886e38

/** Dilation2D: the largest sum of an element and the filter's. Channels each by themselves. */
const dilation2d: Kernel = ([x, filter], node) => {
  const [batch, height, width, channels] = x!.shape as [number, number, number, number]
  const space = (name: string): readonly number[] => node.ints(name).slice(1, 3)
  const w = windowsOf(node, [height, width], filter!.shape.slice(0, 2), space('strides'), space('rates'))
  const [values, kernel] = [numbers(x!), numbers(filter!)]
  const out = new Float64Array(batch * volume(w.output) * channels).fill(LOWEST)
  for (let n = 0; n < batch; n++) {
    slide(w, (o, i, k) => {
      for (let c = 0; c < channels; c++) {
        const to = (n * volume(w.output) + o) * channels + c
        const v = values[(n * height * width + i) * channels + c]! + kernel[k * channels + c]!
        out[to] = Math.max(out[to]!, v)
      }
    })
  }
  return [fromNumbers(x!.dtype, [batch, w.output[1], w.output[2], channels], out)]
}

/** Kernels by op. */
export const convolutionKernels: Kernels = {
  Conv2D: convolution,
  Conv3D: convolution,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposedConvolution,
  Conv3DBackpropInput: transposedConvolution,
  Conv3DBackpropInputV2: transposedConvolution,
  Dilation2D: dilation2d,
}
