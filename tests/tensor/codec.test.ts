import { describe, expect, it } from 'vitest'
import {
  bfloat16Bits,
  decode,
  decodeBigints,
  encode,
  encodeBigints,
  float16Bits,
  roundTo,
  swapWords,
} from '../../src/tensor/codec.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('bit patterns', () => {
  const rows: [DType, number, string][] = [
    ['float32', 1, '0000803f'],
    ['float32', 0.1, 'cdcccc3d'],
    ['float64', -2, '00000000000000c0'],
    ['float16', 1, '003c'],
    ['float16', -2, '00c0'],
    ['float16', 65504, 'ff7b'], // the largest
    ['float16', 65519.99, 'ff7b'],
    ['float16', 65520, '007c'], // rounds to infinity
    ['float16', 2 ** -24, '0100'], // the smallest
    ['float16', 2 ** -25, '0000'], // a tie, to even
    ['float16', 2 ** -25 * 1.0000001, '0100'],
    ['float16', 2 ** -14, '0004'], // the smallest normal
    ['float16', 1 + 2 ** -11, '003c'], // a tie, to even
    ['float16', 1 + 2 ** -11 + 2 ** -40, '013c'], // rounded once: float32 would lose the last bit
    ['float16', 1 + 3 * 2 ** -11, '023c'],
    ['float16', Number.NaN, '007e'],
    ['float16', -Infinity, '00fc'],
    ['float16', -0, '0080'],
    ['bfloat16', 1, '803f'],
    ['bfloat16', 1 + 2 ** -8, '803f'], // a tie, to even
    ['bfloat16', 1 + 2 ** -8 + 2 ** -40, '813f'],
    ['bfloat16', 3.4e38, '807f'],
    ['bfloat16', Number.NaN, 'c07f'],
    ['bool', 1, '01'],
    ['bool', 0.5, '01'],
    ['int8', -1, 'ff'],
    ['int8', 200, 'c8'], // wraps
    ['int16', -2.9, 'feff'], // toward zero
    ['int32', -5, 'fbffffff'],
    ['int64', -5, 'fbffffffffffffff'],
    ['uint8', 255, 'ff'],
    ['uint16', 65535, 'ffff'],
    ['uint32', 4294967295, 'ffffffff'],
    ['uint64', 258, '0201000000000000'],
    ['quint8', 7, '07'],
  ]
  it.each(rows)('%s %d is %s', (dtype, value, bytes) => {
    expect(hex(encode(dtype, [value]))).toBe(bytes)
    const back = decode(dtype, Buffer.from(bytes, 'hex'))[0]
    expect(hex(encode(dtype, [back!]))).toBe(bytes)
  })
})

it('decodes every half and bfloat16 to a number that encodes to the same bits', () => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i)
  const bytes = new Uint8Array(bits.buffer)
  for (const [dtype, toBits] of [
    ['float16', float16Bits],
    ['bfloat16', bfloat16Bits],
  ] as const) {
    const values = decode(dtype, bytes)
    const wrong = [...bits].filter(b => !Number.isNaN(values[b]) && toBits(values[b]!) !== b)
    expect(wrong).toEqual([])
  }
})

it('reads unaligned bytes', () => {
  const bytes = new Uint8Array(9)
  bytes.set(encode('float64', [1.5]), 1)
  expect([...decode('float64', bytes.subarray(1))]).toEqual([1.5])
  expect([...decode('float64', Buffer.from(bytes.buffer).subarray(1))]).toEqual([1.5]) // whose slice() does not copy
})

it('keeps 64-bit integers exact as bigints', () => {
  const values = [2n ** 63n - 1n, -(2n ** 63n), 0n, -1n]
  expect(decodeBigints('int64', encodeBigints('int64', values))).toEqual(values)
  expect(decodeBigints('uint64', encodeBigints('uint64', [2n ** 64n - 1n]))).toEqual([2n ** 64n - 1n])
  expect(decodeBigints('int8', encodeBigints('int8', [-3n]))).toEqual([-3n])
  expect(() => decodeBigints('float32', encode('float32', [0.5]))).toThrow('elements of type float32 are not integers.')
})

it('rounds in place to what a type holds', () => {
  expect([...roundTo('float32', Float64Array.of(0.1))]).toEqual([Math.fround(0.1)])
  expect([...roundTo('float16', Float64Array.of(0.1, 1e6))]).toEqual([0.0999755859375, Infinity])
  expect([...roundTo('int8', Float64Array.of(1.9, -1.9, 129))]).toEqual([1, -1, -127])
})

it('swaps the bytes of words', () => {
  const bytes = (): Uint8Array => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  expect([...swapWords(bytes(), 1)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect([...swapWords(bytes(), 2)]).toEqual([2, 1, 4, 3, 6, 5, 8, 7])
  expect([...swapWords(bytes(), 4)]).toEqual([4, 3, 2, 1, 8, 7, 6, 5])
  expect([...swapWords(bytes(), 8)]).toEqual([8, 7, 6, 5, 4, 3, 2, 1])
})

it('refuses what is not a number', () => {
  expect(() => decode('complex64', new Uint8Array(8))).toThrow('elements of type complex64 cannot be computed with.')
})
