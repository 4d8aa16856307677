import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import * as make from '../../src/tensor/make.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const file = fromBytes(new Uint8Array(1024), 'ckpt')
const w = make.range('float32', [2, 3, 4], file, 0)
const s = make.range('float32', [4], file, 432)
const eps = make.scalar('float32', 0.001)

const TEXTS: [Tensor, string, number[]][] = [
  [make.mul(w, make.rsqrt(make.add(s, eps))), 'mul(ckpt@0+96, rsqrt(add(ckpt@432+16, [0.001])))', [2, 3, 4]],
  [make.reshape(w, [6, 4]), 'ckpt@0+96', [6, 4]],
  [make.reshape(make.reshape(make.neg(w), [24]), [4, 6]), 'reshape(neg(ckpt@0+96), [4 6])', [4, 6]],
  [make.transpose(w, [0, 1, 2]), 'ckpt@0+96', [2, 3, 4]],
  [make.transpose(make.transpose(w, [2, 0, 1]), [1, 2, 0]), 'ckpt@0+96', [2, 3, 4]],
  [make.transpose(make.reshape(s, [1, 4]), [1, 0]), 'ckpt@432+16', [4, 1]],
  [make.transpose(w, [1, 0, 2]), 'transpose(ckpt@0+96, [1 0 2])', [3, 2, 4]],
  [make.transpose(make.fromValues('int32', [2, 2], [1, 2, 3, 4]), [1, 0]), '[1 3 2 4]', [2, 2]],
  [make.sliceOf(make.vector('float32', [1, 2, 3]), [1], [2]), '[2 3]', [2]],
  [make.sliceOf(w, [0, 0, 1], [2, 3, 2], [1, 1, 2]), 'slice(ckpt@0+96, [0 0 1], [2 3 2], [1 1 2])', [2, 3, 2]],
  [make.sliceOf(make.splat('float32', [9], 2), [1], [3]), 'splat(2)', [3]],
  [make.reverse(w, [1]), 'reverse(ckpt@0+96, [1])', [2, 3, 4]],
  [make.spread(w, [2, 1, 3]), 'spread(ckpt@0+96, [2 1 3])', [3, 3, 10]],
  [make.cast(w, 'float16'), 'cast(ckpt@0+96, float16)', [2, 3, 4]],
  [make.concat(0, [s, s]), 'blocks([0] ckpt@432+16, [4] ckpt@432+16)', [8]],
  [make.sum(make.add(w, s), [0]), 'sum(add(ckpt@0+96, ckpt@432+16), [0])', [3, 4]],
  [make.quantize(s), 'quantize(ckpt@432+16, quint8)', [4]],
  [
    make.quantizeWithin(s, make.lowest(s), make.highest(s)),
    'quantize-within(ckpt@432+16, lowest(ckpt@432+16), highest(ckpt@432+16), quint8)',
    [4],
  ],
  [make.roundToLevels(s, 7), 'round-to-levels(ckpt@432+16, 7)', [4]],
  [make.lowest(s), 'lowest(ckpt@432+16)', []],
  [make.strings([2], ['a', 'b"']), '["a" "b\\""]', [2]],
  [make.vector('bool', [true, false]), '[true false]', [2]],
  [make.vector('float16', [0.1, -0]), '[0.1 -0]', [2]],
  [make.scalar('int64', 2n ** 60n), '[1152921504606846976]', []],
  [make.fromValues('float32', [9], [1, 2, 3, 4, 5, 6, 7, 8, 9]), 'memory(36 bytes)', [9]],
]

describe('recipes as text', () => {
  it.each(TEXTS)('$recipe.kind %#', (t, text, shape) => {
    expect(make.describe(t)).toBe(text)
    expect(t.shape).toEqual(shape)
  })
})

it('gives constants at hand, and reads nothing', () => {
  expect(make.valuesOf(make.vector('float32', [1, 0.5]))).toEqual([1, 0.5])
  expect(make.valuesOf(make.splat('int32', [3], 7))).toEqual([7, 7, 7])
  expect(make.valuesOf(w)).toBeUndefined()
  expect(make.valuesOf(make.strings([], ['1']))).toBeUndefined()
  expect(make.bigintsOf(make.vector('int64', [2n ** 60n]))).toEqual([2n ** 60n])
  expect(make.bigintsOf(eps)).toBeUndefined()
  expect(make.stringsOf(make.strings([2], ['é', 'b']))).toEqual(['é', 'b'])
  expect(make.stringsOf(make.strings([1], [Uint8Array.of(0xff)]))).toBeUndefined()
})

it('knows equal recipes without reading', () => {
  const again = make.range('float32', [2, 3, 4], file, 0)
  const elsewhere = make.range('float32', [2, 3, 4], fromBytes(new Uint8Array(1024), 'ckpt'), 0)
  const long = (last: number): Tensor => make.vector('float32', [...Array<number>(999).fill(1), last])
  const rows: [Tensor, Tensor, boolean][] = [
    [w, again, true],
    [w, elsewhere, false],
    [w, make.reshape(w, [24]), false],
    [make.mul(w, s), make.mul(again, s), true],
    [make.mul(w, s), make.add(w, s), false],
    [make.transpose(w, [1, 0, 2]), make.transpose(w, [0, 2, 1]), false],
    [eps, make.scalar('float32', 0.001), true],
    [make.scalar('int32', 0), make.scalar('float32', 0), false],
    [make.strings([1], ['ab']), make.strings([1], ['ab']), true],
    [make.strings([2], ['a', 'b']), make.strings([2], ['ab', '']), false],
    [long(1), long(1), true],
    [long(1), long(2), false],
  ]
  for (const [a, b, same] of rows) expect(make.sameTensor(a, b)).toBe(same)
})
