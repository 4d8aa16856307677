/** Einstein's sum. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat, resultType } from './promotion.ts'

type Emit = Operation['emit']

/** Einstein's sum. */
export const einsum: Emit = f => {
  const { scope } = f
  const values = f.tensors('operands')
  if (values.length === 0) return f.refuse('its tensors are not in the file: Keras saves the equation alone')
  const dtype = resultType(...values.map(value => value.dtype!)) // every tensor of ours has a type
  const inputs = values.map(value => scope.cast(value, asFloat(dtype)))
  const equation = f.text('equation').replace(/\s/g, '')
  return scope.cast(inputs.length > 2 ? pairwise(f, equation, inputs) : scope.op('Einsum', inputs, { equation }), dtype)
}

/** TensorFlow's op takes two operands: the first two become one, which has the labels that are still needed. */
function pairwise(f: FunctionCall, equation: string, values: readonly Value[]): Value {
  const [left, output] = equation.split('->')
  if (output === undefined || equation.includes('.'))
    return f.refuse('its equation has several operands and an ellipsis, or no result')
  const [a, b, ...rest] = left!.split(',')
  const needed = [...rest, output].join('')
  const kept = [...new Set(a! + b!)].filter(label => needed.includes(label)).join('')
  const isLast = rest.length === 0
  const product = f.scope.op('Einsum', values.slice(0, 2), { equation: `${a},${b}->${isLast ? output : kept}` })
  return isLast ? product : pairwise(f, `${[kept, ...rest].join(',')}->${output}`, [product, ...values.slice(2)])
}
