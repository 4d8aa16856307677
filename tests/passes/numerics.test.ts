/** Folded weights, bit for bit: variance + epsilon in float32, the rest in float64, one rounding. */

import { describe, expect, it } from 'vitest'
import { parse } from '../../src/graph/text/index.ts'
import { parsePasses } from '../../src/optimize/parse.ts'
import { runPass } from '../../src/optimize/run.ts'
import { readTensor } from '../../src/tensor/read.ts'
import { countingSource } from './cases.ts'

const CHANNELS = 64
const f32 = Math.fround

/** The floats of the source that the cases read. */
const values = (at: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((at / 4 + i) * 7) % 11) / 8 + 0.25)

const [W, G, B, M, V] = [0, 3 * CHANNELS * 4, 4 * CHANNELS * 4, 5 * CHANNELS * 4, 6 * CHANNELS * 4]

/** What the specification says. */
function expected(): { weights: Float32Array; offset: Float32Array } {
  const [w, g, b, m, v] = [values(W, 3 * CHANNELS), ...[G, B, M, V].map(at => values(at, CHANNELS))] as Float32Array[]
  const scale = Float64Array.from(v!, (x, i) => g![i]! * (1 / Math.sqrt(f32(x + f32(0.001)))))
  return {
    weights: w!.map((x, i) => f32(x * scale[i % CHANNELS]!)),
    offset: b!.map((x, i) => f32(x - m![i]! * scale[i]!)),
  }
}

const HEAD = `in x: float32[1,4,4,3]
w = Const float32[1,1,3,${CHANNELS}] ckpt@${W}
conv = Conv2D(x, w) {padding: "SAME", strides: [1,1,1,1]}
g = Const float32[${CHANNELS}] ckpt@${G}
b = Const float32[${CHANNELS}] ckpt@${B}
m = Const float32[${CHANNELS}] ckpt@${M}
v = Const float32[${CHANNELS}] ckpt@${V}
`

const FORMS = {
  fused: 'y = FusedBatchNormV3(conv, g, b, m, v) {epsilon: 0.001, is_training: false}\nout y',
  'the oldest':
    'y = BatchNormWithGlobalNormalization(conv, m, v, b, g) {scale_after_normalization: true, variance_epsilon: 0.001}\nout y',
  decomposed: `e = Const float32[] [0.001]
ve = AddV2(v, e)
r = Rsqrt(ve)
s = Mul(r, g)
ms = Mul(m, s)
o = Sub(b, ms)
n = Mul(conv, s)
y = AddV2(n, o)
out y`,
}

describe('folding a batch norm', () => {
  for (const [form, body] of Object.entries(FORMS)) {
    it(`rounds once: ${form}`, async () => {
      const ckpt = countingSource('ckpt', 1 << 16)
      const graph = parse(HEAD + body, { ckpt })
      for (const { pass, options } of parsePasses('fold-constants,fold-batch-norm,fold-scale,merge-additions')) {
        runPass(pass, graph, options)
      }
      expect(ckpt.bytesRead).toBe(0)
      const y = graph.node('y')!
      const weights = await readTensor(y.inputs[0]!.node.inputs[1]!.tensor!)
      expect(new Float32Array(weights.slice().buffer)).toEqual(expected().weights)
      const offset = await readTensor(y.inputs[1]!.tensor!)
      expect(new Float32Array(offset.slice().buffer)).toEqual(expected().offset)
    })
  }
})
