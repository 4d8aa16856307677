/** TensorArrays outside of loops: places that are known are written and read, so an array is a list of values. */
import type { Node } from '../../graph/node.ts'
import type { ArrayContent, Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import { refuse } from '../refusal.ts'

/** The content of the array so far; the flow value from op to op tells which writes came before. */
function elements(node: Node, flow: number, emit: Emitter): ArrayContent {
  return (
    emit.arrays.get(node.input(flow)) ?? refuse('its array is filled in a way that is not known before the model runs')
  )
}

function place(node: Node, emit: Emitter): number {
  return emit.ints(node.input(1), 'the index')[0]!
}

/** An element that was written. */
const written = (element: ArrayContent[number]): NonNullable<ArrayContent[number]> =>
  element ?? refuse('it reads a place that nothing was written to')

/** The array with more in it, as what flows out of a node. */
function setFlow(node: Node, output: number, emit: Emitter, content: ArrayContent): void {
  emit.arrays.set(node.out(output), content)
  emit.set(node.out(output), emit.scalar('float32', 0))
}

const array: Lowering = (node, emit) => {
  const [size] = emit.ints(node.input(0), 'the size')
  setFlow(node, 1, emit, Array<ArrayContent[number]>(size!).fill(undefined))
}

const write: Lowering = (node, emit) => {
  const content = [...elements(node, 3, emit)]
  content[place(node, emit)] = { ref: emit.value(node.input(2)), shape: emit.shape(node.input(2)) }
  setFlow(node, 0, emit, content)
}

const read: Lowering = (node, emit) => {
  const { ref, shape } = written(elements(node, 2, emit)[place(node, emit)])
  emit.set(node.out(), ref)
  emit.setShape(node.out(), shape)
}

const gather: Lowering = (node, emit) => {
  const content = elements(node, 2, emit)
  const found = emit.ints(node.input(1), 'the indices').map(at => written(content[at]))
  if (found.length === 0) refuse('it reads nothing')
  const parts = found.map(({ ref }) => emit.op('Unsqueeze', [ref, emit.vector([0])]))
  const { shape } = found[0]!
  emit.setShape(node.out(), shape && [parts.length, ...shape])
  emit.set(node.out(), emit.op('Concat', parts, { axis: 0 }, { name: node.name }))
}

const scatter: Lowering = (node, emit) => {
  const indices = emit.ints(node.input(1), 'the indices')
  const content = [...elements(node, 3, emit)]
  const rows = emit.value(node.input(2))
  const inner = emit.shape(node.input(2))?.slice(1) ?? null
  for (const [row, at] of indices.entries())
    content[at] = { ref: emit.op('Gather', [rows, emit.scalar('int64', row)], { axis: 0 }), shape: inner }
  setFlow(node, 0, emit, content)
}

const concat: Lowering = (node, emit) => {
  const found = elements(node, 1, emit).map(written)
  const parts = found.map(({ ref }) => ref)
  if (parts.length === 0) refuse('it joins nothing')
  emit.set(node.out(0), emit.op('Concat', parts, { axis: 0 }, { name: node.name }))
  const lengths = parts.map(part => emit.op('Slice', [emit.op('Shape', [part]), emit.vector([0]), emit.vector([1])]))
  emit.set(node.out(1), emit.op('Concat', lengths, { axis: 0 }, { name: `${node.name}:1` }))
  const [first] = found
  emit.setShape(node.out(0), first!.shape && [null, ...first!.shape.slice(1)])
}

const split: Lowering = (node, emit) => {
  const lengths = emit.ints(node.input(2), 'the lengths')
  const rest = emit.shape(node.input(1))?.slice(1)
  const parts = emit.split(emit.value(node.input(1)), 0, lengths)
  setFlow(
    node,
    0,
    emit,
    parts.map((ref, i) => ({ ref, shape: rest ? [lengths[i]!, ...rest] : null })),
  )
}

const size: Lowering = (node, emit) =>
  emit.set(node.out(), emit.integer('int32', BigInt(elements(node, 1, emit).length)))

export const arrays: Lowerings = {
  TensorArrayConcatV3: concat,
  TensorArrayGatherV3: gather,
  TensorArrayReadV3: read,
  TensorArrayScatterV3: scatter,
  TensorArraySizeV3: size,
  TensorArraySplitV3: split,
  TensorArrayV3: array,
  TensorArrayWriteV3: write,
}
