/** Boxes that overlap: of each group the one with the best score. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** The numbers of the boxes that stay, best first. ONNX has a batch and classes around them. */
function chosen(emit: Emitter, boxes: Value, scores: Value, limits: readonly Ref[]): Ref {
  const inputs = [
    emit.op('Unsqueeze', [emit.cast(emit.value(boxes), 'float32'), emit.vector([0])]),
    emit.op('Unsqueeze', [emit.cast(emit.value(scores), 'float32'), emit.vector([0, 1])]),
    ...limits,
  ]
  const rows = emit.op('NonMaxSuppression', inputs)
  const column = emit.op('Slice', [rows, emit.vector([2]), emit.vector([3]), emit.vector([1])])
  return emit.op('Squeeze', [column, emit.vector([1])])
}

const count = (value: Value, emit: Emitter): Ref => emit.reshape(emit.cast(emit.value(value), 'int64'), [1])
const threshold = (value: Value, emit: Emitter): Ref => emit.reshape(emit.cast(emit.value(value), 'float32'), [1])

const suppression: Lowering = (node, emit) => {
  const [boxes, scores, most, overlap, score] = node.inputs as [Value, Value, Value, Value?, Value?]
  const limits = [
    count(most, emit),
    overlap ? threshold(overlap, emit) : emit.numbers('float32', [node.float('iou_threshold')]),
    ...(score ? [threshold(score, emit)] : []),
  ]
  emit.set(node.out(), emit.cast(chosen(emit, boxes, scores, limits), 'int32', node.name))
}

/** Padded with zeros to as many as were asked for, where the node says so; and how many there are. */
function padded(emit: Emitter, ref: Ref, most: Ref, name: string): Ref {
  const missing = emit.op('Sub', [most, emit.op('Shape', [ref])])
  return emit.op('Pad', [ref, emit.op('Concat', [emit.vector([0]), missing], { axis: 0 })], {}, { name })
}

const withCount: Lowering = (node, emit) => {
  const [boxes, scores, most, overlap, score, sigma] = node.inputs as [Value, Value, Value, Value, Value, Value?]
  if (sigma && emit.known(sigma)?.[0] !== 0) refuse('it lowers scores (soft_nms_sigma), which ONNX does not')
  const limits = [count(most, emit), threshold(overlap, emit), threshold(score, emit)]
  const found = emit.cast(chosen(emit, boxes, scores, limits), 'int32')
  const values = emit.op('Gather', [emit.value(scores), found], { axis: 0 })
  const isPadded = node.bool('pad_to_max_output_size')
  const fit = (ref: Ref, name: string): Ref =>
    isPadded ? padded(emit, ref, limits[0]!, name) : emit.op('Identity', [ref], {}, { name })
  const results = sigma ? [found, values] : [found]
  for (const [i, ref] of results.entries()) emit.set(node.out(i), fit(ref, String(node.out(i))))
  const valid = node.out(results.length)
  emit.set(valid, emit.cast(emit.op('Size', [found]), 'int32', String(valid)))
}

/** The boxes of each class by themselves, [batch · classes, boxes, 4], and their scores, [batch · classes, 1, boxes]. */
function byClass(node: Node, emit: Emitter) {
  const [given, scores] = inputsOf(node, 2)
  const kinds = emit.shape(given)?.[2] ?? refuse('whether its classes have boxes of their own is not known')
  const classes = emit.op('Transpose', [emit.value(scores)], { perm: [0, 2, 1] })
  const turned = emit.op('Transpose', [emit.value(given)], { perm: [0, 2, 1, 3] })
  // Each class has the boxes of all where they share them.
  const sizes = emit.op('Concat', [emit.op('Shape', [classes]), emit.vector([4])], { axis: 0 })
  const all = kinds === 1 ? emit.op('Expand', [turned, sizes]) : turned
  return { classes, all, sizes: emit.op('Shape', [classes]) }
}

/**
 * The best boxes of all classes. Those that stay in a class keep their score, others get the lowest there is; then the
 * best of each image are taken, and filled up with zeros.
 */
const combined: Lowering = (node, emit) => {
  const [, , each, total, overlap, least] = inputsOf(node, 6)
  const { classes, all, sizes } = byClass(node, emit)
  const part = (ref: Ref, from: number, to: number): Ref =>
    emit.op('Slice', [ref, emit.vector([from]), emit.vector([to]), emit.vector([0])])
  const boxCount = part(sizes, 2, 3)
  const join = (...refs: readonly Ref[]): Ref => emit.op('Concat', refs, { axis: 0 })
  const flat = emit.op('Reshape', [classes, join(emit.vector([-1, 1]), boxCount)])
  const places = emit.op('Reshape', [all, join(emit.vector([-1]), boxCount, emit.vector([4]))])
  const limits = [count(each, emit), threshold(overlap, emit), threshold(least, emit)]
  const chosenRows = emit.op('NonMaxSuppression', [places, flat, ...limits])
  const lowest = emit.op('Expand', [emit.scalar('float32', Number.NEGATIVE_INFINITY), emit.op('Shape', [flat])])
  const kept = emit.op('ScatterND', [lowest, chosenRows, emit.op('GatherND', [flat, chosenRows])])
  const batches = part(sizes, 0, 1)
  const candidates = emit.op('Reshape', [kept, join(batches, emit.vector([-1]))])
  const available = part(emit.op('Shape', [candidates]), 1, 2)
  const perClass = emit.op('Mul', [limits[0]!, part(sizes, 1, 2)])
  const most = node.bool('pad_per_class') ? emit.op('Min', [count(total, emit), perClass]) : count(total, emit)
  const taken = emit.op('Min', [most, available])
  const [best, at] = emit.ops('TopK', [candidates, taken], { axis: 1 }, { outputs: 2 })
  const isKept = emit.op('Greater', [best, emit.scalar('float32', Number.NEGATIVE_INFINITY)])
  const missing = emit.op('Sub', [most, taken])
  const filled = (ref: Ref, margins: readonly Ref[], i: number): Ref =>
    emit.op('Pad', [ref, join(...margins)], {}, { name: String(node.out(i)) })
  const [none, two] = [emit.vector([0]), emit.vector([0, 0, 0])]
  const spread = emit.op('Reshape', [all, join(batches, emit.vector([-1, 4]))])
  const found = emit.op('GatherND', [spread, emit.op('Unsqueeze', [at, emit.vector([-1])])], { batch_dims: 1 })
  const within = node.bool('clip_boxes')
    ? emit.op('Clip', [found, emit.scalar('float32', 0), emit.scalar('float32', 1)])
    : found
  const zero = emit.scalar('float32', 0)
  const boxRows = emit.op('Where', [emit.op('Unsqueeze', [isKept, emit.vector([-1])]), within, zero])
  emit.set(node.out(0), filled(boxRows, [emit.vector([0, 0, 0, 0]), missing, none], 0))
  emit.set(node.out(1), filled(emit.op('Where', [isKept, best, zero]), [two, missing], 1))
  const numbers = emit.cast(emit.op('Div', [at, boxCount]), 'float32')
  emit.set(node.out(2), filled(emit.op('Where', [isKept, numbers, zero]), [two, missing], 2))
  const valid = emit.reduce('ReduceSum', emit.cast(isKept, 'int32'), [1], false, String(node.out(3)))
  emit.set(node.out(3), valid)
}

export const boxes: Lowerings = {
  CombinedNonMaxSuppression: combined,
  NonMaxSuppression: suppression,
  NonMaxSuppressionV2: suppression,
  NonMaxSuppressionV3: suppression,
  NonMaxSuppressionV4: withCount,
  NonMaxSuppressionV5: withCount,
}
