/** Products of matrices. */
import type { Node, Value } from '../../graph/node.ts'
import { reshape, transpose } from '../../tensor/make.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { biasAfter } from './bias.ts'

/** A matrix, turned where the op says so. */
export function side(value: Value, isTurned: boolean, emit: Emitter): Ref {
  if (!isTurned) return emit.value(value)
  const rank = emit.rank(value)
  const perm = Array.from({ length: rank }, (_, i) => i)
  perm.push(...perm.splice(-2).reverse())
  const tensor = emit.constant(value)
  if (tensor) return emit.tensor(transpose(tensor, perm), `${value.node.name}/transposed`)
  return emit.op('Transpose', [emit.value(value)], { perm }, { name: `${value}/transposed` })
}

/** MatMul with the addition of a constant behind it is one Gemm. */
const matMul: Lowering = (node, emit) => {
  const [a, b] = inputsOf(node, 2)
  const isFlat = !node.bool('transpose_a') && emit.flattened(a)
  const weights = emit.constant(b)
  const left = isFlat && weights ? isFlat.ref : side(a, node.bool('transpose_a'), emit)
  const right =
    isFlat && weights
      ? emit.tensor(
          channelsFirstRows(node.bool('transpose_b') ? transpose(weights, [1, 0]) : weights, isFlat.sizes),
          `${b.node.name}/nchw`,
        )
      : side(b, node.bool('transpose_b'), emit)
  const columns = emit.shape(node.out())?.[1]
  const bias = isFloat(left.dtype) && columns ? biasAfter(node, emit, columns) : undefined
  if (!bias) return emit.set(node.out(), emit.op('MatMul', [left, right], {}, { name: node.name }))
  const addend = emit.tensor(reshape(bias.tensor, [elementCount(bias.tensor.shape)]), bias.name)
  emit.set(bias.value, emit.op('Gemm', [left, right, addend], {}, { name: String(bias.value) }))
}

/** The rows of weights in the order in which a flattened image has its elements when its channels are first. */
function channelsFirstRows(weights: Tensor, sizes: readonly number[]): Tensor {
  const [, columns] = weights.shape
  const rank = sizes.length
  const order = [rank - 1, ...Array.from({ length: rank - 1 }, (_, i) => i), rank]
  return reshape(transpose(reshape(weights, [...sizes, columns!]), order), weights.shape)
}

const batchMatMul: Lowering = (node, emit) => {
  const [x, y] = inputsOf(node, 2)
  const operands = [side(x, node.bool('adj_x'), emit), side(y, node.bool('adj_y'), emit)]
  emit.set(node.out(), emit.op('MatMul', operands, {}, { name: node.name }))
}

const einsum: Lowering = (node: Node, emit) =>
  emit.set(
    node.out(),
    emit.op(
      'Einsum',
      node.inputs.map(input => emit.value(input)),
      { equation: node.str('equation') },
      { name: node.name },
    ),
  )

export const matrix: Lowerings = {
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  BatchMatMulV3: batchMatMul,
  Einsum: einsum,
  MatMul: matMul,
}
