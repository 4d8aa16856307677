/** Labels in the scores of a recogniser, step by step. */
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'

const LONG = 'int64'

/**
 * The likeliest class of each step, without blanks and, where asked for, without repetitions, as a sparse tensor: places,
 * labels, shape. Then the sum of the likeliest scores, negated.
 */
const ctcGreedy: Lowering = (node, emit) => {
  const [given, lengths] = inputsOf(node, 2)
  const scores = emit.op('Transpose', [emit.value(given)], { perm: [1, 0, 2] })
  const best = emit.op('ArgMax', [scores], { axis: 2, keepdims: 0 }, { dtype: LONG })
  const sizes = emit.op('Shape', [scores])
  const size = (axis: number): ReturnType<typeof emit.op> =>
    emit.op('Gather', [sizes, emit.scalar(LONG, axis)], { axis: 0 })
  const steps = emit.op('Range', [emit.scalar(LONG, 0), size(1), emit.scalar(LONG, 1)])
  const ends = emit.op('Unsqueeze', [emit.cast(emit.value(lengths), LONG), emit.vector([1])])
  const isIn = emit.op('Less', [steps, ends])
  const asked = node.int('blank_index')
  const blank = asked < 0 ? emit.op('Add', [size(2), emit.scalar(LONG, asked)]) : emit.scalar(LONG, asked)
  let isLabel = emit.op('And', [isIn, emit.op('Not', [emit.op('Equal', [best, blank])])])
  if (node.bool('merge_repeated')) {
    const shifted = emit.op('Pad', [best, emit.vector([0, 1, 0, 0]), emit.scalar(LONG, -1)])
    const before = emit.op('Slice', [shifted, emit.vector([0]), emit.vector([-1]), emit.vector([1])])
    isLabel = emit.op('And', [isLabel, emit.op('Not', [emit.op('Equal', [best, before])])])
  }
  const counted = emit.op('CumSum', [emit.cast(isLabel, LONG), emit.scalar(LONG, 1)])
  const found = emit.op('Transpose', [emit.op('NonZero', [isLabel])], { perm: [1, 0] })
  const row = emit.op('Slice', [found, emit.vector([0]), emit.vector([1]), emit.vector([1])])
  const nth = emit.op('Sub', [emit.op('GatherND', [counted, found]), emit.scalar(LONG, 1)])
  const places = [row, emit.op('Unsqueeze', [nth, emit.vector([1])])]
  emit.set(node.out(0), emit.op('Concat', places, { axis: 1 }, { name: node.name }))
  emit.set(node.out(1), emit.op('GatherND', [best, found], {}, { name: `${node.name}:1` }))
  const flat = emit.op('Concat', [emit.reshape(counted, [-1]), emit.vector([0])], { axis: 0 })
  const shape = [emit.reshape(size(0), [1]), emit.reduce('ReduceMax', flat, [0], true)]
  emit.set(node.out(2), emit.op('Concat', shape, { axis: 0 }, { name: `${node.name}:2` }))
  const likeliest = emit.reduce('ReduceMax', scores, [2], false)
  const kept = emit.op('Where', [isIn, likeliest, emit.scalar(scores.dtype, 0)])
  emit.set(node.out(3), emit.op('Neg', [emit.reduce('ReduceSum', kept, [1], true)], {}, { name: `${node.name}:3` }))
}

export const sequences: Lowerings = { CTCGreedyDecoder: ctcGreedy }
