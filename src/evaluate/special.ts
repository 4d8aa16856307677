/** Special functions, to about 1e-14 relative. Sources are named at each. */

const SQRT_PI = Math.sqrt(Math.PI)
const TINY = 1e-300
const EPSILON = 1e-16
const MAX_TERMS = 10_000

/** The error function. Series of positive terms (Abramowitz & Stegun 7.1.6); its complement beyond 2.5. */
export function erf(x: number): number {
  if (Math.abs(x) > 2.5) return Math.sign(x) * (1 - erfc(Math.abs(x)))
  let term = x
  let sum = x
  for (let n = 1; n < 200 && Math.abs(term) > EPSILON * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum
}

/** 1 − erf(x), without losing digits for large x: the upper incomplete gamma function of 1/2 at x². */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x
  if (x < 0) return 2 - erfc(-x)
  return x < 0.5 ? 1 - erf(x) : igammac(0.5, x * x)
}

/** The inverse of erf, by Newton's method from Giles's approximation. */
export function erfinv(y: number): number {
  if (Math.abs(y) >= 1) return Math.abs(y) === 1 ? y * Infinity : Number.NaN
  const w = Math.log1p(-y * y)
  const a = 2 / (Math.PI * 0.147) + w / 2
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(a * a - w / 0.147) - a)
  for (let i = 0; i < 4; i++) {
    const excess = y < 0 ? erfc(-x) - 1 - y : 1 - y - erfc(x) // erf(x) − y, from the tail that has the digits
    x -= excess * 0.5 * SQRT_PI * Math.exp(x * x)
  }
  return x
}

/** The inverse of the normal distribution function. */
export const ndtri = (p: number): number => Math.SQRT2 * erfinv(2 * p - 1)

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** log |Γ(x)|, by Lanczos's approximation with g = 7. */
export function lgamma(x: number): number {
  if ((x <= 0 && Number.isInteger(x)) || Math.abs(x) === Infinity) return Infinity
  if (x === 1 || x === 2) return 0
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x)
  const z = x - 1
  const sum = LANCZOS.reduce((s, c, i) => (i === 0 ? c : s + c / (z + i)), 0)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** The derivative of log Γ, by its recurrence and asymptotic series. */
export function digamma(x: number): number {
  if (x <= 0 && Number.isInteger(x)) return Number.NaN
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x)
  let shift = 0
  let z = x
  for (; z < 10; z++) shift -= 1 / z
  const r = 1 / (z * z)
  const tail = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - (r * 691) / 32760)))))
  return shift + Math.log(z) - 0.5 / z - tail
}

/** The lower regularised incomplete gamma function P(a, x). Numerical Recipes 6.2. */
export function igamma(a: number, x: number): number {
  if (x < 0 || a <= 0 || Number.isNaN(x) || Number.isNaN(a)) return Number.NaN
  if (x === 0) return 0
  return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x)
}

/** The upper one, Q(a, x) = 1 − P(a, x). */
export function igammac(a: number, x: number): number {
  if (x < 0 || a <= 0 || Number.isNaN(x) || Number.isNaN(a)) return Number.NaN
  if (x === 0) return 1
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x)
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n < MAX_TERMS && term > sum * EPSILON; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * Math.exp(-x + a * Math.log(x) - lgamma(a))
}

function gammaFraction(a: number, x: number): number {
  if (x === Infinity) return 0
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let h = d
  for (let i = 1; i < MAX_TERMS; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / nonZero(an * d + b)
    c = nonZero(b + an / c)
    h *= d * c
    if (Math.abs(d * c - 1) < EPSILON) break
  }
  return Math.exp(-x + a * Math.log(x) - lgamma(a)) * h
}

const nonZero = (x: number): number => (Math.abs(x) < TINY ? TINY : x)

/** The regularised incomplete beta function. Numerical Recipes 6.4. */
export function betainc(a: number, b: number, x: number): number {
  if (a <= 0 || b <= 0 || x < 0 || x > 1) return Number.NaN
  if (x === 0 || x === 1) return x
  const front = Math.exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, 1 - x)) / b
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let h = d
  const step = (factor: number): number => {
    d = 1 / nonZero(1 + factor * d)
    c = nonZero(1 + factor / c)
    h *= d * c
    return d * c
  }
  for (let m = 1; m < MAX_TERMS; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)))
    const change = step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)))
    if (Math.abs(change - 1) < EPSILON) break
  }
  return h
}

/** Bernoulli numbers B2k / (2k)!, for the Euler–Maclaurin formula. */
const BERNOULLI = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600]

/** Hurwitz's zeta function, Σ 1 / (q + n)^s, by the Euler–Maclaurin formula. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Infinity
  if (s < 1) return Number.NaN
  if (q <= 0) return Number.isInteger(q) ? Infinity : Number.NaN
  let sum = 0
  for (let n = 0; n < 12; n++) sum += (q + n) ** -s
  const z = q + 12
  sum += z ** (1 - s) / (s - 1) + 0.5 * z ** -s
  let factor = s
  for (const [k, b] of BERNOULLI.entries()) {
    sum += b * factor * z ** (-s - 2 * k - 1)
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2)
  }
  return sum
}

/** The n-th derivative of digamma: (−1)^(n+1) · n! · ζ(n + 1, x). */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x)
  if (n < 0 || !Number.isInteger(n)) return Number.NaN
  return (n % 2 === 0 ? -1 : 1) * Math.exp(lgamma(n + 1)) * zeta(n + 1, x)
}

/** The modified Bessel function I_n; `isScaled`: times e^-|x|. The series to 30, beyond it Hankel's expansion. Source: DLMF 10.25, 10.40. */
export function besselI(n: 0 | 1, x: number, isScaled = false): number {
  const size = Math.abs(x)
  const sign = n === 1 && x < 0 ? -1 : 1
  if (size > 30) return sign * hankel(4 * n * n, size) * (isScaled ? 1 : Math.exp(size))
  let term = n === 0 ? 1 : size / 2
  let sum = term
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (size * size) / 4 / (k * (k + n))
    sum += term
  }
  return sign * (Number.isNaN(x) ? x : sum) * (isScaled ? Math.exp(-size) : 1)
}

/** e^-x · I_n(x) for large x, where mu = 4n². */
function hankel(mu: number, x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < 20; k++) {
    term *= -(mu - (2 * k - 1) ** 2) / (8 * k * x)
    sum += term
  }
  return sum / Math.sqrt(2 * Math.PI * x)
}
