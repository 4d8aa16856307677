/**
 * Bitcast: the bits of a number as another type. ONNX has no operator for it in the opsets that are written, so bits are
 * computed: a float is ± 1.m · 2ᵉ, and its bits are its sign, e + bias and m, one behind the other. Numbers of
 * other widths are taken apart or put together, the lowest bits first. Every step is exact in float64 and uint64.
 */
import { bytesPerElement, type DType, isFloat, isInteger } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** The bits of the exponent and of the fraction. */
const FORMATS: Partial<Record<DType, { readonly exponent: number; readonly fraction: number }>> = {
  float16: { exponent: 5, fraction: 10 },
  bfloat16: { exponent: 8, fraction: 7 },
  float32: { exponent: 8, fraction: 23 },
  float64: { exponent: 11, fraction: 52 },
}

const bitsOf = (dtype: DType): number => 8 * bytesPerElement(dtype)
const double = (emit: Emitter, value: number): Ref => emit.scalar('float64', value)
const whole = (emit: Emitter, value: bigint): Ref => emit.integer('uint64', value)

/** The bits of a value, in the lowest places of a uint64. */
function toBits(ref: Ref, emit: Emitter): Ref {
  const format = FORMATS[ref.dtype]
  if (format) return floatToBits(emit.cast(ref, 'float64'), format, emit)
  const width = bitsOf(ref.dtype)
  const wide = emit.cast(emit.cast(ref, 'int64'), 'uint64')
  const kept = width === 64 ? wide : emit.op('Mod', [wide, whole(emit, 1n << BigInt(width))])
  return ref.dtype === 'uint64' ? ref : kept
}

interface Format {
  readonly exponent: number
  readonly fraction: number
}

function floatToBits(x: Ref, { exponent, fraction }: Format, emit: Emitter): Ref {
  const bias = 2 ** (exponent - 1) - 1
  const size = emit.op('Abs', [x])
  const isInfinite = emit.op('Equal', [size, double(emit, Infinity)])
  const isNan = emit.op('Not', [emit.op('Equal', [x, x])])
  const isSpecial = emit.op('Or', [isInfinite, isNan])
  const finite = emit.op('Where', [isSpecial, double(emit, 1), size])
  const power = exponentOf(finite, bias, emit)
  const isNormal = emit.op('GreaterOrEqual', [finite, double(emit, 2 ** (1 - bias))])
  // x · 2^(fraction − e), in two steps, as one factor can be beyond float64.
  const half = emit.op('Floor', [emit.op('Div', [emit.op('Sub', [double(emit, fraction), power]), double(emit, 2)])])
  const rest = emit.op('Sub', [emit.op('Sub', [double(emit, fraction), power]), half])
  const scaled = emit.op('Mul', [emit.op('Mul', [finite, pow2(half, emit)]), pow2(rest, emit)])
  const digits = emit.op('Sub', [
    emit.cast(scaled, 'uint64'),
    emit.op('Mul', [emit.cast(isNormal, 'uint64'), whole(emit, 1n << BigInt(fraction))]),
  ])
  const raised = emit.op('Mul', [emit.op('Add', [power, double(emit, bias)]), emit.cast(isNormal, 'float64')])
  const places = emit.op('BitShift', [emit.cast(raised, 'uint64'), whole(emit, BigInt(fraction))], {
    direction: 'LEFT',
  })
  const top = ((1n << BigInt(exponent)) - 1n) << BigInt(fraction)
  const special = whereWhole(emit, isNan, whole(emit, top | (1n << BigInt(fraction - 1))), whole(emit, top))
  const unsigned = whereWhole(emit, isSpecial, special, emit.op('Add', [places, digits]))
  // 1 / x tells −0 from 0.
  const inverse = emit.op('Div', [double(emit, 1), x])
  const isNegative = emit.cast(emit.op('Less', [emit.op('Where', [isInfinite, x, inverse]), double(emit, 0)]), 'uint64')
  const sign = emit.op('Mul', [isNegative, whole(emit, 1n << BigInt(exponent + fraction))])
  return emit.op('Add', [unsigned, sign])
}

const pow2 = (power: Ref, emit: Emitter): Ref => emit.op('Pow', [double(emit, 2), power])

/** ⌊log₂ x⌋ and at least that of the smallest normal number. The logarithm is rounded: one more or less is corrected. */
function exponentOf(x: Ref, bias: number, emit: Emitter): Ref {
  const lowest = double(emit, 1 - bias)
  const positive = emit.op('Max', [x, double(emit, 2 ** Math.max(1 - bias, -1022))])
  const log = logarithm(positive, emit)
  const guess = emit.op('Max', [emit.op('Floor', [log]), lowest])
  const isBelow = emit.cast(emit.op('Greater', [pow2(guess, emit), positive]), 'float64')
  const lower = emit.op('Max', [emit.op('Sub', [guess, isBelow]), lowest])
  const next = pow2(emit.op('Add', [lower, double(emit, 1)]), emit)
  return emit.op('Add', [lower, emit.cast(emit.op('LessOrEqual', [next, positive]), 'float64')])
}

const logarithm = (x: Ref, emit: Emitter): Ref => emit.op('Div', [emit.op('Log', [x]), double(emit, Math.LN2)])

/** A choice between uint64, for which ONNX Runtime has no Where: by products. */
function whereWhole(emit: Emitter, condition: Ref, yes: Ref, no: Ref): Ref {
  const chosen = emit.cast(condition, 'uint64')
  const other = emit.cast(emit.op('Not', [condition]), 'uint64')
  return emit.op('Add', [emit.op('Mul', [chosen, yes]), emit.op('Mul', [other, no])])
}

/** The value with these bits. */
function fromBits(bits: Ref, dtype: DType, emit: Emitter, name: string): Ref {
  const format = FORMATS[dtype]
  if (format) return emit.cast(bitsToFloat(bits, format, emit), dtype, name)
  if (dtype === 'uint64') return emit.op('Identity', [bits], {}, { name })
  return emit.cast(emit.cast(bits, 'int64'), dtype, name)
}

function bitsToFloat(bits: Ref, { exponent, fraction }: Format, emit: Emitter): Ref {
  const bias = 2 ** (exponent - 1) - 1
  const below = (ref: Ref, count: number): Ref => emit.op('Mod', [ref, whole(emit, 1n << BigInt(count))])
  const above = (ref: Ref, count: number): Ref =>
    emit.op('BitShift', [ref, whole(emit, BigInt(count))], { direction: 'RIGHT' })
  const digits = emit.cast(below(bits, fraction), 'float64')
  const raised = emit.cast(below(above(bits, fraction), exponent), 'float64')
  const isNegative = emit.cast(above(bits, exponent + fraction), 'float64')
  const isNormal = emit.cast(emit.op('Greater', [raised, double(emit, 0)]), 'float64')
  const isSpecial = emit.op('Equal', [raised, double(emit, 2 ** exponent - 1)])
  const power = emit.op('Sub', [emit.op('Max', [raised, double(emit, 1)]), double(emit, bias)])
  const usual = emit.op('Where', [isSpecial, double(emit, 0), power])
  const part = emit.op('Add', [isNormal, emit.op('Div', [digits, double(emit, 2 ** fraction)])])
  const finite = emit.op('Mul', [part, pow2(usual, emit)])
  const isInfinite = emit.op('Equal', [digits, double(emit, 0)])
  const special = emit.op('Where', [isInfinite, double(emit, Infinity), double(emit, Number.NaN)])
  const size = emit.op('Where', [isSpecial, special, finite])
  const sign = emit.op('Sub', [double(emit, 1), emit.op('Mul', [double(emit, 2), isNegative])])
  return emit.op('Mul', [size, sign])
}

/** [… ] of wide numbers → [… , parts] of narrow ones. */
function apart(bits: Ref, width: number, parts: number, emit: Emitter): Ref {
  const shifts = emit.cast(emit.vector(Array.from({ length: parts }, (_, i) => i * width)), 'uint64')
  const column = emit.op('Unsqueeze', [bits, emit.vector([-1])])
  const shifted = emit.op('BitShift', [column, shifts], { direction: 'RIGHT' })
  return emit.op('Mod', [shifted, whole(emit, 1n << BigInt(width))])
}

/** The way back: the last axis goes. */
function together(bits: Ref, width: number, parts: number, emit: Emitter): Ref {
  const shifts = emit.cast(emit.vector(Array.from({ length: parts }, (_, i) => i * width)), 'uint64')
  const shifted = emit.op('BitShift', [bits, shifts], { direction: 'LEFT' })
  const places = emit.split(shifted, -1, parts).map(part => emit.op('Squeeze', [part, emit.vector([-1])]))
  return places.reduce((sum, part) => emit.op('Add', [sum, part]))
}

const bitcast: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const to = node.type('type')
  for (const dtype of [x.dtype, to]) if (!isFloat(dtype) && !isInteger(dtype)) refuse(`ONNX cannot take ${dtype} apart`)
  const [before, after] = [bitsOf(x.dtype), bitsOf(to)]
  if (x.dtype === to) {
    emit.alias(node.out(), node.input(0))
    return
  }
  if (before === after && isInteger(x.dtype) && isInteger(to)) {
    emit.set(node.out(), emit.cast(x, to, node.name))
    return
  }
  const bits = toBits(x, emit)
  const fitted =
    before > after
      ? apart(bits, after, before / after, emit)
      : before < after
        ? together(bits, before, after / before, emit)
        : bits
  emit.set(node.out(), fromBits(fitted, to, emit, node.name))
}

export const bits: Lowerings = { Bitcast: bitcast }
