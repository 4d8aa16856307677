/** Arithmetic on each element. */
import type { Value } from '../../../graph/node.ts'
import { bytesPerElement, isFloat } from '../../../tensorflow/dtype.ts'
import { binary, counted, type Formula, type Pair, pairOf, realBinary, signedFor } from './elementwise.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** |x|, of complex numbers too. TensorFlow's op takes no unsigned numbers, which are what they are. */
export const abs: Formula = (scope, x) =>
  x.dtype?.startsWith('uint')
    ? x
    : x.dtype?.startsWith('complex')
      ? scope.op('ComplexAbs', [x], { Tout: x.dtype === 'complex128' ? 'float64' : 'float32' })
      : scope.op('Abs', [x])

export const sign: Formula = (scope, x) => signedFor(scope, [x], ([y]) => scope.op('Sign', [y!]))

export const power: Pair = (scope, a, b) => signedFor(scope, [a, b], ([x, y]) => scope.op('Pow', [x!, y!]))

/** The remainder with the sign of x1: sign(x1)·(|x1| mod |x2|). */
export const fmod: Pair = (scope, a, b) =>
  signedFor(scope, [a, b], ([x, y]) =>
    scope.mul(scope.op('Sign', [x!]), scope.op('FloorMod', [scope.op('Abs', [x!]), scope.op('Abs', [y!])])),
  )

/**
 * x1 + x2. Keras 3 takes x2 for a bias where it has one dimension that is not 1 and as large as the last or
 * the second of x1: it is added there, wherever in x2 that dimension is.
 */
export const add: Emit = f => {
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

export const subtract = binary((scope, a, b) => scope.sub(a, b))

export const multiply = binary((scope, a, b) => scope.mul(a, b))

export const divide = realBinary((scope, a, b) => scope.div(a, b))

export const divideNoNan = realBinary(pairOf('DivNoNan', 'div_no_nan'))

/** Rounded to `decimals` places, halves to the even neighbour; whole numbers to tens and hundreds. */
export const round: Emit = f => {
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
export const trunc: Formula = (scope, x) => {
  if (x.dtype && !isFloat(x.dtype)) return x
  return scope.select(scope.compare('Less', x, 0), scope.op('Ceil', [x]), scope.op('Floor', [x]))
}

/** ∛x of either sign. */
export const cbrt: Formula = (scope, x) =>
  scope.mul(scope.op('Sign', [x]), scope.op('Pow', [scope.op('Abs', [x]), scope.number(1 / 3, x)]))

/** sin(πx) / πx, and 1 at 0. */
export const sinc: Formula = (scope, x) => {
  const isZero = scope.compare('Equal', x, 0)
  const angle = scope.mul(scope.select(isZero, scope.number(1, x), x), Math.PI)
  return scope.select(isZero, scope.number(1, x), scope.div(scope.op('Sin', [angle]), angle))
}

/** NaN and infinities replaced: by 0 and the largest numbers of the type unless given. */
export const nanToNum: Formula = (scope, x, f) => {
  if (x.dtype && !isFloat(x.dtype)) return x
  const largest = x.dtype === 'float64' ? Number.MAX_VALUE : x.dtype === 'float16' ? 65504 : 3.4028234663852886e38
  const replace = (value: Value, when: Value, by: number): Value => scope.select(when, scope.number(by, x), value)
  const finite = replace(x, scope.op('IsNan', [x]), f.number('nan', 0))
  const below = replace(finite, scope.compare('Equal', finite, Number.POSITIVE_INFINITY), f.number('posinf', largest))
  return replace(below, scope.compare('Equal', below, Number.NEGATIVE_INFINITY), f.number('neginf', -largest))
}

/** Between two bounds, either of which may be absent or a tensor. */
export const clip: Emit = f => {
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

/** max(a, b) + log(1 + base^−|a − b|), the sum of two powers as a power. */
export const logaddexp: Pair = (scope, a, b) => {
  const distance = scope.mul(scope.op('Abs', [scope.sub(a, b)]), -1)
  return scope.add(scope.max(a, b), scope.op('Log1p', [scope.op('Exp', [distance])]))
}

/** The larger or smaller, of a number and NaN the number. */
export const fmaxOrFmin =
  (op: 'Maximum' | 'Minimum'): Pair =>
  (scope, a, b) => {
    const found = scope.op(op, [a, b])
    if (!a.dtype || !isFloat(a.dtype)) return found
    return scope.select(scope.op('IsNan', [a]), b, scope.select(scope.op('IsNan', [b]), a, found))
  }

/** The greatest number that divides both: (a, b) becomes (b, a mod b) until b is 0, as often as Fibonacci's numbers need that fit the type. */
export const gcd: Pair = (scope, x, y) => {
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
export const lcm: Pair = (scope, x, y, f) => {
  const divisor = scope.max(gcd(scope, x, y, f), 1)
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

/** Whether the sign is minus, of −0 too. */
export const signbit: Formula = (scope, x) => {
  if (x.dtype && !isFloat(x.dtype)) return scope.compare('Less', x, 0)
  return scope.compare('Less', scope.op('Bitcast', [scope.cast(x, 'float32')], { type: 'int32' }), 0)
}

/** Σ cᵢ·x^(n−i), by Horner's rule. */
export const polyval: Emit = f => {
  const x = f.tensor('x')
  const [first, ...rest] = f.tensors('xs').map(value => f.scope.cast(value, x.dtype!))
  if (!first) return f.scope.op('ZerosLike', [x])
  if (rest.length === 0) return f.scope.add(first, f.scope.op('ZerosLike', [x]))
  return rest.reduce((sum, coefficient) => f.scope.add(f.scope.mul(x, sum), coefficient), first)
}

/** Σ log Γ(x) − log Γ(Σ x) along the last axis. */
export const lbeta: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const last = [f.rank(x) - 1]
  return scope.sub(
    scope.reduce('Sum', scope.op('Lgamma', [x]), last),
    scope.op('Lgamma', [scope.reduce('Sum', x, last)]),
  )
}
