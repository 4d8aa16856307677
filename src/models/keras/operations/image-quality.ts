/** How alike two images are. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFractions } from './image.ts'

type Emit = Operation['emit']

/** The images from 0 to 1 where they are of whole numbers, and the largest difference in the same measure. */
function pair(f: FunctionCall): { readonly a: Value; readonly b: Value; readonly most: number } {
  const a = f.tensor('x1')
  const b = f.tensor('x2', a.dtype)
  const { value, largest } = asFractions(f, a, 'float32')
  return { a: value, b: asFractions(f, b, 'float32').value, most: f.number('most') / (largest ?? 1) }
}

/** 20·log₁₀(most) − 10·log₁₀(mean (a − b)²) of each image. */
export const signalToNoise: Emit = f => {
  const { scope } = f
  const { a, b, most } = pair(f)
  const rank = Math.max(f.rank(a), f.rank(b))
  const squares = scope.op('SquaredDifference', [a, b])
  const mean = scope.reduce('Mean', squares, [rank - 3, rank - 2, rank - 1])
  const noise = scope.mul(scope.op('Log', [mean]), -10 / Math.LN10)
  return scope.add(noise, 20 * Math.log10(most))
}

/**
 * (2·μa·μb + c₁)(2·σab + c₂) / ((μa² + μb² + c₁)(σa² + σb² + c₂)), the means and variances under a bell that
 * moves over the images, and of all that the mean. Source: TensorFlow's image_ops_impl.py.
 */
export const likeness: Emit = f => {
  const { scope } = f
  const { a, b, most } = pair(f)
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
