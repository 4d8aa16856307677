/**
 * Operations on 8-bit codes, each with the range that its codes stand for. A code q of a type with values low … high
 * and a range min … max is min + (q - low) · (max - min) / (high - low), with min moved so that zero has a code.
 * Source: quantization_utils.h and the kernels that are named below.
 */
import type { Node } from '../../graph/node.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { first, fromNumbers, list, type NdArray, numbers, scalarOf, size } from '../array.ts'
import { aligned, fail, type Kernel, type Kernels, refuse } from '../kernel.ts'
import { concatenated, reshaped } from './array.ts'
import { convolutionKernels } from './convolution.ts'
import { imageKernels } from './image.ts'
import { product } from './matrix.ts'
import { poolingKernels } from './pooling.ts'

const f = Math.fround

interface Range {
  readonly min: number
  readonly max: number
}

/** Values of the types that codes have. */
export const CODES: Readonly<Partial<Record<DType, readonly [low: number, high: number]>>> = {
  qint8: [-128, 127],
  quint8: [0, 255],
  qint16: [-32768, 32767],
  quint16: [0, 65535],
  qint32: [-(2 ** 31), 2 ** 31 - 1],
}

const limitsOf = (node: Node, dtype: DType): readonly [number, number] =>
  CODES[dtype] ?? refuse(node, `codes of type ${dtype}`)

const range = (min: NdArray, max: NdArray): Range => ({ min: first(min), max: first(max) })
const clamp = (value: number, [low, high]: readonly [number, number]): number => Math.min(Math.max(value, low), high)
/** To the nearest, halves away from zero. */
const nearest = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5)

/** The code of a number, which may lie outside of the type: FloatToQuantizedUnclamped. */
function codeOf(x: number, { min, max }: Range, [low, high]: readonly [number, number]): number {
  if (min === max) return low
  const scale = (high - low + 1) / (f(max - min) * ((high - low + 1) / (high - low)))
  return nearest(x * scale) - nearest(min * scale) + low
}

/** The number that a code stands for: QuantizedToFloat. */
function numberOf(code: number, { min, max }: Range, [low, high]: readonly [number, number]): number {
  if (min === max) return min
  const scale = (f(max - min) * ((high - low + 1) / (high - low))) / (high - low + 1)
  return f(nearest(f(min / f(scale))) * f(scale) + (code - low) * scale)
}

/** The same, all in float32, as Eigen's expressions compute it. */
function numberInFloats(code: number, { min, max }: Range, [low, high]: readonly [number, number]): number {
  const scale = f(f(max - min) / (high - low))
  const start = max === min ? min : f(nearest(f(min / scale)) * scale)
  return f(f(start - f(low * scale)) + f(code * scale))
}

function codeInFloats(x: number, { min, max }: Range, limits: readonly [number, number]): number {
  const [low, high] = limits
  const scale = max === min ? 0 : f((high - low) / f(max - min))
  const start = nearest(f(min * scale))
  return clamp(f(nearest(f(x * scale)) - f(start - low)), [low, Math.min(high, 2147483520)])
}

/** Codes and the range that they stand for, as these ops return them. */
const withRange = (codes: NdArray, { min, max }: Range): NdArray[] => [
  codes,
  scalarOf('float32', min),
  scalarOf('float32', max),
]

/** Sources: quantize_op.cc. */
const quantize: Kernel = ([x, minInput, maxInput], node) => {
  if (node.attrs.has('axis') && node.int('axis') !== -1) refuse(node, 'a range for each slice')
  const dtype = node.type('T')
  const limits = limitsOf(node, dtype)
  const given = range(minInput!, maxInput!)
  if (given.max < given.min) fail(node, 'the range ends before it begins')
  const wide = f(Math.max(1, Math.abs(given.min), Math.abs(given.max)) * f(node.float('ensure_minimum_range')))
  const min = Math.min(0, given.min)
  const apart = { min, max: Math.max(0, given.max, f(min + wide)) }
  const { code, used } = encoder(node, apart, limits)
  return withRange(fromNumbers(dtype, x!.shape, Float64Array.from(numbers(x!), code)), used)
}

function encoder(
  node: Node,
  given: Range,
  limits: readonly [number, number],
): { readonly code: (x: number) => number; readonly used: Range } {
  const [low, high] = limits
  const inside = (x: number, to: Range): number => Math.max(Math.min(x, to.max), to.min)
  switch (node.str('mode')) {
    case 'MIN_FIRST':
      return { code: x => codeInFloats(x, given, limits), used: given }
    case 'MIN_COMBINED': {
      const scale = f((high - low) / f(given.max - given.min))
      const steps = (x: number): number => f(f(inside(x, given) - given.min) * scale)
      const half = f((high - low + 1) / 2)
      const code = (x: number): number => (low < 0 ? nearest(f(steps(x) - half)) : Math.trunc(f(steps(x) + 0.5)))
      return { code: x => clamp(code(x), limits), used: given }
    }
    case 'SCALED': {
      const lowest = node.bool('narrow_range') ? low + 1 : low
      const sides = [lowest * given.min > 0 ? f(lowest / given.min) : Infinity]
      sides.push(high * given.max > 0 ? f(high / given.max) : Infinity)
      const scale = Math.min(...sides)
      const used = { min: f(lowest / scale), max: f(high / scale) }
      const round = node.str('round_mode') === 'HALF_TO_EVEN' ? halfToEven : nearest
      return { code: x => round(f(inside(x, used) * scale)), used }
    }
    default:
      return refuse(node, `mode ${node.str('mode')}`)
  }
}

function halfToEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1
}

/** Codes counted from the one of zero, as float64. */
function centred(node: Node, x: NdArray, of: Range): NdArray {
  const zero = codeOf(0, of, limitsOf(node, x.dtype))
  return fromNumbers(
    'float64',
    x.shape,
    Float64Array.from(numbers(x), v => v - zero),
  )
}

/** The range of the products of two quantised tensors, as 32-bit codes: QuantizationRangeForMultiplication. */
function productRange(node: Node, a: NdArray, ofA: Range, b: NdArray, ofB: Range): Range {
  const level = (x: NdArray, { min, max }: Range): number => {
    const [low, high] = limitsOf(node, x.dtype)
    return f(f(max - min) / (high - low))
  }
  const step = f(level(a, ofA) * level(b, ofB))
  return { min: f(step * -(2 ** 31)), max: f(step * f(2 ** 31 - 1)) }
}

/** A product of codes: `multiply` has both counted from the code of zero. */
const multiplied =
  (multiply: (a: NdArray, b: NdArray, node: Node) => NdArray): Kernel =>
  ([a, b, minA, maxA, minB, maxB], node) => {
    const [ofA, ofB] = [range(minA!, maxA!), range(minB!, maxB!)]
    const sums = multiply(centred(node, a!, ofA), centred(node, b!, ofB), node)
    return withRange(fromNumbers('qint32', sums.shape, numbers(sums)), productRange(node, a!, ofA, b!, ofB))
  }

const flipped = (x: NdArray): NdArray => {
  const [rows, columns] = x.shape as [number, number]
  const from = numbers(x)
  return fromNumbers(
    x.dtype,
    [columns, rows],
    Float64Array.from({ length: rows * columns }, (_, i) => from[(i % rows) * columns + Math.floor(i / rows)]!),
  )
}

const matrixProduct = (a: NdArray, b: NdArray, node: Node): NdArray =>
  product(node, node.bool('transpose_a') ? flipped(a) : a, node.bool('transpose_b') ? flipped(b) : b)

const elementProduct = (x: NdArray, y: NdArray, node: Node): NdArray => {
  const { a, b } = aligned(node, x, y)
  const right = numbers(b)
  return fromNumbers(
    'float64',
    a.shape,
    Float64Array.from(numbers(a), (v, i) => v * right[i]!),
  )
}

/** A range that holds any sum, with room for `bits` more of them. */
function sumRange(a: Range, b: Range, bits: number): Range {
  const max = Math.max(a.max, -a.min, b.max, -b.min) * 2 ** bits
  return { min: -max, max }
}

const INT32 = CODES.qint32!

/** Sums in 32 bits. Codes of 8 bits become 32-bit ones by a whole number of steps each, a single one exactly. Source: quantized_add_op.cc. */
const add: Kernel = ([x, y, minX, maxX, minY, maxY], node) => {
  const [ofX, ofY] = [range(minX!, maxX!), range(minY!, maxY!)]
  const total = sumRange(ofX, ofY, 14)
  const inTotal = (codes: NdArray, of: Range): NdArray => {
    const limits = limitsOf(node, codes.dtype)
    const exact = (code: number): number => codeOf(numberOf(code, of, limits), total, INT32)
    const [start, step] = [exact(0), exact(1) - exact(0)]
    const change = size(codes) === 1 ? exact : (code: number) => start + code * step
    return fromNumbers(
      'float64',
      codes.shape,
      Float64Array.from(numbers(codes), v => clamp(change(v), INT32)),
    )
  }
  const { a, b } = aligned(node, inTotal(x!, ofX), inTotal(y!, ofY))
  const right = numbers(b)
  const sums = Float64Array.from(numbers(a), (v, i) => v + right[i]!)
  return withRange(fromNumbers('qint32', a.shape, sums), total)
}

/** The same for a vector along the last axis, in floats. Source: quantization_utils.h, QuantizedAddUsingEigen. */
const addBias: Kernel = ([x, bias, minX, maxX, minBias, maxBias], node) => {
  const [ofX, ofBias] = [range(minX!, maxX!), range(minBias!, maxBias!)]
  const total = sumRange(ofX, ofBias, 17)
  const limits = limitsOf(node, x!.dtype)
  const inTotal = (code: number, of: Range): number => codeInFloats(numberInFloats(code, of, limits), total, INT32)
  const zero = clamp(codeOf(0, total, INT32), INT32)
  const vector = Float64Array.from(numbers(bias!), v => inTotal(v, ofBias) + zero)
  const sums = Float64Array.from(numbers(x!), (v, i) => inTotal(v, ofX) + vector[i % vector.length]!)
  return withRange(fromNumbers('qint32', x!.shape, sums), total)
}

/** The numbers that 32-bit codes stand for, from zero or below. Source: requantization_range_op.cc. */
const requantizationRange: Kernel = ([x, min, max], node) => {
  const limits = limitsOf(node, x!.dtype)
  const found = [...numbers(x!)].map(code => numberOf(code, range(min!, max!), limits))
  return [scalarOf('float32', Math.min(0, ...found)), scalarOf('float32', Math.max(...found))]
}

/** 32-bit codes as codes of fewer bits, over another range. Source: requantize.cc. */
const requantize: Kernel = ([x, min, max, newMin, newMax], node) => {
  const [from, to] = [range(min!, max!), range(newMin!, newMax!)]
  const dtype = node.type('out_type')
  const [inLimits, outLimits] = [limitsOf(node, x!.dtype), limitsOf(node, dtype)]
  if (to.min > 0 || to.max < to.min) fail(node, 'the range does not begin at or below zero')
  const change =
    x!.dtype === 'qint32' && dtype === 'quint8'
      ? inFixedPoint(from, to)
      : (code: number) => codeInFloats(numberInFloats(code, from, inLimits), to, outLimits)
  return withRange(fromNumbers(dtype, x!.shape, Float64Array.from(numbers(x!), change)), to)
}

/** From 32 to 8 bits with 16 bits behind the point: RequantizeManyInNewRange. */
function inFixedPoint(from: Range, to: Range): (code: number) => number {
  const wide = f(to.max - to.min)
  const unit = 1 << 16
  const scale = wide === 0 ? 0n : BigInt(Math.trunc((255 * unit * f(from.max - from.min)) / wide))
  const middle = f((from.min + from.max) / 2)
  const offset = BigInt(Math.trunc(f(f(middle * f(wide === 0 ? 0 : 255 / wide)) * unit)))
  const start = wide === 0 ? 0n : BigInt(Math.trunc((unit * (to.min * 255)) / wide))
  return code => {
    const shifted = (BigInt.asIntN(64, BigInt(code) * scale) >> 32n) + offset - start + BigInt(unit / 2)
    return clamp(Number(shifted >> 16n), [0, 255])
  }
}

/** Codes kept between those of two numbers. */
const bounded =
  (...bounds: readonly number[]): Kernel =>
  ([x, min, max], node) => {
    const limits = limitsOf(node, x!.dtype)
    const of = range(min!, max!)
    const [low, high] = bounds.map(bound => clamp(codeOf(bound, of, limits), limits)) as [number, number?]
    const out = Float64Array.from(numbers(x!), v => Math.min(Math.max(v, low), high ?? Infinity))
    return withRange(fromNumbers(x!.dtype, x!.shape, out), of)
  }

/** Joined in the range that holds all. Source: quantized_concat_op.cc. */
const concat: Kernel = (inputs, node) => {
  const count = (inputs.length - 1) / 3
  const at = first(inputs[0]!)
  const part = (from: number): readonly NdArray[] => inputs.slice(1 + from * count, 1 + (from + 1) * count)
  const maxima = part(2)
  const ranges = part(1).map((min, i) => range(min, maxima[i]!))
  const all = { min: Math.min(...ranges.map(r => r.min)), max: Math.max(...ranges.map(r => r.max)) }
  const arrays = part(0).map((codes, i): NdArray => {
    const own = ranges[i]!
    if (own.min === all.min && own.max === all.max) return codes
    const limits = limitsOf(node, codes.dtype)
    const change = (code: number): number => codeInFloats(numberInFloats(code, own, limits), all, limits)
    return fromNumbers(codes.dtype, codes.shape, Float64Array.from(numbers(codes), change))
  })
  if (arrays.some(array => array.shape.length <= at)) fail(node, `axis ${at} of codes`)
  return withRange(concatenated(node, at, arrays), all)
}

/** The mean of codes, without its fraction. Source: quantized_pooling_ops.cc. */
const averagePool: Kernel = ([x, min, max], node) => {
  const codes = fromNumbers('int32', x!.shape, numbers(x!))
  const sums = poolingKernels['AvgPool']!([fromNumbers('float64', codes.shape, numbers(codes))], node)[0]!
  const means = Float64Array.from(numbers(sums), Math.trunc)
  return withRange(fromNumbers(x!.dtype, sums.shape, means), range(min!, max!))
}

const maxPool: Kernel = ([x, min, max], node) =>
  withRange(poolingKernels['MaxPool']!([x!], node)[0]!, range(min!, max!))

/** Between the numbers of the codes. Source: quantized_resize_bilinear_op.cc. */
const resize: Kernel = ([x, sizes, min, max], node) => {
  if (x!.dtype === 'float32')
    return withRange(imageKernels['ResizeBilinear']!([x!, sizes!], node)[0]!, range(min!, max!))
  const codes = fromNumbers('float32', x!.shape, numbers(x!))
  const between = imageKernels['ResizeBilinear']!([codes, sizes!], node)[0]!
  const rounded = Float64Array.from(numbers(between), nearest)
  return withRange(fromNumbers(x!.dtype, between.shape, rounded), range(min!, max!))
}

const reshape: Kernel = ([x, shape, min, max], node) => {
  return withRange(reshaped(node, x!, list(shape!)), range(min!, max!))
}

/** Kernels by op. */
export const quantisedOpKernels: Kernels = {
  QuantizeV2: quantize,
  QuantizedMatMul: multiplied(matrixProduct),
  QuantizedMul: multiplied(elementProduct),
  QuantizedConv2D: multiplied((x, filter, node) => convolutionKernels['Conv2D']!([x, filter], node)[0]!),
  QuantizedAdd: add,
  QuantizedBiasAdd: addBias,
  RequantizationRange: requantizationRange,
  Requantize: requantize,
  QuantizedRelu: bounded(0),
  QuantizedRelu6: bounded(0, 6),
  QuantizedConcat: concat,
  QuantizedAvgPool: averagePool,
  QuantizedMaxPool: maxPool,
  QuantizedResizeBilinear: resize,
  QuantizedReshape: reshape,
}
