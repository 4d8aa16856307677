/** Fourier transforms: of tensors, and of windows of a signal. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import { extractSequences } from './extract-sequences.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { summedAt } from './scatter.ts'

type Emit = Operation['emit']

export const fft =
  (op: 'FFT' | 'FFT2D' | 'IFFT2D' | 'RFFT' | 'IRFFT'): Emit =>
  f => {
    const { scope } = f
    const parts = op === 'RFFT' ? [f.tensor('x')] : f.tensors('x')
    const size = f.shape(parts[0]!).at(-1)
    const isReal = op === 'RFFT' || op === 'IRFFT'
    const count = op === 'IRFFT' && typeof size === 'number' ? 2 * (size - 1) : size
    const length = isReal ? f.int('length', f.call.known(count, 'the length of its input')) : 0
    const needed = op === 'RFFT' ? length : Math.floor(length / 2) + 1
    const inputs = isReal ? parts.map(part => atLeast(f, part, needed)) : parts
    const input = inputs.length === 2 ? scope.op('Complex', [...inputs]) : inputs[0]!
    const result = scope.op(op, isReal ? [input, scope.ints([length], 'fft_length')] : [input])
    return op === 'IRFFT' ? result : [scope.op('Real', [result]), scope.op('Imag', [result])]
  }

/** Zeros behind, up to so many samples. */
export function atLeast(f: FunctionCall, x: Value, count: number): Value {
  const size = f.shape(x).at(-1)
  if (typeof size !== 'number' || size >= count) return x
  return f.scope.pad(
    x,
    f.shape(x).map((_, i, all) => (i === all.length - 1 ? [0, count - size] : [0, 0])),
  )
}

/** Fourier transforms of windows, each `stride` behind the one before, the samples weighted by a bell. */
export const stft: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const [length, stride, size] = [f.int('length'), f.int('stride'), f.int('fft_length')]
  const rank = f.rank(given)
  const half = Math.floor(size / 2)
  const sides = f.shape(given).map((_, i) => (i === rank - 1 ? ([half, half] as const) : ([0, 0] as const)))
  const x = f.bool('center', true)
    ? scope.op('MirrorPad', [given, scope.matrix(sides, 'MirrorPad/paddings')], { mode: 'REFLECT' })
    : given
  const samples = f.call.known(f.shape(x).at(-1), 'the number of its samples')
  const count = Math.max(0, Math.floor((samples - size) / stride) + 1)
  const indices = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * stride + (i % size))
  const at = scope.reshape(scope.ints(indices, 'indices'), [count, size])
  const frames = scope.op('GatherV2', [x, at, scope.int(rank - 1, 'axis')])
  const window = scope.const(vector(x.dtype!, windowOf(f, length, size)), 'window')
  const result = scope.op('RFFT', [scope.mul(frames, window), scope.ints([size], 'fft_length')])
  return [scope.op('Real', [result]), scope.op('Imag', [result])]
}

/** Back from the transforms of windows: each window back in its place, and weighted so that those that overlap sum to what was. */
export const istft: Emit = f => {
  const { scope } = f
  const [length, stride, size] = [f.int('length'), f.int('stride'), f.int('fft_length')]
  const parts = f.tensors('x')
  const transforms = scope.op('Complex', [...parts])
  const count = f.call.known(f.shape(transforms).at(-2), 'the number of its windows')
  const windows = scope.op('IRFFT', [transforms, scope.ints([size], 'fft_length')])
  const bell = f.has('window') ? inverseOf(windowOf(f, length, size), stride) : undefined
  const weighted = bell ? scope.mul(windows, scope.const(vector(windows.dtype!, bell), 'window')) : windows
  const places = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * stride + (i % size))
  const whole = (count - 1) * stride + size
  const dims = scope.dims(windows).slice(0, -2)
  const sums = summedAt(scope, scope.reshape(weighted, [...dims, count * size]), places, whole)
  const isCentred = f.bool('center', true)
  const begin = isCentred ? Math.floor(size / 2) : 0
  const end = f.has('samples') ? Math.min(whole, begin + f.int('samples')) : isCentred ? whole - begin : whole
  return scope.slice(sums, [...dims.map(() => [null, null] as const), [begin, end]])
}

/** A window over the sum of the squares of all that meet it. */
function inverseOf(window: readonly number[], stride: number): number[] {
  const sums = Array<number>(stride).fill(0)
  for (const [i, value] of window.entries()) sums[i % stride]! += value ** 2
  return window.map((value, i) => value / sums[i % stride]!)
}

/** The same without a look beyond the ends, as complex numbers, and by a Hann window unless it says otherwise. */
export const signalStft: Emit = f => {
  const { scope } = f
  const frames = extractSequences(f) as Value // one tensor
  const length = f.int('length')
  const size = f.int('fft_length', 2 ** Math.ceil(Math.log2(length)))
  if (f.has('window')) f.refuse('it has a window function of its own')
  const window = scope.const(vector(frames.dtype!, hann(length)), 'window')
  const weighted = scope.mul(frames, window)
  return scope.op('RFFT', [atLeast(f, weighted, size), scope.ints([size], 'fft_length')])
}

/** Hann's bell, whose period is its length. */
export const hann = (length: number): readonly number[] =>
  length === 1 ? [1] : Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length))

/** A bell of `length` samples in the middle of `size`; ones where there is no window. */
function windowOf(f: FunctionCall, length: number, size: number): number[] {
  const kind = f.has('window') ? f.text('window') : 'none'
  if (kind === 'none') return Array<number>(size).fill(1)
  const [a, b] =
    kind === 'hann' ? [0.5, 0.5] : kind === 'hamming' ? [0.54, 0.46] : f.refuse(`its window '${kind}' is not known`)
  const before = Math.floor((size - length) / 2)
  return Array.from({ length: size }, (_, i) => {
    const at = i - before
    return at < 0 || at >= length ? 0 : a - b * Math.cos((2 * Math.PI * at) / length)
  })
}

/** An op of TensorFlow on complex numbers, or from real to complex and back. */
export const signalFft =
  (op: 'FFT' | 'FFT2D' | 'IFFT' | 'IFFT2D' | 'RFFT' | 'IRFFT'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    if (op !== 'RFFT' && op !== 'IRFFT') return scope.op(op, [x])
    const size = f.shape(x).at(-1)
    const count = op === 'IRFFT' && typeof size === 'number' ? 2 * (size - 1) : size
    const length = f.ints('fft_length')?.[0] ?? f.call.known(count, 'the length of its input')
    const input = op === 'RFFT' ? atLeast(f, x, length) : x
    return scope.op(op, [input, scope.ints([length], 'fft_length')])
  }
