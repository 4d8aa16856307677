/** Weights in half the bytes: `dtype`, with the passes that are asked for and without. */
import { expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { weightsAsVariables } from '../../src/export/weights-as-variables.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { targetNamed } from '../../src/optimize/targets/index.ts'
import { decode } from '../../src/tensor/codec.ts'
import { readTensor } from '../../src/tensor/read.ts'
import { frozenOf } from '../tfjs/run.ts'

const values = Float32Array.from({ length: 2048 }, (_, i) => Math.sin(i))
values.set([1e9, -1e9, 1e-9, 65504])
const SOURCE = fromBytes(new Uint8Array(values.buffer), 'ckpt')
const TEXT = `
in x: float32[?,2]
w = Const float32[2,1024] ckpt@0
b = Const float32[1024] ckpt@0
two = Const float32[] [2]
m = MatMul(x, w)
i = Identity(m)
s = Mul(i, two)
y = BiasAdd(s, b)
out y`
const frozen = () => frozenOf(parse(TEXT, { ckpt: SOURCE }))

test('without other passes, nothing else is changed', () => {
  const { frozen: half, report } = optimize(frozen(), { passes: [], dtype: 'bfloat16' })
  expect(print(half.graph)).toBe(`in x: float32[?,2]
w/bfloat16 = Const bfloat16[2,1024] cast(float32[2,1024] ckpt@0)
w/cast = Cast(w/bfloat16) {DstT: float32}
m = MatMul(x, w/cast)
i = Identity(m)
two = Const float32[] [2]
s = Mul(i, two)
b/bfloat16 = Const bfloat16[1024] cast(float32[1024] ckpt@0)
b/cast = Cast(b/bfloat16) {DstT: float32}
y = BiasAdd(s, b/cast)
out y`)
  expect(report.passes.map(({ pass, applied }) => [pass, applied.length])).toEqual([['bfloat16-weights', 2]])
})

test('behind -O, and so that -O once more leaves it', () => {
  const { frozen: half, report } = optimize(frozen(), { dtype: 'float16' })
  expect(report.passes.at(-1)?.pass).toBe('float16-weights')
  expect(half.graph.node('i')).toBeUndefined()
  expect([...half.graph.nodes].filter(({ op }) => op === 'Cast')).toHaveLength(2)
  expect(print(optimize(half).frozen.graph)).toBe(print(half.graph))
})

test('before the graph is rewritten for a consumer, which is told of the casts', () => {
  const { report } = optimize(frozen(), { passes: [], dtype: 'float16', target: targetNamed('tensorflow2') })
  expect(report.target?.target).toBe('tensorflow2')
})

test('no weight becomes infinite in float16', async () => {
  const { graph } = optimize(frozen(), { passes: [], dtype: 'float16' }).frozen
  const bytes = await readTensor(graph.node('b/float16')!.tensor('value'))
  expect([...decode('float16', bytes).slice(0, 4)]).toEqual([65504, -65504, 0, 65504])
})

test('in variables, too', () => {
  const { graph } = optimize(frozen(), { passes: [], dtype: 'float16' }).frozen
  expect([...weightsAsVariables(graph)!.tensors].map(([name, { dtype }]) => [name, dtype])).toEqual([
    ['w/float16', 'float16'],
    ['b/float16', 'float16'],
  ])
})

test('float32 is as it was', () => {
  expect(print(optimize(frozen(), { passes: [], dtype: 'float32' }).frozen.graph)).toBe(print(frozen().graph))
})
