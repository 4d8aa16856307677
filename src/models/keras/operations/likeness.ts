/** How alike two images are. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { toChannelsLast } from '../layers/space.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

/** Structural similarity: of means, variances and covariance in bell-shaped windows, the mean over places and channels. */
export const structuralSimilarity: Operation['emit'] = f => {
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
