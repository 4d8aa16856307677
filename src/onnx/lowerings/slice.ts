/** Parts of tensors, and tensors with something around them. */
import type { Node, Value } from '../../graph/node.ts'
import { channelsFirstOrder } from '../../tensor/channels.ts'
import type { Emitter } from '../emitter.ts'
import { movedAxis } from '../layout.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** Beyond any index: to the end. */
const END = Number.MAX_SAFE_INTEGER

/** An index that is known, or is element `at` of a vector. */
type Index = number | { readonly of: Value; readonly at: number }

/** How a slice cuts one axis. */
interface Along {
  readonly axis: number
  readonly start: Index
  readonly end: Index
  readonly step: number
}

/** One element of a vector of indices. */
function indexAt(value: Value, at: number, emit: Emitter): Index {
  const element = emit.facts.of(value).elements?.[at] ?? emit.known(value)?.[at]
  return element === null || element === undefined ? { of: value, at } : Number(element)
}

/** Indices as a vector of int64. */
function vectorOf(indices: readonly Index[], emit: Emitter): Ref {
  if (indices.every(index => typeof index === 'number')) return emit.vector(indices)
  const parts = indices.map(index => {
    if (typeof index === 'number') return emit.vector([index])
    const all = emit.cast(emit.value(index.of), 'int64')
    return emit.op('Slice', [all, emit.vector([index.at]), emit.vector([index.at + 1])])
  })
  return parts.length === 1 ? parts[0]! : emit.op('Concat', parts, { axis: 0 })
}

/** The slice along these axes, in the layout in which the node is best computed. */
function sliced(node: Node, emit: Emitter, along: readonly Along[], name = node.name): { ref: Ref; isFirst: boolean } {
  const x = node.input(0)
  const rank = emit.shape(x)?.length ?? 0
  const isFirst = rank > 2 && emit.prefersFirst(node)
  const ref = isFirst ? emit.channelsFirst(x) : emit.value(x)
  if (along.length === 0) return { ref, isFirst }
  const placed = isFirst ? along.map(part => ({ ...part, axis: movedAxis(part.axis, rank) })) : along
  return { ref: cut(emit, ref, placed, name), isFirst }
}

const slice: Lowering = (node, emit) => {
  const [x, begin, size] = inputsOf(node, 3)
  const rank = emit.shape(begin)?.[0] ?? emit.rank(x)
  const along: Along[] = []
  for (let axis = 0; axis < rank; axis++) {
    const start = indexAt(begin, axis, emit)
    const count = indexAt(size, axis, emit)
    if (start === 0 && count === -1) continue
    if (typeof start !== 'number' || typeof count !== 'number') return sliceComputed(node, emit)
    along.push({ axis, start, end: count === -1 ? END : start + count, step: 1 })
  }
  set(node, emit, sliced(node, emit, along))
}

const set = (node: Node, emit: Emitter, { ref, isFirst }: { readonly ref: Ref; readonly isFirst: boolean }): void => {
  if (isFirst) emit.setFirst(node.out(), ref)
  else emit.set(node.out(), ref)
}

/** Where begin or size are computed: the end is their sum, or the end of the axis where the size is -1. */
function sliceComputed(node: Node, emit: Emitter): void {
  const [x, begin, size] = inputsOf(node, 3)
  const start = emit.cast(emit.value(begin), 'int64')
  const count = emit.cast(emit.value(size), 'int64')
  const sum = emit.op('Add', [start, count])
  const isOpen = emit.op('Less', [count, emit.vector([0])])
  const end = emit.op('Where', [isOpen, emit.vector([END]), sum])
  emit.set(node.out(), emit.op('Slice', [emit.value(x), start, end], {}, { name: node.name }))
}

/** How a StridedSlice cuts each axis; masks tell where begin or end do not count, and which axes are added and dropped. */
interface Strided {
  readonly along: readonly Along[]
  /** Axes of the input that one element is taken of. */
  readonly shrunk: readonly { readonly axis: number; readonly index: Index }[]
  /** Axes of the result that are new. */
  readonly added: readonly number[]
}

function stridedOf(node: Node, emit: Emitter): Strided {
  const [x, begin, end, strides] = inputsOf(node, 4)
  const count = emit.shape(begin)?.[0] ?? refuse('how many axes it slices is not known')
  const has = (mask: string, i: number): boolean => ((node.int(mask) >> i) & 1) === 1
  const along: Along[] = []
  const shrunk: { axis: number; index: Index }[] = []
  const added: number[] = []
  let axis = 0
  let resultAxis = 0
  for (let i = 0; i < count; i++) {
    if (has('ellipsis_mask', i)) {
      let after = 0
      for (let k = i + 1; k < count; k++) if (!has('new_axis_mask', k)) after++
      const skipped = emit.rank(x) - after - axis
      axis += skipped
      resultAxis += skipped
    } else if (has('new_axis_mask', i)) added.push(resultAxis++)
    else if (has('shrink_axis_mask', i)) shrunk.push({ axis: axis++, index: indexAt(begin, i, emit) })
    else {
      const step = indexAt(strides, i, emit)
      if (typeof step !== 'number') refuse('its strides are computed')
      const start = has('begin_mask', i) ? (step > 0 ? 0 : END) : indexAt(begin, i, emit)
      const stop = has('end_mask', i) ? (step > 0 ? END : -END) : indexAt(end, i, emit)
      if (!(has('begin_mask', i) && has('end_mask', i) && step === 1)) along.push({ axis, start, end: stop, step })
      axis++
      resultAxis++
    }
  }
  return { along, shrunk, added }
}

const stridedSlice: Lowering = (node, emit) => {
  const { along, shrunk, added } = stridedOf(node, emit)
  if (shrunk.length === 0 && added.length === 0) return set(node, emit, sliced(node, emit, along))
  const isKnown = shrunk.every(({ index }) => typeof index === 'number')
  const single = shrunk.flatMap(({ axis, index }) =>
    typeof index === 'number' ? [{ axis, start: index, end: index === -1 ? END : index + 1, step: 1 }] : [],
  )
  const parts = isKnown ? [...along, ...single].sort((a, b) => a.axis - b.axis) : along
  let ref = slicedLast(node, emit, parts)
  if (!isKnown) {
    for (const { axis, index } of shrunk.toReversed()) {
      const at = typeof index === 'number' ? emit.scalar('int64', index) : emit.reshape(vectorOf([index], emit), [])
      ref = emit.op('Gather', [ref, at], { axis }, { name: node.name })
    }
  } else if (shrunk.length > 0) {
    ref = emit.op('Squeeze', [ref, emit.vector(shrunk.map(({ axis }) => axis))], {}, { name: node.name })
  }
  if (added.length > 0) ref = emit.op('Unsqueeze', [ref, emit.vector(added)], {}, { name: node.name })
  emit.set(node.out(), ref)
}

/** The slice as TensorFlow lays it out. */
function slicedLast(node: Node, emit: Emitter, along: readonly Along[]): Ref {
  const x = emit.value(node.input(0))
  return along.length === 0 ? x : cut(emit, x, along)
}

/** Emits a Slice along axes of the value as it is laid out. */
function cut(emit: Emitter, ref: Ref, along: readonly Along[], name?: string): Ref {
  const of = (part: (along: Along) => Index): Ref => vectorOf(along.map(part), emit)
  const steps = along.map(({ step }) => step)
  const inputs = [
    ref,
    of(({ start }) => start),
    of(({ end }) => end),
    emit.vector(along.map(({ axis }) => axis)),
    ...(steps.some(step => step !== 1) ? [emit.vector(steps)] : []),
  ]
  return emit.op('Slice', inputs, {}, { name })
}

/** [[before, after], …] as ONNX has it: all that is before, then all that is after. */
function padding(node: Node, emit: Emitter, isFirst: boolean): Ref {
  const given = emit.known(node.input(1))
  if (!given) {
    const pairs = emit.cast(emit.value(node.input(1)), 'int64')
    return emit.reshape(emit.op('Transpose', [pairs], { perm: [1, 0] }), [-1])
  }
  const rank = given.length / 2
  const axes = Array.from({ length: rank }, (_, i) => i)
  const order = isFirst ? channelsFirstOrder(rank) : axes
  return emit.vector([...order.map(axis => given[2 * axis]!), ...order.map(axis => given[2 * axis + 1]!)])
}

const pad =
  (mode: 'constant' | 'reflect'): Lowering =>
  (node, emit) => {
    const [x, paddings, value] = node.inputs as [Value, Value, Value?]
    const rank = emit.shape(x)?.length ?? 0
    const isFirst = rank > 2 && emit.prefersFirst(node) && emit.known(paddings) !== undefined
    const inputs = [
      isFirst ? emit.channelsFirst(x) : emit.value(x),
      padding(node, emit, isFirst),
      ...(value ? [emit.value(value)] : []),
    ]
    const attributes = mode === 'constant' ? {} : { mode }
    set(node, emit, { ref: emit.op('Pad', inputs, attributes, { name: node.name }), isFirst })
  }

/** SYMMETRIC repeats the border, which ONNX has no mode for: what is added is the border's part, run backwards. */
const mirrorPad: Lowering = (node, emit) => {
  if (node.str('mode') === 'REFLECT') return pad('reflect')(node, emit)
  const given = emit.known(node.input(1))
  if (!given) {
    emit.set(node.out(), mirroredByIndex(node, emit))
    return
  }
  let ref = emit.value(node.input(0))
  for (let axis = 0; axis < given.length / 2; axis++) {
    const [before, after] = [given[2 * axis]!, given[2 * axis + 1]!]
    const part = (start: number, end: number): Ref =>
      emit.op('Slice', [ref, emit.vector([start]), emit.vector([end]), emit.vector([axis]), emit.vector([-1])])
    const parts = [...(before > 0 ? [part(before - 1, -END)] : []), ref, ...(after > 0 ? [part(-1, -after - 1)] : [])]
    if (parts.length > 1) ref = emit.op('Concat', parts, { axis }, { name: node.name })
  }
  emit.set(node.out(), ref)
}

/** The same with a padding that is computed: each place of the result is one of the input, −1 − i before it and 2 n − 1 − i behind. */
function mirroredByIndex(node: Node, emit: Emitter): Ref {
  let ref = emit.value(node.input(0))
  const pads = emit.cast(emit.value(node.input(1)), 'int64')
  const one = emit.scalar('int64', 1)
  for (let axis = 0; axis < emit.rank(node.input(0)); axis++) {
    const pad = (side: number): Ref => emit.reshape(emit.op('GatherND', [pads, emit.vector([axis, side])]), [])
    const size = emit.op('Gather', [emit.op('Shape', [ref]), emit.scalar('int64', axis)], { axis: 0 })
    const places = emit.op('Range', [emit.op('Neg', [pad(0)]), emit.op('Add', [size, pad(1)]), one])
    const before = emit.op('Sub', [emit.scalar('int64', -1), places])
    const behind = emit.op('Sub', [emit.op('Sub', [emit.op('Add', [size, size]), one]), places])
    const isBehind = emit.op('GreaterOrEqual', [places, size])
    const inside = emit.op('Where', [isBehind, behind, places])
    const index = emit.op('Where', [emit.op('Less', [places, emit.scalar('int64', 0)]), before, inside])
    ref = emit.op('Gather', [ref, index], { axis }, { name: node.name })
  }
  return ref
}

/** The axes run backwards; `Reverse` says them by a bool for each. */
const reverse: Lowering = (node, emit) => {
  const rank = emit.rank(node.input(0))
  const given = emit.ints(node.input(1), 'which axes it reverses')
  const axes =
    node.op === 'Reverse'
      ? given.flatMap((isReversed, axis) => (isReversed ? [axis] : []))
      : given.map(axis => (axis < 0 ? axis + rank : axis))
  const along = axes.map(axis => ({ axis, start: -1, end: -END, step: -1 }))
  if (along.length === 0) return emit.alias(node.out(), node.input(0))
  set(node, emit, sliced(node, emit, along))
}

/** The first so many elements of each row, run backwards. ONNX does it along the first two axes. */
const reverseSequence: Lowering = (node, emit) => {
  const rank = emit.rank(node.input(0))
  const sequence = node.int('seq_dim')
  const batch = node.int('batch_dim')
  const others = Array.from({ length: rank }, (_, i) => i).filter(axis => axis !== sequence && axis !== batch)
  const perm = [batch, sequence, ...others]
  const isPlain = perm.every((axis, i) => axis === i)
  const x = emit.value(node.input(0))
  const lengths = emit.cast(emit.value(node.input(1)), 'int64')
  const turned = isPlain ? x : emit.op('Transpose', [x], { perm })
  const name = isPlain ? node.name : undefined
  const result = emit.op('ReverseSequence', [turned, lengths], { batch_axis: 0, time_axis: 1 }, { name })
  const back = perm.map((_, i) => perm.indexOf(i))
  emit.set(node.out(), isPlain ? result : emit.op('Transpose', [result], { perm: back }, { name: node.name }))
}

/** The same by places that are computed: element i of the result is element i − shift, modulo the size. */
function rollBy(node: Node, emit: Emitter): void {
  const [x, shift, axes] = inputsOf(node, 3)
  const shifts = emit.reshape(emit.cast(emit.value(shift), 'int64'), [-1])
  let ref = emit.value(x)
  for (const [i, axis] of emit.ints(axes, 'the axis').entries()) {
    const size = emit.op('Gather', [emit.op('Shape', [ref]), emit.scalar('int64', axis)], { axis: 0 })
    const places = emit.op('Range', [emit.scalar('int64', 0), size, emit.scalar('int64', 1)])
    const by = emit.op('Gather', [shifts, emit.scalar('int64', i)], { axis: 0 })
    // An axis without elements has no places, but a kernel would divide by its size all the same.
    const divisor = emit.op('Max', [size, emit.scalar('int64', 1)])
    const from = emit.op('Mod', [emit.op('Sub', [places, by]), divisor])
    ref = emit.op('Gather', [ref, from], { axis }, { name: node.name })
  }
  emit.set(node.out(), ref)
}

/** Moves elements along axes; what leaves at the end comes back at the start. */
const roll: Lowering = (node, emit) => {
  const [x, shift, axes] = inputsOf(node, 3)
  const shifts = emit.known(shift)
  const turned = emit.ints(axes, 'the axis').map(axis => (axis < 0 ? axis + emit.rank(x) : axis))
  const sizes = turned.map(axis => emit.shape(x)?.[axis])
  if (!shifts || sizes.some(size => typeof size !== 'number')) return rollBy(node, emit)
  let ref = emit.value(x)
  for (const [i, axis] of turned.entries()) {
    const size = sizes[i] as number // as checked above
    const by = size === 0 ? 0 : ((shifts[i]! % size) + size) % size
    if (by === 0) continue
    const part = (start: number, end: number): Ref =>
      emit.op('Slice', [ref, emit.vector([start]), emit.vector([end]), emit.vector([axis])])
    ref = emit.op('Concat', [part(size - by, size), part(0, size - by)], { axis }, { name: node.name })
  }
  emit.set(node.out(), ref)
}

export const slices: Lowerings = {
  MirrorPad: mirrorPad,
  Pad: pad('constant'),
  PadV2: pad('constant'),
  Reverse: reverse,
  ReverseSequence: reverseSequence,
  ReverseV2: reverse,
  Roll: roll,
  Slice: slice,
  StridedSlice: stridedSlice,
}
