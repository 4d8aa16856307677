/** Elements and rows by their indices, read and written. */
import type { Node, Value } from '../../graph/node.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { constantOfShape } from './shape.ts'

/** Indices as ONNX takes them. */
const indicesOf = (value: Value, emit: Emitter): Ref => {
  const ref = emit.value(value)
  return ['int32', 'int64'].includes(ref.dtype) ? ref : emit.cast(ref, 'int64')
}

const gather: Lowering = (node, emit) => {
  const [params, indices] = inputsOf(node, 2)
  const [axis] = node.inputs[2] ? emit.ints(node.input(2), 'the axis') : [0]
  const batchDims = node.op === 'GatherV2' ? node.int('batch_dims') : 0
  // Rows of strings inside of rows: ONNX Runtime's Gather takes the first of each row alone.
  const isInner = emit.dtype(params) === 'string' && axis !== 0
  if (batchDims !== 0 || isInner) return gatherInBatches(node, emit, axis!, batchDims)
  const inputs = [emit.value(params), indicesOf(indices, emit)]
  emit.set(node.out(), emit.op('Gather', inputs, { axis: axis! }, { name: node.name }))
}

/** Each batch by its own indices: GatherND, with the axis moved behind the batches and back. */
function gatherInBatches(node: Node, emit: Emitter, given: number, batches: number): void {
  const [params, indices] = inputsOf(node, 2)
  const rank = emit.rank(params)
  const indexRank = emit.rank(indices)
  const batchDims = batches < 0 ? batches + indexRank : batches
  const axis = given < 0 ? given + rank : given
  const axes = Array.from({ length: rank }, (_, i) => i)
  const perm = [...axes.slice(0, batchDims), axis, ...axes.slice(batchDims).filter(a => a !== axis)]
  const isPlain = axis === batchDims
  const x = isPlain ? emit.value(params) : emit.op('Transpose', [emit.value(params)], { perm })
  const places = emit.op('Unsqueeze', [emit.cast(emit.value(indices), 'int64'), emit.vector([-1])])
  const name = isPlain ? node.name : undefined
  const found = emit.op('GatherND', [x, places], { batch_dims: batchDims }, { name })
  if (isPlain) {
    emit.set(node.out(), found)
    return
  }
  // [batches, indices, before, after] → [batches, before, indices, after]
  const wide = indexRank - batchDims
  const before = axis - batchDims
  const all = Array.from({ length: rank - 1 + wide }, (_, i) => i)
  const back = [
    ...all.slice(0, batchDims),
    ...all.slice(batchDims + wide, batchDims + wide + before),
    ...all.slice(batchDims, batchDims + wide),
    ...all.slice(batchDims + wide + before),
  ]
  emit.set(node.out(), emit.op('Transpose', [found], { perm: back }, { name: node.name }))
}

const gatherNd: Lowering = (node, emit) => {
  const [params, indices] = inputsOf(node, 2)
  const inputs = [emit.value(params), emit.cast(emit.value(indices), 'int64')]
  emit.set(node.out(), emit.op('GatherND', inputs, {}, { name: node.name }))
}

/** Zeros with updates added at indices; where an index repeats, all its updates are added. */
const scatterNd: Lowering = (node, emit) => {
  const [indices, updates, shape] = inputsOf(node, 3)
  const dtype = emit.dtype(updates)
  const known = emit.known(shape)
  const zeros = constantOfShape(emit, known ? emit.vector(known) : emit.cast(emit.value(shape), 'int64'), dtype)
  emit.set(
    node.out(),
    scattered(emit, zeros, emit.value(indices), { updates: emit.value(updates), reduction: 'add', name: node.name }),
  )
}

interface Scattered {
  readonly updates: Ref
  readonly reduction?: 'add' | 'mul' | 'min' | 'max'
  readonly name?: string
}

/** Updates of rows or elements that indices name. */
export function scattered(emit: Emitter, data: Ref, indices: Ref, { updates, reduction, name }: Scattered): Ref {
  const needed = reduction === 'min' || reduction === 'max' ? 18 : 16
  if (reduction && emit.opset < needed)
    refuse(`opset ${emit.opset} has no ScatterND with ${reduction}, which came with opset ${needed}`)
  const computed = data.dtype === 'bool' && reduction ? 'int32' : data.dtype
  const inputs = [emit.cast(data, computed), emit.cast(indices, 'int64'), emit.cast(updates, computed)]
  return emit.cast(emit.op('ScatterND', inputs, { reduction }, { name }), data.dtype, name)
}

const tensorScatter =
  (reduction?: 'add' | 'min' | 'max', isNegative = false): Lowering =>
  (node, emit) => {
    const [data, indices, updates] = inputsOf(node, 3)
    const given = emit.value(updates)
    const ref = scattered(emit, emit.value(data), emit.value(indices), {
      updates: isNegative ? emit.op('Neg', [given]) : given,
      ...(reduction && { reduction }),
      name: node.name,
    })
    emit.set(node.out(), ref)
  }

/** The places of what is true or not zero, one a row. */
const where: Lowering = (node, emit) => {
  const places = emit.op('NonZero', [emit.value(node.input(0))])
  emit.set(node.out(), emit.op('Transpose', [places], { perm: [1, 0] }, { name: node.name }))
}

/** `on` where an index is its place along the axis; one that is out of range is nowhere, which ONNX's OneHot does not say. */
const oneHot: Lowering = (node, emit) => {
  const [indices, depth, on, off] = inputsOf(node, 4)
  const rank = emit.rank(indices)
  const axis = node.int('axis') < 0 ? rank : node.int('axis')
  const wide = emit.cast(emit.value(indices), 'int64')
  const column = emit.op('Unsqueeze', [wide, emit.vector([axis])])
  const known = emit.known(depth)?.[0]
  const places =
    known === undefined
      ? emit.op('Range', [emit.scalar('int64', 0), emit.cast(emit.value(depth), 'int64'), emit.scalar('int64', 1)])
      : emit.vector(Array.from({ length: known }, (_, i) => i))
  const row = axis === rank ? places : emit.reshape(places, [known ?? -1, ...Array<number>(rank - axis).fill(1)])
  const isPlace = emit.op('Equal', [column, row])
  const inputs = [isPlace, emit.value(on), emit.value(off)]
  emit.set(node.out(), emit.op('Where', inputs, {}, { name: node.name }))
}

/** The sorted keys' place for each value: how many boundaries are at most it. */
const bucketize: Lowering = (node, emit) => {
  const boundaries = node.floats('boundaries')
  const x = emit.value(node.input(0))
  const wide = emit.op('Unsqueeze', [isFloat(x.dtype) ? x : emit.cast(x, 'float64'), emit.vector([-1])])
  const limits = emit.numbers(wide.dtype, boundaries)
  const isReached = emit.cast(emit.op('GreaterOrEqual', [wide, limits]), 'int32')
  emit.set(node.out(), emit.reduce('ReduceSum', isReached, [-1], false, node.name))
}

/** LowerBound counts the sorted elements below each value, UpperBound those at most it, row by row. */
const bound =
  (operator: 'Less' | 'LessOrEqual'): Lowering =>
  (node, emit) => {
    const [sorted, values] = inputsOf(node, 2)
    const rows = emit.op('Unsqueeze', [emit.value(sorted), emit.vector([1])])
    const columns = emit.op('Unsqueeze', [emit.value(values), emit.vector([2])])
    const isBefore = emit.cast(emit.op(operator, [rows, columns]), node.type('out_type'))
    emit.set(node.out(), emit.reduce('ReduceSum', isBefore, [2], false, node.name))
  }

export const gathers: Lowerings = {
  Bucketize: bucketize,
  Gather: gather,
  GatherNd: gatherNd,
  GatherV2: gather,
  LowerBound: bound('Less'),
  OneHot: oneHot,
  ScatterNd: scatterNd,
  ScatterNdNonAliasingAdd: tensorScatter('add'),
  TensorScatterAdd: tensorScatter('add'),
  TensorScatterMax: tensorScatter('max'),
  TensorScatterMin: tensorScatter('min'),
  TensorScatterSub: tensorScatter('add', true),
  TensorScatterUpdate: tensorScatter(),
  UpperBound: bound('LessOrEqual'),
  Where: where,
}
