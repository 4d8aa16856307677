/** Categories as numbers: which bin, which of a set, how many of each. */
import type { Value } from '../../../graph/node.ts'
import { scalar } from '../../../tensor/make.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import type { LayerCall } from '../call.ts'
import { asIndices } from './core.ts'
import type { LayerClass } from './layer-class.ts'

/** How indices are encoded; `multi_hot` and `count` take the last dimension together. */
export const ENCODINGS = ['int', 'one_hot', 'multi_hot', 'count', 'tf_idf'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** The layer's `output_mode`, older names included. */
export function encodingOf(call: LayerCall, otherwise: Encoding): Encoding {
  const mode = call.config.text('output_mode', otherwise)
  if (call.config.bool('sparse', false)) return call.refuse('its result is a sparse tensor', 'Use sparse=False.')
  if (mode === 'binary') return 'multi_hot'
  if (mode === 'tf-idf') return 'tf_idf'
  return call.config.choice('output_mode', ENCODINGS, otherwise)
}

/** The encodings of indices. */
interface Code {
  readonly mode: Encoding
  /** How many indices there are. */
  readonly depth: number
  readonly dtype: DType
  /** In the indices' shape, what stands for 1 in a count. */
  readonly weights?: Value | undefined
}

/** Indices in a layer's output mode. What is out of range counts nowhere. */
export function encoded(call: LayerCall, indices: Value, { mode, depth, dtype, weights }: Code): Value {
  const { scope } = call
  if (mode === 'int') return scope.cast(indices, dtype)
  const shape = call.shapeOf(indices)
  if (mode === 'one_hot') {
    const isColumn = shape.length > 1 && shape.at(-1) === 1
    return oneHot(call, isColumn ? scope.squeeze(indices, [-1]) : indices, depth, dtype)
  }
  const hot = oneHot(call, indices, depth, weights?.dtype ?? dtype)
  const axis = shape.length <= 2 ? shape.length - 1 : 1
  if (mode === 'multi_hot') return scope.reduce('Max', hot, [axis])
  return scope.reduce('Sum', weights ? scope.mul(hot, scope.expandDims(weights, -1)) : hot, [axis])
}

function oneHot(call: LayerCall, indices: Value, depth: number, dtype: DType): Value {
  const { scope } = call
  const one = scope.const(scalar(dtype, 1), 'on_value')
  const zero = scope.const(scalar(dtype, 0), 'off_value')
  return scope.op('OneHot', [asIndices(scope, indices), scope.int(depth, 'depth'), one, zero], { axis: -1 })
}

function categoryEncoding(call: LayerCall): Value {
  const weights = call.tensorArg('count_weights', 1)
  const mode = encodingOf(call, 'multi_hot')
  return encoded(call, call.input.value, {
    mode,
    depth: call.config.int('num_tokens'),
    dtype: call.dtype,
    weights: weights && call.scope.cast(weights.value, call.dtype),
  })
}

const BUCKETED: ReadonlySet<DType> = new Set(['int32', 'int64', 'float32', 'float64'])

/** The number of boundaries that are not above x. */
function discretization(call: LayerCall): Value {
  const { scope, config, profile } = call
  const given = config.raw('bin_boundaries') ?? config.raw('bins')
  if (!Array.isArray(given))
    return call.refuse(
      'its boundaries are not in the file',
      'Give bin_boundaries, or save the adapted layer with Keras 3.',
    )
  const boundaries = config.numbers(config.has('bin_boundaries') ? 'bin_boundaries' : 'bins')
  const value = call.input.value
  const x = value.dtype && BUCKETED.has(value.dtype) ? value : call.x
  const bins = scope.op('Bucketize', [x], { boundaries })
  const mode = encodingOf(call, 'int')
  const whole = profile === 'k3' ? 'int32' : 'int64'
  return encoded(call, bins, { mode, depth: boundaries.length + 1, dtype: mode === 'int' ? whole : call.dtype })
}

export const ENCODING_LAYERS: readonly LayerClass[] = [
  { name: 'CategoryEncoding', emit: categoryEncoding },
  { name: 'Discretization', emit: discretization, omitsTrainable: true },
]
