/** Pooling and patches. */
import type { Node } from '../../graph/node.ts'
import { fromNumbers, list, type NdArray, numbers } from '../array.ts'
import { type Kernel, type Kernels, refuse } from '../kernel.ts'
import { fromChannelsLast, slide, spatialAttr, toChannelsLast, volume, type Windows, windowsOf } from '../windows.ts'

interface Pooled {
  readonly x: NdArray
  readonly w: Windows
  readonly channels: number
  readonly result: (values: Float64Array) => NdArray
}

/** The parameters that all poolings share; windows of 1 along batch and channels. */
function pooling(
  node: Node,
  input: NdArray,
  ksize = spatialAttr(node, 'ksize'),
  stride = spatialAttr(node, 'strides'),
): Pooled {
  const rank = input.shape.length
  if (!isSpatial(node)) refuse(node, 'windows along batch or channels')
  const x = toChannelsLast(node, input)
  const w = windowsOf(node, x.shape.slice(1, 4).slice(5 - rank), ksize, stride)
  const channels = x.shape[4]!
  const result = (values: Float64Array): NdArray =>
    fromChannelsLast(node, fromNumbers(input.dtype, [x.shape[0]!, ...w.output, channels], values), rank)
  return { x, w, channels, result }
}

/** Whether windows and strides are 1 along batch and channels. */
function isSpatial(node: Node): boolean {
  const isFirst = node.attr('data_format') !== undefined && node.str('data_format').startsWith('NC')
  return ['ksize', 'strides'].every(name => {
    const all = node.attrs.has(name) ? node.ints(name) : [] // version 2 has them as inputs
    return all.every((n, axis) => n === 1 || (axis !== 0 && axis !== (isFirst ? 1 : all.length - 1)))
  })
}

/** Calls `visit` with where the channels begin in input and output, for each position in each window. */
function eachPosition({ x, w, channels }: Pooled, visit: (input: number, output: number) => void): void {
  for (let n = 0; n < x.shape[0]!; n++) {
    slide(w, (o, i) => visit((n * volume(w.input) + i) * channels, (n * volume(w.output) + o) * channels))
  }
}

const outputSize = ({ x, w, channels }: Pooled): number => x.shape[0]! * volume(w.output) * channels

function maxOver(pool: Pooled): NdArray {
  const values = numbers(pool.x)
  const out = new Float64Array(outputSize(pool)).fill(-Infinity)
  eachPosition(pool, (i, o) => {
    for (let c = 0; c < pool.channels; c++) out[o + c] = Math.max(out[o + c]!, values[i + c]!)
  })
  return pool.result(out)
}

const maxPoolV2: Kernel = ([x, ksize, strides], node) => {
  const isFirst = node.str('data_format') === 'NCHW'
  const space = (v: NdArray): number[] => (isFirst ? list(v).slice(2) : list(v).slice(1, -1))
  return [maxOver(pooling(node, x!, space(ksize!), space(strides!)))]
}

/** The mean of the elements in the window; padding does not count. */
const avgPool: Kernel = ([x], node) => {
  const pool = pooling(node, x!)
  const values = numbers(pool.x)
  const sum = new Float64Array(outputSize(pool))
  const count = new Float64Array(sum.length / pool.channels)
  eachPosition(pool, (i, o) => {
    for (let c = 0; c < pool.channels; c++) sum[o + c]! += values[i + c]!
    count[o / pool.channels]!++
  })
  for (let o = 0; o < sum.length; o++) sum[o]! /= count[Math.floor(o / pool.channels)]!
  return [pool.result(sum)]
}

/** The maxima, and their flat positions in an image, or with `include_batch_in_index` in the batch. */
const maxPoolWithArgmax: Kernel = ([x], node) => {
  const pool = pooling(node, x!)
  const values = numbers(pool.x)
  const out = new Float64Array(outputSize(pool)).fill(-Infinity)
  const where = new Float64Array(out.length).fill(-1)
  const image = node.bool('include_batch_in_index') ? values.length : values.length / x!.shape[0]!
  eachPosition(pool, (input, output) => {
    for (let c = 0; c < pool.channels; c++) {
      const [i, o] = [input + c, output + c]
      if (where[o]! >= 0 && !(values[i]! > out[o]!)) continue
      out[o] = values[i]!
      where[o] = i % image
    }
  })
  const best = pool.result(out)
  return [best, fromNumbers(node.type('Targmax'), best.shape, where)]
}

const extractPatches: Kernel = ([x], node) => {
  const space = (name: string): readonly number[] => node.ints(name).slice(1, 3)
  const [batch, height, width, channels] = x!.shape as [number, number, number, number]
  const w = windowsOf(node, [height, width], space('ksizes'), space('strides'), space('rates'))
  const values = numbers(x!)
  const depth = volume(w.kernel) * channels
  const out = new Float64Array(batch * volume(w.output) * depth)
  for (let n = 0; n < batch; n++) {
    slide(w, (o, i, k) => {
      for (let c = 0; c < channels; c++) {
        out[(n * volume(w.output) + o) * depth + k * channels + c] = values[(n * height * width + i) * channels + c]!
      }
    })
  }
  return [fromNumbers(x!.dtype, [batch, w.output[1], w.output[2], depth], out)]
}

/** Kernels by op. */
export const poolingKernels: Kernels = {
  MaxPool: ([x], node) => [maxOver(pooling(node, x!))],
  MaxPoolV2: maxPoolV2,
  MaxPool3D: ([x], node) => [maxOver(pooling(node, x!))],
  AvgPool: avgPool,
  AvgPool3D: avgPool,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  ExtractImagePatches: extractPatches,
}
