/** Functions of each element by itself, of one tensor or of two. */
import type { Value } from '../../../graph/node.ts'
import { bytesPerElement, type DType, isFloat, isInteger } from '../../../tensorflow/dtype.ts'
import {
  celu,
  elu,
  gelu,
  generalRelu,
  glu,
  hardSigmoid,
  leakyRelu,
  logSigmoid,
  softShrink,
  sparsePlus,
  squareplus,
} from '../activation.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat, resultType } from './promotion.ts'

type Emit = Operation['emit']
type Formula = (scope: Scope, x: Value, f: FunctionCall) => Value
type Pair = (scope: Scope, a: Value, b: Value, f: FunctionCall) => Value

const counted = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype)

/** A function of x as it is; a truth value is 0 or 1. */
export const unary =
  (formula: Formula): Emit =>
  f => {
    const x = f.tensor('x')
    return formula(f.scope, f.scope.cast(x, counted(x.dtype ?? 'float32')), f)
  }
/** The same of real numbers: whole ones become such. */
export const real =
  (formula: Formula): Emit =>
  f => {
    const x = f.tensor('x', 'float32')
    return formula(f.scope, f.scope.cast(x, asFloat(x.dtype ?? 'float32')), f)
  }
/** An op of TensorFlow of one operand. */
export const opOf =
  (op: string): Formula =>
  (scope, x) =>
    scope.op(op, [x])

/** |x|, of complex numbers too. TensorFlow's op takes no unsigned numbers, which are what they are. */
export const absolute: Formula = (scope, x) =>
  x.dtype?.startsWith('uint')
    ? x
    : x.dtype?.startsWith('complex')
      ? scope.op('ComplexAbs', [x], { Tout: x.dtype === 'complex128' ? 'float64' : 'float32' })
      : scope.op('Abs', [x])

/** A function of small unsigned numbers by way of int32, where TensorFlow's op takes none. */
const signedFor = (scope: Scope, values: readonly Value[], formula: (values: readonly Value[]) => Value): Value => {
  const dtype = values[0]!.dtype!
  if (!dtype.startsWith('uint')) return formula(values)
  return scope.cast(formula(values.map(value => scope.cast(value, 'int32'))), dtype)
}
export const sign: Formula = (scope, x) => signedFor(scope, [x], ([y]) => scope.op('Sign', [y!]))
export const power: Pair = (scope, a, b) => signedFor(scope, [a, b], ([x, y]) => scope.op('Pow', [x!, y!]))

/** The remainder with the sign of x1: sign(x1)·(|x1| mod |x2|). */
export const remainder: Pair = (scope, a, b) =>
  signedFor(scope, [a, b], ([x, y]) =>
    scope.mul(scope.op('Sign', [x!]), scope.op('FloorMod', [scope.op('Abs', [x!]), scope.op('Abs', [y!])])),
  )

/** A part of a complex number. Real ones have no other part than themselves. */
export const part =
  (op: 'Real' | 'Imag' | 'Angle'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    if (x.dtype?.startsWith('complex'))
      return scope.op(op, [x], { Tout: x.dtype === 'complex128' ? 'float64' : 'float32' })
    if (op === 'Real') return x
    return op === 'Angle' ? angle(scope, x, f) : scope.op('ZerosLike', [x])
  }

/** Complex numbers with the other sign of their imaginary part. */
export const conjugate: Emit = f => {
  const x = f.tensor('x')
  return x.dtype?.startsWith('complex') ? f.scope.op('Conj', [x]) : x
}

/** A function of x1 and x2 in one type. */
export const binary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'], counted)
    return formula(f.scope, a!, b!, f)
  }
/** The same where Keras 3 makes tensors of both first. */
export const tensorBinary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.tensorsTogether(['x1', 'x2'], counted)
    return formula(f.scope, a!, b!, f)
  }
/** The same of real numbers. */
export const realBinary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'], asFloat)
    return formula(f.scope, a!, b!, f)
  }
/** The same of whatever type, truth values too: comparisons. */
export const comparison =
  (op: string): Emit =>
  f => {
    const [a, b] = f.tensorsTogether(['x1', 'x2'])
    return f.scope.op(op, [a!, b!])
  }
/** The same where a Python number takes the other's type: operations on bits. */
export const bitwise =
  (op: string): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'])
    return f.scope.op(op, [a!, b!])
  }
/** A function of truth values: a number is true unless it is 0. */
export const logical =
  (op: string): Emit =>
  f =>
    f.scope.op(
      op,
      (op === 'LogicalNot' ? ['x'] : ['x1', 'x2']).map(name => truth(f.scope, f.tensor(name))),
    )
/** Whether a number is not 0. */
export const truth = (scope: Scope, x: Value): Value => (x.dtype === 'bool' ? x : scope.compare('NotEqual', x, 0))

/** An op of TensorFlow of two operands. */
export const pairOf =
  (op: string, name = op): Pair =>
  (scope, a, b) =>
    scope.op(op, [a, b], {}, name)

/**
 * x1 + x2. Keras 3 takes x2 for a bias where it has one dimension that is not 1 and as large as the last or
 * the second of x1: it is added there, wherever in x2 that dimension is.
 */
export const addition: Emit = f => {
  const [a, b] = f.together(['x1', 'x2'], counted)
  const { scope, call } = f
  if (call.profile !== 'k3') return scope.add(a!, b!)
  const [x, y] = [scope.shape(a!), scope.shape(b!)]
  const wide = y?.filter(size => size !== 1)
  const size = wide?.length === 1 ? wide[0] : undefined
  if (!x || !y || x.length < 2 || typeof size !== 'number' || (x[1] !== size && x.at(-1) !== size))
    return scope.add(a!, b!)
  if (x.at(-1) === size) return y.length === 1 ? scope.add(a!, b!) : scope.add(a!, scope.reshape(b!, [size]))
  return scope.add(a!, scope.reshape(b!, [size, ...x.slice(2).map(() => 1)]))
}

export const subtraction = binary((scope, a, b) => scope.sub(a, b))
export const multiplication = binary((scope, a, b) => scope.mul(a, b))
export const division = realBinary((scope, a, b) => scope.div(a, b))
export const divisionOrZero = realBinary(pairOf('DivNoNan', 'div_no_nan'))

/** Rounded to `decimals` places, halves to the even neighbour; whole numbers to tens and hundreds. */
export const rounding: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const decimals = f.int('decimals', 0)
  const isWhole = given.dtype !== undefined && !isFloat(given.dtype)
  if (isWhole && decimals >= 0) return given
  const x = isWhole ? scope.cast(given, 'float32') : given
  if (decimals === 0) return scope.op('Round', [x])
  const factor = 10 ** decimals
  return scope.cast(scope.div(scope.op('Round', [scope.mul(x, factor)]), factor), given.dtype!)
}

/** The whole part: toward zero. */
export const truncated: Formula = (scope, x) => {
  if (x.dtype && !isFloat(x.dtype)) return x
  return scope.select(scope.compare('Less', x, 0), scope.op('Ceil', [x]), scope.op('Floor', [x]))
}

/** ∛x of either sign. */
export const cubeRoot: Formula = (scope, x) =>
  scope.mul(scope.op('Sign', [x]), scope.op('Pow', [scope.op('Abs', [x]), scope.number(1 / 3, x)]))

/** sin(πx) / πx, and 1 at 0. */
export const sinc: Formula = (scope, x) => {
  const isZero = scope.compare('Equal', x, 0)
  const angle = scope.mul(scope.select(isZero, scope.number(1, x), x), Math.PI)
  return scope.select(isZero, scope.number(1, x), scope.div(scope.op('Sin', [angle]), angle))
}

/** NaN and infinities replaced: by 0 and the largest numbers of the type unless given. */
export const nanToNumber: Formula = (scope, x, f) => {
  if (x.dtype && !isFloat(x.dtype)) return x
  const largest = x.dtype === 'float64' ? Number.MAX_VALUE : x.dtype === 'float16' ? 65504 : 3.4028234663852886e38
  const replace = (value: Value, when: Value, by: number): Value => scope.select(when, scope.number(by, x), value)
  const finite = replace(x, scope.op('IsNan', [x]), f.number('nan', 0))
  const below = replace(finite, scope.compare('Equal', finite, Number.POSITIVE_INFINITY), f.number('posinf', largest))
  return replace(below, scope.compare('Equal', below, Number.NEGATIVE_INFINITY), f.number('neginf', -largest))
}

/** Between two bounds, either of which may be absent or a tensor. */
export const clipping: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const number = scope.cast(x, counted(x.dtype ?? 'float32'))
  const { dtype } = number
  const low = f.maybeTensor('low', dtype)
  const high = f.maybeTensor('high', dtype)
  const isScalar = (bound: Value | undefined): boolean => bound !== undefined && scope.shape(bound)?.length === 0
  if (isScalar(low) && isScalar(high) && dtype && isFloat(dtype))
    return scope.op('ClipByValue', [number, scope.cast(low!, dtype), scope.cast(high!, dtype)], {}, 'clip_by_value')
  const above = low ? scope.max(number, scope.cast(low, dtype!)) : number
  return high ? scope.min(above, scope.cast(high, dtype!)) : above
}

/** condition ? x1 : x2; without these where the condition holds, as indices. */
export const choice: Emit = f => {
  const condition = truth(f.scope, f.tensor('condition'))
  if (!f.has('x1') && !f.has('x2')) {
    const places = f.scope.op('Where', [condition])
    return f.call.profile === 'k3'
      ? f.scope.op('Unpack', [f.scope.cast(places, 'int32')], { num: f.rank(condition), axis: 1 })
      : places
  }
  const [a, b] = f.together(['x1', 'x2'])
  return f.scope.select(condition, a!, b!)
}

/** |x1 − x2| ≤ atol + rtol·|x2|. */
export const closeness: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const bound = scope.add(scope.mul(scope.op('Abs', [b!]), f.number('rtol', 1e-5)), f.number('atol', 1e-8))
  const near = scope.op('LessEqual', [scope.op('Abs', [scope.sub(a!, b!)]), bound])
  const isClose = scope.op('LogicalOr', [near, scope.op('Equal', [a!, b!])])
  if (!f.bool('equal_nan')) return isClose
  const bothNan = scope.op('LogicalAnd', [scope.op('IsNan', [a!]), scope.op('IsNan', [b!])])
  return scope.op('LogicalOr', [isClose, bothNan])
}

/** Whether all are so close. */
export const allCloseness: Emit = f => {
  const isClose = closeness(f) as Value // it is one tensor
  return f.scope.reduce(
    'All',
    isClose,
    f.shape(isClose).map((_, i) => i),
  )
}

/** Whether each element of x1 is one of those of x2; with `invert`, whether it is none. */
export const membership: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'])
  const equal = scope.op('Equal', [scope.expandDims(a!, -1), scope.reshape(b!, [null])])
  const found = scope.reduce('Any', equal, [-1])
  return f.bool('invert') ? scope.op('LogicalNot', [found]) : found
}

/** max(a, b) + log(1 + base^−|a − b|), the sum of two powers as a power. */
export const logAddExp: Pair = (scope, a, b) => {
  const distance = scope.mul(scope.op('Abs', [scope.sub(a, b)]), -1)
  return scope.add(scope.max(a, b), scope.op('Log1p', [scope.op('Exp', [distance])]))
}

/** The larger or smaller, of a number and NaN the number. */
export const ignoringNan =
  (op: 'Maximum' | 'Minimum'): Pair =>
  (scope, a, b) => {
    const found = scope.op(op, [a, b])
    if (!a.dtype || !isFloat(a.dtype)) return found
    return scope.select(scope.op('IsNan', [a]), b, scope.select(scope.op('IsNan', [b]), a, found))
  }

/** The greatest number that divides both: (a, b) becomes (b, a mod b) until b is 0, as often as Fibonacci's numbers need that fit the type. */
export const commonDivisor: Pair = (scope, x, y) => {
  const size = (value: Value): Value => (value.dtype!.startsWith('u') ? value : scope.op('Abs', [value]))
  let [a, b] = [size(x), size(y)]
  const bits = 8 * bytesPerElement(x.dtype!) - (x.dtype!.startsWith('u') ? 0 : 1)
  const rounds = Math.ceil((bits * Math.LN2 + Math.log(Math.sqrt(5))) / Math.log((1 + Math.sqrt(5)) / 2))
  for (let i = 0; i < rounds; i++) {
    const isOver = scope.compare('Equal', b, 0)
    const rest = scope.op('FloorMod', [a, scope.max(b, 1)])
    ;[a, b] = [scope.select(isOver, a, b), rest]
  }
  return a
}
/** The smallest number that both divide. */
export const commonMultiple: Pair = (scope, x, y, f) => {
  const divisor = scope.max(commonDivisor(scope, x, y, f), 1)
  const product = scope.mul(x, scope.op('FloorDiv', [y, divisor]))
  return product.dtype!.startsWith('u') ? product : scope.op('Abs', [product])
}

/** The next float64 from x1 toward x2, rounded back: TensorFlow has no op for the small types. */
export const nextAfter: Pair = (scope, a, b) =>
  scope.cast(scope.op('NextAfter', [scope.cast(a, 'float64'), scope.cast(b, 'float64')]), a.dtype!)

/** 0 for negative x1, x2 at 0, else 1. */
export const heaviside: Pair = (scope, a, b) => {
  const positive = scope.indicator('Greater', a, 0)
  return scope.select(scope.compare('Equal', a, 0), b, positive)
}

/** In another type; a number is true unless it is 0. */
export const casting: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype')
  if (dtype === 'bool' && x.dtype !== 'bool') return truth(f.scope, x)
  return dtype ? f.scope.cast(x, dtype) : x
}

/** The same, numbers beyond the type's range becoming its bounds. */
export const saturating: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype')
  if (!dtype || !isInteger(dtype)) return casting(f)
  const bits = { int8: 8, uint8: 8, int16: 16, uint16: 16, int32: 32, uint32: 32 }[dtype as 'int8']
  if (!bits) return casting(f)
  const [low, high] = dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  const bounded = f.scope.min(f.scope.max(x, low), high)
  return f.scope.cast(bounded, dtype)
}

/** Activations with their parameters. */
export const activations: Readonly<Record<string, Formula>> = {
  leakyRelu: (scope, x, f) => leakyRelu(scope, x, f.number('slope', 0.2)),
  elu: (scope, x, f) => (f.number('alpha', 1) === 1 ? scope.op('Elu', [x]) : elu(scope, x, f.number('alpha', 1))),
  celu: (scope, x, f) => celu(scope, x, f.number('alpha', 1)),
  /** Keras 3's default is the tanh form, TensorFlow's the exact one. */
  gelu: (scope, x, f) => gelu(scope, x, f.bool('approximate', f.call.profile === 'k3')),
  hardSigmoid: (scope, x, f) => hardSigmoid(scope, x, f.call.profile),
  hardSilu: (scope, x) => scope.mul(x, hardSigmoid(scope, x, 'k3')),
  silu: (scope, x, f) => {
    const beta = f.number('beta', 1)
    return scope.mul(x, scope.op('Sigmoid', [beta === 1 ? x : scope.mul(x, beta)]))
  },
  mish: (scope, x) => scope.mul(x, scope.op('Tanh', [scope.op('Softplus', [x])])),
  logSigmoid: (scope, x) => logSigmoid(scope, x),
  softShrink: (scope, x, f) => softShrink(scope, x, f.number('threshold', 0.5)),
  hardShrink: (scope, x, f) =>
    scope.mul(x, scope.indicator('Greater', scope.op('Abs', [x]), scope.number(f.number('threshold', 0.5), x))),
  tanhShrink: (scope, x) => scope.sub(x, scope.op('Tanh', [x])),
  hardTanh: (scope, x) => scope.clip(x, -1, 1),
  sparsePlus: (scope, x) => sparsePlus(scope, x),
  sparseSigmoid: (scope, x) => scope.clip(scope.mul(scope.add(x, 1), 0.5), 0, 1),
  squareplus: (scope, x, f) => squareplus(scope, x, f.number('b', 4)),
  threshold: (scope, x, f) =>
    scope.select(scope.compare('Greater', x, f.number('threshold')), x, scope.number(f.number('default_value'), x)),
  relu: (scope, x, f) =>
    generalRelu(
      scope,
      x,
      f.number('negative_slope', 0),
      f.number('threshold', 0),
      f.has('max_value') ? f.number('max_value') : undefined,
    ),
  glu: (scope, x, f) => glu(scope, x, f.axis('axis', x, -1)),
}

/** Whether the sign is minus, of −0 too. */
export const signBit: Formula = (scope, x) => {
  if (x.dtype && !isFloat(x.dtype)) return scope.compare('Less', x, 0)
  return scope.compare('Less', scope.op('Bitcast', [scope.cast(x, 'float32')], { type: 'int32' }), 0)
}

/** Of conditions in order, the choice of the first that holds. */
export const selection: Emit = f => {
  const { scope } = f
  const [conditions, choices] = [f.tensors('condlist'), f.tensors('choicelist')]
  const dtype = resultType(...choices.map(choice => choice.dtype!)) // every tensor of ours has a type
  const otherwise = scope.cast(f.maybeTensor('default', dtype) ?? scope.cast(scope.int(0), dtype), dtype)
  return choices.reduceRight(
    (rest, choice, i) => scope.select(truth(scope, conditions[i]!), scope.cast(choice, dtype), rest),
    otherwise,
  )
}

/** 0 for what is not negative, else π. */
export const angle: Formula = (scope, x) =>
  scope.select(scope.compare('Less', x, 0), scope.number(Math.PI, x), scope.number(0, x))

/** Σ cᵢ·x^(n−i), by Horner's rule. */
export const polynomial: Emit = f => {
  const x = f.tensor('x')
  const [first, ...rest] = f.tensors('xs').map(value => f.scope.cast(value, x.dtype!))
  if (!first) return f.scope.op('ZerosLike', [x])
  if (rest.length === 0) return f.scope.add(first, f.scope.op('ZerosLike', [x]))
  return rest.reduce((sum, coefficient) => f.scope.add(f.scope.mul(x, sum), coefficient), first)
}

/** Σ log Γ(x) − log Γ(Σ x) along the last axis. */
export const logBeta: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const last = [f.rank(x) - 1]
  return scope.sub(
    scope.reduce('Sum', scope.op('Lgamma', [x]), last),
    scope.op('Lgamma', [scope.reduce('Sum', x, last)]),
  )
}
