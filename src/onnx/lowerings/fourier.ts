/** Fourier transforms: DFT along each of the last axes. What is transformed has an axis of parts, real or [real, imaginary]. */
import type { Node } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { conjugated } from './complex.ts'

interface Transform {
  /** Counted from the front. */
  readonly axis: number
  /** How many elements of the axis are transformed, with zeros where there are fewer; all where left out. */
  readonly length?: number | undefined
  readonly isInverse?: boolean
  readonly isOnesided?: boolean
}

function transform(emit: Emitter, ref: Ref, { axis, length, isInverse, isOnesided }: Transform, name?: string): Ref {
  const attributes = { ...(isInverse && { inverse: 1 }), ...(isOnesided && { onesided: 1 }) }
  const size = length === undefined ? undefined : emit.scalar('int64', length)
  if (emit.opset < 20) return emit.op('DFT', size ? [ref, size] : [ref], { axis, ...attributes }, { name })
  return emit.op('DFT', [ref, size, emit.scalar('int64', axis)], attributes, { name })
}

/** Complex numbers to complex numbers, along the last `count` axes. */
const whole =
  (count: number, isInverse: boolean): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const rank = emit.rank(x)
    let ref = emit.complex(x)
    for (let i = 1; i <= count; i++) ref = transform(emit, ref, { axis: rank - i, isInverse })
    emit.setComplex(node.out(), ref)
  }

/** Real numbers to the first half of their transform, which mirrors the second. */
const half =
  (count: number): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const rank = emit.rank(x)
    const lengths = lengthsOf(node, emit)
    const real = emit.op('Unsqueeze', [fitted(node, emit, lengths, emit.value(x)), emit.vector([-1])])
    let ref = transform(emit, real, { axis: rank - 1, isOnesided: true })
    for (let i = 2; i <= count; i++) ref = transform(emit, ref, { axis: rank - i })
    emit.setComplex(node.out(), ref)
  }

const lengthsOf = (node: Node, emit: Emitter): readonly number[] =>
  emit.ints(node.input(1), 'how many elements it transforms')

/** The last axes cut, or filled up with zeros, to these sizes. */
function fitted(node: Node, emit: Emitter, lengths: readonly number[], ref: Ref): Ref {
  const shape = emit.shape(node.input(0)) ?? refuse('the rank is not known')
  const first = shape.length - lengths.length
  const sizes = lengths.map((_, i) => shape[first + i] ?? refuse('the size of what it transforms is not known'))
  const axes = lengths.map((_, i) => first + i)
  const isCut = lengths.some((length, i) => length < sizes[i]!)
  const cut = isCut
    ? emit.op('Slice', [ref, emit.vector(axes.map(() => 0)), emit.vector(lengths), emit.vector(axes)])
    : ref
  const missing = lengths.map((length, i) => Math.max(0, length - sizes[i]!))
  if (missing.every(count => count === 0)) return cut
  const zeros = Array<number>(shape.length + first).fill(0)
  return emit.op('Pad', [cut, emit.vector([...zeros, ...missing])])
}

/** The first half of a transform back to real numbers: the second half is made of it, mirrored and conjugate. */
const halfBack =
  (count: number): Lowering =>
  (node, emit) => {
    const x = node.input(0)
    const shape = emit.shape(x) ?? refuse('the rank is not known')
    const axis = shape.length - 1
    const lengths = lengthsOf(node, emit)
    const length = lengths.at(-1)!
    const needed = [...lengths.slice(0, -1), Math.floor(length / 2) + 1]
    const sizes = shape.slice(-count)
    if (needed.some((size, i) => size !== sizes[i])) refuse('it cuts or fills up what it transforms')
    let ref = emit.complex(x)
    for (let i = 2; i <= count; i++) ref = transform(emit, ref, { axis: shape.length - i, isInverse: true })
    const rest = length - needed.at(-1)!
    const reversed = emit.op('Slice', [
      ref,
      emit.vector([rest]),
      emit.vector([0]),
      emit.vector([axis]),
      emit.vector([-1]),
    ])
    const mirrored = conjugated(emit, reversed)
    const all = rest > 0 ? emit.op('Concat', [ref, mirrored], { axis }) : ref
    const back = transform(emit, all, { axis, isInverse: true })
    emit.set(node.out(), emit.op('Gather', [back, emit.scalar('int64', 0)], { axis: -1 }, { name: node.name }))
  }

/** From real numbers. */
export const fourier: Lowerings = { RFFT: half(1), RFFT2D: half(2), RFFT3D: half(3) }

/** From complex numbers. */
export const FOURIER_OF_COMPLEX: Lowerings = {
  FFT: whole(1, false),
  FFT2D: whole(2, false),
  FFT3D: whole(3, false),
  IFFT: whole(1, true),
  IFFT2D: whole(2, true),
  IFFT3D: whole(3, true),
  IRFFT: halfBack(1),
  IRFFT2D: halfBack(2),
  IRFFT3D: halfBack(3),
}
