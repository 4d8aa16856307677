/** Passes that make a graph worse for a consumer are not part of its -O. */
import { expect, test } from 'vitest'
import { optimize } from '../../src/optimize/optimize.ts'
import { targetNamed } from '../../src/optimize/targets/index.ts'
import { frozenOf } from '../verify/networks.ts'

test.each([
  ['onnx', ['FusedBatchNormV3']],
  ['tensorflow2', ['Mul', 'AddV2']],
])('a batch norm that nothing takes, for %s', (name, ops) => {
  const { frozen } = optimize(
    frozenOf(`in x: float32[1,2,2,2]
g = Const float32[2] [1 2]
n = FusedBatchNormV3(x, g, g, g, g) {is_training: false}
y = Relu(n)
out y`),
    { target: targetNamed(name) },
  )
  const found = [...frozen.graph.nodes].map(({ op }) => op)
  expect(found.filter(op => !['Placeholder', 'Const', 'Relu'].includes(op))).toEqual(ops)
})
