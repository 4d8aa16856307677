/**
 * Tensors of an ONNX model beside TensorFlow's of the same names. Images have their channels first there, and rows that
 * were made of such an image have the numbers in another order, which the weights behind them make up for.
 */
import { type NdArray, numbers, take } from '../evaluate/array.ts'
import { positions } from '../evaluate/kernel.ts'
import { channelsFirstOrder, channelsLastOrder } from '../tensor/channels.ts'
import { rowMajorStrides } from '../tensor/strided.ts'
import { agrees, compare, type Tolerance } from './compare.ts'
import type { Inner } from './inner.ts'

/**
 * The value as TensorFlow orders it: as it is, with its channels moved, or the expected rows where it holds the same
 * numbers in another order. Undefined where the two are not of one kind.
 */
export function inTensorFlowsOrder(
  value: NdArray | undefined,
  expected: NdArray,
  { isReordered }: Pick<Inner, 'isReordered'>,
  tolerance: Tolerance,
): NdArray | undefined {
  if (!value || !isReordered) return value
  if (value.dtype !== expected.dtype || value.shape.length !== expected.shape.length) return undefined
  const { shape } = expected
  const isSame = String(value.shape) === String(shape)
  if (isSame && agrees(compare(expected, value, tolerance))) return value
  const first = channelsFirstOrder(shape.length).map(axis => shape[axis]!)
  if (shape.length > 2 && String(value.shape) === String(first)) {
    const moved = channelsLast(value)
    if (!isSame || agrees(compare(expected, moved, tolerance))) return moved
  }
  return isSame && shape.length === 2 && hasSameRows(expected, value, tolerance) ? expected : value
}

/** The image with its channels last. */
function channelsLast(image: NdArray): NdArray {
  const order = channelsLastOrder(image.shape.length)
  const [shape, strides] = [image.shape, rowMajorStrides(image.shape)].map(list => order.map(axis => list[axis]!))
  return take(image, positions(shape!, strides!), shape!)
}

/** Whether each row holds the same numbers, in whatever order. */
function hasSameRows(expected: NdArray, found: NdArray, tolerance: Tolerance): boolean {
  if (expected.dtype === 'string') return false
  return agrees(compare(sortedRows(expected), sortedRows(found), tolerance))
}

function sortedRows(x: NdArray): NdArray {
  const values = Float64Array.from(numbers(x))
  const length = x.shape[1]!
  for (let at = 0; at < values.length; at += length) values.subarray(at, at + length).sort()
  return { dtype: x.dtype === 'float32' ? 'float32' : 'float64', shape: x.shape, data: values }
}
