/** Dense, what changes the shape, and what only passes on. */
import type { Value } from '../../../graph/node.ts'
import { activate } from '../activation.ts'
import { type KTensor, type LayerCall, lazy } from '../call.ts'
import type { Scope } from '../scope.ts'
import { bias, fixed, main, size, trained, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'
import { biasValue, quantizationOf } from './quantized/arithmetic.ts'
import { MATRIX_MODES, quantizedDenseSlots, quantizedProduct } from './quantized/dense.ts'
import {
  dequantizedRows,
  quantizedScores,
  quantizedTable,
  quantizedTableSlots,
  TABLE_MODES,
} from './quantized/embedding.ts'

/** act(x·W + b) over the last dimension; W is [in, units], b [units]. */
export function dense(call: LayerCall): Value {
  const { scope, x } = call
  const product = overRows(call, x, rows => {
    const sum = quantizationOf(call) ? quantizedProduct(call, rows) : scope.op('MatMul', [rows, call.weight('kernel')])
    const bias = biasValue(call)
    return bias ? scope.op('BiasAdd', [sum, bias]) : sum
  })
  return activate(call, product)
}

/**
 * Runs what works on rows of a matrix on a tensor of any rank, whose last dimension is the row:
 * every consumer reads a MatMul of two matrices.
 */
export function overRows(call: LayerCall, x: Value, body: (rows: Value) => Value): Value {
  const { scope } = call
  const shape = call.shapeOf(x)
  if (shape.length === 2) return body(x)
  const depth = call.known(shape.at(-1), 'the size of its last dimension')
  const result = body(scope.reshape(x, [null, depth]))
  const width = call.known(scope.shape(result)?.at(-1), 'the size of its result')
  return scope.reshape(result, [...scope.dims(x).slice(0, -1), width], 'Reshape_1')
}

/** cos(x·(1/scale)·W + b), which stands for a kernel function; Keras 2's experimental layer. In its order: a cosine of much is delicate. */
export function randomFourierFeatures(call: LayerCall): Value {
  const { scope, x } = call
  const factor = scope.op('RealDiv', [scope.number(1, x), call.weight('kernel_scale')])
  const product = scope.op('MatMul', [x, scope.mul(factor, call.weight('unscaled_kernel'))])
  return scope.op('Cos', [scope.op('BiasAdd', [product, call.weight('bias')])])
}

/** Layers that do nothing at inference. */
export const passThrough = (call: LayerCall): Value => call.input.value

/** All dimensions but the first become one. `channels_first` puts the channels last before. */
export function flatten(call: LayerCall): Value {
  const { scope, shape } = call
  if (shape.length <= 1) return scope.expandDims(call.value, -1)
  const isFirst = call.config.text('data_format', 'channels_last') === 'channels_first' && call.profile !== 'k1'
  const perm = shape.map((_, i) => i)
  const x = isFirst && shape.length > 2 ? scope.transpose(call.value, [0, ...perm.slice(2), 1]) : call.value
  const sizes = shape.slice(1)
  const count = sizes.every(d => d !== null) ? sizes.reduce((n, d) => n * d, 1) : null
  return scope.reshape(x, count === null ? [call.dims[0]!, null] : [call.dims[0]!, count])
}

/** `target_shape` is without the batch, and has −1 for at most one size, which follows from the others. */
export function reshape(call: LayerCall): Value {
  const { scope, shape, dims } = call
  const target = call.config.openSizes('target_shape')
  const open = target.indexOf(-1)
  const sizes = shape.slice(1)
  if (open < 0) return scope.reshape(call.value, [null, ...target])
  if (sizes.some(d => d === null)) return scope.reshape(call.value, [dims[0]!, ...target.map(d => (d < 0 ? null : d))])
  const count = sizes.reduce<number>((n, d) => n * d!, 1) // none is null
  const rest = target.reduce((n, d) => (d < 0 ? n : n * d), 1)
  const filled = target.map(d => (d < 0 ? Math.floor(count / rest) : d))
  return scope.reshape(call.value, [null, ...filled])
}

/** `dims` counts from 1, without the batch. */
export const permute = (call: LayerCall): Value => call.scope.transpose(call.value, [0, ...call.config.ints('dims')])

/** [batch, features] → [batch, n, features]. */
export function repeatVector(call: LayerCall): Value {
  const { scope } = call
  return scope.tile(scope.expandDims(call.value, 1), [1, call.config.int('n'), 1])
}

/** Time steps whose values all are `mask_value` become zeros, and are masked. */
export function masking(call: LayerCall): KTensor {
  const { scope, x } = call
  const differs = scope.compare('NotEqual', x, call.config.number('mask_value', 0))
  const kept = scope.reduce('Any', differs, [-1], true)
  const value =
    call.profile === 'k3' ? scope.select(kept, x, scope.number(0, x)) : scope.mul(x, scope.cast(kept, x.dtype!))
  return { value, mask: lazy(() => scope.squeeze(kept, [-1])) }
}

/** A table's rows by index, in order of the input's dimensions; `mask_zero` masks index 0. Keras 3 counts negative indices from the end. */
export function embedding(call: LayerCall): KTensor {
  const { scope } = call
  const indices = asIndices(scope, call.input.value)
  const isQuantized = quantizationOf(call) !== undefined
  const table = isQuantized ? quantizedTable(call) : call.weight('embeddings')
  const at = call.profile === 'k3' ? fromStart(scope, indices, table, 0) : indices
  const rows = scope.op('GatherV2', [table, at, scope.int(0, 'embedding_lookup/axis')], {}, 'embedding_lookup')
  const value = isQuantized ? dequantizedRows(call, rows, at) : rows
  if (!call.config.bool('mask_zero', false)) return { value }
  return { value, mask: lazy(() => scope.compare('NotEqual', indices, 0)) }
}

/** Indices as whole numbers. */
export const asIndices = (scope: Scope, value: Value): Value =>
  value.dtype === 'int32' || value.dtype === 'int64' ? value : scope.cast(value, 'int32')

/** Indices that count from the end of an axis, from its start. */
export function fromStart(scope: Scope, indices: Value, x: Value, axis: number): Value {
  const known = scope.facts.of(indices).elements
  if (known?.every(index => index !== null && Number(index) >= 0)) return indices
  const { node } = indices
  if (node.op === 'Cast' && node.inputs[0]!.dtype?.startsWith('uint')) return indices
  const size = scope.cast(scope.size(x, axis), indices.dtype!)
  return scope.select(scope.compare('Less', indices, 0), scope.add(indices, size), indices)
}

/**
 * Keras 3: an embedding that also goes backwards, from features to a score for each index, by the
 * transposed table or one of its own. `logit_soft_cap` c bounds the scores: c·tanh(y / c).
 */
export function reversibleEmbedding(call: LayerCall): Value | KTensor {
  if (!call.flag('reverse', 1)) return embedding(call)
  const { scope, config } = call
  const isTied = config.bool('tie_weights', true)
  const scored = (rows: Value): Value => {
    if (quantizationOf(call)) return quantizedScores(call, rows, isTied)
    return scope.op('MatMul', [rows, call.weight(isTied ? 'embeddings' : 'reverse_embeddings')], {
      transpose_b: isTied,
    })
  }
  const scores = overRows(call, call.x, scored)
  const cap = config.has('logit_soft_cap') ? config.number('logit_soft_cap') : undefined
  return cap === undefined ? scores : scope.mul(scope.op('Tanh', [scope.div(scores, cap)]), cap)
}

const denseLayer = (name: string): LayerClass => ({
  name,
  emit: dense,
  mask: 'pass',
  weights: (c, quantization) =>
    quantization
      ? quantizedDenseSlots(c, quantization)
      : [main(trained('kernel', [null, size(c['units'])])), ...bias(c, size(c['units']))],
  quantized: MATRIX_MODES,
  oldArguments: { output_dim: 'units' },
})

export const CORE_LAYERS: readonly LayerClass[] = [
  { ...denseLayer('Dense'), inputShape: kernel => kernel && [null, kernel[0]!] },
  denseLayer('TimeDistributedDense'),
  {
    name: 'Embedding',
    emit: embedding,
    weights: (c, quantization) =>
      quantization
        ? quantizedTableSlots(c, quantization, false)
        : [main(trained('embeddings', [size(c['input_dim']), size(c['output_dim'])]))],
    quantized: TABLE_MODES,
    inputShape: () => [null, null],
  },
  {
    name: 'ReversibleEmbedding',
    emit: reversibleEmbedding,
    weights: (c, quantization) =>
      quantization
        ? quantizedTableSlots(c, quantization, true)
        : [
            trained('embeddings', [size(c['input_dim']), size(c['output_dim'])]),
            ...when(
              c['tie_weights'] === false,
              trained('reverse_embeddings', [size(c['output_dim']), size(c['input_dim'])]),
            ),
          ],
    quantized: TABLE_MODES,
  },
  { name: 'Flatten', emit: flatten },
  { name: 'Reshape', emit: reshape, oldArguments: { dims: 'target_shape' } },
  { name: 'Permute', emit: permute },
  { name: 'RepeatVector', emit: repeatVector },
  { name: 'Masking', emit: masking },
  {
    name: 'RandomFourierFeatures',
    emit: randomFourierFeatures,
    weights: c => [
      trained('kernel_scale', [1]),
      fixed('unscaled_kernel', [null, size(c['output_dim'])]),
      fixed('bias', [size(c['output_dim'])]),
    ],
  },
  { name: 'Identity', emit: passThrough, mask: 'pass in Keras 3' },
]
