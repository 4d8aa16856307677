/** Colours: hue, saturation and value, and contrast. The channels are the last axis. */
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'

const AXIS = -1

/** The three channels, each with an axis of one. */
const channels = (emit: Emitter, x: Ref): [Ref, Ref, Ref] => emit.split(x, AXIS, 3)

type Colour = readonly [hue: Ref, saturation: Ref, value: Ref]

/** Hue within 0…1 by the channel that is largest; saturation is the range by the value. */
function toHsv(emit: Emitter, x: Ref): Colour {
  const number = (value: number): Ref => emit.scalar(x.dtype, value)
  const [red, green, blue] = channels(emit, x)
  const value = emit.reduce('ReduceMax', x, [AXIS], true)
  const range = emit.op('Sub', [value, emit.reduce('ReduceMin', x, [AXIS], true)])
  const isGrey = emit.op('Equal', [range, number(0)])
  const unlessZero = (ref: Ref): Ref => emit.op('Where', [emit.op('Equal', [ref, number(0)]), number(1), ref])
  const isDark = emit.op('LessOrEqual', [value, number(0)])
  const saturation = emit.op('Where', [isDark, number(0), emit.op('Div', [range, unlessZero(value)])])
  const norm = emit.op('Div', [number(1 / 6), unlessZero(range)])
  const part = (a: Ref, b: Ref, shift: number): Ref =>
    emit.op('Add', [emit.op('Mul', [norm, emit.op('Sub', [a, b])]), number(shift)])
  const isMost = (channel: Ref): Ref => emit.op('Equal', [channel, value])
  const others = emit.op('Where', [isMost(green), part(blue, red, 2 / 6), part(red, green, 4 / 6)])
  const hue = emit.op('Where', [isMost(red), part(green, blue, 0), others])
  const colored = emit.op('Where', [isGrey, number(0), hue])
  const isNegative = emit.op('Less', [colored, number(0)])
  return [emit.op('Where', [isNegative, emit.op('Add', [colored, number(1)]), colored]), saturation, value]
}

/** Each channel is value · (1 − saturation · (1 − c)), with c a ramp of the hue. */
function toRgb(emit: Emitter, [hue, saturation, value]: Colour, name?: string): Ref {
  const number = (at: number): Ref => emit.scalar(hue.dtype, at)
  const rest = emit.op('Sub', [number(1), saturation])
  const parts = ramps(emit, hue).map(ramp =>
    emit.op('Mul', [emit.op('Add', [rest, emit.op('Mul', [saturation, ramp])]), value]),
  )
  return emit.op('Concat', parts, { axis: AXIS }, { name })
}

/** How much of each channel a hue has, from 0 to 1. */
function ramps(emit: Emitter, hue: Ref): Ref[] {
  const number = (at: number): Ref => emit.scalar(hue.dtype, at)
  const turned = emit.op('Mul', [hue, number(6)])
  const within = (ref: Ref): Ref => emit.op('Clip', [ref, number(0), number(1)])
  const distance = (from: number): Ref => emit.op('Abs', [emit.op('Sub', [turned, number(from)])])
  return [
    within(emit.op('Sub', [distance(3), number(1)])),
    within(emit.op('Sub', [number(2), distance(2)])),
    within(emit.op('Sub', [number(2), distance(4)])),
  ]
}

const rgbToHsv: Lowering = (node, emit) => {
  const colour = toHsv(emit, emit.value(node.input(0)))
  emit.set(node.out(), emit.op('Concat', colour, { axis: AXIS }, { name: node.name }))
}

const hsvToRgb: Lowering = (node, emit) => {
  emit.set(node.out(), toRgb(emit, channels(emit, emit.value(node.input(0))), node.name))
}

/** The saturation times a factor, within 0…1. */
const adjustSaturation: Lowering = (node, emit) => {
  const x = emit.cast(emit.value(node.input(0)), 'float32')
  const [hue, saturation, value] = toHsv(emit, x)
  const scaled = emit.op('Mul', [saturation, emit.cast(emit.value(node.input(1)), 'float32')])
  const within = emit.op('Clip', [scaled, emit.scalar('float32', 0), emit.scalar('float32', 1)])
  emit.set(node.out(), emit.cast(toRgb(emit, [hue, within, value]), emit.dtype(node.input(0)), node.name))
}

/** The hue turned, with the smallest and the largest channel kept: low + range · c, with c a ramp of the new hue. */
const adjustHue: Lowering = (node, emit) => {
  const x = emit.cast(emit.value(node.input(0)), 'float32')
  const low = emit.reduce('ReduceMin', x, [AXIS], true)
  const range = emit.op('Sub', [emit.reduce('ReduceMax', x, [AXIS], true), low])
  const [hue] = toHsv(emit, emit.op('Sub', [x, low]))
  const turned = emit.op('Add', [hue, emit.cast(emit.value(node.input(1)), 'float32')])
  const within = emit.op('Sub', [turned, emit.op('Floor', [turned])])
  const parts = ramps(emit, within).map(ramp => emit.op('Add', [emit.op('Mul', [ramp, range]), low]))
  const result = emit.op('Concat', parts, { axis: AXIS })
  emit.set(node.out(), emit.cast(result, emit.dtype(node.input(0)), node.name))
}

/** (x − mean) · factor + mean, with the mean of each channel of an image. */
const adjustContrast: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const factor = emit.cast(emit.value(node.input(1)), x.dtype)
  const mean = emit.reduce('ReduceMean', x, [-3, -2], true)
  const scaled = emit.op('Mul', [emit.op('Sub', [x, mean]), factor])
  emit.set(node.out(), emit.op('Add', [scaled, mean], {}, { name: node.name }))
}

export const colors: Lowerings = {
  AdjustContrastv2: adjustContrast,
  AdjustHue: adjustHue,
  AdjustSaturation: adjustSaturation,
  HSVToRGB: hsvToRgb,
  RGBToHSV: rgbToHsv,
}
