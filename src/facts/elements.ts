/**
 * Arithmetic on the known values of small tensors: how graphs compute shapes.
 * Integers are exact, and unknown where their type would wrap around; float32
 * rounds after each operation, as TensorFlow does.
 */
import { type DType, isInteger } from '../tensorflow/dtype.ts'
import { type Element, type Fact, type Inferred, integerElement, MAX_ELEMENTS } from './fact.ts'
import { broadcastIndices, broadcastShapes, offsets, staticShape, strides } from './shape.ts'

/** A function of two values: one for integers and bools, one for floats; null where there is no result. */
export interface Binary {
  readonly integer?: (a: bigint, b: bigint) => bigint | boolean | null
  readonly float?: (a: number, b: number) => number | boolean
}

/** A function of one value. */
export interface Unary {
  readonly integer?: (a: bigint) => bigint | boolean
  readonly float?: (a: number) => number | boolean
}

/** `a op b`, broadcast; `result` is the type of the outcome. */
export function binary(op: Binary, result: DType | undefined, a: Fact, b: Fact): Inferred {
  const shape = broadcastShapes(a.shape, b.shape)
  const pairs = broadcastElements([a, b], staticShape(shape))
  if (!pairs) return { shape }
  return { shape, elements: pairs.map(([p, q]) => applyBinary(op, a.dtype, result, p ?? null, q ?? null)) }
}

/** `op a`; `result` is the type of the outcome. */
export function unary(op: Unary, result: DType | undefined, a: Fact): Inferred {
  if (!a.elements) return { shape: a.shape }
  const apply = (e: Element): Element => {
    if (e === null) return null
    if (isExact(a.dtype)) return op.integer ? element(result, op.integer(BigInt(e))) : null
    return op.float ? element(result, op.float(Number(e))) : null
  }
  return { shape: a.shape, elements: a.elements.map(apply) }
}

function applyBinary(
  op: Binary,
  operand: DType | undefined,
  result: DType | undefined,
  a: Element,
  b: Element,
): Element {
  if (a === null || b === null) return null
  if (isExact(operand)) return op.integer ? element(result, op.integer(BigInt(a), BigInt(b))) : null
  return op.float ? element(result, op.float(Number(a), Number(b))) : null
}

/** A computed value as an element of its type; null where the type cannot hold it or is not computed with here. */
export function element(dtype: DType | undefined, value: bigint | number | boolean | null): Element {
  if (value === null || dtype === undefined) return null
  if (dtype === 'bool') return value ? 1 : 0
  if (isInteger(dtype)) {
    if (typeof value === 'number' && !Number.isFinite(value)) return null
    return integerElement(dtype, BigInt(typeof value === 'number' ? Math.trunc(value) : value))
  }
  if (dtype === 'float32') return Math.fround(Number(value))
  return dtype === 'float64' ? Number(value) : null
}

const isExact = (dtype: DType | undefined): boolean => dtype === 'bool' || (dtype !== undefined && isInteger(dtype))

/** Values of each operand at each index of `shape`; undefined where an operand's are unknown or they are too many. */
export function broadcastElements(operands: readonly Fact[], shape: number[] | undefined): Element[][] | undefined {
  if (!shape || shape.reduce((n, d) => n * d, 1) > MAX_ELEMENTS) return undefined
  const columns: Element[][] = []
  for (const operand of operands) {
    const from = staticShape(operand.shape)
    if (!operand.elements || !from) return undefined
    columns.push(broadcastIndices(from, shape).map(i => operand.elements![i]!))
  }
  return columns[0]?.map((_, i) => columns.map(column => column[i]!))
}

/** The elements at these places; undefined where none are known or the places are too many. */
export function pick({ elements }: Fact, places: readonly (number | null)[]): Element[] | undefined {
  return elements && places.map(i => (i === null ? null : (elements[i] ?? null)))
}

/** Folds the values along `axes` with `op`, from `initial` or the first of them. Undefined where they are not known. */
export function reduceElements(x: Fact, axes: readonly number[], op: Binary, initial?: Element): Element[] | undefined {
  const shape = staticShape(x.shape)
  if (!shape || !x.elements) return undefined
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d))
  const steps = strides(kept).map((s, i) => (axes.includes(i) ? 0 : s))
  const count = kept.reduce((n, d) => n * d, 1)
  if (count > MAX_ELEMENTS) return undefined
  const result = Array<Element | undefined>(count).fill(initial)
  for (const [from, to] of offsets(shape, steps).entries()) {
    const [before, value] = [result[to], x.elements[from]!]
    result[to] = before === undefined ? value : applyBinary(op, x.dtype, x.dtype, before, value)
  }
  return result.map(e => e ?? null)
}

const min = <T extends bigint | number>(a: T, b: T): T => (a < b ? a : b)
const max = <T extends bigint | number>(a: T, b: T): T => (a > b ? a : b)
const floorDiv = (a: bigint, b: bigint): bigint | null =>
  b === 0n ? null : a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n)
const floorMod = (a: bigint, b: bigint): bigint | null => (b === 0n ? null : ((a % b) + b) % b)

/** TensorFlow's binary ops on shapes and sizes, by name. Those whose float result is not certain have no float form. */
export const BINARY = {
  Add: { integer: (a, b) => a + b, float: (a, b) => a + b },
  Sub: { integer: (a, b) => a - b, float: (a, b) => a - b },
  Mul: { integer: (a, b) => a * b, float: (a, b) => a * b },
  RealDiv: { float: (a, b) => a / b },
  Div: { integer: (a, b) => (b === 0n ? null : a / b), float: (a, b) => a / b },
  DivNoNan: { float: (a, b) => (b === 0 ? 0 : a / b) },
  TruncateDiv: { integer: (a, b) => (b === 0n ? null : a / b) },
  TruncateMod: { integer: (a, b) => (b === 0n ? null : a % b) },
  FloorDiv: { integer: floorDiv, float: (a, b) => Math.floor(a / b) },
  FloorMod: { integer: floorMod },
  Maximum: { integer: max, float: max },
  Minimum: { integer: min, float: min },
  Pow: { integer: (a, b) => (b < 0n || b > 64n ? null : a ** b) },
  SquaredDifference: { integer: (a, b) => (a - b) ** 2n },
  BitwiseAnd: { integer: (a, b) => a & b },
  BitwiseOr: { integer: (a, b) => a | b },
  BitwiseXor: { integer: (a, b) => a ^ b },
  LeftShift: { integer: (a, b) => (b < 0n || b > 64n ? null : a << b) },
  RightShift: { integer: (a, b) => (b < 0n || b > 64n ? null : a >> b) },
} as const satisfies Record<string, Binary>

/** Comparisons and logic: the result is a bool. */
export const BINARY_TO_BOOL = {
  Equal: { integer: (a, b) => a === b, float: (a, b) => a === b },
  NotEqual: { integer: (a, b) => a !== b, float: (a, b) => a !== b },
  Less: { integer: (a, b) => a < b, float: (a, b) => a < b },
  LessEqual: { integer: (a, b) => a <= b, float: (a, b) => a <= b },
  Greater: { integer: (a, b) => a > b, float: (a, b) => a > b },
  GreaterEqual: { integer: (a, b) => a >= b, float: (a, b) => a >= b },
  LogicalAnd: { integer: (a, b) => a !== 0n && b !== 0n },
  LogicalOr: { integer: (a, b) => a !== 0n || b !== 0n },
} as const satisfies Record<string, Binary>

/** TensorFlow's unary ops on shapes and sizes, by name. */
export const UNARY = {
  Neg: { integer: a => -a, float: a => -a },
  Abs: { integer: a => (a < 0n ? -a : a), float: Math.abs },
  Sign: { integer: a => (a < 0n ? -1n : a > 0n ? 1n : 0n), float: Math.sign },
  Square: { integer: a => a * a, float: a => a * a },
  Sqrt: { float: Math.sqrt },
  Floor: { float: Math.floor },
  Ceil: { float: Math.ceil },
  Round: { float: roundHalfEven },
  Rint: { float: roundHalfEven },
  LogicalNot: { integer: a => a === 0n },
} as const satisfies Record<string, Unary>

function roundHalfEven(a: number): number {
  const rounded = Math.round(a)
  return Math.abs(a % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
