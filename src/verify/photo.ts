/** An image as the value of an input: resized to what the input takes, its pixels brought into a range. */
import { FreezeError } from '../errors.ts'
import { fromNumbers, fromStrings, type NdArray, numbers, take } from '../evaluate/array.ts'
import { positions } from '../evaluate/kernel.ts'
import { resampled } from '../evaluate/kernels/image.ts'
import { linear } from '../evaluate/sampling.ts'
import type { PartialShape } from '../graph/attr.ts'
import { channelsFirstOrder } from '../tensor/channels.ts'
import { rowMajorStrides } from '../tensor/strided.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { isFloat } from '../tensorflow/dtype.ts'
import { type Normalization, rangeOf } from './normalize.ts'

/** An image that was decoded. */
export interface Photo {
  readonly kind: 'photo'
  /** The file as it is: what an input of strings takes. */
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  /** 1 is grey, 2 grey with alpha, 3 RGB, 4 RGBA. */
  readonly channels: number
  /** By row, column and channel, from 0 to 255. */
  readonly pixels: ArrayLike<number>
  readonly normalization?: Normalization | undefined
}

/** The shape of an image that an input takes; null sizes are open. */
interface Place {
  readonly height: number | null
  readonly width: number | null
  readonly channels: number
  readonly isFirst: boolean
  /** The shape for an image of these sizes. */
  readonly shape: (height: number, width: number) => number[]
}

/**
 * The array for an input of this type and shape. It is resized bilinearly, as `tf.image.resize` does. Undefined where
 * the shape is not that of an image.
 */
export function photoArray(photo: Photo, dtype: DType, shape: PartialShape): NdArray | undefined {
  if (dtype === 'string') return fromStrings(shape?.length === 0 ? [] : [1], [photo.bytes])
  const place = placeIn(shape, photo)
  if (!place) return undefined
  const own = fromNumbers('float32', [1, photo.height, photo.width, place.channels], inChannels(photo, place.channels))
  const [height, width] = [place.height ?? photo.height, place.width ?? photo.width]
  const sized = resized(own, height, width)
  const values = normalised(sized, photo.normalization ?? (isFloat(dtype) ? rangeOf(0, 1) : rangeOf(0, 255)))
  const array = fromNumbers(dtype, place.shape(height, width), isFloat(dtype) ? values : values.map(Math.round))
  return place.isFirst ? channelsFirst(array, [1, height, width, place.channels], place.shape(height, width)) : array
}

const isChannels = (size: number | null | undefined): size is number => size === 1 || size === 3 || size === 4

/** Where an image goes in a shape: [batch, height, width, channels], channels first, without batch, or without channels. */
function placeIn(shape: PartialShape, { channels }: Photo): Place | undefined {
  const colours = channels < 3 ? 1 : 3
  if (shape === null)
    return { height: null, width: null, channels: colours, isFirst: false, shape: (h, w) => [1, h, w, colours] }
  const [batch, ...rest] = shape.length === 4 ? shape : [undefined, ...shape]
  const front = batch === undefined ? [] : [1]
  if (rest.length === 3) {
    const [a, b, c] = rest as [number | null, number | null, number | null]
    if (isChannels(c) || (c === null && !isChannels(a)))
      return {
        height: a,
        width: b,
        channels: c ?? colours,
        isFirst: false,
        shape: (h, w) => [...front, h, w, c ?? colours],
      }
    if (isChannels(a)) return { height: b, width: c, channels: a, isFirst: true, shape: (h, w) => [...front, a, h, w] }
    if (batch === undefined) return { height: b, width: c, channels: 1, isFirst: false, shape: (h, w) => [1, h, w] }
  }
  if (shape.length === 2)
    return { height: shape[0]!, width: shape[1]!, channels: 1, isFirst: false, shape: (h, w) => [h, w] }
  return undefined
}

/** Weights of red, green and blue in grey. Source: ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114]

/** The pixels in so many channels: grey from colours, colours from grey, without or with alpha. */
function inChannels({ pixels, channels, width, height }: Photo, wanted: number): Float32Array {
  const out = new Float32Array(width * height * wanted)
  const isGrey = channels < 3
  const hasAlpha = channels === 2 || channels === 4
  for (let i = 0; i < width * height; i++) {
    const from = i * channels
    const colour = (c: number): number => pixels[from + (isGrey ? 0 : c)]!
    if (wanted === 1) out[i] = isGrey ? colour(0) : LUMA.reduce((sum, weight, c) => sum + weight * colour(c), 0)
    else for (let c = 0; c < 3; c++) out[i * wanted + c] = colour(c)
    if (wanted === 4) out[i * wanted + 3] = hasAlpha ? pixels[from + channels - 1]! : 255
  }
  return out
}

function resized(image: NdArray, height: number, width: number): NdArray {
  const [, rows, columns] = image.shape as [number, number, number, number] // as it was decoded
  if (rows === height && columns === width) return image
  const along = (from: number, to: number) => linear(from, to, i => Math.fround(((i + 0.5) * from) / to - 0.5))
  return resampled(image, along(rows, height), along(columns, width), 'float32')
}

/** Each channel by its factor and offset; blue, green and red where that is the order. */
function normalised(image: NdArray, { scale, offset, order }: Normalization): number[] {
  const channels = image.shape[3]!
  const values = numbers(image)
  if (channels < 3 && (order === 'bgr' || scale.length > 1 || offset.length > 1))
    throw new FreezeError('unsupported', 'an image with one channel has no colours to normalise', {
      hint: 'Give a range, such as --normalize 0..1.',
    })
  return Array.from(values, (_, i) => {
    const c = i % channels
    if (c > 2) return values[i]! / 255 // alpha
    const from = order === 'bgr' ? i - c + (2 - c) : i
    return values[from]! * (scale[c] ?? scale[0]!) + (offset[c] ?? offset[0]!)
  })
}

function channelsFirst(array: NdArray, last: readonly number[], shape: readonly number[]): NdArray {
  const order = channelsFirstOrder(4)
  const strides = rowMajorStrides(last)
  const moved = positions(
    order.map(axis => last[axis]!),
    order.map(axis => strides[axis]!),
  )
  return take(array, moved, shape)
}
