/** How the pixels of an image become the numbers that a network was trained on. */
import { FreezeError } from '../errors.ts'

/** number = pixel · scale + offset, for each channel, of a pixel from 0 to 255. One entry stands for all channels. */
export interface Normalization {
  readonly scale: readonly number[]
  readonly offset: readonly number[]
  /** In which order the colours come. */
  readonly order: 'rgb' | 'bgr'
}

/** Mean and standard deviation of the images of ImageNet, red, green and blue from 0 to 1. Source: torchvision. */
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]
/** The mean of the images that Caffe's networks were trained on, blue, green and red. Source: keras.applications. */
const CAFFE_MEAN = [103.939, 116.779, 123.68]

const NAMED: Readonly<Record<string, Normalization>> = {
  imagenet: {
    scale: DEVIATION.map(deviation => 1 / (255 * deviation)),
    offset: MEAN.map((mean, i) => -mean / DEVIATION[i]!),
    order: 'rgb',
  },
  caffe: { scale: [1], offset: CAFFE_MEAN.map(mean => -mean), order: 'bgr' },
}

/** Black becomes `low`, white becomes `high`. */
export const rangeOf = (low: number, high: number): Normalization => ({
  scale: [(high - low) / 255],
  offset: [low],
  order: 'rgb',
})

/** Reads `0..1`, `-1..1`, `imagenet` or `caffe`. Throws `unsupported` for another text. */
export function normalization(text: string): Normalization {
  const [, low, high] = /^(-?[\d.]+)\.\.(-?[\d.]+)$/.exec(text.trim()) ?? []
  const found = low === undefined ? NAMED[text.trim().toLowerCase()] : rangeOf(Number(low), Number(high))
  if (found && [...found.scale, ...found.offset].every(Number.isFinite)) return found
  throw new FreezeError('unsupported', `'${text}' is not a way to normalise an image`, {
    hint: `Write a range such as 0..1 or -1..1, or ${Object.keys(NAMED).join(' or ')}.`,
  })
}
