/** NumPy's files: what NumPy 2 wrote (`npy.json`) is read, and what is written NumPy's way is read again. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { elements, fromTensorAtHand, type NdArray, texts, toTensor } from '../../src/evaluate/array.ts'
import { npyBytes, readNpy } from '../../src/formats/npy/npy.ts'
import { npzBytes, readNpz } from '../../src/formats/npy/npz.ts'
import { fromValues, strings } from '../../src/tensor/make.ts'

interface Recorded {
  readonly bytes: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly (number | string)[]
}
const {
  npz,
  object,
  complex,
  ...files
}: { npz: string; object: string; complex: string } & Record<string, Recorded | string> = JSON.parse(
  readFileSync('tests/formats/npy.json', 'utf8'),
)
const sourceOf = (base64: string) => fromBytes(new Uint8Array(Buffer.from(base64, 'base64')), 'x.npy')

const plain = (x: NdArray): (number | string)[] => (x.dtype === 'string' ? texts(x) : elements(x).map(Number))
const shown = ({ dtype, shape }: NdArray, x: NdArray) => ({ dtype, shape, values: plain(x) })

describe('what NumPy wrote', () => {
  test('there are files', () => expect(Object.keys(files).length).toBeGreaterThan(15))
  test.each(Object.entries(files) as [string, Recorded][])('%s', async (_, { bytes, ...expected }) => {
    const tensor = await readNpy(sourceOf(bytes))
    const array = fromTensorAtHand(tensor)!
    expect(shown(array, array)).toEqual(expected)
    const again = fromTensorAtHand(await readNpy(fromBytes(npyBytes(tensor))))!
    expect(shown(again, again)).toEqual(expected)
  })
  test('an archive, compressed', async () => {
    const arrays = await readNpz(sourceOf(npz))
    expect([...arrays].map(([name, tensor]) => [name, plain(fromTensorAtHand(tensor)!)])).toEqual([
      ['x', [0, 1, 2]],
      ['y', ['p', 'q']],
    ])
  })
})

test('types that TensorFlow lacks are refused with what to do', async () => {
  await expect(readNpy(sourceOf(object))).rejects.toThrow(
    "x.npy: its elements are of NumPy's type '|O', which is not supported. Save strings with a fixed width: np.array(values, 'S') or 'U'.",
  )
  await expect(readNpy(sourceOf(complex))).rejects.toThrow(
    "x.npy: its elements are of NumPy's type '<c16', which is not supported. Convert it with astype before saving.",
  )
})

test('every prefix is refused', async () => {
  const bytes = npyBytes(fromValues('float32', [2, 2], [1, 2, 3, 4]))
  for (let length = 0; length < bytes.length; length++)
    await expect(readNpy(fromBytes(bytes.subarray(0, length)))).rejects.toMatchObject({ name: 'FreezeError' })
})

test('an archive of arrays is written and read, the same bytes each time', async () => {
  const arrays = new Map([
    ['a/b', fromValues('float32', [2], [1, 2])],
    ['names', strings([2], ['x', 'yz'])],
  ])
  const bytes = npzBytes(arrays)
  expect(npzBytes(arrays)).toEqual(bytes)
  const again = await readNpz(fromBytes(bytes, 'out.npz'))
  expect([...again].map(([name, t]) => [name, t.dtype, plain(fromTensorAtHand(t)!)])).toEqual([
    ['a/b', 'float32', [1, 2]],
    ['names', 'string', ['x', 'yz']],
  ])
})

test('bfloat16, which NumPy lacks, is written as float32', async () => {
  const x = toTensor({ dtype: 'bfloat16', shape: [2], data: Float32Array.of(1.5, -2) })
  const again = await readNpy(fromBytes(npyBytes(x)))
  expect(again.dtype).toBe('float32')
  expect(plain(fromTensorAtHand(again)!)).toEqual([1.5, -2])
})

test('crc-32 is that of zip', () => expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926))
