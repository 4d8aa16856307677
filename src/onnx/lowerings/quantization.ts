/** Numbers rounded to the levels of a range, as quantisation-aware training does. */
import type { Node } from '../../graph/node.ts'
import { add, div, mul, scalar, sub } from '../../tensor/make.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { CODES, dequantized, quantize } from './codes.ts'
import { inEither } from './elementwise.ts'

interface Levels {
  readonly lowest: number
  readonly highest: number
}

/** A range and the levels that its numbers are rounded to. */
interface Quantizer {
  readonly min: Ref
  readonly max: Ref
  readonly levels: Levels
}

/** The range moved so that zero is a level: its lower end, its upper end and the step. */
function nudged(emit: Emitter, { min, max, levels }: Quantizer): readonly [Ref, Ref, Ref] {
  const { lowest, highest } = levels
  const number = (value: number): Ref => emit.scalar('float32', value)
  const scale = emit.op('Div', [emit.op('Sub', [max, min]), number(highest - lowest)])
  const zero = emit.op('Sub', [number(lowest), emit.op('Div', [min, scale])])
  // TensorFlow rounds halves up.
  const rounded = emit.op('Floor', [emit.op('Add', [zero, number(0.5)])])
  const point = emit.op('Min', [emit.op('Max', [rounded, number(lowest)]), number(highest)])
  const low = emit.op('Mul', [emit.op('Sub', [number(lowest), point]), scale])
  const high = emit.op('Mul', [emit.op('Sub', [number(highest), point]), scale])
  return [low, high, scale]
}

/** (⌊(clamp(x) − low) / step + ½⌋) · step + low; all zero where the range is nothing. */
function quantized(emit: Emitter, x: Ref, quantizer: Quantizer, name: string): Ref {
  const [low, high, step] = nudged(emit, quantizer)
  const clamped = emit.op('Min', [emit.op('Max', [x, low]), high])
  const inverse = emit.op('Div', [emit.scalar('float32', 1), step])
  const counted = emit.op('Mul', [emit.op('Sub', [clamped, low]), inverse])
  const level = emit.op('Floor', [emit.op('Add', [counted, emit.scalar('float32', 0.5)])])
  const result = emit.op('Add', [emit.op('Mul', [level, step]), low])
  const isNothing = emit.op('Equal', [quantizer.max, quantizer.min])
  return emit.op('Where', [isNothing, emit.scalar('float32', 0), result], {}, { name })
}

const levelsOf = (bits: number, isNarrow: boolean): Levels => ({ lowest: isNarrow ? 1 : 0, highest: 2 ** bits - 1 })

/** Refuses a range that is none: what TensorFlow makes of it depends on how its divisions by zero end. */
function requireRange(min: number, max: number): void {
  if (!(min < max) && !(min === 0 && max === 0)) refuse(`its range from ${min} to ${max} has no length`)
}

const byAttributes: Lowering = (node, emit) => {
  const range = [node.float('min'), node.float('max')] as const
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  requireRange(...range)
  const [min, max] = [emit.scalar('float32', range[0]), emit.scalar('float32', range[1])]
  const code = codeOf(range, levels)
  inEither(node, emit, x =>
    code ? coded(emit, x, code, node.name) : quantized(emit, x, { min, max, levels }, node.name),
  )
}

const byInputs: Lowering = (node, emit) => {
  const [x, min, max] = inputsOf(node, 3)
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  const [low, high] = [min, max].map(value => emit.known(value)?.[0])
  const isKnown = low !== undefined && high !== undefined
  if (isKnown) requireRange(low, high)
  const code = isKnown ? codeOf([low, high], levels) : undefined
  if (code) return inEither(node, emit, ref => coded(emit, ref, code, node.name), [x])
  const quantizer = { min: emit.value(min), max: emit.value(max), levels }
  inEither(node, emit, ref => quantized(emit, ref, quantizer, node.name), [x])
}

/** How QuantizeLinear says a range: numbers are (code − zero) · scale. */
interface Code {
  readonly scale: number
  readonly zero: number
}

/**
 * The code of 8 bits for a range that is known. TensorFlow rounds halves up and ONNX to even, which is the same except
 * on halves; where the scale is a power of two numbers lie on halves, and undefined is returned.
 */
function codeOf([min, max]: readonly [number, number], { lowest, highest }: Levels): Code | undefined {
  if (lowest !== 0 || highest !== 255 || !(min <= 0 && max >= 0 && max > min)) return undefined
  const scale = Math.fround(Math.fround(max - min) / 255)
  if (Number.isInteger(Math.log2(scale)) || scale < 1e-30) return undefined
  const zero = Math.floor(Math.fround(0 - Math.fround(min / scale)) + 0.5)
  return { scale, zero: Math.min(Math.max(zero, 0), 255) }
}

function coded(emit: Emitter, x: Ref, { scale, zero }: Code, name: string): Ref {
  const code = [emit.scalar('float32', scale), emit.scalar('uint8', zero)]
  const codes = linear(emit, 'QuantizeLinear', [x, ...code], { name: 'QuantizeLinear', dtype: 'uint8' })
  return linear(emit, 'DequantizeLinear', [codes, ...code], { name, dtype: 'float32' })
}

/** Emits an operator of float32, whose types in the table are those of opset 23: there a scale has a type of its own. */
function linear(
  emit: Emitter,
  op: 'QuantizeLinear' | 'DequantizeLinear',
  inputs: readonly Ref[],
  { name, dtype }: { readonly name: string; readonly dtype: DType },
): Ref {
  const output = emit.shared.ref(name, dtype)
  emit.emit({ op, domain: '', inputs, outputs: [output], attributes: new Map() })
  return output
}

/** The attributes of QuantizeAndDequantize. */
interface Rounding {
  readonly lowest: number
  readonly highest: number
  readonly axis: number
  readonly isGiven: boolean
  readonly isHalfUp: boolean
}

function roundingOf(node: Node, emit: Emitter): Rounding {
  const isThird = node.op === 'QuantizeAndDequantizeV3'
  const bits = isThird ? emit.ints(node.input(3), 'the number of bits')[0]! : node.int('num_bits')
  const isSigned = node.bool('signed_input')
  const isNarrow = node.attr('narrow_range') !== undefined && node.bool('narrow_range')
  return {
    lowest: isSigned ? -(2 ** (bits - 1)) + (isNarrow ? 1 : 0) : 0,
    highest: isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1,
    axis: node.attr('axis') ? node.int('axis') : -1,
    isGiven: node.bool('range_given'),
    isHalfUp: !isThird && node.str('round_mode') === 'HALF_UP',
  }
}

/**
 * round(x · scale) / scale, where the scale brings the side of the range that is further from zero to the outermost
 * level. The range is given, or that of the numbers, of each slice along an axis apart.
 * Source: tensorflow/core/kernels/quantize_and_dequantize_op.h.
 */
const roundTrip: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const rounding = roundingOf(node, emit)
  const { lowest, highest, isGiven } = rounding
  const number = (value: number): Ref => emit.scalar(x.dtype, value)
  const [min, max] = rangeOf(node, x, rounding, emit)
  // The size of a level by either side; a side on the wrong side of zero has none.
  const side = (limit: Ref, level: number): Ref =>
    level === 0 ? number(0) : emit.op('Max', [emit.op('Div', [limit, number(level)]), number(0)])
  const [byMin, byMax] = [side(min, lowest), side(max, highest)]
  const step = emit.op('Max', [byMin, byMax])
  const isNothing = emit.op('Equal', [step, number(0)])
  const inverse = emit.op('Where', [isNothing, number(1), step])
  const within = isGiven
    ? emit.op('Min', [
        emit.op('Max', [x, emit.op('Mul', [number(lowest), step])]),
        emit.op('Mul', [number(highest), step]),
      ])
    : x
  const scaled = emit.op('Mul', [within, emit.op('Div', [number(1), inverse])])
  const rounded = rounding.isHalfUp
    ? emit.op('Floor', [emit.op('Add', [scaled, number(0.5)])])
    : emit.op('Round', [scaled])
  emit.set(node.out(), emit.op('Mul', [rounded, step], {}, { name: node.name }))
}

/** The ends of the range, which broadcast over the numbers. */
function rangeOf(node: Node, x: Ref, { axis, isGiven }: Rounding, emit: Emitter): readonly [Ref, Ref] {
  const rank = axis < 0 ? 0 : emit.rank(node.input(0))
  if (!isGiven) {
    const axes = Array.from({ length: rank }, (_, i) => i).filter(i => i !== axis)
    const end = (op: string): Ref => (rank ? emit.reduce(op, x, axes, true) : emit.op(op, [x], { keepdims: 0 }))
    return [end('ReduceMin'), end('ReduceMax')]
  }
  const limit = (slot: number): Ref => {
    const ref = emit.value(node.input(slot))
    return rank ? emit.reshape(ref, [-1, ...Array<number>(rank - 1 - axis).fill(1)]) : ref
  }
  return [limit(1), limit(2)]
}

/** Codes back to numbers: code · step + min. Constant ones are read by DequantizeLinear. */
const dequantize: Lowering = (node, emit) => {
  const [codes, min, max] = inputsOf(node, 3)
  const [tensor, ...ends] = [codes, min, max].map(value => emit.constant(value))
  const [low, high] = ends
  const isPlain = node.str('mode') === 'MIN_COMBINED' && ends.every(end => end?.shape.length === 0)
  if (!tensor || !low || !high || !isPlain) {
    const numbers = emit.cast(dequantized(node, emit), emit.dtype(node.out()))
    return emit.set(node.out(), emit.op('Identity', [numbers], {}, { name: node.name }))
  }
  const dtype = CODES[emit.dtype(codes)] ?? refuse(`ONNX has no ${emit.dtype(codes)}`)
  const step = div(sub(high, low), scalar('float32', 255))
  const half = dtype === 'int8' ? mul(step, scalar('float32', 128)) : scalar('float32', 0)
  const name = codes.node.name
  const inputs = [emit.tensor({ ...tensor, dtype }, name), emit.tensor(step, `${name}/step`)]
  const scaled = linear(emit, 'DequantizeLinear', inputs, { name: `${name}/scaled`, dtype: 'float32' })
  const offset = emit.tensor(add(low, half), `${name}/min`)
  emit.set(node.out(), emit.cast(emit.op('Add', [scaled, offset]), emit.dtype(node.out()), node.name))
}

/** A range for each channel, the last axis. */
const byChannel: Lowering = (node, emit) => {
  const [lows, highs] = node.inputs.slice(1).map(value => emit.known(value))
  for (const [i, low] of lows?.entries() ?? []) if (highs) requireRange(low, highs[i]!)
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  inEither(node, emit, (x, min, max) => quantized(emit, x, { min: min!, max: max!, levels }, node.name))
}

export const quantization: Lowerings = {
  FakeQuantWithMinMaxArgs: byAttributes,
  FakeQuantWithMinMaxVars: byInputs,
  FakeQuantWithMinMaxVarsPerChannel: byChannel,
  Dequantize: dequantize,
  QuantizeV2: quantize,
  QuantizeAndDequantizeV2: roundTrip,
  QuantizeAndDequantizeV3: roundTrip,
  QuantizeAndDequantizeV4: roundTrip,
}
