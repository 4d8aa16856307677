/** Numbers rounded to the levels of a range, as quantisation-aware training does. TF.js would return them as they are. */
import type { Node, Value } from '../../graph/node.ts'
import { as, op } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { Builder } from './build.ts'

/** Source: tensorflow/core/kernels/fake_quant_ops_functor.h. */
function quantized(b: Builder, node: Node, [min, max]: readonly [Value, Value]): Value {
  const x = node.input(0)
  const number = (value: number): Value => b.number('float32', value)
  const lowest = node.bool('narrow_range') ? 1 : 0
  const highest = 2 ** node.int('num_bits') - 1
  const step = b.op('RealDiv', [b.op('Sub', [max, min]), number(highest - lowest)])
  const zero = b.op('Sub', [number(lowest), b.op('RealDiv', [min, step])])
  const rounded = b.op('Floor', [b.op('AddV2', [zero, number(0.5)])]) // TensorFlow rounds halves up
  const point = b.op('Minimum', [b.op('Maximum', [rounded, number(lowest)]), number(highest)])
  const low = b.op('Mul', [b.op('Sub', [number(lowest), point]), step])
  const high = b.op('Mul', [b.op('Sub', [number(highest), point]), step])
  const clamped = b.op('Minimum', [b.op('Maximum', [x, low]), high])
  const inverse = b.op('RealDiv', [number(1), step])
  const level = b.op('Floor', [b.op('AddV2', [b.op('Mul', [b.op('Sub', [clamped, low]), inverse]), number(0.5)])])
  const result = b.op('AddV2', [b.op('Mul', [level, step]), low])
  return b.op('SelectV2', [b.op('Equal', [min, max]), b.op('ZerosLike', [x]), result])
}

const byAttributes = rule({
  name: 'tfjs-fake-quant',
  find: as('node', op('FakeQuantWithMinMaxArgs')),
  replace({ node }, { graph }) {
    const b = new Builder(graph, node)
    return quantized(b, node, [b.number('float32', node.float('min')), b.number('float32', node.float('max'))])
  },
})

const byInputs = rule({
  name: 'tfjs-fake-quant',
  find: as('node', op(['FakeQuantWithMinMaxVars', 'FakeQuantWithMinMaxVarsPerChannel'])),
  replace: ({ node }, { graph }) => quantized(new Builder(graph, node), node, [node.input(1), node.input(2)]),
})

export const QUANTIZATION: readonly Rule[] = [byAttributes, byInputs]
