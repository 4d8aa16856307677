/** Correlations of rows and of sequences. */
import type { Value } from '../../../graph/node.ts'
import type { Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** Covariances of the rows, divided by the deviations of both: between −1 and 1. */
export const corrcoef: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  if (f.rank(x) !== 2) return f.refuse('it is not of a matrix')
  const centred = scope.sub(x, scope.reduce('Mean', x, [1], true))
  const products = scope.op('MatMul', [centred, centred], { transpose_b: true })
  const lengths = scope.op('Sqrt', [scope.reduce('Sum', scope.mul(centred, centred), [1])])
  const both = scope.mul(scope.reshape(lengths, [null, 1]), scope.reshape(lengths, [1, null]))
  return scope.clip(scope.div(products, both), -1, 1)
}

/** Σ x1[i + k]·x2[i] for each place k: where they overlap whole, at all, or so many places about the middle. */
export const correlate: Emit = f => {
  const { scope } = f
  const [x, taps] = f.together(['x1', 'x2'], dtype => (dtype === 'int64' ? 'float64' : asFloat(dtype))) as readonly [
    Value,
    Value,
  ] // as many as names
  const mode = f.text('mode', 'valid')
  const count = f.call.known(f.shape(taps)[0], 'the length of its second operand')
  const around = mode === 'valid' ? 0 : count - 1
  const row = scope.reshape(scope.pad(x, [[around, around]]), [1, 1, null, 1])
  const kernel = scope.reshape(taps, [1, count, 1, 1])
  const sums = scope.reshape(scope.op('Conv2D', [row, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' }), [null])
  if (mode !== 'same') return sums
  const length = f.call.known(f.shape(x)[0], 'the length of its first operand')
  const kept = Math.max(length, count)
  const begin = Math.floor((length + count - 1 - kept) / 2)
  return scope.slice(sums, [[begin, begin + kept]])
}
