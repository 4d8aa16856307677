/**
 * Random numbers. They have the distribution of TensorFlow's and are other numbers, since the generators differ. Where
 * TensorFlow has a seed, ONNX gets one: then each session begins with the same numbers.
 */
import type { Node } from '../../graph/node.ts'
import { Arithmetic } from '../arithmetic.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import { elementType, float, type Ref } from '../model.ts'
import type { PlainAttributes } from '../operator-emitter.ts'
import { normalQuantile } from './special.ts'

/** The two seeds as one number; none where both are 0, as numbers are others at each run then. */
function seedOf(node: Node): PlainAttributes {
  const [first, second] = [node.int('seed'), node.int('seed2')]
  return first === 0 && second === 0 ? {} : { seed: float(first + second) }
}

/** Numbers of a type in a shape that is known, or that is computed. */
function drawn(node: Node, emit: Emitter, op: 'RandomUniform' | 'RandomNormal', dtype: 'float32' | 'float64'): Ref {
  const shape = emit.known(node.input(0))
  const attributes = { dtype: elementType(dtype)!, ...seedOf(node) }
  if (shape?.every(size => size > 0) && shape.length > 0) return emit.op(op, [], { shape, ...attributes }, { dtype })
  const zeros = emit.op('Expand', [emit.scalar(dtype, 0), emit.cast(emit.value(node.input(0)), 'int64')])
  return emit.op(`${op}Like`, [zeros], attributes, { dtype })
}

const setAs = (node: Node, emit: Emitter, ref: Ref): void =>
  emit.set(node.out(), emit.op('Identity', [emit.cast(ref, emit.dtype(node.out()))], {}, { name: node.name }))

const wide = (node: Node, emit: Emitter): 'float32' | 'float64' =>
  emit.dtype(node.out()) === 'float64' ? 'float64' : 'float32'

const plain =
  (op: 'RandomUniform' | 'RandomNormal'): Lowering =>
  (node, emit) =>
    setAs(node, emit, drawn(node, emit, op, wide(node, emit)))

/** ⌊u · (high − low)⌋ + low. */
const integers: Lowering = (node, emit) => {
  const [, low, high] = inputsOf(node, 3)
  const lowest = emit.value(low)
  const span = emit.cast(emit.op('Sub', [emit.value(high), lowest]), 'float64')
  const steps = emit.op('Floor', [emit.op('Mul', [drawn(node, emit, 'RandomUniform', 'float64'), span])])
  emit.set(node.out(), emit.op('Add', [emit.cast(steps, lowest.dtype), lowest], {}, { name: node.name }))
}

/** What share of normal numbers is below −2. */
const BELOW = 0.022750131948179195

/** Normal numbers between −2 and 2: the quantile of a share between those of −2 and 2. */
const truncated: Lowering = (node, emit) => {
  const math = new Arithmetic(emit)
  const share = math.add(math.mul(drawn(node, emit, 'RandomUniform', 'float64'), 1 - 2 * BELOW), BELOW)
  setAs(node, emit, normalQuantile(math, share))
}

/** Rows in the order of random numbers. */
const shuffle: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  if (emit.rank(node.input(0)) === 0) return emit.set(node.out(), x)
  const count = emit.op('Slice', [emit.op('Shape', [x]), emit.vector([0]), emit.vector([1])])
  const zeros = emit.op('Expand', [emit.scalar('float32', 0), count])
  const keys = emit.op(
    'RandomUniformLike',
    [zeros],
    { dtype: elementType('float32')!, ...seedOf(node) },
    { dtype: 'float32' },
  )
  const [, order] = emit.ops('TopK', [keys, count], { axis: 0 }, { outputs: 2 })
  emit.set(node.out(), emit.op('Gather', [x, order], { axis: 0 }, { name: node.name }))
}

const multinomial: Lowering = (node, emit) => {
  const [count] = emit.ints(node.input(1), 'how many it draws')
  const dtype = node.type('output_dtype')
  const attributes = { sample_size: count!, dtype: elementType(dtype)!, ...seedOf(node) }
  const logits = emit.cast(emit.value(node.input(0)), 'float32')
  emit.set(node.out(), emit.op('Multinomial', [logits], attributes, { name: node.name, dtype }))
}

export const randoms: Lowerings = {
  Multinomial: multinomial,
  RandomShuffle: shuffle,
  RandomStandardNormal: plain('RandomNormal'),
  RandomUniform: plain('RandomUniform'),
  RandomUniformInt: integers,
  TruncatedNormal: truncated,
}
