/** Shapes of quantised arithmetic: a tensor, and the range that its codes stand for. */
import type { Fact } from '../fact.ts'
import { forEach, like, type Operands, type Rule, type Rules } from '../rule.ts'
import { broadcastShapes } from '../shape.ts'
import { arrayRules } from './array.ts'
import { nnRules } from './nn.ts'
import { shapeRules } from './shape.ts'

/** The shape of the first input, and its range. */
const ranged: Rule = (_, [x]) => [x.shape, [], []]

/** The op's function on floats, and the range. */
const rangedAs =
  (rule: Rule): Rule =>
  (node, inputs, context) => [rule(node, inputs, context)[0] ?? null, [], []]

/** Along an axis there is a range for each of its elements. */
const quantizeV2: Rule = (node, [x]) => {
  const axis = node.int('axis')
  if (axis === -1) return [x.shape, [], []]
  const count = x.shape?.[axis] ?? null
  return [x.shape, [count], [count]]
}

/** Takes two operands, and the range. */
const broadcast: Rule = (_, [a, b]) => [broadcastShapes(a.shape, b.shape), [], []]

/** The parts are followed by their ranges, which differ: the codes of the result are others. */
const concat: Rule = (node, [axis, ...parts], context) => {
  const operands = [axis, ...parts.slice(0, node.count('N'))] as readonly Fact[] as Operands // as many as Concat takes
  const [result] = arrayRules['Concat']!(node, operands, context)
  return [result && 'shape' in result ? result.shape : (result ?? null), [], []]
}

/** The shape functions of quantised ops. */
export const quantizationRules: Rules = {
  ...forEach(
    `FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantize
     QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 Dequantize`,
    like(),
  ),
  QuantizeV2: quantizeV2,
  ...forEach(
    'QuantizedRelu QuantizedRelu6 QuantizedReluX QuantizedBiasAdd QuantizeDownAndShrinkRange Requantize',
    ranged,
  ),
  RequantizationRange: () => [[], []],
  QuantizedConv2D: rangedAs(nnRules['Conv2D']!),
  QuantizedMatMul: rangedAs(nnRules['MatMul']!),
  ...forEach('QuantizedMaxPool QuantizedAvgPool', rangedAs(nnRules['MaxPool']!)),
  QuantizedReshape: rangedAs(shapeRules['Reshape']!),
  ...forEach('QuantizedAdd QuantizedMul', broadcast),
  QuantizedConcat: concat,
}
