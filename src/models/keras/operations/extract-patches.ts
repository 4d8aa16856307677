/** Windows of images: extract_patches, unfold, fold, extract_glimpse. */
import type { FunctionCall, Operation } from './function-call.ts'
import { onImages } from './images.ts'
import { summedAt } from './scatter.ts'

type Emit = Operation['emit']

/** Windows as channels: [batch, rows, columns, size·size·channels]. */
export const extractPatches: Emit = f => {
  const { scope } = f
  const pair = (name: string, otherwise: readonly number[]): readonly number[] => {
    const given = f.ints(name) ?? otherwise
    return given.length === 4 ? given.slice(1, 3) : given.length === 1 ? [given[0]!, given[0]!] : given
  }
  const size = pair('size', [1])
  const strides = pair('strides', f.call.profile === 'k3' ? size : [1])
  const rates = pair('rates', [1])
  const attrs = {
    ksizes: [1, ...size, 1],
    strides: [1, ...strides, 1],
    rates: [1, ...rates, 1],
    padding: f.text('padding', 'valid').toUpperCase(),
  }
  return onImages(f, f.tensor('x'), images => scope.op('ExtractImagePatches', [images], attrs))
}

/** A number for each of height and width, from one or two. */
function pair(f: FunctionCall, name: string, otherwise: number): readonly [number, number] {
  const [a = otherwise, b = a] = f.ints(name) ?? []
  return [a, b]
}

/** Windows of an image with the channels first as columns: [batch, channels·window, windows]. */
export const unfold: Emit = f => {
  const { scope } = f
  const [size, gaps] = [pair(f, 'size', 1), pair(f, 'rates', 1)]
  const [border, stride] = [pair(f, 'border', 0), pair(f, 'strides', 1)]
  const x = f.tensor('x')
  const channels = f.call.known(f.shape(x)[1], 'the number of its channels')
  const padded = scope.pad(x, [
    [0, 0],
    [0, 0],
    [border[0], border[0]],
    [border[1], border[1]],
  ])
  const attrs = { ksizes: [1, ...size, 1], strides: [1, ...stride, 1], rates: [1, ...gaps, 1], padding: 'VALID' }
  const windows = scope.op('ExtractImagePatches', [scope.transpose(padded, [0, 2, 3, 1])], attrs)
  const [batch, rows, across] = scope.dims(windows)
  const apart = scope.reshape(windows, [batch!, rows!, across!, ...size, channels])
  const count = typeof rows === 'number' && typeof across === 'number' ? rows * across : null
  return scope.reshape(scope.transpose(apart, [0, 5, 3, 4, 1, 2]), [batch!, channels * size[0] * size[1], count])
}

/** Columns back as windows of an image, what overlaps summed. */
export const fold: Emit = f => {
  const { scope } = f
  const [out, size] = [pair(f, 'output_size', 1), pair(f, 'size', 1)]
  const [gaps, border, stride] = [pair(f, 'rates', 1), pair(f, 'border', 0), pair(f, 'strides', 1)]
  const x = f.tensor('x')
  const [batch] = scope.dims(x)
  const area = size[0] * size[1]
  const channels = f.call.known(f.shape(x)[1], 'the number of its channels') / area
  const whole = out.map((n, i) => n + 2 * border[i]!)
  const counts = whole.map((n, i) => Math.floor((n - gaps[i]! * (size[i]! - 1) - 1) / stride[i]!) + 1)
  const windows = counts[0]! * counts[1]!
  const places = Array.from({ length: area * windows }, (_, i) => {
    const [tap, at] = [Math.floor(i / windows), i % windows]
    const row = Math.floor(tap / size[1]) * gaps[0] + Math.floor(at / counts[1]!) * stride[0]
    const column = (tap % size[1]) * gaps[1] + (at % counts[1]!) * stride[1]
    return row * whole[1]! + column
  })
  const flat = scope.reshape(x, [batch!, channels, area * windows])
  const sums = summedAt(scope, flat, places, whole[0]! * whole[1]!)
  const image = scope.reshape(sums, [batch!, channels, whole[0]!, whole[1]!])
  return scope.slice(image, [[null, null], [null, null], ...out.map((n, i) => [border[i]!, border[i]! + n] as const)])
}

/** Parts about the given places; what lies outside the image is noise of the given kind. */
export const extractGlimpse: Emit = f => {
  const { scope } = f
  const size = scope.pack(
    f.sizes('size').map(d => d ?? -1),
    'size',
  )
  const attrs = {
    centered: f.bool('centered', true),
    normalized: f.bool('normalized', true),
    noise: f.text('noise', 'uniform'),
    uniform_noise: false, // what `noise` replaces
  }
  return scope.op('ExtractGlimpse', [f.tensor('x'), size, f.tensor('offsets', 'float32')], attrs)
}
