/** Cosine transforms and what signals are put together from: `tf.signal`. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import type { Range } from '../scope.ts'
import { atLeast, hann } from './fft.ts'
import type { FunctionCall, Operation } from './function-call.ts'

type Emit = Operation['emit']

/** A part of the last axis. */
const along = (f: FunctionCall, x: Value, range: Range): Value =>
  f.scope.slice(x, [...Array.from({ length: f.rank(x) - 1 }, () => [null, null] as const), range])

const samplesOf = (f: FunctionCall, x: Value): number => f.call.known(f.shape(x).at(-1), 'the number of its samples')

const reals = (f: FunctionCall, x: Value, values: readonly number[]): Value =>
  f.scope.mul(x, f.scope.const(vector(x.dtype!, values), 'weights'))

/** Which transform undoes which. */
const INVERSE: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 2, 4: 4 }

/** The cosine transform of a kind from 1 to 4, of the first `n` samples or of these and zeros. */
export const dctOrIdct =
  (direction: 'forward' | 'inverse'): Emit =>
  f => {
    const kind = f.int('type', 2)
    const x = f.tensor('x')
    const count = f.int('n', samplesOf(f, x))
    const input = atLeast(f, samplesOf(f, x) > count ? along(f, x, [0, count]) : x, count)
    const own = direction === 'forward' ? kind : INVERSE[kind]
    return cosinesOf(f, input, own ?? 0, f.has('norm') && f.text('norm') === 'ortho')
  }

/**
 * X_k = 2 Σ x_n cos(π(2n + 1)k / 2N) for the second kind, by a Fourier transform of twice the length.
 * Source: TensorFlow's ops/signal/dct_ops.py.
 */
function cosinesOf(f: FunctionCall, x: Value, kind: number, isOrthonormal: boolean): Value {
  const count = samplesOf(f, x)
  switch (kind) {
    case 1:
      return firstCosines(f, x, count)
    case 2:
      return secondCosines(f, x, count, isOrthonormal)
    case 3:
      return thirdCosines(f, x, count, isOrthonormal)
    case 4: {
      const doubled = secondCosines(f, atLeast(f, x, 2 * count), 2 * count, false)
      const odd = along(f, doubled, [1, null, 2])
      return isOrthonormal ? f.scope.mul(odd, Math.sqrt(0.5 / count)) : odd
    }
    default:
      return f.refuse(`there is no cosine transform of type ${kind}`)
  }
}

/** The DCT of type I: the real FFT of the samples followed, in reverse, by all but the first and the last. */
function firstCosines(f: FunctionCall, x: Value, count: number): Value {
  const { scope } = f
  const mirrored = scope.concat([x, along(f, x, [-2, 0, -1])], f.rank(x) - 1)
  return scope.op('Real', [scope.op('RFFT', [mirrored, scope.ints([2 * count - 2], 'fft_length')])])
}

/** Re(2·e^(−iπk/2N)·RFFT(x)): cosines of the real and sines of the imaginary part. */
function secondCosines(f: FunctionCall, x: Value, count: number, isOrthonormal: boolean): Value {
  const { scope } = f
  const spectrum = scope.op('RFFT', [atLeast(f, x, 2 * count), scope.ints([2 * count], 'fft_length')])
  const bins = along(f, spectrum, [0, count])
  const scale = (k: number): number => (isOrthonormal ? Math.sqrt((k === 0 ? 0.25 : 0.5) / count) : 1)
  const real = reals(f, scope.op('Real', [bins]), turns(count, scale, Math.cos))
  return scope.add(real, reals(f, scope.op('Imag', [bins]), turns(count, scale, Math.sin)))
}

/** IRFFT(2·e^(iπk/2N)·N·x), of which the first half is kept. */
function thirdCosines(f: FunctionCall, x: Value, count: number, isOrthonormal: boolean): Value {
  const { scope } = f
  const scale = (k: number): number => (isOrthonormal ? Math.sqrt(k === 0 ? count : count / 2) : count)
  const [real, imaginary] = [Math.cos, Math.sin].map(wave =>
    atLeast(f, reals(f, x, turns(count, scale, wave)), count + 1),
  )
  const waves = scope.op('IRFFT', [scope.op('Complex', [real!, imaginary!]), scope.ints([2 * count], 'fft_length')])
  return along(f, waves, [0, count])
}

const turns = (count: number, scale: (k: number) => number, wave: (angle: number) => number): number[] =>
  Array.from({ length: count }, (_, k) => 2 * scale(k) * wave((Math.PI * k) / (2 * count)))

/** Cepstra of logarithmic mel spectra: the second cosine transform over √(2·bins). */
export const mfccs: Emit = f => {
  const x = f.tensor('x')
  const count = samplesOf(f, x)
  return f.scope.mul(secondCosines(f, x, count, false), 1 / Math.sqrt(2 * count))
}

/** Turned by half of each axis, so that the frequency 0 comes to the middle; or back. */
export const fftshift =
  (direction: 'forward' | 'inverse'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const axes = f.axes('axes', x)
    const sign = direction === 'forward' ? 1 : -1
    const shifts = axes.map(axis => {
      const size = f.shape(x)[axis]
      if (typeof size === 'number') return sign * Math.floor(size / 2)
      const half = scope.op('FloorDiv', [scope.size(x, axis), scope.int(2, 'FloorDiv/y')])
      return sign === 1 ? half : scope.op('Neg', [half])
    })
    return scope.op('Roll', [x, scope.pack(shifts, 'Roll/shift'), scope.ints(axes, 'Roll/axis')])
  }

/** Frames, each `step` behind the one before, added where they overlap. */
export const overlapAndAdd: Emit = f => overlapOf(f, f.tensor('x'), f.int('step'))

/** Every frame is cut into pieces of `step` samples; the i-th pieces of all frames are one signal, i steps late. */
function overlapOf(f: FunctionCall, x: Value, step: number): Value {
  const { scope } = f
  const [outer, rank] = [scope.dims(x).slice(0, -2), f.rank(x)]
  const length = samplesOf(f, x)
  const frames = f.call.known(f.shape(x).at(-2), 'the number of its frames')
  const pieces = Math.ceil(length / step)
  const none = outer.map(() => [0, 0] as const)
  const padded = scope.pad(x, [...none, [0, pieces], [0, pieces * step - length]])
  const cut = scope.reshape(padded, [...outer, frames + pieces, pieces, step])
  const leading = outer.map((_, i) => i)
  const byPiece = scope.transpose(cut, [...leading, rank - 1, rank - 2, rank])
  const line = scope.reshape(byPiece, [...outer, (frames + pieces) * pieces, step])
  const late = frames + pieces - 1 // a row shorter than it is, so that each begins one step behind the one before
  const whole = scope.slice(line, [...outer.map(() => [null, null] as const), [0, late * pieces]])
  const apart = scope.reshape(whole, [...outer, pieces, late, step])
  const sum = scope.reshape(scope.reduce('Sum', apart, [rank - 2]), [...outer, late * step])
  return along(f, sum, [0, (frames - 1) * step + length])
}

/** The signal of short Fourier transforms, each frame weighted by a Hann window again. */
export const inverseStft: Emit = f => {
  const { scope } = f
  if (f.has('window')) return f.refuse('it has a window function of its own')
  const length = f.int('length')
  const size = f.int('fft_length', 2 ** Math.ceil(Math.log2(length)))
  const samples = scope.op('IRFFT', [f.tensor('x'), scope.ints([size], 'fft_length')])
  const frames = atLeast(f, size > length ? along(f, samples, [0, length]) : samples, length)
  return overlapOf(f, reals(f, frames, hann(length)), f.int('stride'))
}
