/** Images under a filter: gaussian_blur, sobel_edges. */
import { fromValues } from '../../../tensor/make.ts'
import { toChannelsLast } from '../layers/space.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { hasChannelsFirst, onImages } from './images.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/**
 * Each channel smoothed by a bell curve of the given size and width. Keras lays the curve of the second axis down
 * the first before it cuts the rows: unless the window is square that is no bell, and is kept.
 */
export const gaussianBlur: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const size = f.ints('kernel_size') ?? [3, 3]
  const sigma = [0, 1].map(i => sigmaOf(f, i))
  const bell = size.map((n, axis) => {
    const weights = Array.from({ length: n }, (_, i) => Math.exp(-0.5 * ((i - (n - 1) / 2) / sigma[axis]!) ** 2))
    const sum = weights.reduce((a, b) => a + b, 0)
    return weights.map(w => w / sum)
  })
  return onImages(f, x, images => {
    const channels = f.call.known(f.shape(images).at(-1), 'the number of its channels')
    const kernel = bell[1]!.flatMap(h => bell[0]!.flatMap(v => Array<number>(channels).fill(v * h)))
    const weights = scope.const(fromValues(x.dtype!, [size[0]!, size[1]!, channels, 1], kernel), 'kernel')
    return scope.op('DepthwiseConv2dNative', [images, weights], { strides: [1, 1, 1, 1], padding: 'SAME' })
  })
}

function sigmaOf(f: FunctionCall, i: number): number {
  const arg = f.arg('sigma')
  const item = arg?.kind === 'list' ? arg.items[i] : arg
  return item?.kind === 'constant' && typeof item.value === 'number' ? item.value : 1
}

/** The slopes down and across, in a last dimension of two. */
export const sobelEdges: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const first = hasChannelsFirst(f)
  const images = first ? toChannelsLast(scope, x) : x
  const channels = f.call.known(f.shape(images).at(-1), 'the number of its channels')
  const down = [-1, -2, -1, 0, 0, 0, 1, 2, 1]
  const across = [-1, 0, 1, -2, 0, 2, -1, 0, 1]
  const taps = down.flatMap((tap, i) => Array.from({ length: channels }, () => [tap, across[i]!]).flat())
  const kernel = scope.const(fromValues(x.dtype!, [3, 3, channels, 2], taps), 'kernel')
  const paddings = scope.matrix(
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    'MirrorPad/paddings',
  )
  const padded = scope.op('MirrorPad', [images, paddings], { mode: 'REFLECT' })
  const edges = scope.op('DepthwiseConv2dNative', [padded, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' })
  const apart = scope.reshape(edges, [...scope.dims(images), 2])
  return first ? scope.transpose(apart, [0, 3, 1, 2, 4]) : apart
}
