/** Searches along a sequence: labels in the scores of a recogniser, and the falling numbers that fit best. */
import { elementCount } from '../../tensor/tensor.ts'
import { fromBigints, fromNumbers, ints, list, numbers } from '../array.ts'
import { fail, type Kernel, type Kernels } from '../kernel.ts'

/**
 * The likeliest class of each step, without blanks and, if asked for, without repetitions. Returns a sparse tensor, and
 * the sum of the likeliest scores, negated. Source: ctc_decoder_ops.cc.
 */
const ctcGreedyDecoder: Kernel = ([scores, lengths], node) => {
  const [steps, batch, classes] = scores!.shape as [number, number, number] // of rank 3, says the op
  const values = numbers(scores!)
  const asked = node.int('blank_index')
  const blank = asked < 0 ? classes + asked : asked
  const places: number[] = []
  const labels: number[] = []
  const sums = new Float64Array(batch)
  let longest = 0
  for (const [b, length] of list(lengths!).entries()) {
    if (length > steps) fail(node, `sequence ${b} has ${length} steps, and there are ${steps}`)
    let [before, count] = [-1, 0]
    for (let t = 0; t < length; t++) {
      const from = (t * batch + b) * classes
      let label = 0
      for (let i = 1; i < classes; i++) if (values[from + i]! > values[from + label]!) label = i
      sums[b]! -= values[from + label]!
      if (label !== blank && !(node.bool('merge_repeated') && label === before)) {
        places.push(b, count++)
        labels.push(label)
      }
      before = label
    }
    longest = Math.max(longest, count)
  }
  return [
    fromNumbers('int64', [labels.length, 2], places),
    ints('int64', labels),
    fromBigints('int64', [2], [BigInt(batch), BigInt(longest)]),
    fromNumbers(scores!.dtype, [batch, 1], sums),
  ]
}

/**
 * The numbers that never rise and are nearest to a row, and the segment of equal numbers that each is in: neighbours
 * that rise are replaced by their mean until none is left (PAVA). Source: isotonic_regression_op.cc.
 */
const isotonicRegression: Kernel = ([x], node) => {
  const length = x!.shape.at(-1) ?? fail(node, 'a scalar has no rows')
  const batch = elementCount(x!.shape.slice(0, -1))
  const values = numbers(x!)
  const fitted = new Float64Array(batch * length)
  const segments = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) {
    const found: { sum: number; count: number }[] = []
    for (let i = 0; i < length; i++) {
      let own = { sum: values[b * length + i]!, count: 1 }
      for (let last = found.at(-1); last && last.sum / last.count < own.sum / own.count; last = found.at(-1)) {
        own = { sum: last.sum + own.sum, count: last.count + own.count }
        found.pop()
      }
      found.push(own)
    }
    let at = b * length
    for (const [segment, { sum, count }] of found.entries()) {
      fitted.fill(sum / count, at, at + count)
      segments.fill(segment, at, at + count)
      at += count
    }
  }
  return [fromNumbers(node.type('output_dtype'), x!.shape, fitted), fromNumbers('int32', x!.shape, segments)]
}

/** Kernels by op. */
export const sequenceKernels: Kernels = {
  CTCGreedyDecoder: ctcGreedyDecoder,
  IsotonicRegression: isotonicRegression,
}
