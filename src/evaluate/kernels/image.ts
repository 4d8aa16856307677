/** Resizing, cropping and colours of images [batch, height, width, channels]. */
import { first, fromNumbers, list, type NdArray, numbers } from '../array.ts'
import type { Kernel, Kernels } from '../kernel.ts'
import { area, bicubic, bilinear, nearest, type Sampler, spans, type Taps } from '../sampling.ts'

/** Images made of `rows` and `columns` of others; in float64, rounded to `dtype`. */
export function resampled(
  x: NdArray,
  rows: readonly Taps[],
  columns: readonly Taps[],
  dtype: NdArray['dtype'],
): NdArray {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const values = numbers(x)
  const out = new Float64Array(batch * rows.length * columns.length * channels)
  let at = 0
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      for (const column of columns) {
        for (const [y, wy] of row) {
          for (const [z, wz] of column) {
            const from = ((n * height + y) * width + z) * channels
            for (let c = 0; c < channels; c++) out[at + c]! += wy * wz * values[from + c]!
          }
        }
        at += channels
      }
    }
  }
  return fromNumbers(dtype, [batch, rows.length, columns.length, channels], out)
}

const resize =
  (sampler: Sampler, keepsType = false): Kernel =>
  ([x, sizes], node) => {
    const [height, width] = list(sizes!) as [number, number]
    const rows = sampler(x!.shape[1]!, height, node)
    const columns = sampler(x!.shape[2]!, width, node)
    return [resampled(x!, rows, columns, keepsType ? x!.dtype : 'float32')]
  }

const scaleAndTranslate: Kernel = ([x, sizes, scale, translation], node) => {
  const [height, width] = list(sizes!) as [number, number]
  const [[sy, sx], [ty, tx]] = [list(scale!), list(translation!)] as [[number, number], [number, number]]
  const rows = spans(node, x!.shape[1]!, height, sy, ty)
  return [resampled(x!, rows, spans(node, x!.shape[2]!, width, sx, tx), 'float32')]
}

/** Boxes [y1, x1, y2, x2], in parts of an image, cut out and resized. Outside is `extrapolation_value`. */
const cropAndResize: Kernel = ([image, boxes, boxOf, cropSize], node) => {
  const [, height, width, channels] = image!.shape as [number, number, number, number]
  const [rows, columns] = list(cropSize!) as [number, number]
  const values = numbers(image!)
  const isNearest = node.str('method') === 'nearest'
  const out: number[] = []
  const along = (from: number, to: number, i: number, count: number, size: number): number =>
    count > 1 ? from * (size - 1) + (i * (to - from) * (size - 1)) / (count - 1) : 0.5 * (from + to) * (size - 1)
  for (const [b, n] of list(boxOf!).entries()) {
    const [y1, x1, y2, x2] = numbers(boxes!).slice(4 * b, 4 * b + 4) as unknown as [number, number, number, number]
    for (let i = 0; i < rows * columns; i++) {
      const y = along(y1, y2, Math.floor(i / columns), rows, height)
      const x = along(x1, x2, i % columns, columns, width)
      const isOut = y < 0 || y > height - 1 || x < 0 || x > width - 1
      const at = (r: number, c: number, k: number): number => values[((n * height + r) * width + c) * channels + k]!
      for (let k = 0; k < channels; k++) {
        if (isOut) out.push(node.float('extrapolation_value'))
        else if (isNearest) out.push(at(Math.round(y), Math.round(x), k))
        else out.push(between(at, y, x, k))
      }
    }
  }
  return [fromNumbers('float32', [boxes!.shape[0]!, rows, columns, channels], out)]
}

function between(at: (r: number, c: number, k: number) => number, y: number, x: number, k: number): number {
  const [top, bottom, left, right] = [Math.floor(y), Math.ceil(y), Math.floor(x), Math.ceil(x)]
  const upper = at(top, left, k) + (at(top, right, k) - at(top, left, k)) * (x - left)
  const lower = at(bottom, left, k) + (at(bottom, right, k) - at(bottom, left, k)) * (x - left)
  return upper + (lower - upper) * (y - top)
}

type Colour = readonly [number, number, number]

function rgbToHsv([r, g, b]: Colour): Colour {
  const v = Math.max(r, g, b)
  const range = v - Math.min(r, g, b)
  const s = v > 0 ? range / v : 0
  if (range <= 0) return [0, s, v]
  const h = v === r ? (g - b) / range : v === g ? (b - r) / range + 2 : (r - g) / range + 4
  return [h < 0 ? h / 6 + 1 : h / 6, s, v]
}

/** A hue outside of 0 to 1 is not turned back into it. Source: colorspace_op.h. */
function hsvToRgb([h, s, v]: Colour): Colour {
  const sixth = h * 6
  const part = (share: number): number => (1 - s + s * Math.min(Math.max(share, 0), 1)) * v
  return [part(Math.abs(sixth - 3) - 1), part(2 - Math.abs(sixth - 2)), part(2 - Math.abs(sixth - 4))]
}

/**
 * The pixel with its hue turned and its smallest and largest channel kept, negative ones too.
 * Source: adjust_hue_op.cc, which keeps (hue, minimum, maximum) in the place of saturation and value.
 */
function turnHue(pixel: Colour, turn: number): Colour {
  const [low, high] = [Math.min(...pixel), Math.max(...pixel)]
  const range = high - low
  if (!(range > 0)) return pixel
  const [hue] = rgbToHsv([pixel[0] - low, pixel[1] - low, pixel[2] - low])
  const turned = hue + turn
  const [r, g, b] = hsvToRgb([turned - Math.floor(turned), 1, range])
  return [r + low, g + low, b + low]
}

const perPixel =
  (map: (pixel: Colour, inputs: readonly NdArray[]) => Colour): Kernel =>
  inputs => {
    const x = inputs[0]!
    const out = Float64Array.from(numbers(x))
    for (let i = 0; i < out.length; i += 3) out.set(map([out[i]!, out[i + 1]!, out[i + 2]!], inputs), i)
    return [fromNumbers(x.dtype, x.shape, out)]
  }

/** Each channel's distance from its mean over the image, times a factor. */
const adjustContrast: Kernel = ([x, factor]) => {
  const [height, width, channels] = x!.shape.slice(-3) as [number, number, number]
  const pixels = height * width
  const values = numbers(x!)
  const means = new Float64Array(values.length / (pixels || 1))
  const slot = (i: number): number => Math.floor(i / (pixels * channels)) * channels + (i % channels)
  for (let i = 0; i < values.length; i++) means[slot(i)]! += values[i]! / pixels
  const out = Float64Array.from({ length: values.length }, (_, i) => {
    const mean = means[slot(i)]!
    return (values[i]! - mean) * first(factor!) + mean
  })
  return [fromNumbers(x!.dtype, x!.shape, out)]
}

/** Kernels by op. */
export const imageKernels: Kernels = {
  ResizeBilinear: resize(bilinear),
  ResizeNearestNeighbor: resize(nearest, true),
  ResizeBicubic: resize(bicubic),
  ResizeArea: resize(area),
  ScaleAndTranslate: scaleAndTranslate,
  CropAndResize: cropAndResize,
  RGBToHSV: perPixel(rgbToHsv),
  HSVToRGB: perPixel(hsvToRgb),
  AdjustContrastv2: adjustContrast,
  AdjustHue: perPixel((pixel, [, delta]) => turnHue(pixel, first(delta!))),
  AdjustSaturation: perPixel((pixel, [, scale]) => {
    const [h, s, v] = rgbToHsv(pixel)
    return hsvToRgb([h, Math.min(Math.max(s * first(scale!), 0), 1), v])
  }),
}
