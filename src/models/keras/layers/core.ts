/** Dense, activations and the layers that only pass on. */
import type { Value } from '../../../graph/node.ts'
import { activate } from '../activation.ts'
import type { LayerCall } from '../call.ts'

/**
 * act(x·W + b) over the last dimension; W is [in, units], b [units]. A tensor of
 * higher rank is multiplied as rows of a matrix, which every consumer reads.
 */
export function dense(call: LayerCall): Value {
  const { scope, x } = call
  const shape = call.shape
  const units = call.config.int('units')
  const depth = call.known(shape.at(-1), 'the size of its last dimension')
  const rows = shape.length === 2 ? x : scope.reshape(x, [null, depth], 'Reshape')
  const product = scope.op('MatMul', [rows, call.weight('kernel')], {}, 'MatMul')
  const bias = call.maybeWeight('bias')
  const sum = bias ? scope.op('BiasAdd', [product, bias]) : product
  const back = shape.length === 2 ? sum : likeInput(call, sum, units)
  return activate(call, call.config.raw('activation'), back)
}

/** Rows of a matrix back to the leading dimensions of the input. */
function likeInput(call: LayerCall, rows: Value, units: number): Value {
  const { scope, shape } = call
  const leading = shape.slice(0, -1)
  if (leading.filter(d => d === null).length <= 1) return scope.reshape(rows, [...leading, units], 'Reshape_1')
  const sizes = leading.map((d, axis) => d ?? scope.size(call.input.value, axis))
  return scope.op('Reshape', [rows, scope.pack([...sizes, units])], {}, 'Reshape_1')
}

export const activation = (call: LayerCall): Value => activate(call, call.config.raw('activation'), call.x)

/** What does nothing at inference. */
export const passThrough = (call: LayerCall): Value => call.input.value

/** All dimensions but the first become one. `channels_first` puts the channels last before. */
export function flatten(call: LayerCall): Value {
  const { scope, shape } = call
  const last = shape.length - 1
  let x = call.input.value
  if (shape.length === 1) return scope.op('ExpandDims', [x, scope.int(-1, 'dim')])
  if (call.config.text('data_format', 'channels_last') === 'channels_first' && shape.length > 2) {
    x = scope.transpose(x, [0, ...Array.from({ length: last - 1 }, (_, i) => i + 2), 1])
  }
  const sizes = shape.slice(1)
  if (sizes.every(d => d !== null)) return scope.reshape(x, [null, sizes.reduce<number>((n, d) => n * d!, 1)])
  return scope.op('Reshape', [x, scope.pack([scope.size(x, 0), -1])])
}
