/** Constant folding by recipes: what of, and by whom. Sizes, bounds and integers are left to the evaluator where it is there. */
import { expect, test } from 'vitest'
import { decode } from '../../src/tensor/codec.ts'
import { type AtHand, type FoldedOp, fold } from '../../src/tensor/fold.ts'
import { fromValues, range, scalar, describe as shown, splat, strings, vector } from '../../src/tensor/make.ts'
import { readTensor } from '../../src/tensor/read.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** Weights that must not be read. */
const source = { name: 'w', size: 1 << 20, read: () => Promise.reject(new Error('folding read a weight')) }
const weights = range('float32', [2, 3], source, 0)
const ints = (...values: number[]): Tensor => vector('int32', values)
const int = (value: number): Tensor => scalar('int32', value)

const opOf = (op: string, attrs: Record<string, unknown> = {}): FoldedOp => {
  const attr = (name: string): never => attrs[name] as never
  return { op, type: attr, int: attr, ints: attr, bool: name => (attrs[name] as boolean | undefined) ?? false }
}
const folded = (op: FoldedOp, of: readonly Tensor[], atHand: AtHand): string => {
  const result = fold(op, of, atHand)
  return result ? `${result.dtype}[${result.shape}] ${shown(result)}` : 'not folded'
}

for (const [op, operands, alone, beside] of [
  [
    opOf('Mul'),
    [weights, scalar('float32', 2)],
    'float32[2,3] cast(mul(cast(w@0+24, float64), cast([2], float64)), float32)',
    undefined,
  ],
  [opOf('Mul'), [ints(1, 2), int(3)], 'int32[2] mul([1 2], [3])', 'not folded'],
  [opOf('Mul'), [weights, scalar('float64', 2)], 'not folded', undefined],
  [opOf('Mul'), [weights, vector('float32', [1, 2])], 'not folded', undefined],
  [opOf('Exp'), [weights], 'float32[2,3] cast(exp(cast(w@0+24, float64)), float32)', 'not folded'],
  [opOf('Reshape'), [weights, ints(3, -1)], 'float32[3,2] w@0+24', undefined],
  [opOf('Reshape'), [weights, ints(4, -1)], 'not folded', undefined],
  [opOf('ExpandDims'), [weights, int(-1)], 'float32[2,3,1] w@0+24', undefined],
  [opOf('ExpandDims'), [weights, int(5)], 'not folded', undefined],
  [opOf('Squeeze', { squeeze_dims: [-1] }), [range('float32', [2, 1], source, 0)], 'float32[2] w@0+8', undefined],
  [opOf('Squeeze', { squeeze_dims: [0] }), [range('float32', [2, 1], source, 0)], 'not folded', undefined],
  [opOf('Transpose'), [weights, ints(1, 0)], 'float32[3,2] transpose(w@0+24, [1 0])', undefined],
  [opOf('Transpose'), [weights, ints(1, 1)], 'not folded', undefined],
  [opOf('Slice'), [weights, ints(1, 0), ints(-1, 2)], 'float32[1,2] slice(w@0+24, [1 0], [1 2])', undefined],
  [opOf('Slice'), [weights, ints(1, 0), ints(2, 2)], 'not folded', undefined],
  [opOf('ConcatV2'), [weights, weights, int(-1)], 'float32[2,6] blocks([0 0] w@0+24, [0 3] w@0+24)', undefined],
  [opOf('Concat'), [int(0), weights, weights], 'float32[4,3] blocks([0 0] w@0+24, [2 0] w@0+24)', undefined],
  [opOf('ConcatV2'), [weights, weights, int(2)], 'not folded', undefined],
  [opOf('ConcatV2'), [strings([1], ['a']), strings([1], ['b']), int(0)], 'string[2] ["a" "b"]', undefined],
  [opOf('Pack', { axis: 1 }), [ints(1, 2), ints(3, 4)], 'int32[2,2] blocks([0 0] [1 2], [0 1] [3 4])', 'not folded'],
  [opOf('Cast', { DstT: 'float16' }), [weights], 'float16[2,3] cast(w@0+24, float16)', undefined],
  [opOf('Cast', { DstT: 'int32' }), [vector('float32', [1, 2])], 'int32[2] [1 2]', 'not folded'],
  [opOf('Cast', { DstT: 'float16', Truncate: true }), [weights], 'not folded', undefined],
  [opOf('Fill'), [ints(2, 2), scalar('float32', 3)], 'float32[2,2] splat(3)', 'not folded'],
  [opOf('Fill'), [vector('int64', [2n ** 40n]), scalar('float32', 3)], 'not folded', 'not folded'],
  [opOf('ZerosLike'), [weights], 'float32[2,3] splat(0)', undefined],
  [opOf('ZerosLike'), [splat('bool', [2], true)], 'bool[2] splat(false)', 'not folded'],
  [opOf('Range'), [int(1), int(6), int(2)], 'int32[3] [1 3 5]', 'not folded'],
  [opOf('Shape', { out_type: 'int64' }), [weights], 'int64[2] [2 3]', 'not folded'],
  [opOf('Size', { out_type: 'int32' }), [weights], 'int32[] [6]', 'not folded'],
  [opOf('MatMul'), [weights, weights], 'not folded', undefined],
] as const) {
  test(`${op.op}(${operands.map(t => shown(t)).join(', ')})`, () => {
    expect(folded(op, operands, 'recipes')).toBe(alone)
    expect(folded(op, operands, 'evaluator')).toBe(beside ?? alone)
  })
}

test('every op rounds to its type, as in TensorFlow', async () => {
  const third = fold(opOf('RealDiv'), [scalar('float32', 1), scalar('float32', 3)], 'recipes')!
  const one = fold(opOf('Mul'), [third, scalar('float32', 3)], 'recipes')!
  const back = fold(opOf('Sub'), [one, scalar('float32', 1)], 'recipes')!
  const [value] = decode('float32', await readTensor(back))
  expect(value).toBe(Math.fround(Math.fround(Math.fround(1 / 3) * 3) - 1))
})

test('a recipe of many computations is not built upon', () => {
  let t = fromValues('float32', [1], [1])
  for (let i = 0; i < 7; i++) t = fold(opOf('AddV2'), [t, t], 'recipes') ?? t
  expect(fold(opOf('AddV2'), [t, t], 'recipes')).toBeUndefined()
})
