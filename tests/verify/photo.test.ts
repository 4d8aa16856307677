/** Images as data: decoded, in the shape, type and range of an input. */
import { encode } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { list, numbers, stringBytes } from '../../src/evaluate/array.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'
import { readData, UNNAMED } from '../../src/verify/data.ts'
import { fitted } from '../../src/verify/fit.ts'

type Shape = (number | null)[] | null

async function array(file: Uint8Array, shape: Shape, { dtype = 'float32' as DType, normalize = '' } = {}) {
  const data = await readData(fromBytes(new Uint8Array(file), 'photo'), normalize ? { normalize } : {})
  return fitted(data.values.get(UNNAMED)!, { key: 'image', dtype, shape, file: 'photo' })
}
const rounded = (x: Parameters<typeof list>[0]): number[] => list(x).map(v => Number(v.toFixed(3)))

/** Two pixels: red beside a dark grey. */
const RGB = encode({ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 51, 51, 51) })

describe('a PNG', () => {
  test('has the shape, type and range that the input takes', async () => {
    expect(await array(RGB, [null, null, null, 3])).toMatchObject({ dtype: 'float32', shape: [1, 1, 2, 3] })
    expect(rounded(await array(RGB, null))).toEqual([1, 0, 0, 0.2, 0.2, 0.2])
    expect(rounded(await array(RGB, [1, 1, 2, 3], { normalize: '-1..1' }))).toEqual([1, -1, -1, -0.6, -0.6, -0.6])
    expect(list(await array(RGB, [1, 1, 2, 3], { dtype: 'uint8' }))).toEqual([255, 0, 0, 51, 51, 51])
  })
  test('is normalised as networks of ImageNet and of Caffe are fed', async () => {
    const imagenet = rounded(await array(RGB, null, { normalize: 'imagenet' }))
    expect(imagenet.slice(0, 3)).toEqual([2.249, -2.036, -1.804]) // (1, 0, 0) less the mean, by the deviation
    const caffe = rounded(await array(RGB, null, { normalize: 'caffe' }))
    expect(caffe.slice(0, 3)).toEqual([-103.939, -116.779, 131.32]) // blue, green, red
  })
  test('gets the channels that the input has, in their place', async () => {
    expect(rounded(await array(RGB, [null, 1, 2, 1]))).toEqual([0.299, 0.2])
    expect(rounded(await array(RGB, [1, 2]))).toEqual([0.299, 0.2])
    expect(await array(RGB, [null, 1, 2])).toMatchObject({ shape: [1, 1, 2] })
    expect(rounded(await array(RGB, [null, 4, 1, 2]))).toEqual([1, 0.2, 0, 0.2, 0, 0.2, 1, 1])
    expect(rounded(await array(RGB, [1, 2, 4]))).toEqual([1, 0, 0, 1, 0.2, 0.2, 0.2, 1])
  })
  test('is resized as tf.image.resize does', async () => {
    const ramp = encode({ width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 255, 0, 255) })
    expect(rounded(await array(ramp, [1, 2, 4, 1]))).toEqual([0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1])
    expect(rounded(await array(ramp, [1, 1, 1, 1]))).toEqual([0.5])
  })
  test('of 16 or 1 bits, or with a palette, has the same range', async () => {
    const deep = encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(65535, 13107) })
    expect(rounded(await array(deep, null))).toEqual([1, 0.2])
    const flat = encode({ width: 10, height: 2, channels: 1, depth: 1, data: Uint8Array.of(0x80, 0x40, 0xff, 0xc0) })
    expect(rounded(await array(flat, null))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...Array(10).fill(1)])
    const palette = [
      [255, 0, 0],
      [0, 0, 51],
    ] as [number, number, number][]
    const indexed = encode({ width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(1, 0), palette })
    expect(rounded(await array(indexed, null))).toEqual([0, 0, 0.2, 1, 0, 0])
  })
  test('is a text where the input takes one', async () => {
    for (const [shape, expected] of [
      [[], []],
      [[null], [1]],
    ] as const) {
      const found = await array(RGB, [...shape], { dtype: 'string' })
      expect(found.shape).toEqual(expected)
      expect(stringBytes(found)[0]).toEqual(new Uint8Array(RGB))
    }
  })
})

test('a JPEG is decoded', async () => {
  const pixels = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => [200, 100, 50, 255][i % 4]!)
  const { data } = encodeJpeg({ width: 16, height: 16, data: pixels }, 95)
  const found = await array(data, [1, 16, 16, 3], { normalize: '0..255' })
  for (const [c, colour] of [200, 100, 50].entries()) expect(Math.abs(numbers(found)[c]! - colour)).toBeLessThan(3)
})

test('what is not an image, or too large, or wanted in another shape is refused', async () => {
  await expect(array(RGB.slice(0, 40), null)).rejects.toThrow(/^photo: the image cannot be decoded: /)
  const huge = RGB.slice()
  huge.set([0, 1, 0, 0, 0, 1, 0, 0], 16)
  await expect(array(huge, null)).rejects.toThrow('photo: the image has 65536 × 65536 pixels, more than 200000000.')
  await expect(array(RGB, [5])).rejects.toThrow('photo image: the data is an image, and [5] is expected.')
  await expect(array(RGB, [8, 1, 2, 3])).rejects.toThrow('an image makes data of shape [1,1,2,3], and [8,1,2,3] is')
  await expect(array(RGB, [1, 2], { normalize: 'caffe' })).rejects.toThrow(
    'an image with one channel has no colours to normalise. Give a range, such as --normalize 0..1.',
  )
})
