/** Files of data, and how their values become arrays of an input's type and shape. */
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { elements, texts } from '../../src/evaluate/array.ts'
import { npyBytes } from '../../src/formats/npy/npy.ts'
import { fromValues, strings } from '../../src/tensor/make.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'
import { type GivenValue, readData, UNNAMED } from '../../src/verify/data.ts'
import { fitted } from '../../src/verify/fit.ts'

const file = (text: string) => fromBytes(new TextEncoder().encode(text), 'data.json')
const wanted = (dtype: DType, shape: (number | null)[] | null) => ({ key: 'x', dtype, shape })
const values = (value: GivenValue, dtype: DType, shape: (number | null)[] | null) => {
  const array = fitted(value, wanted(dtype, shape))
  expect(array.dtype).toBe(dtype)
  return [array.shape, dtype === 'string' ? texts(array) : elements(array)]
}

test('JSON is an object of lists, or one list', async () => {
  expect((await readData(file('{"a": [[1, 2]], "b": "x"}'))).values).toEqual(
    new Map<string, unknown>([
      ['a', [[1, 2]]],
      ['b', 'x'],
    ]),
  )
  expect((await readData(file('[1, 2]'))).values).toEqual(new Map([[UNNAMED, [1, 2]]]))
  await expect(readData(file('{"a": null}'))).rejects.toThrow(
    "data.json: 'a' is not a number, a text, or a list of these.",
  )
  await expect(readData(file('hello'))).rejects.toThrow(
    'data.json: this is neither an .npz nor an .npy file, nor an image, nor JSON. Give a .npz or .npy file, an image (.png, .jpg), or JSON such as',
  )
})

test('an array of .npy has no name', async () => {
  const { values } = await readData(fromBytes(npyBytes(fromValues('int32', [1], [3])), 'x.npy'))
  expect([...values.keys()]).toEqual([UNNAMED])
})

describe('a value', () => {
  test('takes the type of the input', () => {
    expect(values([1, 2.5], 'float32', [2])).toEqual([[2], [1, 2.5]])
    expect(values(['NaN', '-Infinity'], 'float64', [2])).toEqual([[2], [Number.NaN, -Infinity]])
    expect(values(['9007199254740993', 2], 'int64', [null])).toEqual([[2], [9007199254740993n, 2n]])
    expect(values([true, false], 'bool', [2])).toEqual([[2], [1, 0]])
    expect(values(['a'], 'string', [null])).toEqual([[1], ['a']])
    expect(values(fromValues('float64', [2], [1.9, -1.9]), 'int64', [2])).toEqual([[2], [1n, -1n]])
    expect(values(fromValues('int64', [1], [3n]), 'float32', null)).toEqual([[1], [3]])
  })
  test('gets the batch dimension that it lacks', () => {
    expect(values([1, 2], 'float32', [null, 2])).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(values(fromValues('float32', [2, 1], [1, 2]), 'float32', [1, 2, 1])).toEqual([
      [1, 2, 1],
      [1, 2],
    ])
  })
  test.each<[GivenValue, DType, (number | null)[] | null, string]>([
    [[1, 2, 3], 'float32', [null, 2], 'x: the data is of shape [3], and [?,2] is expected.'],
    [[[1], [1, 2]], 'float32', null, 'x: its lists differ in length.'],
    [[[1], 2], 'float32', null, 'x: its lists differ in length.'],
    ['high', 'float32', [], "x: 'high' is not a number."],
    [0.5, 'int64', [], "x: '0.5' is not a whole number."],
    [strings([1], ['a']), 'float32', [1], 'x: the data is of type string, and float32 is expected.'],
  ])('%j for %s%j is refused', (value, dtype, shape, message) => {
    expect(() => fitted(value, wanted(dtype, shape))).toThrow(message)
  })
})
