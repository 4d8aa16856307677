/** Special functions of mathematics by their series, in float64. They agree with TensorFlow to about seven digits. */
import { Arithmetic, type Operand } from '../arithmetic.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { repeated } from '../repeated.ts'

type Formula = (math: Arithmetic, args: readonly Ref[], emit: Emitter) => Ref

/** A formula of inputs that broadcast over each other; the result has the type of the first. */
const by =
  (formula: Formula): Lowering =>
  (node, emit) => {
    const args = node.inputs.map(input => emit.cast(emit.value(input), 'float64'))
    const result = formula(new Arithmetic(emit), args, emit)
    emit.set(node.out(), emit.cast(result, emit.dtype(node.out()), node.name))
  }

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** How far a number is above the whole number below it, times π. */
const turnOf = (math: Arithmetic, x: Ref): Ref => math.mul(Math.PI, math.sub(x, math.floor(x)))

/** log |Γ(x)|: Lanczos' approximation with g = 7, and below ½ log(π / |sin πx|) − log Γ(1 − x). */
function lgamma(math: Arithmetic, x: Ref): Ref {
  const isLow = math.less(x, 0.5)
  const z = math.sub(math.where(isLow, math.sub(1, x), x), 1)
  const sum = LANCZOS.reduce<Operand>((s, c, i) => math.add(s, math.div(c, math.add(z, i + 1))), 0.99999999999980993)
  const t = math.add(z, 7.5)
  const main = math.sub(math.mul(math.add(z, 0.5), math.log(t)), t)
  const high = math.add(math.add(main, math.log(sum)), Math.log(2 * Math.PI) / 2)
  const mirrored = math.sub(math.log(math.div(Math.PI, math.abs(math.sin(turnOf(math, x))))), high)
  const result = math.where(isLow, mirrored, high)
  return math.where(math.equal(math.abs(x), Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY, result)
}

/** How many steps upward digamma and zeta take before their asymptotic series. */
const STEPS = 12

/** ψ(x) = ψ(x + 12) − Σ 1 / (x + k); below zero ψ(1 − x) − π cot πx. */
function digamma(math: Arithmetic, x: Ref): Ref {
  const isLow = math.less(x, 0)
  const z = math.where(isLow, math.sub(1, x), x)
  const sum = math.sumOver(z, STEPS, shifted => math.div(1, shifted))
  const far = math.add(z, STEPS)
  const r = math.div(1, math.mul(far, far))
  const tail = math.mul(r, math.polynomial(r, [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760]))
  const high = math.sub(math.sub(math.sub(math.log(far), math.div(0.5, far)), tail), sum)
  const turn = turnOf(math, x)
  const mirrored = math.sub(high, math.div(math.mul(Math.PI, math.cos(turn)), math.sin(turn)))
  const isPole = math.equal(math.where(math.less(0, x), 1, turn), 0)
  return math.where(isPole, Number.NaN, math.where(isLow, mirrored, high))
}

/** B₂ₖ / (2k)!, for the Euler-Maclaurin formula. */
const BERNOULLI = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600]

/** Hurwitz's ζ(s, q) = Σ (q + n)⁻ˢ, by the Euler-Maclaurin formula. */
function zeta(math: Arithmetic, s: Ref, q: Ref, emit: Emitter): Ref {
  const wide = math.add(q, math.mul(s, 0))
  const minus = math.neg(s)
  const exponent = emit.op('Unsqueeze', [minus, emit.vector([-1])])
  const sum = math.sumOver(wide, STEPS, shifted => math.pow(shifted, exponent))
  const z = math.add(wide, STEPS)
  const last = math.pow(z, minus)
  let total = math.add(sum, math.add(math.div(math.mul(z, last), math.sub(s, 1)), math.mul(0.5, last)))
  let factor: Ref = math.div(math.mul(s, last), z)
  for (const [k, b] of BERNOULLI.entries()) {
    total = math.add(total, math.mul(b, factor))
    const grown = math.mul(math.add(s, 2 * k + 1), math.add(s, 2 * k + 2))
    factor = math.div(math.mul(factor, grown), math.mul(z, z))
  }
  const isWhole = math.equal(q, math.floor(q))
  const atPole = math.where(isWhole, Number.POSITIVE_INFINITY, Number.NaN)
  const positive = math.where(math.less(0, q), total, atPole)
  const below = math.where(math.less(s, 1), Number.NaN, positive)
  return math.where(math.equal(s, 1), Number.POSITIVE_INFINITY, below)
}

/** The n-th derivative of digamma: (−1)ⁿ⁺¹ n! ζ(n + 1, x). */
const polygamma: Formula = (math, [n, x], emit) => {
  const next = math.add(n!, 1)
  const parity = math.sub(n!, math.mul(2, math.floor(math.div(n!, 2))))
  const sign = math.sub(math.mul(2, parity), 1)
  const value = math.mul(math.mul(sign, math.exp(lgamma(math, next))), zeta(math, next, x!, emit))
  const isNone = math.or(math.less(n!, 0), math.less(math.floor(n!), n!))
  return math.where(math.equal(n!, 0), digamma(math, x!), math.where(isNone, Number.NaN, value))
}

/** Source: Giles, Approximating the erfinv function (2010), table 5. */
const CENTRAL = [
  1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6, -3.5233877e-6, 3.43273939e-7,
  2.81022636e-8,
]
const TAIL = [
  2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322, 0.000100950558,
  -0.000200214257,
]

/** The inverse of erf at y, where `w` is −log(1 − y²). */
function inverseOfErf(math: Arithmetic, y: Ref, w: Ref): Ref {
  const central = math.polynomial(math.sub(w, 2.5), CENTRAL)
  const tail = math.polynomial(math.sub(math.sqrt(math.max(w, 0)), 3), TAIL)
  const isEnd = math.equal(w, Number.POSITIVE_INFINITY)
  const factor = math.where(math.less(w, 5), central, math.where(isEnd, Number.POSITIVE_INFINITY, tail))
  return math.mul(factor, y)
}

const erfinv: Formula = (math, [y]) =>
  inverseOfErf(math, y!, math.neg(math.log(math.mul(math.sub(1, y!), math.add(1, y!)))))

/** The number below which a share p of normal numbers is: √2 erf⁻¹(2p − 1), where 1 − (2p − 1)² = 4p(1 − p). */
export function normalQuantile(math: Arithmetic, p: Ref): Ref {
  const w = math.neg(math.log(math.mul(math.mul(4, p), math.sub(1, p))))
  return math.mul(Math.SQRT2, inverseOfErf(math, math.sub(math.mul(2, p), 1), w))
}

/** Near zero in (x / 3.75)², beyond 3.75 in 3.75 / x. Source: Abramowitz & Stegun 9.8.1 to 9.8.4. */
const BESSEL = [
  {
    near: [1, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813],
    far: [
      0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377,
    ],
  },
  {
    near: [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411],
    far: [
      0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654, -0.00420059,
    ],
  },
]
const BORDER = 3.75

/** The modified Bessel function Iₙ; scaled, times e^−|x|. */
const bessel =
  (n: 0 | 1, isScaled: boolean): Formula =>
  (math, [x]) => {
    const size = math.abs(x!)
    const { near, far } = BESSEL[n]!
    const ratio = math.div(x!, BORDER)
    const even = math.polynomial(math.mul(ratio, ratio), near)
    const inner = math.mul(n === 1 ? math.mul(x!, even) : even, isScaled ? math.exp(math.neg(size)) : 1)
    const within = math.max(size, BORDER)
    const series = math.div(math.polynomial(math.div(BORDER, within), far), math.sqrt(within))
    const outer = isScaled ? series : math.mul(series, math.exp(within))
    const signed = n === 1 ? math.where(math.less(x!, 0), math.neg(outer), outer) : outer
    return math.where(math.less(size, BORDER), inner, signed)
  }

/** Turns of a series or fraction: enough for float32 up to arguments of some ten thousand. */
const TURNS = 400

/** xᵃ e⁻ˣ / Γ(a). */
const gammaFront = (math: Arithmetic, a: Ref, x: Ref): Ref =>
  math.exp(math.sub(math.sub(math.mul(a, math.log(x)), x), lgamma(math, a)))

/** The lower incomplete gamma function P(a, x) by its series, for x < a + 1. Source: Numerical Recipes 6.2. */
function gammaSeries(math: Arithmetic, a: Ref, x: Ref, emit: Emitter): Ref {
  const first = math.div(1, a)
  const [, sum] = repeated(emit, emit.scalar('int64', TURNS), [first, first], (turn, [term, total]) => {
    const n = math.add(emit.cast(turn, 'float64'), 1)
    const next = math.mul(term!, math.div(x, math.add(a, n)))
    return [next, math.add(total!, next)]
  })
  return sum!
}

/** Its complement by a continued fraction, from the inside outwards: x + 1 − a + 1(a − 1) / (x + 3 − a + 2(a − 2) / …). */
function gammaFraction(math: Arithmetic, a: Ref, x: Ref, emit: Emitter): Ref {
  const [inner] = repeated(emit, emit.scalar('int64', TURNS), [math.add(x, 2 * TURNS + 1)], (turn, [below]) => {
    const k = math.sub(TURNS, emit.cast(turn, 'float64'))
    const level = math.add(math.sub(x, a), math.sub(math.mul(2, k), 1))
    return [math.add(level, math.div(math.mul(k, math.sub(a, k)), below!))]
  })
  return math.div(1, inner!)
}

/** P(a, x), or 1 − P(a, x). */
const incompleteGamma =
  (isUpper: boolean): Formula =>
  (math, [given, other], emit) => {
    const a = math.add(given!, math.mul(other!, 0))
    const x = math.add(other!, math.mul(given!, 0))
    const isSmall = math.less(x, math.add(a, 1))
    const front = gammaFront(math, a, x)
    // Each is computed where it holds; elsewhere at a place where it does.
    const lower = math.mul(front, gammaSeries(math, a, math.where(isSmall, x, a), emit))
    const upper = math.mul(front, gammaFraction(math, a, math.where(isSmall, math.add(a, 1), x), emit))
    const result = isUpper
      ? math.where(isSmall, math.sub(1, lower), upper)
      : math.where(isSmall, lower, math.sub(1, upper))
    const isNone = math.or(math.less(x, 0), math.less(a, 0), math.equal(a, 0))
    return math.where(isNone, Number.NaN, math.where(math.equal(x, 0), isUpper ? 1 : 0, result))
  }

/** The continued fraction of the incomplete beta function, from the inside outwards. Source: Numerical Recipes 6.4. */
function betaFraction(math: Arithmetic, [a, b, x]: readonly [Ref, Ref, Ref], emit: Emitter): Ref {
  const start = math.add(math.mul(x, 0), 1)
  const [inner] = repeated(emit, emit.scalar('int64', TURNS), [start], (turn, [below]) => {
    const m = math.sub(TURNS, emit.cast(turn, 'float64'))
    const twice = math.add(a, math.mul(2, m))
    const even = math.div(math.mul(math.mul(m, math.sub(b, m)), x), math.mul(math.sub(twice, 1), twice))
    const before = math.sub(m, 1)
    const [low, high] = [math.sub(twice, 2), math.sub(twice, 1)]
    const factor = math.mul(math.add(a, before), math.add(math.add(a, b), before))
    const odd = math.neg(math.div(math.mul(factor, x), math.mul(low, high)))
    return [math.add(1, math.div(odd, math.add(1, math.div(even, below!))))]
  })
  return math.div(1, inner!)
}

/** Iₓ(a, b), on the side of its middle where the fraction converges. */
const incompleteBeta: Formula = (math, [first, second, third], emit) => {
  const zero = math.mul(math.add(math.add(first!, second!), third!), 0)
  const [a, b, x] = [first!, second!, third!].map(ref => math.add(ref, zero)) as [Ref, Ref, Ref]
  const isLeft = math.less(x, math.div(math.add(a, 1), math.add(math.add(a, b), 2)))
  const [p, q] = [math.where(isLeft, a, b), math.where(isLeft, b, a)]
  const y = math.where(isLeft, x, math.sub(1, x))
  const gammas = math.sub(lgamma(math, math.add(a, b)), math.add(lgamma(math, a), lgamma(math, b)))
  const powers = math.add(math.mul(p, math.log(y)), math.mul(q, math.log(math.sub(1, y))))
  const part = math.div(math.mul(math.exp(math.add(gammas, powers)), betaFraction(math, [p, q, y], emit)), p)
  const isEnd = math.or(math.equal(x, 0), math.equal(x, 1))
  const isNone = math.or(
    ...[x, a, b].map(ref => math.less(ref, 0)),
    math.less(1, x),
    math.equal(a, 0),
    math.equal(b, 0),
  )
  const result = math.where(isEnd, x, math.where(isLeft, part, math.sub(1, part)))
  return math.where(isNone, Number.NaN, result)
}

export const specials: Lowerings = {
  BesselI0: by(bessel(0, false)),
  BesselI0e: by(bessel(0, true)),
  BesselI1: by(bessel(1, false)),
  BesselI1e: by(bessel(1, true)),
  Betainc: by(incompleteBeta),
  Digamma: by((math, [x]) => digamma(math, x!)),
  Erfinv: by(erfinv),
  Igamma: by(incompleteGamma(false)),
  Igammac: by(incompleteGamma(true)),
  Lgamma: by((math, [x]) => lgamma(math, x!)),
  Ndtri: by((math, [p]) => normalQuantile(math, p!)),
  Polygamma: by(polygamma),
  Zeta: by((math, [s, q], emit) => zeta(math, s!, q!, emit)),
}
