/** Complex numbers, and Fourier transforms as their definition says: Σ x[n] · e^(∓2πi·kn/N). */
import type { Node } from '../../graph/node.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { type Complex, complexes, fromComplex, fromNumbers, list, type NdArray, zeros } from '../array.ts'
import { aligned, around, fail, type Kernel, type Kernels } from '../kernel.ts'

/** By op: of two complex numbers. */
const ARITHMETIC: Readonly<Record<string, (a: Complex, b: Complex) => Complex>> = {
  Add: (a, b) => ({ re: a.re + b.re, im: a.im + b.im }),
  AddV2: (a, b) => ({ re: a.re + b.re, im: a.im + b.im }),
  Sub: (a, b) => ({ re: a.re - b.re, im: a.im - b.im }),
  Mul: times,
  RealDiv: over,
  Div: over,
}

function times(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re }
}

function over(a: Complex, b: Complex): Complex {
  const size = b.re * b.re + b.im * b.im
  const { re, im } = times(a, { re: b.re, im: -b.im })
  return { re: re / size, im: im / size }
}

/** A kernel for complex operands of an op that also has real ones; undefined where there is none. */
export function complexArithmetic(op: string): Kernel | undefined {
  const act = ARITHMETIC[op]
  if (!act) return undefined
  return ([x, y], node) => {
    const { a, b } = aligned(node, x!, y!)
    const right = complexes(b)
    return [
      fromComplex(
        a.dtype,
        a.shape,
        complexes(a).map((v, i) => act(v, right[i]!)),
      ),
    ]
  }
}

/** A real number of each complex one. */
const part =
  (of: (v: Complex) => number): Kernel =>
  ([x], node) => [fromNumbers(node.type('Tout'), x!.shape, complexes(x!).map(of))]

const complex: Kernel = ([real, imag], node) => {
  const { a, b } = aligned(node, real!, imag!)
  const im = list(b)
  return [
    fromComplex(
      node.type('Tout'),
      a.shape,
      list(a).map((re, i) => ({ re, im: im[i]! })),
    ),
  ]
}

/** One row transformed; `sign` is -1 forward, 1 backward, without the division by its length. */
function transformed(row: readonly Complex[], sign: number): Complex[] {
  const n = row.length
  const roots = row.map((_, i) => {
    const angle = (sign * 2 * Math.PI * i) / n
    return { re: Math.cos(angle), im: Math.sin(angle) }
  })
  return row.map((_, k) =>
    row.reduce<Complex>(
      (sum, v, i) => {
        const { re, im } = times(v, roots[(k * i) % n]!)
        return { re: sum.re + re, im: sum.im + im }
      },
      { re: 0, im: 0 },
    ),
  )
}

/** Rows along an axis, each replaced by what `change` makes of it, of one new length. */
function along(x: NdArray, axis: number, length: number, change: (row: Complex[]) => readonly Complex[]): NdArray {
  const [outer, size, inner] = around(x.shape, axis)
  const from = complexes(x)
  const out = [...complexes(zeros(x.dtype, x.shape.with(axis, length)))]
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const row = Array.from({ length: size }, (_, k) => from[(o * size + k) * inner + i]!)
      for (const [k, v] of change(row).entries()) out[(o * length + k) * inner + i] = v
    }
  return { dtype: x.dtype, shape: x.shape.with(axis, length), data: out }
}

/** Transformed along an axis. Rounded only once all axes are done. */
function fourier(x: NdArray, axis: number, sign: number): NdArray {
  return along(x, axis, x.shape[axis]!, row => {
    const all = transformed(row, sign)
    return sign < 0 ? all : all.map(({ re, im }) => ({ re: re / row.length, im: im / row.length }))
  })
}

/** The first `length` along an axis, followed by zeros where there are fewer. */
const resized = (x: NdArray, axis: number, length: number): NdArray =>
  along(x, axis, length, row => Array.from({ length }, (_, k) => row[k] ?? { re: 0, im: 0 }))

const lastAxes = (node: Node, x: NdArray, count: number): number[] => {
  if (x.shape.length < count) fail(node, `a transform over ${count} axes of a tensor of rank ${x.shape.length}`)
  return Array.from({ length: count }, (_, i) => x.shape.length - count + i)
}

const fft =
  (count: number, sign: number): Kernel =>
  ([x], node) => {
    const all = lastAxes(node, x!, count).reduce((y, axis) => fourier(y, axis, sign), x!)
    return [fromComplex(x!.dtype, all.shape, complexes(all))]
  }

/** For real numbers the second half follows from the first, and is left out. */
const rfft =
  (count: number): Kernel =>
  ([x, lengths], node) => {
    const dtype = node.type('Tcomplex')
    const axes = lastAxes(node, x!, count)
    const sizes = list(lengths!)
    const real: NdArray = { dtype, shape: x!.shape, data: complexes(x!) }
    const whole = axes.reduce((y, axis, i) => fourier(resized(y, axis, sizes[i]!), axis, -1), real)
    const half = resized(whole, axes.at(-1)!, Math.floor(sizes.at(-1)! / 2) + 1)
    return [fromComplex(dtype, half.shape, complexes(half))]
  }

/** Back to real numbers: the second half along the last axis is the first, mirrored and conjugated. */
const irfft =
  (count: number): Kernel =>
  ([x, lengths], node) => {
    const axes = lastAxes(node, x!, count)
    const sizes = list(lengths!)
    const last = axes.at(-1)!
    const length = sizes.at(-1)!
    const cut = axes.slice(0, -1).reduce((y, axis, i) => fourier(resized(y, axis, sizes[i]!), axis, 1), x!)
    const half = resized(cut, last, Math.floor(length / 2) + 1)
    const whole = along(half, last, length, row =>
      Array.from({ length }, (_, k) => row[k] ?? { re: row[length - k]!.re, im: -row[length - k]!.im }),
    )
    const values = complexes(fourier(whole, last, 1)).map(v => v.re)
    return [fromNumbers(node.type('Treal'), whole.shape, values)]
  }

const DIMENSIONS: readonly [suffix: string, axes: number][] = [
  ['', 1],
  ['2D', 2],
  ['3D', 3],
]

/** The type of the real numbers in complex ones. */
const realOf = (dtype: DType): DType => (dtype === 'complex128' ? 'float64' : 'float32')

/** Kernels by op. */
export const complexKernels: Kernels = {
  Complex: complex,
  Real: part(v => v.re),
  Imag: part(v => v.im),
  Angle: part(v => Math.atan2(v.im, v.re)),
  ComplexAbs: ([x]) => [
    fromNumbers(
      realOf(x!.dtype),
      x!.shape,
      complexes(x!).map(v => Math.hypot(v.re, v.im)),
    ),
  ],
  Conj: ([x]) => [
    fromComplex(
      x!.dtype,
      x!.shape,
      complexes(x!).map(({ re, im }) => ({ re, im: -im })),
    ),
  ],
  ...Object.fromEntries(
    DIMENSIONS.flatMap(([suffix, axes]) => [
      [`FFT${suffix}`, fft(axes, -1)],
      [`IFFT${suffix}`, fft(axes, 1)],
      [`RFFT${suffix}`, rfft(axes)],
      [`IRFFT${suffix}`, irfft(axes)],
    ]),
  ),
}
