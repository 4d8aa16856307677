/**
 * Complex numbers, which ONNX Runtime does not compute with: a tensor of them is one of real numbers with an axis more,
 * [real, imaginary]. Fourier transforms give and take them; a graph may not.
 */
import type { Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { forEach, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { angleOf } from './elementwise.ts'

type Part = 0 | 1

/** The real or the imaginary parts. */
const partOf = (emit: Emitter, pair: Ref, part: Part, name?: string): Ref =>
  emit.op('Gather', [pair, emit.scalar('int64', part)], { axis: -1 }, { name })

/** Pairs of two parts of one shape. */
export function paired(emit: Emitter, real: Ref, imaginary: Ref): Ref {
  const column = (ref: Ref): Ref => emit.op('Unsqueeze', [ref, emit.vector([-1])])
  return emit.op('Concat', [column(real), column(imaginary)], { axis: -1 })
}

/** The pairs of an input, of which a real one has no imaginary part. */
function pairsOf(value: Value, emit: Emitter): Ref {
  if (emit.isComplex(value)) return emit.complex(value)
  const real = emit.value(value)
  if (real.dtype.startsWith('complex')) refuse(`${value} is a constant of complex numbers`)
  return paired(emit, real, emit.op('Mul', [real, emit.scalar(real.dtype, 0)]))
}

/** With the other sign of the imaginary parts. */
export const conjugated = (emit: Emitter, pairs: Ref): Ref =>
  emit.op('Mul', [pairs, emit.numbers(pairs.dtype, [1, -1])])

/** Made of two real tensors, which may broadcast. */
const complex: Lowering = (node, emit) => {
  const [real, imaginary] = [emit.value(node.input(0)), emit.value(node.input(1))]
  const shape = emit.op('Shape', [emit.op('Add', [real, imaginary])])
  const wide = (ref: Ref): Ref => emit.op('Expand', [ref, shape])
  emit.setComplex(node.out(), paired(emit, wide(real), wide(imaginary)))
}

/** Real numbers as they are, or as complex ones. */
export const toComplex: Lowering = (node, emit) => emit.setComplex(node.out(), pairsOf(node.input(0), emit))

const part =
  (which: Part): Lowering =>
  (node, emit) =>
    emit.set(node.out(), partOf(emit, emit.complex(node.input(0)), which, node.name))

const absolute: Lowering = (node, emit) =>
  emit.set(node.out(), emit.reduce('ReduceL2', emit.complex(node.input(0)), [-1], false, node.name))

const angle: Lowering = (node, emit) => {
  const pair = emit.complex(node.input(0))
  emit.set(node.out(), angleOf(emit, partOf(emit, pair, 1), partOf(emit, pair, 0), node.name))
}

const conjugate: Lowering = (node, emit) => emit.setComplex(node.out(), conjugated(emit, emit.complex(node.input(0))))

/** Operations that are computed for the real and the imaginary part apart. */
const apart =
  (op: string): Lowering =>
  (node, emit) =>
    emit.setComplex(
      node.out(),
      emit.op(
        op,
        node.inputs.map(input => pairsOf(input, emit)),
      ),
    )

/** (a + bi)(c + di) = (ac − bd) + (ad + bc)i. */
function product(emit: Emitter, x: Ref, y: Ref): Ref {
  const [a, b] = [partOf(emit, x, 0), partOf(emit, x, 1)]
  const [c, d] = [partOf(emit, y, 0), partOf(emit, y, 1)]
  const times = (left: Ref, right: Ref): Ref => emit.op('Mul', [left, right])
  const real = emit.op('Sub', [times(a, c), times(b, d)])
  return paired(emit, real, emit.op('Add', [times(a, d), times(b, c)]))
}

const multiply: Lowering = (node, emit) =>
  emit.setComplex(node.out(), product(emit, pairsOf(node.input(0), emit), pairsOf(node.input(1), emit)))

const square: Lowering = (node, emit) => {
  const pair = emit.complex(node.input(0))
  emit.setComplex(node.out(), product(emit, pair, pair))
}

/** x / y = x · conj(y) / |y|². */
const divide: Lowering = (node, emit) => {
  const [x, y] = [pairsOf(node.input(0), emit), pairsOf(node.input(1), emit)]
  const mirrored = conjugated(emit, y)
  const size = emit.reduce('ReduceSum', emit.op('Mul', [y, y]), [-1], true)
  emit.setComplex(node.out(), emit.op('Div', [product(emit, x, mirrored), size]))
}

const same: Lowering = (node, emit) => emit.alias(node.out(), node.input(0))

const castOp: Lowering = (node, emit) => {
  if (node.type('DstT').startsWith('complex')) return same(node, emit)
  emit.set(node.out(), emit.cast(partOf(emit, emit.complex(node.input(0)), 0), node.type('DstT'), node.name))
}

/** The shape with the axis of the parts behind it. */
const reshaped: Lowering = (node, emit) => {
  const sizes = emit.ints(node.input(1), 'the shape')
  emit.setComplex(node.out(), emit.reshape(emit.complex(node.input(0)), [...sizes, 2]))
}

const expanded: Lowering = (node, emit) => {
  const [given] = emit.ints(node.input(1), 'the axis')
  const axis = given! < 0 ? given! + emit.rank(node.input(0)) + 1 : given!
  emit.setComplex(node.out(), emit.op('Unsqueeze', [emit.complex(node.input(0)), emit.vector([axis])]))
}

const squeezed: Lowering = (node, emit) => {
  const rank = emit.rank(node.input(0))
  const axes = node.ints('squeeze_dims').map(axis => (axis < 0 ? axis + rank : axis))
  if (axes.length === 0) refuse('which axes of complex numbers it takes away is not said')
  emit.setComplex(node.out(), emit.op('Squeeze', [emit.complex(node.input(0)), emit.vector(axes)]))
}

const transposed: Lowering = (node, emit) => {
  const perm = emit.ints(node.input(1), 'the permutation')
  const moved = emit.op('Transpose', [emit.complex(node.input(0))], { perm: [...perm, perm.length] })
  const isTurned = node.op === 'ConjugateTranspose'
  emit.setComplex(node.out(), isTurned ? conjugated(emit, moved) : moved)
}

/** Ops that make complex numbers of real ones. */
export const complexMakers: Lowerings = { Complex: complex }

/** Ops on complex numbers, where an input is one. */
export const COMPLEX: Lowerings = {
  ...forEach('Identity StopGradient Snapshot PreventGradient EnsureShape DeepCopy', () => same),
  ...forEach('Add AddV2', () => apart('Add')),
  ...forEach('RealDiv Div', () => divide),
  Abs: absolute,
  Angle: angle,
  Cast: castOp,
  ComplexAbs: absolute,
  Conj: conjugate,
  ConjugateTranspose: transposed,
  ExpandDims: expanded,
  Imag: part(1),
  Mul: multiply,
  Neg: apart('Neg'),
  Real: part(0),
  Reshape: reshaped,
  Square: square,
  Squeeze: squeezed,
  Sub: apart('Sub'),
  Transpose: transposed,
}
