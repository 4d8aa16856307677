/** Images in another size. */
import type { Value } from '../../../graph/node.ts'
import { resizing as resizingLayer } from '../layers/resampling.ts'
import { asLayer } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { hasChannelsFirst, onImages } from './images.ts'

type Emit = Operation['emit']

/** To another size, as the layer Resizing does. */
export const resize: Emit = f => {
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
    data_format: hasChannelsFirst(f) ? 'channels_first' : 'channels_last',
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
export const resizeWithPad: Emit = f => {
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
export const resizeV1 =
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
