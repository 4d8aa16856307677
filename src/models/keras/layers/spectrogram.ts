/** Sound as spectra over time. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, reshape, vector } from '../../../tensor/make.ts'
import type { LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import { fixed, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'
import { minus, over, plus } from './sizes.ts'
import { isChannelsFirst } from './space.ts'

/** How much of each frequency of a spectrum each band of the mel scale takes; the first frequency counts nowhere. */
function melMatrix(bins: number, bands: number, rate: number, low: number, high: number): number[] {
  const mel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700)
  const step = (mel(high) - mel(low)) / (bands + 1)
  const edge = (i: number): number => mel(low) + i * step
  const rows = Array.from({ length: bins }, (_, bin) => {
    const at = mel((bin * rate) / 2 / (bins - 1))
    return Array.from({ length: bands }, (_, band) => {
      const rising = (at - edge(band)) / step
      const falling = (edge(band + 2) - at) / step
      return bin === 0 ? 0 : Math.max(0, Math.min(rising, falling))
    })
  })
  return rows.flat()
}

/** [samples] in the last dimension → [bands, frames]: windows around each frame, their spectrum, its power by bands of the mel scale, in dB. */
function melSpectrogram(call: LayerCall): Value {
  const { scope, config } = call
  const size = config.int('fft_length', 2048)
  const rank = call.shape.length
  const paddings = Array.from(
    { length: rank },
    (_, i) => (i === rank - 1 ? [size / 2, size / 2] : [0, 0]) as [number, number],
  )
  const padded = scope.op('MirrorPad', [call.x, scope.matrix(paddings, 'paddings')], { mode: 'REFLECT' })
  const frames = scope.mul(framed(call, padded, size), scope.const(vector(call.dtype, windowOf(call, size)), 'window'))
  const complex = call.dtype === 'float64' ? 'complex128' : 'complex64'
  const spectrum = scope.op('RFFT', [frames, scope.ints([size], 'fft_length')], { Tcomplex: complex })
  const magnitude = scope.op('ComplexAbs', [spectrum], { Tout: call.dtype })
  const exponent = config.number('mag_exp', 2)
  const power =
    exponent === 2 ? scope.mul(magnitude, magnitude) : scope.op('Pow', [magnitude, scope.number(exponent, magnitude)])
  const bands = inBands(call, power, size / 2 + 1)
  const scaled = config.bool('power_to_db', true) ? decibels(call, bands) : bands
  const perm = Array.from({ length: rank + 1 }, (_, i) => i)
  return scope.transpose(scaled, [...perm.slice(0, -2), rank, rank - 1])
}

/** [..., samples] → [..., frames, size], a frame every `sequence_stride` samples. */
function framed(call: LayerCall, x: Value, size: number): Value {
  const { scope, config } = call
  const stride = config.int('sequence_stride', 512)
  const samples = scope.dims(x).at(-1)!
  const count = plus(scope, over(scope, minus(scope, samples, size), stride), 1)
  const starts = scope.mul(scope.op('Range', [scope.int(0), scope.dim(count), scope.int(1)]), stride)
  const inside = scope.op('Range', [scope.int(0), scope.int(size), scope.int(1)])
  const indices = scope.add(scope.expandDims(starts, 1), scope.expandDims(inside, 0))
  return scope.op('GatherV2', [x, indices, scope.int(-1, 'axis')])
}

/** Hann's or Hamming's window, periodic, in the middle of a frame. */
function windowOf(call: LayerCall, size: number): number[] {
  const { config } = call
  const length = config.has('sequence_length') ? config.int('sequence_length') : size
  const kind = config.raw('window') ?? null
  const given = isList(kind) ? config.numbers('window') : undefined
  if (!given && kind !== 'hann' && kind !== 'hamming' && kind !== null)
    return call.refuse(`its window ${JSON.stringify(kind)} is not known`)
  const [mean, swing] = kind === 'hamming' ? [0.54, 0.46] : kind === null ? [1, 0] : [0.5, 0.5]
  const left = Math.floor((size - length) / 2)
  return Array.from({ length: size }, (_, i) => {
    const at = i - left
    if (kind === null) return 1
    if (at < 0 || at >= length) return 0
    return given ? given[at]! : mean - swing * Math.cos((2 * Math.PI * at) / length)
  })
}

function inBands(call: LayerCall, power: Value, bins: number): Value {
  const { scope, config } = call
  const bands = config.int('num_mel_bins', 128)
  const rate = config.number('sampling_rate', 16000)
  const high = config.has('max_freq') ? config.number('max_freq') : Math.floor(rate / 2)
  const values = melMatrix(bins, bands, rate, config.number('min_freq', 20), high)
  const matrix = call.constant('mel_matrix', () => fromValues(call.dtype, [bins, bands], values))
  const product = scope.op('MatMul', [scope.reshape(power, [null, bins]), matrix])
  return scope.reshape(product, [...scope.dims(power).slice(0, -1), bands], 'Reshape_1')
}

/** 10·log₁₀ of the power over the reference, at most `top_db` below the loudest of all. */
function decibels(call: LayerCall, power: Value): Value {
  const { scope, config } = call
  const least = config.number('min_power', 1e-10)
  const reference = Math.max(Math.abs(config.number('ref_power', 1)), least)
  const logarithm = scope.mul(scope.op('Log', [scope.max(power, least)]), 10 / Math.LN10)
  const relative = scope.add(logarithm, -10 * Math.log10(reference))
  const axes = call.shapeOf(relative).map((_, i) => i)
  const floor = scope.add(scope.reduce('Max', relative, axes), -config.number('top_db', 80))
  return scope.max(relative, floor)
}

const MODES = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'] as const

/** The short-time Fourier transform as a convolution: the kernels, [window, 1, frequencies], are weights. */
function stftSpectrogram(call: LayerCall): Value {
  const { scope, config } = call
  const mode = config.choice('mode', MODES, 'log')
  const part = (role: string): Value => transformed(call, role)
  if (mode === 'real') return arranged(call, part('real_kernel'))
  if (mode === 'imag') return arranged(call, part('imag_kernel'))
  const [real, imaginary] = [part('real_kernel'), part('imag_kernel')]
  if (mode === 'angle') return arranged(call, scope.op('Atan2', [imaginary, real]))
  if (mode === 'stft') return arranged(call, scope.concat([real, imaginary], 3))
  const power = scope.add(scope.mul(real, real), scope.mul(imaginary, imaginary))
  if (mode === 'psd') return arranged(call, oneSided(call, power))
  const magnitude = arranged(call, scope.op('Sqrt', [scope.max(power, 1e-7)]))
  return mode === 'magnitude' ? magnitude : scope.op('Log', [scope.max(magnitude, 1e-7)])
}

/** Each channel by itself: [batch, channels, frames, frequencies]. */
function transformed(call: LayerCall, role: string): Value {
  const { scope, config } = call
  const x = isChannelsFirst(call) ? call.x : scope.transpose(call.x, [0, 2, 1])
  const [batch, channels, samples] = scope.dims(x)
  const kernel = call.tensor(role)
  const length = config.int('frame_length', 256)
  const step = config.has('frame_step') ? config.int('frame_step') : Math.floor(length / 2)
  const signal = scope.reshape(x, [null, 1, samples!, 1])
  const strides = [1, 1, step, 1]
  const padding = config.text('padding', 'valid').toUpperCase()
  const filters = call.constant(role, () => reshape(kernel, [1, ...kernel.shape]))
  const y = scope.op('Conv2D', [signal, filters], { strides, padding })
  const [, , frames, frequencies] = scope.dims(y)
  return scope.reshape(y, [batch!, channels!, frames!, frequencies!], 'Reshape_1')
}

/** All frequencies but the first and the last also stand for their negative. */
function oneSided(call: LayerCall, power: Value): Value {
  const { scope } = call
  const count = call.known(call.shapeOf(power)[3], 'the number of frequencies')
  const factors = Array.from({ length: count }, (_, i) => (i === 0 || i === count - 1 ? 1 : 2))
  return scope.mul(power, scope.const(vector(power.dtype!, factors), 'sides'))
}

/** In the order of dimensions that the layer gives out; without `expand_dims` channels and frequencies are one. */
function arranged(call: LayerCall, x: Value): Value {
  const { scope, config } = call
  const isFirst = isChannelsFirst(call)
  if (config.bool('expand_dims', false)) return isFirst ? x : scope.transpose(x, [0, 2, 3, 1])
  const [batch, channels, frames, frequencies] = scope.dims(x)
  const both = typeof channels === 'number' && typeof frequencies === 'number' ? channels * frequencies : null
  if (isFirst) return scope.reshape(scope.transpose(x, [0, 1, 3, 2]), [batch!, both, frames!])
  return scope.reshape(scope.transpose(x, [0, 2, 1, 3]), [batch!, frames!, both])
}

export const SPECTROGRAM_LAYERS: readonly LayerClass[] = [
  { name: 'MelSpectrogram', emit: melSpectrogram, isWide: true },
  {
    name: 'STFTSpectrogram',
    emit: stftSpectrogram,
    weights: ({ mode }) => [
      ...when(mode !== 'imag', fixed('real_kernel')),
      ...when(mode !== 'real', fixed('imag_kernel')),
    ],
  },
]
