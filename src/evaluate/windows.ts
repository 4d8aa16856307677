/** Windows that slide over space: what convolutions, pooling and patches have in common. */

import type { Node } from '../graph/node.ts'
import { channelsFirstOrder, channelsLastOrder } from '../tensor/channels.ts'
import { type NdArray, withShape } from './array.ts'
import { fail } from './kernel.ts'
import { transposed } from './kernels/array.ts'

/** Three spatial dimensions; fewer are filled up with 1 in front. */
export type Triple = readonly [number, number, number]

/** How windows lie along each of three dimensions. */
export interface Windows {
  readonly input: Triple
  readonly output: Triple
  readonly kernel: Triple
  readonly stride: Triple
  readonly dilation: Triple
  /** Padding before the first element. */
  readonly before: Triple
}

const triple = (values: readonly number[], filler = 1): Triple =>
  [...Array<number>(3 - values.length).fill(filler), ...values] as unknown as Triple // 3 values, as ops have 1 to 3

const isChannelsFirst = (node: Node): boolean =>
  node.attr('data_format') !== undefined && /^NC/.test(node.str('data_format'))

/** A per-dimension attribute (strides, ksize, dilations) without its batch and channel entries. */
export function spatialAttr(node: Node, name: string): readonly number[] {
  const values = node.attr(name) === undefined ? [] : node.ints(name)
  if (values.length === 0) return []
  return isChannelsFirst(node) ? values.slice(2) : values.slice(1, -1)
}

/** `x` as [batch, d, h, w, channels], whatever its layout and rank. */
export function toChannelsLast(node: Node, x: NdArray): NdArray {
  const rank = x.shape.length
  const last = isChannelsFirst(node) ? transposed(x, channelsLastOrder(rank)) : x
  return withShape(last, [last.shape[0]!, ...triple(last.shape.slice(1, -1)), last.shape.at(-1)!])
}

/** The way back: a result in the layout and rank that the node has. */
export function fromChannelsLast(node: Node, x: NdArray, rank: number): NdArray {
  const flat = withShape(x, [x.shape[0]!, ...x.shape.slice(1, -1).slice(5 - rank), x.shape.at(-1)!])
  if (!isChannelsFirst(node)) return flat
  return transposed(flat, channelsFirstOrder(rank))
}

/**
 * The windows of a node with attributes `padding`, `explicit_paddings` and the
 * given sizes over `input`. Source: common_shape_fns.cc, GetWindowedOutputSizeVerbose.
 */
export function windowsOf(
  node: Node,
  input: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[] = [],
): Windows {
  const rank = input.length
  const output: number[] = []
  const before: number[] = []
  for (let i = 0; i < rank; i++) {
    const reach = (kernel[i]! - 1) * (dilation[i] ?? 1) + 1
    const [count, pad] = along(node, input[i]!, reach, stride[i]!, i)
    output.push(count)
    before.push(pad)
  }
  return {
    input: triple(input),
    output: triple(output),
    kernel: triple(kernel),
    stride: triple(stride),
    dilation: triple(dilation.length ? dilation : kernel.map(() => 1)),
    before: triple(before, 0),
  }
}

/** How many windows there are along one dimension, and the padding before it. */
function along(node: Node, size: number, reach: number, stride: number, i: number): [number, number] {
  switch (node.str('padding')) {
    case 'VALID':
      return [Math.max(0, Math.ceil((size - reach + 1) / stride)), 0]
    case 'SAME': {
      const count = Math.ceil(size / stride)
      return [count, Math.floor(Math.max(0, (count - 1) * stride + reach - size) / 2)]
    }
    case 'EXPLICIT': {
      const at = 2 * (i + (isChannelsFirst(node) ? 2 : 1))
      const [head, tail] = node.ints('explicit_paddings').slice(at, at + 2) as [number, number]
      return [Math.floor((size + head + tail - reach) / stride) + 1, head]
    }
    default:
      return fail(node, `padding '${node.str('padding')}'`)
  }
}

/**
 * Calls `visit` with the flat spatial position of each window, and of each
 * element of the input that it holds with its place in the kernel.
 */
export function slide(w: Windows, visit: (output: number, input: number, kernel: number) => void): void {
  const [od, oh, ow] = w.output
  const [kd, kh, kw] = w.kernel
  const at = (axis: 0 | 1 | 2, o: number, k: number): number =>
    o * w.stride[axis] - w.before[axis] + k * w.dilation[axis]
  const isIn = (axis: 0 | 1 | 2, i: number): boolean => i >= 0 && i < w.input[axis]
  for (let d = 0, output = 0; d < od; d++) {
    for (let h = 0; h < oh; h++) {
      for (let c = 0; c < ow; c++, output++) {
        for (let x = 0, kernel = 0; x < kd; x++) {
          const id = at(0, d, x)
          for (let y = 0; y < kh; y++) {
            const ih = at(1, h, y)
            for (let z = 0; z < kw; z++, kernel++) {
              const iw = at(2, c, z)
              if (isIn(0, id) && isIn(1, ih) && isIn(2, iw)) {
                visit(output, (id * w.input[1] + ih) * w.input[2] + iw, kernel)
              }
            }
          }
        }
      }
    }
  }
}

export const volume = (t: Triple): number => t[0] * t[1] * t[2]
