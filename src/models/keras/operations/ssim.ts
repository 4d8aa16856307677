/** The structural similarity of two images. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { toChannelsLast } from '../layers/space.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'
import { imagePair } from './psnr.ts'

type Emit = Operation['emit']

/**
 * (2·μa·μb + c₁)(2·σab + c₂) / ((μa² + μb² + c₁)(σa² + σb² + c₂)), the means and variances under a bell that
 * moves over the images, and of all that the mean. Source: TensorFlow's image_ops_impl.py.
 */
export const imageSsim: Emit = f => {
  const { scope } = f
  const { a, b, most } = imagePair(f)
  if (f.rank(a) !== 4 || f.rank(b) !== 4) return f.refuse('it is not of images with a batch dimension')
  const smooth = smoothing(f, f.call.known(f.shape(a).at(-1), 'the number of its channels'))
  const [meanA, meanB] = [smooth(a), smooth(b)]
  const means = scope.mul(scope.mul(meanA, meanB), 2)
  const meanSquares = scope.add(scope.op('Square', [meanA]), scope.op('Square', [meanB]))
  const products = scope.mul(smooth(scope.mul(a, b)), 2)
  const squares = smooth(scope.add(scope.op('Square', [a]), scope.op('Square', [b])))
  const [c1, c2] = [(f.number('k1', 0.01) * most) ** 2, (f.number('k2', 0.03) * most) ** 2]
  const luminance = scope.div(scope.add(means, c1), scope.add(meanSquares, c1))
  const structure = scope.div(scope.add(scope.sub(products, means), c2), scope.add(scope.sub(squares, meanSquares), c2))
  const map = scope.mul(luminance, structure)
  return f.bool('return_index_map') ? scope.reduce('Mean', map, [3]) : scope.reduce('Mean', map, [1, 2, 3])
}

/** Each channel by itself under a bell whose weights sum to 1. */
function smoothing(f: FunctionCall, channels: number): (x: Value) => Value {
  const [size, sigma] = [f.int('filter_size', 11), f.number('filter_sigma', 1.5)]
  const bell = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - (size - 1) / 2) / sigma) ** 2))
  const sum = bell.reduce((total, weight) => total + weight, 0)
  const taps = bell.flatMap(row => bell.flatMap(column => Array<number>(channels).fill((row * column) / sum ** 2)))
  const kernel = f.scope.const(fromValues('float32', [size, size, channels, 1], taps), 'kernel')
  return x => f.scope.op('DepthwiseConv2dNative', [x, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' })
}

/** Structural similarity: of means, variances and covariance in bell-shaped windows, the mean over places and channels. */
export const ssim: Operation['emit'] = f => {
  const { scope } = f
  const { dtype } = f.tensor('a')
  const [a, b] = f.together(['a', 'b'], asFloat).map(x => lastOfBatch(f, x)) as [Value, Value] // as many as names
  const blurred = blurOf(f, a)
  const [meanA, meanB] = [blurred(a), blurred(b)]
  const [squareA, squareB, product] = [scope.mul(meanA, meanA), scope.mul(meanB, meanB), scope.mul(meanA, meanB)]
  const spread = (x: Value, y: Value, means: Value): Value => scope.sub(blurred(scope.mul(x, y)), means)
  const [c1, c2] = [f.number('k1', 0.01), f.number('k2', 0.03)].map(k => (k * f.number('most', 1)) ** 2) as [
    number,
    number,
  ] // one for each
  const twice = (x: Value, more: number): Value => scope.add(scope.mul(x, 2), more)
  const common = scope.mul(twice(product, c1), twice(spread(a, b, product), c2))
  const sizes = scope.add(scope.add(squareA, squareB), c1)
  const spreads = scope.add(scope.add(spread(a, a, squareA), spread(b, b, squareB)), c2)
  const result = scope.reduce('Mean', scope.div(common, scope.mul(sizes, spreads)), [1, 2, 3])
  return scope.cast(f.rank(f.tensor('a')) === 3 ? scope.squeeze(result, [0]) : result, dtype!)
}

function lastOfBatch(f: FunctionCall, x: Value): Value {
  const batch = f.rank(x) === 3 ? f.scope.expandDims(x, 0) : x
  return f.text('data_format', 'channels_last') === 'channels_first' ? toChannelsLast(f.scope, batch) : batch
}

/** The means of windows, each weighted by its distance from the middle. */
function blurOf(f: FunctionCall, like: Value): (x: Value) => Value {
  const { scope } = f
  const [size, sigma] = [f.int('size', 11), f.number('sigma', 1.5)]
  const bell = Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)))
  const sum = bell.reduce((total, weight) => total + weight, 0)
  const channels = f.call.known(f.shape(like).at(-1), 'the number of its channels')
  const weights = bell.flatMap(v => bell.flatMap(h => Array<number>(channels).fill((v * h) / sum ** 2)))
  const kernel = scope.const(fromValues(like.dtype!, [size, size, channels, 1], weights), 'kernel')
  return x => scope.op('DepthwiseConv2dNative', [x, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' })
}
