/**
 * Numbers as codes of 8 bits in a range, and back, where range or codes are computed. A type without ONNX's like, such as
 * quint8, has that of its codes. Source: tensorflow/core/kernels/quantize_op.cc, dequantize_op.cc, quantization_utils.h.
 */
import type { Node } from '../../graph/node.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

/** The types of codes, as ONNX has them. */
export const CODES: Partial<Record<DType, 'int8' | 'uint8'>> = { qint8: 'int8', quint8: 'uint8' }

/** How many codes there are. */
const COUNT = 256

type Operand = Ref | number

/** Formulas in float32: operands are values or numbers. */
class Floats {
  readonly #emit: Emitter

  constructor(emit: Emitter) {
    this.#emit = emit
  }

  readonly op = (op: string, ...operands: readonly Operand[]): Ref =>
    this.#emit.op(
      op,
      operands.map(operand => (typeof operand === 'number' ? this.#emit.scalar('float32', operand) : operand)),
    )
  readonly add = (a: Operand, b: Operand): Ref => this.op('Add', a, b)
  readonly sub = (a: Operand, b: Operand): Ref => this.op('Sub', a, b)
  readonly mul = (a: Operand, b: Operand): Ref => this.op('Mul', a, b)
  readonly div = (a: Operand, b: Operand): Ref => this.op('Div', a, b)
  readonly clamp = (x: Ref, low: Operand, high: Operand): Ref => this.op('Min', this.op('Max', x, low), high)
  /** Halves away from zero. */
  readonly round = (x: Ref): Ref => this.mul(this.op('Sign', x), this.op('Floor', this.add(this.op('Abs', x), 0.5)))
}

/** The codes of a type, the lowest without the one that a narrow range leaves out. */
interface Span {
  readonly lowest: number
  readonly highest: number
}

const spanOf = (dtype: 'int8' | 'uint8', isNarrow = false): Span =>
  dtype === 'int8' ? { lowest: -128 + (isNarrow ? 1 : 0), highest: 127 } : { lowest: isNarrow ? 1 : 0, highest: 255 }

/** A range, and codes in it as floats. */
interface Quantized {
  readonly codes: Ref
  readonly min: Ref
  readonly max: Ref
}

type Quantizer = (
  math: Floats,
  x: Ref,
  range: { readonly min: Ref; readonly max: Ref; readonly span: Span },
) => Quantized

/** (x − min) · 255 / (max − min), and 128 less where codes have a sign. */
const combined: Quantizer = (math, x, { min, max, span }) => {
  const scale = math.div(COUNT - 1, math.sub(max, min))
  const counted = math.mul(math.sub(math.clamp(x, min, max), min), scale)
  const codes = span.lowest < 0 ? math.round(math.sub(counted, COUNT / 2)) : math.op('Floor', math.add(counted, 0.5))
  return { codes, min, max }
}

/** round(x · s) − round(min · s) with s = 255 / (max − min). */
const minFirst: Quantizer = (math, x, { min, max, span }) => {
  const scale = math.div(COUNT - 1, math.sub(max, min))
  const moved = math.sub(math.round(math.mul(x, scale)), math.round(math.mul(min, scale)))
  return { codes: math.clamp(math.add(moved, span.lowest), span.lowest, span.highest), min, max }
}

/** x · s, where s brings the end of the range that is further from zero to the outermost code. */
const scaled =
  (isToEven: boolean): Quantizer =>
  (math, x, { min, max, span }) => {
    const lowestStep = span.lowest < 0 ? math.div(min, span.lowest) : undefined
    const highestStep = math.div(max, span.highest)
    const step = lowestStep ? math.op('Max', lowestStep, highestStep) : highestStep
    const [low, high] = [math.mul(step, span.lowest), math.mul(step, span.highest)]
    const counted = math.div(math.clamp(x, low, high), step)
    return { codes: isToEven ? math.op('Round', counted) : math.round(counted), min: low, max: high }
  }

function quantizerOf(node: Node): Quantizer {
  const mode = node.str('mode')
  if (mode === 'MIN_COMBINED') return combined
  if (mode === 'MIN_FIRST') return minFirst
  return scaled(node.str('round_mode') === 'HALF_TO_EVEN')
}

/** Numbers to codes, and the range that the codes have: it includes zero, and is not too small. */
export const quantize: Lowering = (node, emit) => {
  const [x, low, high] = inputsOf(node, 3)
  const dtype = CODES[node.type('T')] ?? refuse(`ONNX has no ${node.type('T')}`)
  if (node.int('axis') !== -1) refuse('it has a range for each slice')
  const math = new Floats(emit)
  const [given, end] = [emit.value(low), emit.value(high)]
  const min = math.op('Min', given, 0)
  const largest = math.op('Max', math.op('Max', math.op('Abs', given), math.op('Abs', end)), 1)
  const least = math.add(min, math.mul(largest, node.float('ensure_minimum_range')))
  const max = math.op('Max', math.op('Max', end, least), 0)
  const span = spanOf(dtype, node.bool('narrow_range'))
  const made = quantizerOf(node)(math, emit.value(x), { min, max, span })
  emit.set(node.out(0), emit.cast(made.codes, dtype, node.name))
  emit.set(node.out(1), emit.op('Identity', [made.min], {}, { name: `${node.name}:1` }))
  emit.set(node.out(2), emit.op('Identity', [made.max], {}, { name: `${node.name}:2` }))
}

/** Codes that are computed, or whose range is, back to numbers. */
export function dequantized(node: Node, emit: Emitter): Ref {
  const [x, low, high] = inputsOf(node, 3)
  const dtype = CODES[emit.dtype(x)] ?? refuse(`ONNX has no ${emit.dtype(x)}`)
  if (node.int('axis') !== -1) refuse('it has a range for each slice')
  const math = new Floats(emit)
  const tensor = emit.constant(x)
  const codes = emit.cast(tensor ? emit.tensor({ ...tensor, dtype }, x.node.name) : emit.value(x), 'float32')
  const [min, max] = [emit.value(low), emit.value(high)]
  const { lowest } = spanOf(dtype)
  const mode = node.str('mode')
  if (mode === 'SCALED') {
    const span = spanOf(dtype, node.bool('narrow_range'))
    const byMax = math.div(max, span.highest)
    return math.mul(codes, lowest === 0 ? byMax : math.op('Max', math.div(min, span.lowest), byMax))
  }
  const step = math.div(math.sub(max, min), COUNT - 1)
  const moved = math.mul(math.sub(codes, lowest), step)
  if (mode === 'MIN_COMBINED') return math.add(moved, min)
  return math.add(moved, math.mul(math.round(math.div(min, step)), step))
}
