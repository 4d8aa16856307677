/** Numbers rounded to the levels of a range, as quantisation-aware training does. */
import type { Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { inEither } from './elementwise.ts'

interface Levels {
  readonly lowest: number
  readonly highest: number
}

/** The range moved so that zero is a level: its lower end, its upper end and the step. */
function nudged(emit: Emitter, min: Ref, max: Ref, { lowest, highest }: Levels): readonly [Ref, Ref, Ref] {
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
function quantized(emit: Emitter, x: Ref, [min, max]: readonly [Ref, Ref], levels: Levels, name: string): Ref {
  const [low, high, step] = nudged(emit, min, max, levels)
  const clamped = emit.op('Min', [emit.op('Max', [x, low]), high])
  const inverse = emit.op('Div', [emit.scalar('float32', 1), step])
  const counted = emit.op('Mul', [emit.op('Sub', [clamped, low]), inverse])
  const level = emit.op('Floor', [emit.op('Add', [counted, emit.scalar('float32', 0.5)])])
  const result = emit.op('Add', [emit.op('Mul', [level, step]), low])
  const isNothing = emit.op('Equal', [max, min])
  return emit.op('Where', [isNothing, emit.scalar('float32', 0), result], {}, { name })
}

const levelsOf = (bits: number, isNarrow: boolean): Levels => ({ lowest: isNarrow ? 1 : 0, highest: 2 ** bits - 1 })

const byAttributes: Lowering = (node, emit) => {
  const range = [node.float('min'), node.float('max')].map(value => emit.scalar('float32', value)) as [Ref, Ref]
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  inEither(node, emit, x => quantized(emit, x, range, levels, node.name))
}

const byInputs: Lowering = (node, emit) => {
  const [x, min, max] = node.inputs as [Value, Value, Value]
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  const range = [emit.value(min), emit.value(max)] as const
  inEither(node, emit, ref => quantized(emit, ref, range, levels, node.name), [x])
}

/** A range for each channel, the last axis. */
const byChannel: Lowering = (node, emit) => {
  const levels = levelsOf(node.int('num_bits'), node.bool('narrow_range'))
  inEither(node, emit, (x, min, max) => quantized(emit, x, [min!, max!], levels, node.name))
}

export const quantization: Lowerings = {
  FakeQuantWithMinMaxArgs: byAttributes,
  FakeQuantWithMinMaxVars: byInputs,
  FakeQuantWithMinMaxVarsPerChannel: byChannel,
}
