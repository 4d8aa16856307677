/** Functions of images, [batch, height, width, channels] or one without the batch. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, vector } from '../../../tensor/make.ts'
import { type DType, isFloat } from '../../../tensorflow/dtype.ts'
import { resizing as resizingLayer } from '../layers/resampling.ts'
import { toChannelsFirst, toChannelsLast } from '../layers/space.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asLayer } from './nn.ts'
import { asFloat } from './promotion.ts'
import { summedAt } from './scatter.ts'

type Emit = Operation['emit']

const isFirst = (f: FunctionCall): boolean => f.has('data_format') && f.text('data_format') === 'channels_first'

/** Runs what works on [batch, height, width, channels]. */
export function onImages(f: FunctionCall, x: Value, body: (images: Value) => Value): Value {
  const { scope } = f
  const single = f.rank(x) === 3
  const batch = single ? scope.expandDims(x, 0) : x
  const y = isFirst(f) ? toChannelsFirst(scope, body(toChannelsLast(scope, batch))) : body(batch)
  return single ? scope.squeeze(y, [0]) : y
}

/** To another size, as the layer Resizing does. */
export const resizing: Emit = f => {
  const x = f.tensor('x')
  const [height, width] = f.bool('preserve_aspect_ratio') ? within(f, x) : f.sizes('size')
  const method = f.text('method', 'bilinear').toLowerCase()
  const isPlain = typeof height === 'number' && typeof width === 'number'
  if (!isPlain) return dynamicResize(f, x, method)
  const config = {
    height,
    width,
    interpolation: method,
    antialias: f.bool('antialias'),
    crop_to_aspect_ratio: f.bool('crop_to_aspect_ratio'),
    pad_to_aspect_ratio: f.bool('pad_to_aspect_ratio'),
    fill_value: f.number('fill_value', 0),
    data_format: isFirst(f) ? 'channels_first' : 'channels_last',
  }
  const single = f.rank(x) === 3
  const y = resizingLayer(asLayer(f, single ? f.scope.expandDims(x, 0) : x, config))
  return single ? f.scope.squeeze(y, [0]) : y
}

/** The largest size of the image's proportions within the one that is given. */
function within(f: FunctionCall, x: Value): readonly number[] {
  const goals = f.ints('size') ?? f.refuse('it names no size')
  const sizes = f
    .shape(x)
    .slice(-3, -1)
    .map(size => f.call.known(size, 'the size of the image'))
  const scale = Math.min(...sizes.map((size, i) => Math.fround(goals[i]! / size)))
  return sizes.map(size => halfToEven(Math.fround(scale * size)))
}
function halfToEven(x: number): number {
  const low = Math.floor(x)
  return x - low > 0.5 || (x - low === 0.5 && low % 2 === 1) ? low + 1 : low
}

/** To the largest size of the image's proportions within the one that is given, with zeros around. */
export const resizedAndPadded: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const goals = [f.int('height'), f.int('width')]
  const sizes = f
    .shape(x)
    .slice(-3, -1)
    .map(size => f.call.known(size, 'the size of the image'))
  const ratio = Math.max(...sizes.map((size, i) => Math.fround(size / goals[i]!)))
  const exact = sizes.map(size => Math.fround(size / ratio))
  const inner = exact.map(Math.floor)
  const before = exact.map((size, i) => Math.max(0, Math.floor((goals[i]! - size) / 2)))
  const interpolation = f.text('method', 'bilinear').toLowerCase()
  const config = { height: inner[0]!, width: inner[1]!, interpolation, antialias: f.bool('antialias') }
  return onImages(f, x, images => {
    const sides = inner.map((size, i) => [before[i]!, goals[i]! - size - before[i]!] as const)
    return scope.pad(resizingLayer(asLayer(f, images, config)), [[0, 0], sides[0]!, sides[1]!, [0, 0]])
  })
}

const OPS: Readonly<Record<string, string>> = {
  nearest: 'ResizeNearestNeighbor',
  bilinear: 'ResizeBilinear',
  bicubic: 'ResizeBicubic',
}

/** To a size that is known only when the graph runs. */
function dynamicResize(f: FunctionCall, x: Value, method: string): Value {
  const { scope } = f
  const op = OPS[method] ?? f.refuse(`resizing by '${method}' needs a size that is known`)
  const size = scope.pack(
    f.sizes('size').map(d => d ?? -1),
    'size',
  )
  return onImages(f, x, images => scope.op(op, [images, size], { half_pixel_centers: true }, `resize/${op}`))
}

/** TensorFlow 1's resizing, whose pixels have their middle at their corner unless it says otherwise. */
export const oldResizing =
  (op?: string): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const methods = ['bilinear', 'nearest', 'bicubic', 'area']
    const method = f.plain('method')
    const word = typeof method === 'number' ? methods[method]! : String(method ?? 'bilinear').toLowerCase()
    const name = op ?? (word === 'area' ? 'ResizeArea' : OPS[word])
    if (!name) return f.refuse(`resizing by ${String(method)} is not known`)
    const size = scope.pack(
      f.sizes('size').map(d => d ?? -1),
      'size',
    )
    const corners = { align_corners: f.bool('align_corners') }
    const attrs = name === 'ResizeArea' ? corners : { ...corners, half_pixel_centers: f.bool('half_pixel_centers') }
    return onImages(f, x, images => scope.op(name, [images, size], attrs, `resize/${name}`))
  }

const LUMINANCE = [0.2989, 0.587, 0.114] as const

/** The luminance of red, green and blue. */
export const grayscale: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axis = isFirst(f) ? f.rank(x) - 3 : f.rank(x) - 1
  const weights = scope.const(
    fromValues(
      x.dtype!,
      f.shape(x).map((_, i) => (i === axis ? 3 : 1)),
      LUMINANCE,
    ),
    'luminance',
  )
  return scope.cast(scope.reduce('Sum', scope.mul(x, weights), [axis], true), given.dtype!)
}

/** Another colour space, by an op that has the channels last. */
export const colours =
  (op: 'RGBToHSV' | 'HSVToRGB'): Emit =>
  f => {
    const x = f.tensor('x')
    return onImages(f, f.scope.cast(x, asFloat(x.dtype ?? 'float32')), images => f.scope.op(op, [images]))
  }

/** Mirrored along one axis, counted from the end. */
export const mirrored =
  (axis: number): Emit =>
  f => {
    const x = f.tensor('x')
    return f.scope.op('ReverseV2', [x, f.scope.ints([f.rank(x) + axis], 'ReverseV2/axis')])
  }

/** Windows as channels: [batch, rows, columns, size·size·channels]. */
export const patches: Emit = f => {
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

/** Zeros around, by borders or to a size. */
export const padded: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    const sides = [0, 1].flatMap(i => border(f, images, i, (size, target, before) => target - before - size))
    return scope.pad(images, [
      [0, 0],
      [sides[0]!, sides[1]!],
      [sides[2]!, sides[3]!],
      [0, 0],
    ])
  })
}
/** Borders taken off, by their widths or to a size. */
export const cropped: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sides = [0, 1].flatMap(i => border(f, images, i, (size, target, before) => size - before - target))
    const end = (i: number): number | null => (sides[i] === 0 ? null : -sides[i]!)
    return f.scope.slice(images, [
      [null, null],
      [sides[0]!, end(1)],
      [sides[2]!, end(3)],
    ])
  })
/** The borders before and after along one axis, of which one may follow from a target size. */
function border(
  f: FunctionCall,
  images: Value,
  axis: number,
  rest: (size: number, target: number, known: number) => number,
): readonly [number, number] {
  const [first, second, goal] = axis === 0 ? ['top', 'bottom', 'height'] : ['left', 'right', 'width']
  if (f.has(first!) && f.has(second!)) return [f.int(first!), f.int(second!)]
  if (!f.has(goal!)) return [f.int(first!, 0), f.int(second!, 0)]
  const size = f.call.known(f.shape(images)[axis + 1], `the image's ${goal}`)
  if (f.has(first!)) return [f.int(first!), rest(size, f.int(goal!), f.int(first!))]
  if (f.has(second!)) return [rest(size, f.int(goal!), f.int(second!)), f.int(second!)]
  const both = rest(size, f.int(goal!), 0)
  return [Math.floor(both / 2), both - Math.floor(both / 2)]
}

/**
 * Each channel smoothed by a bell curve of the given size and width. Keras lays the curve of the second axis down
 * the first before it cuts the rows: unless the window is square that is no bell, and is kept.
 */
export const blurred: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const size = f.ints('kernel_size') ?? [3, 3]
  const sigma = [0, 1].map(i => sigmaOf(f, i))
  const bell = size.map((n, axis) => {
    const weights = Array.from({ length: n }, (_, i) => Math.exp(-0.5 * ((i - (n - 1) / 2) / sigma[axis]!) ** 2))
    const sum = weights.reduce((a, b) => a + b, 0)
    return weights.map(w => w / sum)
  })
  return onImages(f, x, images => {
    const channels = f.call.known(f.shape(images).at(-1), 'the number of its channels')
    const kernel = bell[1]!.flatMap(h => bell[0]!.flatMap(v => Array<number>(channels).fill(v * h)))
    const weights = scope.const(fromValues(x.dtype!, [size[0]!, size[1]!, channels, 1], kernel), 'kernel')
    return scope.op('DepthwiseConv2dNative', [images, weights], { strides: [1, 1, 1, 1], padding: 'SAME' })
  })
}
function sigmaOf(f: FunctionCall, i: number): number {
  const arg = f.arg('sigma')
  const item = arg?.kind === 'list' ? arg.items[i] : arg
  return item?.kind === 'constant' && typeof item.value === 'number' ? item.value : 1
}

/** Where each pixel comes from: a₀x + a₁y + a₂, b₀x + b₁y + b₂, over c₀x + c₁y + 1. */
export const projected: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const transforms = scope.cast(f.tensor('transform', 'float32'), 'float32')
  const rows = f.rank(transforms) === 1 ? scope.expandDims(transforms, 0) : transforms
  return onImages(f, given, images => {
    const attrs = {
      interpolation: f.text('method', 'bilinear').toUpperCase(),
      fill_mode: f.text('fill_mode', 'constant').toUpperCase(),
    }
    const size = scope.pack(scope.dims(images).slice(1, 3), 'size')
    const fill = scope.const(vector('float32', [f.number('fill_value', 0)]), 'fill')
    const value = scope.reshape(fill, [])
    return scope.op('ImageProjectiveTransformV3', [images, rows, size, value], attrs)
  })
}

/** To a size about the middle, cropped where larger and padded with zeros where smaller. */
export const fitted: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    const goals = [f.int('height'), f.int('width')]
    const sizes = [1, 2].map(axis => f.call.known(f.shape(images)[axis], 'the size of the image'))
    const crops = sizes.map((size, i) => Math.max(0, Math.floor((size - goals[i]!) / 2)))
    const kept = sizes.map((size, i) => Math.min(size, goals[i]!))
    const part = scope.slice(images, [
      [null, null],
      [crops[0]!, crops[0]! + kept[0]!],
      [crops[1]!, crops[1]! + kept[1]!],
    ])
    const before = kept.map((size, i) => Math.floor((goals[i]! - size) / 2))
    const sides = kept.map((size, i) => [before[i]!, goals[i]! - size - before[i]!] as const)
    return scope.pad(part, [[0, 0], sides[0]!, sides[1]!, [0, 0]])
  })
}

/** The slopes down and across, in a last dimension of two. */
export const slopes: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const first = isFirst(f)
  const images = first ? toChannelsLast(scope, x) : x
  const channels = f.call.known(f.shape(images).at(-1), 'the number of its channels')
  const down = [-1, -2, -1, 0, 0, 0, 1, 2, 1]
  const across = [-1, 0, 1, -2, 0, 2, -1, 0, 1]
  const taps = down.flatMap((tap, i) => Array.from({ length: channels }, () => [tap, across[i]!]).flat())
  const kernel = scope.const(fromValues(x.dtype!, [3, 3, channels, 2], taps), 'kernel')
  const paddings = scope.matrix(
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    'MirrorPad/paddings',
  )
  const padded = scope.op('MirrorPad', [images, paddings], { mode: 'REFLECT' })
  const edges = scope.op('DepthwiseConv2dNative', [padded, kernel], { strides: [1, 1, 1, 1], padding: 'VALID' })
  const apart = scope.reshape(edges, [...scope.dims(images), 2])
  return first ? scope.transpose(apart, [0, 3, 1, 2, 4]) : apart
}

/** A number for each of height and width, from one or two. */
function pair(f: FunctionCall, name: string, otherwise: number): readonly [number, number] {
  const [a = otherwise, b = a] = f.ints(name) ?? []
  return [a, b]
}

/** Windows of an image with the channels first as columns: [batch, channels·window, windows]. */
export const columns: Emit = f => {
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
export const folded: Emit = f => {
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

/** The part of the given size at the given place. */
export const boxed: Emit = f =>
  onImages(f, f.tensor('x'), images =>
    f.scope.slice(images, [
      [null, null],
      [f.int('top'), f.int('top') + f.int('height')],
      [f.int('left'), f.int('left') + f.int('width')],
    ]),
  )
/** The image at a place in zeros of the given size. */
export const framed: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sides = (['top', 'left'] as const).map((name, i) => {
      const size = f.call.known(f.shape(images)[i + 1], 'the size of the image')
      return [f.int(name), f.int(i === 0 ? 'height' : 'width') - f.int(name) - size] as const
    })
    return f.scope.pad(images, [[0, 0], sides[0]!, sides[1]!, [0, 0]])
  })
/** The middle part of each side. */
export const middle: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sizes = [1, 2].map(axis => f.call.known(f.shape(images)[axis], 'the size of the image'))
    const before = sizes.map(size => Math.trunc((size - size * f.number('fraction')) / 2))
    const ranges = sizes.map((size, i) => [before[i]!, size - before[i]!] as const)
    return f.scope.slice(images, [[null, null], ...ranges])
  })

/** Matrices from one colour space to another, a row for each channel that goes in. Source: TensorFlow's image_ops_impl.py. */
const COLOURS = {
  rgb_to_yuv: [0.299, -0.14714119, 0.61497538, 0.587, -0.28886916, -0.51496512, 0.114, 0.43601035, -0.10001026],
  yuv_to_rgb: [1, 1, 1, 0, -0.394642334, 2.03206185, 1.13988303, -0.58062185, 0],
  rgb_to_yiq: [0.299, 0.59590059, 0.2115, 0.587, -0.27455667, -0.52273617, 0.114, -0.32134392, 0.31119955],
  yiq_to_rgb: [1, 1, 1, 0.95598634, -0.27201283, -1.10674021, 0.6208248, -0.64720424, 1.70423049],
} as const

/** The colours of another space, which mix those of each pixel. */
export const mixed =
  (space: keyof typeof COLOURS): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const matrix = scope.const(fromValues(x.dtype!, [3, 3], COLOURS[space]), 'kernel')
    const rows = scope.op('MatMul', [scope.reshape(x, [null, 3]), matrix])
    return scope.reshape(rows, scope.dims(x))
  }

/** Colours of whole numbers as real ones from 0 to 1. */
export const asReal: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype') ?? 'float32'
  if (x.dtype === dtype) return x
  if (!isFloat(dtype)) return isFloat(x.dtype ?? 'float32') ? whole(f, x, dtype) : f.refuse('it makes whole numbers')
  return asFractions(f, x, dtype).value
}
/** Whole numbers as parts of the largest that their type holds; real numbers stay, and have none. */
export function asFractions(f: FunctionCall, x: Value, dtype: DType): { value: Value; largest: number | undefined } {
  const largest = x.dtype && LARGEST[x.dtype]
  const real = f.scope.cast(x, dtype)
  return { value: largest ? f.scope.mul(real, 1 / largest) : real, largest }
}

const LARGEST: Readonly<Partial<Record<DType, number>>> = {
  uint8: 255,
  int8: 127,
  uint16: 65535,
  int16: 32767,
  int32: 2147483647,
}

/** Colours from 0 to 1 as whole numbers: TensorFlow adds a half, and lets what is beyond wrap around unless it is to stop there. */
function whole(f: FunctionCall, x: Value, dtype: DType): Value {
  const largest = LARGEST[dtype] ?? f.refuse(`it makes ${dtype}`)
  const scaled = f.scope.mul(x, largest + 0.5)
  if (!f.bool('saturate')) return f.scope.cast(scaled, dtype)
  return f.scope.cast(f.scope.clip(scaled, dtype.startsWith('u') ? 0 : -largest - 1, largest), dtype)
}

/** Turned by quarters against the clock. */
export const quarterTurns: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    let turned = images
    for (let i = ((f.int('k', 1) % 4) + 4) % 4; i > 0; i--)
      turned = scope.transpose(scope.op('ReverseV2', [turned, scope.ints([2], 'ReverseV2/axis')]), [0, 2, 1, 3])
    return turned
  })
}

/** Parts about the given places; what lies outside the image is noise of the given kind. */
export const glimpses: Emit = f => {
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
