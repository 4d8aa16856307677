/** Resizes that ONNX's Resize computes otherwise, as products with matrices of weights: rows · image · columns. */
import { isFreezeError } from '../../errors.ts'
import { area, bicubic, spans, type Taps } from '../../evaluate/sampling.ts'
import type { Node } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import { refuse } from '../refusal.ts'

/** The pixels, with weights, that make up one side of the result; side 0 are the rows. */
type Side = (from: number, to: number, side: 0 | 1) => readonly Taps[]

/** Resizes by weights. Refuses sizes that are not known. */
function byMatrices(node: Node, emit: Emitter, side: Side): void {
  const [image, size] = inputsOf(node, 2)
  const target = emit.ints(size, 'the size')
  const [, ...sides] = emit.shape(image) ?? []
  const [height, width] = sides.map(length => length ?? refuse('the size of the image is not known')) as [
    number,
    number,
  ]
  const rows = side(height, target[0]!, 0)
  const columns = side(width, target[1]!, 1)
  const x = emit.cast(emit.channelsFirst(image), 'float32')
  const left = Array<number>(rows.length * height).fill(0)
  for (const [row, taps] of rows.entries()) for (const [at, weight] of taps) left[row * height + at]! += weight
  const right = Array<number>(width * columns.length).fill(0)
  for (const [column, taps] of columns.entries())
    for (const [at, weight] of taps) right[at * columns.length + column]! += weight
  const wide = emit.op('MatMul', [emit.matrix(left, rows.length, height), x])
  const weights = emit.matrix(right, width, columns.length)
  emit.setFirst(node.out(), emit.op('MatMul', [wide, weights], {}, { name: node.name }))
}

const scaleAndTranslate: Lowering = (node, emit) => {
  const scale = emit.ints(node.input(2), 'the scale')
  const translation = emit.ints(node.input(3), 'the translation')
  try {
    byMatrices(node, emit, (from, to, side) => spans(node, from, to, scale[side]!, translation[side]!))
  } catch (error) {
    if (!isFreezeError(error, 'unsupported')) throw error
    refuse(`its kernel ${node.str('kernel_type')} is not known`)
  }
}

export const resamples: Lowerings = {
  ResizeArea: (node, emit) => byMatrices(node, emit, (from, to) => area(from, to, node)),
  ResizeBicubic: (node, emit) => byMatrices(node, emit, (from, to) => bicubic(from, to, node)),
  ScaleAndTranslate: scaleAndTranslate,
}
