/** Boxes that overlap: of each group the one with the best score. */
import type { Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** The numbers of the boxes that stay, best first. ONNX has a batch and classes around them. */
function chosen(emit: Emitter, boxes: Value, scores: Value, limits: readonly (Ref | undefined)[], name?: string): Ref {
  const inputs = [
    emit.op('Unsqueeze', [emit.cast(emit.value(boxes), 'float32'), emit.vector([0])]),
    emit.op('Unsqueeze', [emit.cast(emit.value(scores), 'float32'), emit.vector([0, 1])]),
    ...limits,
  ]
  const rows = emit.op('NonMaxSuppression', inputs)
  const column = emit.op('Slice', [rows, emit.vector([2]), emit.vector([3]), emit.vector([1])])
  return emit.cast(emit.op('Squeeze', [column, emit.vector([1])]), 'int32', name)
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
  emit.set(node.out(), chosen(emit, boxes, scores, limits, node.name))
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
  const found = chosen(emit, boxes, scores, limits)
  const values = emit.op('Gather', [emit.value(scores), found], { axis: 0 })
  const isPadded = node.bool('pad_to_max_output_size')
  const fit = (ref: Ref, name: string): Ref =>
    isPadded ? padded(emit, ref, limits[0]!, name) : emit.op('Identity', [ref], {}, { name })
  const results = sigma ? [found, values] : [found]
  for (const [i, ref] of results.entries()) emit.set(node.out(i), fit(ref, String(node.out(i))))
  const valid = node.out(results.length)
  emit.set(valid, emit.cast(emit.op('Size', [found]), 'int32', String(valid)))
}

export const boxes: Lowerings = {
  NonMaxSuppression: suppression,
  NonMaxSuppressionV2: suppression,
  NonMaxSuppressionV3: suppression,
  NonMaxSuppressionV4: withCount,
  NonMaxSuppressionV5: withCount,
}
