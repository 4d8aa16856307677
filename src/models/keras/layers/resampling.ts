/** Images and sequences in another size. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import { bytesPerElement, isInteger } from '../../../tensorflow/dtype.ts'
import type { LayerCall } from '../call.ts'
import type { Dim, Scope } from '../scope.ts'
import type { LayerClass } from './layer-class.ts'
import { greatest, least, minus, over, times, window } from './sizes.ts'
import { withChannelsLast } from './space.ts'

/** Every step several times. */
const upSampling1D = (call: LayerCall): Value =>
  repeated(call.scope, call.value, 1, call.config.sizes('size', 1, 2)[0]!)

/** Every voxel several times along each axis. */
const upSampling3D = (call: LayerCall): Value =>
  withChannelsLast(call, call.value, x =>
    call.config.sizes('size', 3, 2).reduce((y, count, i) => repeated(call.scope, y, i + 1, count), x),
  )

/** Each element of an axis `count` times in a row: a new axis behind it is tiled and taken in. */
function repeated(scope: Scope, x: Value, axis: number, count: number): Value {
  if (count === 1) return x
  const dims = scope.dims(x)
  const wide = scope.expandDims(x, axis + 1)
  const tiled = scope.tile(
    wide,
    [...dims, 0].map((_, i) => (i === axis + 1 ? count : 1)),
  )
  return scope.reshape(
    tiled,
    dims.map((size, i) => (i === axis ? times(scope, size, count) : size)),
  )
}

/** `size` times as high and wide. */
function upSampling2D(call: LayerCall): Value {
  const { scope, config, emission } = call
  const factors = config.sizes('size', 2, 2)
  const method = interpolationOf(call, 'nearest')
  // The op takes no truth values.
  const isTruth = method === 'nearest' && call.value.dtype === 'bool'
  const given = isTruth ? scope.cast(call.value, 'uint8') : method === 'nearest' ? call.value : call.x
  const result = withChannelsLast(call, given, x => {
    const [, height, width] = scope.dims(x)
    const size = [times(scope, height!, factors[0]!), times(scope, width!, factors[1]!)] as const
    return resized(call, x, size, method, { halfPixel: !emission.dialect.standalone })
  })
  return isTruth ? scope.cast(result, 'bool') : result
}

const METHODS = ['nearest', 'bilinear', 'bicubic', 'area', 'lanczos3', 'lanczos5', 'gaussian', 'mitchellcubic'] as const
type Method = (typeof METHODS)[number]

const interpolationOf = ({ config }: LayerCall, otherwise: Method): Method =>
  config.choice('interpolation', METHODS, otherwise)

/** The kernels by which ScaleAndTranslate knows methods. */
const KERNELS: Readonly<Record<Method, string | undefined>> = {
  nearest: undefined,
  area: undefined,
  bilinear: 'triangle',
  bicubic: 'keyscubic',
  lanczos3: 'lanczos3',
  lanczos5: 'lanczos5',
  gaussian: 'gaussian',
  mitchellcubic: 'mitchellcubic',
}
const OPS: Partial<Record<Method, string>> = {
  nearest: 'ResizeNearestNeighbor',
  bilinear: 'ResizeBilinear',
  bicubic: 'ResizeBicubic',
  area: 'ResizeArea',
}

interface Resizing {
  /** Pixels have their middle at ½: false only in Keras 2.0 to 2.3 on TensorFlow 1. */
  readonly halfPixel?: boolean
  /** Filters wider where the image shrinks. */
  readonly antialias?: boolean
}

/** An image with the channels last in another size, in the layer's type or, for the nearest pixel, the input's. */
function resized(
  call: LayerCall,
  x: Value,
  size: readonly [Dim, Dim],
  method: Method,
  { halfPixel = true, antialias = false }: Resizing = {},
): Value {
  const { scope } = call
  const kernel = KERNELS[method]
  const op = OPS[method]
  const sizes = scope.pack(size, 'size')
  if (!op || (antialias && kernel)) {
    const attrs = { kernel_type: kernel!, antialias } // only nearest and area have no kernel, and both have an op
    const zeros = scope.const(vector('float32', [0, 0]), 'translation')
    const y = scope.op('ScaleAndTranslate', [x, sizes, scaleOf(scope, x, size), zeros], attrs, 'resize')
    return scope.cast(y, call.dtype)
  }
  const attrs = method === 'area' ? {} : { half_pixel_centers: halfPixel }
  const y = scope.op(op, [x, sizes], attrs, `resize/${op}`)
  return method === 'nearest' ? y : scope.cast(y, call.dtype)
}

/** New sizes over old ones. */
function scaleOf(scope: Scope, x: Value, size: readonly [Dim, Dim]): Value {
  const old = scope.dims(x).slice(1, 3)
  const ratios = size.map((n, i) => Number(n) / Number(old[i])) // NaN for a size that is not known
  if (!ratios.some(Number.isNaN)) return scope.const(vector('float32', ratios), 'scale')
  return scope.div(scope.cast(scope.pack(size), 'float32'), scope.cast(scope.pack(old), 'float32'))
}

/** To `height` × `width`, perhaps cropped or padded before so that nothing is distorted. */
export function resizing(call: LayerCall): Value {
  const { scope, config } = call
  const rank = call.shapeOf(call.input.value).length
  if (rank !== 4) return call.refuse(`its images have ${rank} dimensions, and 4 were expected`)
  const method = interpolationOf(call, 'bilinear')
  const target = [config.int('height'), config.int('width')] as const
  const antialias = config.bool('antialias', false)
  const result = withChannelsLast(call, call.x, x => {
    const fitted = config.bool('crop_to_aspect_ratio', false)
      ? croppedToAspect(scope, x, target)
      : config.bool('pad_to_aspect_ratio', false)
        ? paddedToAspect(scope, x, target, config.number('fill_value', 0))
        : x
    return resized(call, fitted, target, method, { antialias })
  })
  return call.profile === 'k3' ? inTypeOf(call, result) : result
}

/** Keras 3 gives images of whole numbers back as such: rounded, and within the type's range. */
function inTypeOf(call: LayerCall, x: Value): Value {
  const { scope, input } = call
  const { dtype } = input.value
  if (!dtype || !isInteger(dtype)) return x
  const bits = 8 * bytesPerElement(dtype)
  const [low, high] = dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  return scope.cast(scope.clip(scope.op('Round', [x]), low, high), dtype)
}

/** The largest part around the middle that has the target's proportions. */
function croppedToAspect(scope: Scope, x: Value, [th, tw]: readonly [number, number]): Value {
  const [, height, width] = scope.dims(x)
  const h = least(scope, height!, over(scope, times(scope, width!, th), tw))
  const w = least(scope, width!, over(scope, times(scope, height!, tw), th))
  const top = over(scope, minus(scope, height!, h), 2)
  const left = over(scope, minus(scope, width!, w), 2)
  return window(scope, x, [0, top, left, 0], [-1, h, w, -1])
}

/** Borders of equal width on two sides that bring the image to the target's proportions, or one short of it. */
function paddedToAspect(scope: Scope, x: Value, [th, tw]: readonly [number, number], fill: number): Value {
  const [, height, width] = scope.dims(x)
  const h = greatest(scope, height!, over(scope, times(scope, width!, th), tw))
  const w = greatest(scope, width!, over(scope, times(scope, height!, tw), th))
  const top = over(scope, minus(scope, h, height!), 2)
  const left = over(scope, minus(scope, w, width!), 2)
  const sides = [0, 0, top, top, left, left, 0, 0] as const
  const paddings =
    typeof top === 'number' && typeof left === 'number'
      ? scope.matrix(
          [
            [0, 0],
            [top, top],
            [left, left],
            [0, 0],
          ],
          'paddings',
        )
      : scope.reshape(scope.pack(sides), [4, 2], 'paddings')
  return scope.op('PadV2', [x, paddings, scope.number(fill, x)])
}

/** The middle in the target's size; an image that is too small is cropped to the target's proportions and enlarged. */
function centerCrop(call: LayerCall): Value {
  const { scope, config } = call
  const target = [config.int('height'), config.int('width')] as const
  return withChannelsLast(call, call.x, x => {
    const space = scope.dims(x).slice(1, 3)
    if (space.some((n, i) => typeof n === 'number' && n < target[i]!)) return smartResized(call, x, target)
    const begin = space.map((n, i) => over(scope, minus(scope, n, target[i]!), 2))
    return window(scope, x, [0, ...begin, 0], [-1, ...target, -1])
  })
}

/** Keras 2 resizes at inference; Keras 3 leaves the image as it is. */
function randomCrop(call: LayerCall): Value {
  if (call.profile === 'k3') return call.x
  const target = [call.config.int('height'), call.config.int('width')] as const
  return withChannelsLast(call, call.x, x => smartResized(call, x, target))
}

const smartResized = (call: LayerCall, x: Value, target: readonly [number, number]): Value =>
  resized(call, croppedToAspect(call.scope, x, target), target, 'bilinear')

export const RESAMPLING_LAYERS: readonly LayerClass[] = [
  { name: 'UpSampling1D', emit: upSampling1D, spatialRank: 1, oldArguments: { length: 'size' } },
  { name: 'UpSampling2D', emit: upSampling2D, spatialRank: 2 },
  { name: 'UpSampling3D', emit: upSampling3D, spatialRank: 3 },
  { name: 'Resizing', emit: resizing },
  { name: 'CenterCrop', emit: centerCrop },
  { name: 'RandomCrop', emit: randomCrop },
]
