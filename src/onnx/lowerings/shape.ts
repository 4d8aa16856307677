/** Ops that change shapes, or that make tensors of shapes. */
import type { Node, Value } from '../../graph/node.ts'
import { channelsFirstOrder, channelsLastOrder } from '../../tensor/channels.ts'
import { splat } from '../../tensor/make.ts'
import { type DType, isInteger } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { isFreeMove, isIdleTranspose, movedAxis } from '../layout.ts'
import { forEach, inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { toComplex } from './complex.ts'
import { pointwise } from './convolution.ts'
import { inEither } from './elementwise.ts'

/** The value as it is. */
const same: Lowering = (node, emit) => emit.alias(node.out(), node.input(0))

const identityN: Lowering = (node, emit) => {
  for (const [i, input] of node.inputs.entries()) emit.alias(node.out(i), input)
}

/** A vector of int64 that the model computes. */
const sizes = (value: Value, emit: Emitter): Ref => {
  const known = emit.known(value)
  return known ? emit.vector(known) : emit.cast(emit.value(value), 'int64')
}

const reshapeOp: Lowering = (node, emit) => {
  const x = node.input(0)
  const shape = node.input(1)
  if (pointwise(node, emit)) return
  const target = targetSizes(shape, node, emit)
  if (!target) {
    const given = emit.known(shape)
    if (given?.includes(0) && given.includes(-1)) refuse('ONNX cannot work out a size of an empty tensor')
    const attributes = emit.opset < 14 ? {} : { allowzero: 1 }
    const result = emit.op('Reshape', [emit.inOrder(x), sizes(shape, emit)], attributes, { name: node.name })
    return emit.set(node.out(), result)
  }
  if (flattens(node, x, target, emit)) return
  const isImage = isFreeMove(emit.shape(node.out())) && emit.prefersFirst(node)
  const moved = isImage ? [target[0]!, target.at(-1)!, ...target.slice(1, -1)] : target
  const result = emit.reshape(emit.inOrder(x), moved, node.name)
  if (isImage) emit.setFirst(node.out(), result)
  else emit.set(node.out(), result)
}

/** The sizes to reshape to, one of which may be -1; undefined where more than one is computed. */
function targetSizes(shape: Value, node: Node, emit: Emitter): number[] | undefined {
  const elements = emit.facts.of(shape).elements?.map(e => (e === null ? null : Number(e)))
  const given = elements ?? emit.known(shape)
  const result = emit.shape(node.out())
  const known = given?.map((size, i) => (size === null || size === -1 ? (result?.[i] ?? null) : size))
  if (!known || known.filter(size => size === null).length > 1) return undefined
  if (known.includes(0) && known.includes(null)) return undefined
  return known.map(size => size ?? -1)
}

/**
 * An image whose channels are first, made a row for products with constants: the rows of those are put into its order
 * instead (`flattened`).
 */
function flattens(node: Node, x: Value, target: readonly number[], emit: Emitter): boolean {
  const shape = emit.shape(x)
  const inner = shape?.slice(1)
  if (target.length !== 2 || !emit.hasFirst(x) || emit.hasLast(x) || !inner || isFreeMove(shape)) return false
  if (inner.some(size => size === null) || emit.graph.isOutput(node)) return false
  const known = inner as number[]
  if (target[1] !== known.reduce((n, size) => n * size, 1)) return false
  const isProduct = (reader: Node): boolean =>
    reader.op === 'MatMul' &&
    !reader.bool('transpose_a') &&
    reader.input(0) === node.out() &&
    emit.constant(reader.input(1)) !== undefined
  if (![...node.out().uses.keys()].every(isProduct)) return false
  emit.setFlattened(node.out(), emit.reshape(emit.channelsFirst(x), target, node.name), known)
  return true
}

const squeeze: Lowering = (node, emit) => {
  const x = node.input(0)
  const shape = emit.shape(x)
  const given = node.ints('squeeze_dims')
  const rank = shape?.length
  if (given.length === 0 && (!shape || shape.includes(null))) {
    return emit.set(node.out(), emit.op('Squeeze', [emit.inOrder(x)], {}, { name: node.name }))
  }
  const axes = (given.length > 0 ? given : shape!.flatMap((size, i) => (size === 1 ? [i] : []))).map(axis =>
    axis < 0 && rank !== undefined ? axis + rank : axis,
  )
  if (axes.length === 0) return same(node, emit)
  withoutAxes(node, emit, axes, (ref, moved) => emit.op('Squeeze', [ref, emit.vector(moved)], {}, { name: node.name }))
}

/** Takes axes out of a value, in the layout in which it is at hand if what is left is an image or has no channels to move. */
function withoutAxes(
  node: Node,
  emit: Emitter,
  axes: readonly number[],
  build: (ref: Ref, axes: readonly number[]) => Ref,
): void {
  const x = node.input(0)
  const rank = emit.shape(x)?.length ?? 0
  const isFirst = rank > 2 && emit.hasFirst(x) && !emit.hasLast(x)
  const keepsEnds = !axes.includes(0) && !axes.includes(rank - 1)
  const left = rank - axes.length
  const onlyChannels = keepsEnds && left === 2
  const noChannels = axes.includes(rank - 1)
  if (isFirst && (keepsEnds || noChannels)) {
    const result = build(
      emit.channelsFirst(x),
      axes.map(axis => movedAxis(axis, rank)),
    )
    if (onlyChannels || noChannels) emit.set(node.out(), result)
    else emit.setFirst(node.out(), result)
  } else emit.set(node.out(), build(emit.value(x), axes))
}

const expandDims: Lowering = (node, emit) => {
  const [x, at] = inputsOf(node, 2)
  const [given] = emit.known(at) ?? []
  if (given === undefined) {
    const axis = emit.reshape(emit.cast(emit.value(at), 'int64'), [1])
    return emit.set(node.out(), emit.op('Unsqueeze', [emit.value(x), axis], {}, { name: node.name }))
  }
  const rank = emit.shape(x)?.length
  const axis = given < 0 && rank !== undefined ? given + rank + 1 : given
  const unsqueeze = (ref: Ref, at: number): Ref =>
    emit.op('Unsqueeze', [ref, emit.vector([at])], {}, { name: node.name })
  const isInner = rank !== undefined && axis > 0 && axis < rank
  if (isInner && rank > 2 && emit.prefersFirst(node)) {
    return emit.setFirst(node.out(), unsqueeze(emit.channelsFirst(x), axis + 1))
  }
  if (isInner && rank === 2 && emit.prefersFirst(node)) return emit.setFirst(node.out(), unsqueeze(emit.value(x), 2))
  emit.set(node.out(), unsqueeze(emit.value(x), axis))
}

const transposeOp: Lowering = (node, emit) => {
  const perm = emit.ints(node.input(1), 'the permutation')
  const x = node.input(0)
  if (isIdleTranspose(node, emit.facts)) return emit.alias(node.out(), x)
  const rank = perm.length
  const toFirst = String(perm) === String(channelsFirstOrder(rank))
  const toLast = String(perm) === String(channelsLastOrder(rank))
  if (rank > 2 && toFirst && emit.hasFirst(x)) return emit.set(node.out(), emit.channelsFirst(x))
  if (rank > 2 && toLast && emit.hasLast(x)) return emit.setFirst(node.out(), emit.value(x))
  emit.set(node.out(), emit.op('Transpose', [emit.value(x)], { perm }, { name: node.name }))
}

const conjugateTranspose: Lowering = (node, emit) => transposeOp(node, emit)

const shapeOp: Lowering = (node, emit) => {
  const result = emit.op('Shape', [emit.value(node.input(0))], {}, { name: node.name })
  emit.set(node.out(), emit.cast(result, node.type('out_type'), node.name))
}

const shapeN: Lowering = (node, emit) => {
  for (const [i, input] of node.inputs.entries()) {
    const name = String(node.out(i))
    emit.set(node.out(i), emit.cast(emit.op('Shape', [emit.value(input)], {}, { name }), node.type('out_type'), name))
  }
}

const size: Lowering = (node, emit) => {
  const result = emit.op('Size', [emit.value(node.input(0))], {}, { name: node.name })
  emit.set(node.out(), emit.cast(result, node.type('out_type'), node.name))
}

const rankOp: Lowering = (node, emit) => {
  const result = emit.op('Size', [emit.op('Shape', [emit.value(node.input(0))])])
  emit.set(node.out(), emit.cast(result, 'int32', node.name))
}

const castOp: Lowering = (node, emit) => {
  const to = node.type('DstT')
  if (to.startsWith('complex')) return toComplex(node, emit)
  inEither(node, emit, ref => (ref.dtype === to ? ref : emit.cast(ref, to, node.name)))
}

const pack: Lowering = (node, emit) => {
  const axis = node.int('axis')
  const parts = node.inputs.map(input => emit.op('Unsqueeze', [emit.value(input), emit.vector([axis])]))
  emit.set(node.out(), emit.op('Concat', parts, { axis }, { name: node.name }))
}

const unpack: Lowering = (node, emit) => {
  const axis = node.int('axis')
  const count = node.int('num')
  const parts = count === 1 ? [emit.value(node.input(0))] : emit.split(emit.value(node.input(0)), axis, count)
  for (const [i, part] of parts.entries()) {
    emit.set(node.out(i), emit.op('Squeeze', [part, emit.vector([axis])], {}, { name: String(node.out(i)) }))
  }
}

const concat =
  (axisSlot: number): Lowering =>
  (node, emit) => {
    const at = axisSlot < 0 ? node.inputs.length - 1 : axisSlot
    const [given] = emit.ints(node.input(at), 'the axis')
    const parts = node.inputs.filter((_, i) => i !== at)
    const rank = emit.shape(node.out())?.length ?? 0
    const isFirst = rank > 2 && emit.prefersFirst(node)
    const axis = isFirst ? movedAxis(given! < 0 ? given! + rank : given!, rank) : given!
    const refs = parts.map(part => (isFirst ? emit.channelsFirst(part) : emit.value(part)))
    const result = emit.op('Concat', refs, { axis }, { name: node.name })
    if (isFirst) emit.setFirst(node.out(), result)
    else emit.set(node.out(), result)
  }

const parallelConcat: Lowering = (node, emit) => {
  const parts = node.inputs.map(input => emit.value(input))
  emit.set(node.out(), emit.op('Concat', parts, { axis: 0 }, { name: node.name }))
}

/** Equal parts, or parts of given sizes of which one may be what is left. */
const split =
  (slots: { readonly x: number; readonly axis: number; readonly sizes?: number }): Lowering =>
  (node, emit) => {
    const x = node.input(slots.x)
    const [given] = emit.ints(node.input(slots.axis), 'the axis')
    const rank = emit.shape(x)?.length ?? 0
    const isFirst = rank > 2 && emit.prefersFirst(node)
    const axis = isFirst ? movedAxis(given! < 0 ? given! + rank : given!, rank) : given!
    const parts = slots.sizes === undefined ? node.int('num_split') : partSizes(node, x, given!, emit)
    if (parts === 1) return emit.alias(node.out(), x)
    const ref = isFirst ? emit.channelsFirst(x) : emit.value(x)
    const named = parts ? emit.split(ref, axis, parts, node.name) : splitBy(node, ref, axis, emit)
    for (const [i, part] of named.entries()) {
      if (isFirst) emit.setFirst(node.out(i), part)
      else emit.set(node.out(i), part)
    }
  }

/** Parts of computed sizes, of which one may be -1. */
function splitBy(node: Node, ref: Ref, axis: number, emit: Emitter): Ref[] {
  const given = emit.cast(emit.value(node.input(1)), 'int64')
  const isRest = emit.op('Less', [given, emit.scalar('int64', 0)])
  const sum = emit.reduce('ReduceSum', emit.op('Max', [given, emit.scalar('int64', 0)]), [0], false)
  const whole = emit.op('Gather', [emit.op('Shape', [ref]), emit.scalar('int64', axis)], { axis: 0 })
  const sizes = emit.op('Where', [isRest, emit.op('Sub', [whole, sum]), given])
  return emit.ops('Split', [ref, sizes], { axis }, { name: node.name, outputs: node.int('num_split') })
}

/** Undefined where they are computed. */
function partSizes(node: Node, x: Value, axis: number, emit: Emitter): number[] | undefined {
  const known = emit.known(node.input(1))
  if (!known) return undefined
  const given = [...known]
  const rest = given.indexOf(-1)
  if (rest < 0) return given
  const whole = emit.shape(x)?.at(axis)
  if (typeof whole !== 'number') return undefined
  given[rest] = whole - given.reduce((n, size) => n + Math.max(0, size), 0)
  return given
}

const tile: Lowering = (node, emit) => {
  const [x, multiples] = inputsOf(node, 2)
  emit.set(node.out(), emit.op('Tile', [emit.value(x), sizes(multiples, emit)], {}, { name: node.name }))
}

const expand =
  (x: number, shape: number): Lowering =>
  (node, emit) => {
    const inputs = [emit.value(node.input(x)), sizes(node.input(shape), emit)]
    emit.set(node.out(), emit.op('Expand', inputs, {}, { name: node.name }))
  }

/** One number everywhere, in the shape of the input. */
const filled =
  (value: number): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const dtype = emit.dtype(x)
    const number = isInteger(dtype) ? BigInt(value) : dtype === 'bool' ? value === 1 : value
    if (dtype === 'string') refuse('ONNX has no constant strings of a computed shape')
    const dims = emit.facts.dims(x)
    if (dims) return emit.set(node.out(), emit.tensor(splat(dtype, dims, number), node.name))
    const shape = emit.op('Shape', [emit.inOrder(x)])
    emit.set(node.out(), constantOfShape(emit, shape, dtype, { value, name: node.name }))
  }

/** A tensor of a computed shape with one number everywhere. */
export function constantOfShape(
  emit: Emitter,
  shape: Ref,
  dtype: DType,
  { value = 0, name }: { readonly value?: number; readonly name?: string } = {},
): Ref {
  return emit.op('Expand', [emit.scalar(dtype, value), shape], {}, { name })
}

/** The shape that two shapes broadcast to, sizes from the last on. */
const broadcastArgs: Lowering = (node, emit) => {
  const vectors = node.inputs.map(input => sizes(input, emit)) as [Ref, Ref]
  const lengths = vectors.map(ref => emit.op('Shape', [ref]))
  const rank = emit.op('Max', lengths)
  const padded = vectors.map((ref, i) => {
    const missing = emit.op('Sub', [rank, lengths[i]])
    return emit.op('Concat', [emit.op('Expand', [emit.vector([1]), missing]), ref], { axis: 0 })
  }) as [Ref, Ref]
  // A size of 1 gives way, also to 0.
  const isOne = emit.op('Equal', [padded[0], emit.vector([1])])
  const result = emit.op('Where', [isOne, padded[1], padded[0]])
  emit.set(node.out(), emit.cast(result, node.type('T'), node.name))
}

const rangeOp: Lowering = (node, emit) => {
  const inputs = node.inputs.map(input => emit.value(input))
  emit.set(node.out(), emit.op('Range', inputs, {}, { name: node.name }))
}

/** n numbers evenly spaced from start to stop. */
const linSpace: Lowering = (node, emit) => {
  const [start, stop, count] = inputsOf(node, 3)
  const dtype = emit.dtype(start)
  const n = emit.cast(emit.value(count), dtype)
  const one = emit.scalar(dtype, 1)
  const steps = emit.op('Range', [emit.scalar(dtype, 0), n, one])
  const gaps = emit.op('Max', [emit.op('Sub', [n, one]), one])
  const width = emit.op('Sub', [emit.value(stop), emit.value(start)])
  const offsets = emit.op('Mul', [steps, emit.op('Div', [width, gaps])])
  emit.set(node.out(), emit.op('Add', [emit.value(start), offsets], {}, { name: node.name }))
}

export const shapes: Lowerings = {
  ...forEach(
    `Identity StopGradient Snapshot PreventGradient CheckNumerics CheckNumericsV2 Print EnsureShape PlaceholderWithDefault
    DeepCopy`,
    () => same,
  ),
  BroadcastArgs: broadcastArgs,
  BroadcastTo: expand(0, 1),
  Cast: castOp,
  Concat: concat(0),
  ConcatV2: concat(-1),
  ParallelConcat: parallelConcat,
  ConjugateTranspose: conjugateTranspose,
  ExpandDims: expandDims,
  Fill: expand(1, 0),
  IdentityN: identityN,
  LinSpace: linSpace,
  OnesLike: filled(1),
  Pack: pack,
  Range: rangeOp,
  Rank: rankOp,
  Reshape: reshapeOp,
  Shape: shapeOp,
  ShapeN: shapeN,
  Size: size,
  Split: split({ x: 1, axis: 0 }),
  SplitV: split({ x: 0, axis: 2, sizes: 1 }),
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transposeOp,
  Unpack: unpack,
  ZerosLike: filled(0),
}
