/** Kernels that work element by element on one operand, or on two that broadcast. */
import type { Node } from '../../graph/node.ts'
import { broadcastShapes } from '../../tensor/make.ts'
import { elementCount, type Shape } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType, isFloat } from '../../tensorflow/dtype.ts'
import {
  bigints,
  first,
  fromBigints,
  fromNumbers,
  isBig,
  isComplex,
  mapped,
  type NdArray,
  numbers,
  rounded,
  scalarOf,
  size,
  stringBytes,
  take,
  texts,
  unrounded,
  withShape,
} from '../array.ts'
import { aligned, fail, indices, type Kernel, type Kernels, largerOf, refuse, smallerOf } from '../kernel.ts'
import {
  besselI,
  betainc,
  digamma,
  erf,
  erfc,
  erfinv,
  igamma,
  igammac,
  lgamma,
  ndtri,
  polygamma,
  zeta,
} from '../special.ts'
import { complexArithmetic } from './complex.ts'

type Unary = (x: number) => number
type Binary = (a: number, b: number) => number
type BigBinary = (a: bigint, b: bigint, node: Node) => bigint

/** Half to even, as Round and Rint do. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest < 0.5 || (rest === 0.5 && floor % 2 === 0)) return floor
  return floor === -1 ? -0 : floor + 1
}

const selu = (x: number): number =>
  x < 0 ? 1.0507009873554805 * 1.6732632423543772 * Math.expm1(x) : 1.0507009873554805 * x
const softplus: Unary = x => (x > 30 ? x : Math.log1p(Math.exp(x)))

/** By op: for numbers, and for 64-bit integers where the op takes them. */
const UNARY: Record<string, [Unary, ((x: bigint) => bigint)?]> = {
  Abs: [Math.abs, x => (x < 0n ? -x : x)],
  Neg: [x => -x, x => -x],
  Sign: [Math.sign, x => (x > 0n ? 1n : x < 0n ? -1n : 0n)],
  Square: [x => x * x, x => x * x],
  Sqrt: [Math.sqrt],
  Rsqrt: [x => 1 / Math.sqrt(x)],
  Reciprocal: [x => 1 / x],
  Inv: [x => 1 / x],
  Exp: [Math.exp],
  Expm1: [Math.expm1],
  Log: [Math.log],
  Log1p: [Math.log1p],
  Sin: [Math.sin],
  Cos: [Math.cos],
  Tan: [Math.tan],
  Asin: [Math.asin],
  Acos: [Math.acos],
  Atan: [Math.atan],
  Sinh: [Math.sinh],
  Cosh: [Math.cosh],
  Tanh: [Math.tanh],
  Asinh: [Math.asinh],
  Acosh: [Math.acosh],
  Atanh: [Math.atanh],
  Floor: [Math.floor],
  Ceil: [Math.ceil],
  Round: [roundHalfEven],
  Rint: [roundHalfEven],
  Sigmoid: [x => 1 / (1 + Math.exp(-x))],
  Relu: [x => Math.max(x, 0), x => largerOf(x, 0n)],
  Relu6: [x => Math.min(Math.max(x, 0), 6), x => smallerOf(largerOf(x, 0n), 6n)],
  Elu: [x => (x < 0 ? Math.expm1(x) : x)],
  Selu: [selu],
  Softplus: [softplus],
  Softsign: [x => x / (1 + Math.abs(x))],
  Erf: [erf],
  Erfc: [erfc],
  Erfinv: [erfinv],
  Ndtri: [ndtri],
  Lgamma: [lgamma],
  Digamma: [digamma],
  BesselI0: [x => besselI(0, x)],
  BesselI0e: [x => besselI(0, x, true)],
  BesselI1: [x => besselI(1, x)],
  BesselI1e: [x => besselI(1, x, true)],
}

/** Integers are computed exactly and then wrapped: the square of an int32 does not fit in a float64. */
const unary =
  ([f, big]: [Unary, ((x: bigint) => bigint)?]): Kernel =>
  ([x], node) => {
    if (!isFloat(x!.dtype)) {
      const out = bigints(x!).map(big ?? refuse(node, `${node.op} of ${x!.dtype}`))
      return [
        isBig(x!.dtype) ? fromBigints(x!.dtype, x!.shape, out) : fromNumbers(x!.dtype, x!.shape, out.map(wrapped)),
      ]
    }
    return [mapped(x!, f)]
  }

const floorDiv = (a: bigint, b: bigint): bigint => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n)
const floorMod = (a: bigint, b: bigint): bigint => a - b * floorDiv(a, b)

/** The remainder with the sign of the divisor. */
function floatMod(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

const nonZero =
  (f: (a: bigint, b: bigint) => bigint): BigBinary =>
  (a, b, node) =>
    b === 0n ? fail(node, 'division by zero') : f(a, b)
/** Modulo 2^64, by squaring: the exponent may be any integer. */
const power: BigBinary = (a, b, node) => {
  if (b < 0n) fail(node, 'an integer to a negative power')
  let result = 1n
  for (let [base, left] = [a, b]; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * base)
    base = BigInt.asIntN(64, base * base)
  }
  return result
}

/** A shift is at least 0 and less than the type's bits. Source: bitwise_ops.h. */
const bitsToShift = (by: bigint, dtype: DType): bigint =>
  smallerOf(largerOf(by, 0n), BigInt(8 * bytesPerElement(dtype) - 1))

/** By op: for floats, and for integers (all of which are computed exactly, then wrapped). */
const BINARY: Record<string, [Binary, BigBinary?]> = {
  Add: [(a, b) => a + b, (a, b) => a + b],
  AddV2: [(a, b) => a + b, (a, b) => a + b],
  Sub: [(a, b) => a - b, (a, b) => a - b],
  Mul: [(a, b) => a * b, (a, b) => a * b],
  Div: [(a, b) => a / b, nonZero((a, b) => a / b)],
  RealDiv: [(a, b) => a / b, nonZero((a, b) => a / b)],
  TruncateDiv: [(a, b) => Math.trunc(a / b), nonZero((a, b) => a / b)],
  FloorDiv: [(a, b) => Math.floor(a / b), nonZero(floorDiv)],
  FloorMod: [floatMod, nonZero(floorMod)],
  Mod: [(a, b) => a % b, nonZero((a, b) => a % b)],
  TruncateMod: [(a, b) => a % b, nonZero((a, b) => a % b)],
  DivNoNan: [(a, b) => (b === 0 ? 0 : a / b)],
  MulNoNan: [(a, b) => (b === 0 ? 0 : a * b)],
  Xdivy: [(a, b) => (a === 0 ? 0 : a / b)],
  Xlogy: [(a, b) => (a === 0 ? 0 : a * Math.log(b))],
  Xlog1py: [(a, b) => (a === 0 ? 0 : a * Math.log1p(b))],
  Maximum: [Math.max, largerOf],
  Minimum: [Math.min, smallerOf],
  Pow: [(a, b) => (a === 1 ? 1 : a ** b), power],
  SquaredDifference: [(a, b) => (a - b) ** 2, (a, b) => (a - b) ** 2n],
  Atan2: [Math.atan2],
  BitwiseAnd: [() => Number.NaN, (a, b) => a & b],
  BitwiseOr: [() => Number.NaN, (a, b) => a | b],
  BitwiseXor: [() => Number.NaN, (a, b) => a ^ b],
  LeftShift: [() => Number.NaN, (a, b, node) => a << bitsToShift(b, node.type('T'))],
  RightShift: [() => Number.NaN, (a, b, node) => a >> bitsToShift(b, node.type('T'))],
  Igamma: [igamma],
  Igammac: [igammac],
  Zeta: [zeta],
  Polygamma: [polygamma],
}

/** Integers up to 32 bits whose sums and differences float64 holds exactly take the quick way. */
const QUICK = new Set(['Add', 'AddV2', 'Sub', 'Maximum', 'Minimum'])

function binary(op: string, [f, big]: [Binary, BigBinary?]): Kernel {
  return (inputs, node) => {
    if (isComplex(inputs[0]!.dtype))
      return (complexArithmetic(op) ?? refuse(node, `${op} of ${inputs[0]!.dtype}`))(inputs, node)
    if (inputs[0]!.dtype === 'string') return [joined(node, inputs[0]!, inputs[1]!)]
    const { dtype } = inputs[0]!
    if (isFloat(dtype) || (QUICK.has(op) && !isBig(dtype))) return [combined(node, inputs[0]!, inputs[1]!, f)]
    const { a, b } = aligned(node, inputs[0]!, inputs[1]!)
    const { shape } = a
    if (!big) return refuse(node, `${op} of ${dtype}`)
    const [x, y] = [bigints(a), bigints(b)]
    const out = x.map((v, i) => BigInt.asIntN(64, big(v, y[i]!, node)))
    return [
      isBig(dtype)
        ? fromBigints(dtype, shape, out)
        : fromNumbers(
            dtype,
            shape,
            out.map(v => wrapped(v)),
          ),
    ]
  }
}

/** A number from each two, rounded to the type once. */
function combined(node: Node, left: NdArray, right: NdArray, f: Binary): NdArray {
  const shape = broadcastShapes(left.shape, right.shape)
  if (!shape) fail(node, `shapes [${left.shape}] and [${right.shape}] do not broadcast`)
  const repeats = isRepeated(left.shape, shape) && isRepeated(right.shape, shape)
  const { a, b } = repeats ? { a: left, b: right } : aligned(node, left, right)
  const [x, y] = [numbers(a), numbers(b)]
  const out = unrounded(a.dtype, elementCount(shape))
  const period = Math.min(x.length, y.length)
  for (let from = 0; from < out.length; from += period) {
    const [atX, atY] = [x.length === period ? 0 : from, y.length === period ? 0 : from]
    for (let i = 0; i < period; i++) out[from + i] = f(x[atX + i]!, y[atY + i]!)
  }
  return rounded(a.dtype, shape, out)
}

/** Whether stretching to a shape repeats the whole array: its sizes are the last of the shape's, and 1 before. */
function isRepeated(from: Shape, to: Shape): boolean {
  const own = from.slice(from.findIndex(size => size !== 1))
  return from.every(size => size === 1) || own.every((size, i) => size === to[to.length - own.length + i])
}

/** Modulo 2^32, which typed arrays of fewer bits cut further. */
const wrapped = (v: bigint): number => Number(BigInt.asIntN(32, v))

/** Add of strings joins them. */
function joined(node: Node, x: NdArray, y: NdArray): NdArray {
  const { a, b } = aligned(node, x, y)
  const right = stringBytes(b)
  return { ...a, data: stringBytes(a).map((bytes, i) => Uint8Array.of(...bytes, ...right[i]!)) }
}

const COMPARE: Record<string, (a: number | bigint | string, b: number | bigint | string) => boolean> = {
  Equal: (a, b) => a === b,
  NotEqual: (a, b) => a !== b,
  Less: (a, b) => a < b,
  LessEqual: (a, b) => a <= b,
  Greater: (a, b) => a > b,
  GreaterEqual: (a, b) => a >= b,
}

const comparable = (x: NdArray): ArrayLike<number | bigint | string> =>
  x.dtype === 'string'
    ? stringBytes(x).map(bytes => String.fromCharCode(...bytes))
    : isBig(x.dtype)
      ? bigints(x)
      : numbers(x)

const compare =
  (f: (a: number | bigint | string, b: number | bigint | string) => boolean): Kernel =>
  (inputs, node) => {
    if (inputs[0]!.shape.join() !== inputs[1]!.shape.join() && !broadcastShapes(inputs[0]!.shape, inputs[1]!.shape)) {
      if (node.attrs.has('incompatible_shape_error') && !node.bool('incompatible_shape_error'))
        return [scalarOf('bool', node.op === 'NotEqual' ? 1 : 0)]
    }
    const { a, b } = aligned(node, inputs[0]!, inputs[1]!)
    const [x, y] = [comparable(a), comparable(b)]
    return [{ dtype: 'bool', shape: a.shape, data: Uint8Array.from(x, (v, i) => (f(v, y[i]!) ? 1 : 0)) }]
  }

const logical =
  (f: (a: number, b: number) => number): Kernel =>
  (inputs, node) => {
    const { a, b } = aligned(node, inputs[0]!, inputs[1]!)
    const y = numbers(b)
    return [
      fromNumbers(
        'bool',
        a.shape,
        numbers(a).map((v, i) => f(v, y[i]!)),
      ),
    ]
  }

const test =
  (f: (x: number) => boolean): Kernel =>
  ([x]) => [
    fromNumbers(
      'bool',
      x!.shape,
      Uint8Array.from(numbers(x!), v => (f(v) ? 1 : 0)),
    ),
  ]

/** The elements of `yes` where the condition holds, of `no` elsewhere; all three of one shape. */
const chosen = (condition: NdArray, yes: NdArray, no: NdArray): NdArray => {
  const out = take(
    yes,
    indices(size(yes), i => i),
    yes.shape,
  )
  const target = out.data as unknown as unknown[] // `yes` and `no` are of one type, whichever it is
  const from = no.data as unknown as unknown[]
  numbers(condition).forEach((c, i) => {
    if (!c) target[i] = from[i]
  })
  return out
}

/** Select of version 1: the condition may be a scalar, or a vector that picks rows. */
const select: Kernel = ([c, x, y]) => {
  if (c!.shape.length === x!.shape.length) return [chosen(c!, x!, y!)]
  const rows = size(x!) / size(c!)
  const condition = take(
    c!,
    indices(size(x!), i => Math.floor(i / rows)),
    x!.shape,
  )
  return [chosen(condition, x!, y!)]
}

const selectV2: Kernel = ([c, x, y], node) => {
  const { a: yes, b: no } = aligned(node, x!, y!)
  const { a: condition, b: like } = aligned(node, c!, yes)
  return [chosen(condition, like, aligned(node, no, like).a)]
}

/** Adds any number of arrays of one shape. */
const addN: Kernel = (inputs, node) => {
  if (inputs.length === 1) return [inputs[0]!]
  const add = elementwiseKernels['AddV2']!
  return [inputs.reduce((sum, x) => add([sum, x], node)[0]!)]
}

const invert: Kernel = ([x]) => {
  const out = bigints(x!).map(v => ~v)
  return [isBig(x!.dtype) ? fromBigints(x!.dtype, x!.shape, out) : fromNumbers(x!.dtype, x!.shape, out.map(Number))]
}

const betaincKernel: Kernel = ([a, b, x], node) => {
  const left = aligned(node, a!, x!)
  const right = aligned(node, b!, left.b)
  const [p, q, z] = [numbers(aligned(node, left.a, right.b).a), numbers(right.a), numbers(right.b)]
  return [
    fromNumbers(
      x!.dtype,
      right.b.shape,
      Float64Array.from(z, (v, i) => betainc(p[i]!, q[i]!, v)),
    ),
  ]
}

/** The neighbour of `a` in the direction of `b`: the next pattern of bits. */
const nextAfter: Kernel = ([x, y], node) => {
  const { a, b } = aligned(node, x!, y!)
  const to = numbers(b)
  const isDouble = a.dtype === 'float64'
  return [
    fromNumbers(
      a.dtype,
      a.shape,
      Float64Array.from(numbers(a), (v, i) => neighbour(v, to[i]!, isDouble)),
    ),
  ]
}

function neighbour(from: number, to: number, isDouble: boolean): number {
  if (Number.isNaN(from) || Number.isNaN(to)) return Number.NaN
  if (from === to) return to
  const view = new DataView(new ArrayBuffer(8))
  if (from === 0) {
    const tiny = isDouble ? Number.MIN_VALUE : 2 ** -149
    return to > 0 ? tiny : -tiny
  }
  const step = from < to === from > 0 ? 1 : -1 // away from zero, or towards it
  if (isDouble) {
    view.setFloat64(0, from)
    view.setBigInt64(0, view.getBigInt64(0) + BigInt(step))
    return view.getFloat64(0)
  }
  view.setFloat32(0, from)
  view.setInt32(0, view.getInt32(0) + step)
  return view.getFloat32(0)
}

const checkNumerics: Kernel = ([x], node) =>
  numbers(x!).every(Number.isFinite) ? [x!] : fail(node, `${node.str('message')}: a value is not finite`)

const clip: Kernel = ([x, low, high], node) => {
  const above = elementwiseKernels['Maximum']!([x!, low!], node)[0]!
  return elementwiseKernels['Minimum']!([above, high!], node)
}

/** Kernels by op. */
export const elementwiseKernels: Kernels = {
  ...Object.fromEntries(Object.entries(UNARY).map(([op, f]) => [op, unary(f)])),
  ...Object.fromEntries(Object.entries(BINARY).map(([op, f]) => [op, binary(op, f)])),
  ...Object.fromEntries(Object.entries(COMPARE).map(([op, f]) => [op, compare(f)])),
  LeakyRelu: ([x], node) => unary([v => (v < 0 ? v * node.float('alpha') : v)])([x!], node),
  ApproximateEqual: ([x, y], node) => {
    const b = numbers(y!)
    const near = numbers(x!).map((v, i) => (Math.abs(v - b[i]!) < node.float('tolerance') ? 1 : 0))
    return [fromNumbers('bool', x!.shape, near)]
  },
  LogicalAnd: logical((a, b) => a & b),
  LogicalOr: logical((a, b) => a | b),
  LogicalNot: ([x]) => [
    fromNumbers(
      'bool',
      x!.shape,
      numbers(x!).map(v => 1 - v),
    ),
  ],
  IsFinite: test(Number.isFinite),
  IsInf: test(x => Math.abs(x) === Infinity),
  IsNan: test(Number.isNaN),
  Select: select,
  SelectV2: selectV2,
  AddN: addN,
  AccumulateNV2: addN,
  Invert: invert,
  Betainc: betaincKernel,
  NextAfter: nextAfter,
  CheckNumerics: checkNumerics,
  CheckNumericsV2: checkNumerics,
  ClipByValue: clip,
  BiasAdd: ([x, bias], node) => {
    const isFirst = node.str('data_format') === 'NCHW'
    const shape = isFirst ? [bias!.shape[0]!, ...x!.shape.slice(2).map(() => 1)] : bias!.shape
    return elementwiseKernels['AddV2']!([x!, withShape(bias!, shape)], node)
  },
  BiasAddV1: ([x, bias], node) => elementwiseKernels['AddV2']!([x!, bias!], node),
  Assert: ([condition, ...data], node) =>
    first(condition!) ? [] : fail(node, `assertion failed: ${data.flatMap(shown).slice(0, 3).join(' ')}`),
}

const shown = (x: NdArray): string[] => (x.dtype === 'string' ? texts(x) : Array.from(numbers(x), String))
