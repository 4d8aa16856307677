/** Labels out of the scores of a sequence. */
import { floating } from './as-layer.ts'
import type { Operation } from './function-call.ts'

/** For each step the best class; repeats are merged, blanks are dropped, −1 fills the end. And the cost of that path. */
export const ctcDecode: Operation['emit'] = f => {
  const { scope } = f
  if (f.text('strategy', 'greedy') !== 'greedy')
    f.refuse('it searches by beams, for which TensorFlow and Keras count blanks otherwise')
  const x = floating(f)
  const lengths = scope.cast(f.tensor('lengths', 'int32'), 'int32')
  const attrs = { merge_repeated: f.bool('merge_repeated', true), blank_index: f.int('blank', 0) }
  const node = scope.node('CTCGreedyDecoder', [scope.transpose(x, [1, 0, 2]), lengths], attrs)
  const shape = scope.cast(scope.pack(scope.dims(x).slice(0, 2), 'output_shape'), 'int64')
  const values = scope.cast(node.out(1), 'int32')
  const texts = scope.op('SparseToDense', [node.out(0), shape, values, scope.int(-1, 'default_value')])
  return [scope.expandDims(texts, 0), node.out(3)]
}
