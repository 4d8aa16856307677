/** Sums, means, extremes and their places along axes. */
import type { Node, Value } from '../../graph/node.ts'
import { fromValues, splat } from '../../tensor/make.ts'
import { type DType, isFloat } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { movedAxis } from '../layout.ts'
import { forEach, inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

const OPERATORS: Readonly<Record<string, string>> = {
  EuclideanNorm: 'ReduceL2',
  Max: 'ReduceMax',
  Mean: 'ReduceMean',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
  Sum: 'ReduceSum',
}

/** The axes, counted from the front; undefined where they are computed. */
function axesOf(node: Node, emit: Emitter): number[] | undefined {
  const given = emit.known(node.input(1))
  if (!given) return undefined
  const rank = emit.shape(node.input(0))?.length
  if (rank === undefined) return [...given]
  return [...new Set(given.map(axis => (axis < 0 ? axis + rank : axis)))]
}

const reduction =
  (op: string): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const axes = axesOf(node, emit)
    const keeps = node.bool('keep_dims')
    if (axes?.length === 0) {
      if (op !== 'ReduceL2') return emit.alias(node.out(), x)
      return emit.set(node.out(), emit.op('Abs', [emit.value(x)], {}, { name: node.name }))
    }
    const empty = ofNothing(node, axes, emit)
    if (empty !== undefined) return emit.set(node.out(), empty)
    if (!axes) return emit.set(node.out(), alongComputed(op, node, emit.value(x), emit, node.name))
    const rank = emit.shape(x)?.length ?? 0
    if (rank > 2 && emit.prefersFirst(node) && emit.hasFirst(x) && (keeps || staysInOrder(axes, rank))) {
      const moved = axes.map(axis => movedAxis(axis, rank))
      const result = emit.reduce(op, emit.channelsFirst(x), moved, keeps, node.name)
      if (keeps) emit.setFirst(node.out(), result)
      else emit.set(node.out(), result)
      return
    }
    emit.set(node.out(), emit.reduce(op, emit.value(x), axes, keeps, node.name))
  }

/** Whether the axes that are left have one order in both layouts: the channels are gone, or all that they move past. */
function staysInOrder(axes: readonly number[], rank: number): boolean {
  const spatialLeft = rank - 2 - axes.filter(axis => axis > 0 && axis < rank - 1).length
  return axes.includes(rank - 1) || spatialLeft === 0
}

/** The result of reducing an axis that is known to be empty, which ONNX does not define. */
function ofNothing(node: Node, axes: readonly number[] | undefined, emit: Emitter): Ref | undefined {
  const shape = emit.shape(node.input(0))
  const result = emit.facts.dims(node.out())
  if (!result || !shape || !axes?.some(axis => shape[axis] === 0)) return undefined
  const dtype = emit.dtype(node.input(0))
  const value = { Sum: 0, Prod: 1, Mean: Number.NaN, Max: -Infinity, Min: Infinity, EuclideanNorm: 0 }[node.op]
  if (value === undefined || (!isFloat(dtype) && !Number.isFinite(value))) return undefined
  return emit.tensor(splat(dtype, result, isFloat(dtype) ? value : BigInt(value)), node.name)
}

/** Axes that are computed are an input; from opset 18 on all reductions have it. */
function alongComputed(op: string, node: Node, x: Ref, emit: Emitter, name?: string): Ref {
  if (emit.opset < 18) refuse(`its axes are computed, which ${op} takes from opset 18 on`)
  const axes = emit.cast(emit.value(node.input(1)), 'int64')
  const flat = emit.rank(node.input(1)) === 0 ? emit.reshape(axes, [1]) : axes
  const attributes = { keepdims: node.bool('keep_dims') ? 1 : 0, noop_with_empty_axes: 1 }
  return emit.op(op, [x, flat], attributes, { name })
}

/** Bools as numbers: all of them are as true as the least one, any of them is where their sum is not 0. */
const logical =
  (op: string): Lowering =>
  (node, emit) => {
    const axes = axesOf(node, emit)
    if (axes?.length === 0) return emit.alias(node.out(), node.input(0))
    const numbers = emit.cast(emit.value(node.input(0)), 'int32')
    const result = axes
      ? emit.reduce(op, numbers, axes, node.bool('keep_dims'))
      : alongComputed(op, node, numbers, emit)
    emit.set(node.out(), emit.cast(result, 'bool', node.name))
  }

const place =
  (op: string): Lowering =>
  (node, emit) => {
    const [axis] = emit.ints(node.input(1), 'the axis')
    const x = emit.value(node.input(0))
    const numbers = x.dtype === 'bool' ? emit.cast(x, 'uint8') : x
    const result = emit.op(op, [numbers], { axis: axis!, keepdims: 0 }, { name: node.name })
    emit.set(node.out(), emit.cast(result, node.type('output_type'), node.name))
  }

const cumulativeSum: Lowering = (node, emit) => {
  const [x, axis] = inputsOf(node, 2)
  const attributes = { exclusive: node.bool('exclusive') ? 1 : 0, reverse: node.bool('reverse') ? 1 : 0 }
  emit.set(node.out(), emit.op('CumSum', [emit.value(x), emit.value(axis)], attributes, { name: node.name }))
}

/** Products up to each element: of a square of the values with ones where they do not count. */
const cumulativeProduct: Lowering = (node, emit) => {
  const [x, axisValue] = inputsOf(node, 2)
  const rank = emit.rank(x)
  const given = emit.ints(axisValue, 'the axis')[0]!
  const axis = given < 0 ? given + rank : given
  const size = emit.shape(x)?.[axis] ?? refuse('the size of the axis is not known')
  const [isExclusive, isReverse] = [node.bool('exclusive'), node.bool('reverse')]
  const counts = Array.from({ length: size * size }, (_, i) => {
    const [to, from] = [Math.floor(i / size), i % size]
    const isBefore = isReverse ? from > to : from < to
    return isBefore || (from === to && !isExclusive)
  })
  const shape = [size, size, ...Array<number>(rank - 1 - axis).fill(1)]
  const mask = emit.tensor(fromValues('bool', shape, counts), `${node.name}/mask`)
  const ref = emit.value(x)
  const square = emit.op('Unsqueeze', [ref, emit.vector([axis])])
  const filled = emit.op('Where', [mask, square, emit.scalar(ref.dtype, 1)])
  emit.set(node.out(), emit.reduce('ReduceProd', filled, [axis + 1], false, node.name))
}

/** The n-th smallest, or largest, of each row. */
const nthElement: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const n = emit.reshape(emit.cast(emit.value(node.input(1)), 'int64'), [1])
  const count = emit.op('Add', [n, emit.vector([1])])
  const largest = node.bool('reverse') ? 1 : 0
  const [values] = emit.ops('TopK', [x, count], { largest }, { outputs: 2 })
  const found = emit.op('Gather', [values, n], { axis: -1 })
  emit.set(node.out(), emit.op('Squeeze', [found, emit.vector([-1])], {}, { name: node.name }))
}

/** The different values in the order in which they come, the place of each value among them, and how often each is there. */
const unique =
  ({ isCounted = false, hasAxis = false }): Lowering =>
  (node, emit) => {
    const [axis] = hasAxis ? emit.ints(node.input(1), 'the axis') : []
    const outputs = emit.ops(
      'Unique',
      [emit.value(node.input(0))],
      { sorted: 0, axis },
      { outputs: 4, name: node.name },
    )
    const [values, , places, counts] = outputs as [Ref, Ref, Ref, Ref]
    emit.set(node.out(0), values)
    emit.set(node.out(1), emit.cast(places, node.type('out_idx'), `${node.name}:1`))
    if (isCounted) emit.set(node.out(2), emit.cast(counts, node.type('out_idx'), `${node.name}:2`))
  }

const topK: Lowering = (node, emit) => {
  const known = node.op === 'TopK' ? node.int('k') : emit.known(node.input(1))?.[0]
  if (!node.bool('sorted') && known !== 1)
    refuse('its result is not sorted, and ONNX Runtime has it in another order than TensorFlow')
  const k = node.op === 'TopK' ? emit.vector([node.int('k')]) : kOf(node.input(1), emit)
  const [values, indices] = emit.ops(
    'TopK',
    [emit.value(node.input(0)), k],
    {},
    {
      name: node.name,
      outputs: 2,
    },
  ) as [Ref, Ref]
  emit.set(node.out(0), values)
  const dtype: DType = node.op === 'TopK' ? 'int32' : node.type('index_type')
  emit.set(node.out(1), emit.cast(indices, dtype, `${node.name}:1`))
}

function kOf(value: Value, emit: Emitter): Ref {
  const known = emit.known(value)
  return known ? emit.vector(known) : emit.reshape(emit.cast(emit.value(value), 'int64'), [1])
}

export const reductions: Lowerings = {
  ...forEach(Object.keys(OPERATORS).join(' '), op => reduction(OPERATORS[op]!)),
  All: logical('ReduceMin'),
  Any: logical('ReduceSum'),
  ArgMax: place('ArgMax'),
  ArgMin: place('ArgMin'),
  Cumprod: cumulativeProduct,
  Cumsum: cumulativeSum,
  NthElement: nthElement,
  TopK: topK,
  TopKV2: topK,
  Unique: unique({}),
  UniqueV2: unique({ hasAxis: true }),
  UniqueWithCounts: unique({ isCounted: true }),
  UniqueWithCountsV2: unique({ isCounted: true, hasAxis: true }),
}
