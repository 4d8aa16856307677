/** Lists of tensors. A list is the tensor of its elements, one behind the other; those that a loop collects are scan outputs. */
import type { Node } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { constantOfShape } from './shape.ts'

const listOf = (node: Node, emit: Emitter): Ref => emit.value(node.input(0))

const same: Lowering = (node, emit) => emit.set(node.out(), emit.value(node.input(0)))

/** Zeros, where the shape of an element is known: a place that nothing was put in reads as zeros. */
const reserve: Lowering = (node, emit) => {
  const element = emit.facts.of(node.out()).contents?.shape
  if (!element || element.includes(null)) refuse('the shape of its elements is not known')
  const count = emit.reshape(emit.cast(emit.value(node.input(1)), 'int64'), [1])
  const shape = emit.op('Concat', [count, emit.vector(element as readonly number[])], { axis: 0 })
  emit.set(node.out(), constantOfShape(emit, shape, node.type('element_dtype'), { name: node.name }))
}

const empty: Lowering = (node, emit) => {
  const element = emit.facts.of(node.out()).contents?.shape
  if (!element || element.includes(null)) refuse('the shape of its elements is not known')
  const shape = emit.vector([0, ...(element as readonly number[])])
  emit.set(node.out(), constantOfShape(emit, shape, node.type('element_dtype'), { name: node.name }))
}

const getItem: Lowering = (node, emit) => {
  const inputs = [listOf(node, emit), emit.value(node.input(1))]
  emit.set(node.out(), emit.op('Gather', inputs, { axis: 0 }, { name: node.name }))
}

const setItem: Lowering = (node, emit) => {
  const index = emit.reshape(emit.cast(emit.value(node.input(1)), 'int64'), [1, 1])
  const item = emit.op('Unsqueeze', [emit.value(node.input(2)), emit.vector([0])])
  emit.set(node.out(), emit.op('ScatterND', [listOf(node, emit), index, item], {}, { name: node.name }))
}

const pushBack: Lowering = (node, emit) => {
  const item = emit.op('Unsqueeze', [emit.value(node.input(1)), emit.vector([0])])
  emit.set(node.out(), emit.op('Concat', [listOf(node, emit), item], { axis: 0 }, { name: node.name }))
}

const popBack: Lowering = (node, emit) => {
  const list = listOf(node, emit)
  const rest = [list, emit.vector([0]), emit.vector([-1]), emit.vector([0])]
  emit.set(node.out(0), emit.op('Slice', rest, {}, { name: node.name }))
  emit.set(node.out(1), emit.op('Gather', [list, emit.scalar('int64', -1)], { axis: 0 }, { name: `${node.name}:1` }))
}

const length: Lowering = (node, emit) => {
  const shape = emit.op('Shape', [listOf(node, emit)])
  const count = emit.op('Gather', [shape, emit.scalar('int64', 0)], { axis: 0 })
  emit.set(node.out(), emit.cast(count, 'int32', node.name))
}

const gatherOp: Lowering = (node, emit) => {
  const inputs = [listOf(node, emit), emit.value(node.input(1))]
  emit.set(node.out(), emit.op('Gather', inputs, { axis: 0 }, { name: node.name }))
}

/** The elements one behind the other along their first axis, and how long each is. */
const concat: Lowering = (node, emit) => {
  const list = listOf(node, emit)
  const shape = emit.op('Shape', [list])
  const inner = emit.op('Slice', [shape, emit.vector([2]), emit.vector([Number.MAX_SAFE_INTEGER])])
  const joined = emit.op('Concat', [emit.vector([-1]), inner], { axis: 0 })
  emit.set(node.out(0), emit.op('Reshape', [list, joined], {}, { name: node.name }))
  const long = emit.op('Slice', [shape, emit.vector([1]), emit.vector([2])])
  const count = emit.op('Slice', [shape, emit.vector([0]), emit.vector([1])])
  emit.set(node.out(1), emit.op('Expand', [long, count], {}, { name: `${node.name}:1` }))
}

export const lists: Lowerings = {
  EmptyTensorList: empty,
  TensorListConcatV2: concat,
  TensorListFromTensor: same,
  TensorListGather: gatherOp,
  TensorListGetItem: getItem,
  TensorListLength: length,
  TensorListPopBack: popBack,
  TensorListPushBack: pushBack,
  TensorListReserve: reserve,
  TensorListSetItem: setItem,
  TensorListStack: same,
}
