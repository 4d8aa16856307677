/** How often each whole number is there. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, scalar, vector } from '../../../tensor/make.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { resultType } from './promotion.ts'

type Emit = Operation['emit']

/**
 * How often each whole number occurs, or the sum of its weights; from 0 to the largest that is there or, where both
 * bounds are one number, to this. Source: TensorFlow's ops/bincount_ops.py.
 */
export const tensorflowBincount: Emit = f => {
  const { scope } = f
  const x = scope.cast(f.tensor('x', 'int32'), 'int32')
  const dtype = f.dtype('dtype') ?? 'int32'
  const weights = f.maybeTensor('weights', dtype) ?? scope.const(vector(dtype, []), 'weights')
  const [least, most] = [f.int('least', 0), f.has('most') ? f.int('most') : undefined]
  const size = least === most ? scope.int(least, 'size') : sizeOfCounts(f, x, least, most)
  const binary = { binary_output: f.bool('binary_output') }
  const isByRow = f.has('axis') && f.axis('axis', x, -1) === f.rank(x) - 1
  if (!isByRow && !binary.binary_output) return scope.op('Bincount', [x, size, weights])
  return scope.op('DenseBincount', [isByRow ? x : scope.reshape(x, [null]), size, weights], binary)
}

function sizeOfCounts(f: FunctionCall, x: Value, least: number, most: number | undefined): Value {
  const { scope } = f
  const isFilled = scope.cast(scope.compare('Greater', scope.op('Size', [x]), 0), 'int32')
  const axes = Array.from({ length: f.rank(x) }, (_, i) => i)
  const found = scope.mul(isFilled, scope.add(scope.reduce('Max', x, axes), 1))
  const atLeast = f.has('least') ? scope.max(found, least) : found
  return most === undefined ? atLeast : scope.min(atLeast, most)
}

/** How many there are of each whole number from 0 to the largest, or to `minlength` − 1; or the sums of their weights. Of each row. */
export const bincount: Emit = f => {
  const { scope } = f
  if (f.bool('sparse')) f.refuse('its result is a sparse tensor')
  const given = f.tensor('x', 'int32')
  const x = given.dtype === 'int64' ? given : scope.cast(given, 'int32')
  const weights = f.maybeTensor('weights')
  const all = f.shape(x).map((_, i) => i)
  const size = scope.max(scope.add(scope.reduce('Max', x, all), 1), f.int('minlength', 0))
  const none = (): Value => scope.const(fromValues('int32', [0], []), 'weights')
  const found = scope.op('DenseBincount', [x, size, weights ?? none()])
  return scope.cast(found, weights ? resultType(given.dtype!, weights.dtype!) : 'int32')
}

/** How often each class was taken for each other: a row a label, a column a prediction. */
export const confusionMatrix: Emit = f => {
  const { scope } = f
  const [labels, predictions] = ['labels', 'predictions'].map(name => {
    const given = scope.cast(f.tensor(name, 'int64'), 'int64')
    return f.rank(given) > 1 ? scope.reshape(given, [null]) : given
  })
  const largest = (): Value => scope.reduce('Max', scope.max(labels!, predictions!), [0])
  const size = f.has('num_classes')
    ? scope.const(scalar('int64', f.int('num_classes')), 'num_classes')
    : scope.add(largest(), 1)
  const dtype = f.dtype('dtype') ?? 'int32'
  const weights = f.maybeTensor('weights', dtype)
  const values = weights ? scope.cast(weights, dtype) : scope.cast(scope.op('OnesLike', [predictions!]), dtype)
  const places = scope.op('Pack', [labels!, predictions!], { axis: 1 }, 'indices')
  return scope.op('ScatterNd', [places, values, scope.op('Pack', [size, size], { axis: 0 }, 'shape')])
}
