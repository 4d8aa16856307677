/** Embedding and ReversibleEmbedding with quantised tables. */
import type { Value } from '../../../../graph/node.ts'
import type { Tensor } from '../../../../tensor/tensor.ts'
import type { LayerCall } from '../../call.ts'
import type { LayerConfig, Quantization } from '../../layer-graph.ts'
import { fixed, size, type WeightSlot, when, whole } from '../../weights/slots.ts'
import {
  degrouped,
  descaled,
  groupsOf,
  quantizationOf,
  quantizedInput,
  unpackedInt4,
  wholeWeight,
} from './arithmetic.ts'
import { isGrouped } from './dense.ts'

/** The modes that the embeddings know. */
export const TABLE_MODES = ['int8', 'int4'] as const

/** The table as 8-bit numbers: [rows, columns]. */
function tableOf(call: LayerCall): Tensor {
  const embeddings = call.tensor('embeddings')
  const isPacked = quantizationOf(call)!.mode === 'int4'
  return isPacked ? unpackedInt4(embeddings, 1, call.config.int('output_dim')) : embeddings
}

/** The same as a constant. */
export const quantizedTable = (call: LayerCall): Value => call.constant('embeddings', () => tableOf(call))

/** Rows of the table, each brought back by its scale; of groups of columns by the zero and scale of each. */
export function dequantizedRows(call: LayerCall, rows: Value, indices: Value): Value {
  const { scope } = call
  const value = scope.cast(rows, call.dtype)
  if (quantizationOf(call)!.isUnscaled) return value
  const gather = (role: string): Value =>
    scope.op('GatherV2', [call.weight(role), indices, scope.int(0, `${role}_lookup/axis`)], {}, `${role}_lookup`)
  const scale = gather('embeddings_scale')
  if (!isGrouped(quantizationOf(call)!.block)) return scope.div(value, scope.expandDims(scale, -1))
  const each = (of: Value): Value => scope.op('GatherV2', [of, groupsOf(call), scope.int(-1, 'axis')])
  const zero = scope.cast(each(gather('embeddings_zero')), call.dtype)
  return scope.mul(scope.sub(value, zero), each(scale))
}

/** Scores of features for each index: their product with the turned table, or with one of its own. */
export function quantizedScores(call: LayerCall, features: Value, isTied: boolean): Value {
  const { scope } = call
  const { mode, block } = quantizationOf(call)!
  const { value, scale } = quantizedInput(call, features, [-1], true)
  const own = isTied ? undefined : call.tensor('reverse_embeddings')
  const packed = mode === 'int4'
  const matrix = !own ? tableOf(call) : packed ? unpackedInt4(own, 0, call.config.int('output_dim')) : own
  const role = isTied ? 'embeddings' : 'reverse_embeddings'
  const product = (kernel: Value): Value => scope.op('MatMul', [value, kernel], { transpose_b: isTied })
  if (!isGrouped(block))
    return descaled(call, product(wholeWeight(call, role, matrix)), call.weight(`${role}_scale`), scale)
  const grouped = { role, matrix, scale: `${role}_scale`, zero: `${role}_zero`, axis: isTied ? 1 : 0 } as const
  return descaled(call, product(degrouped(call, grouped)), undefined, scale)
}

/** The weights of a quantised embedding; `isReversible` that goes both ways. */
export function quantizedTableSlots(
  c: LayerConfig,
  { mode, block }: Quantization,
  isReversible: boolean,
): readonly WeightSlot[] {
  const grouped = mode === 'int4' && isGrouped(block)
  const [rows, columns] = [size(c['input_dim']), size(c['output_dim'])]
  return [
    whole('embeddings', [rows, mode === 'int8' ? columns : null]),
    fixed('embeddings_scale'),
    ...when(grouped, whole('embeddings_zero'), fixed('g_idx', [columns])),
    ...when(
      isReversible && c['tie_weights'] === false,
      whole('reverse_embeddings', [null, rows]),
      fixed('reverse_embeddings_scale'),
      ...when(grouped, fixed('reverse_embeddings_zero')),
    ),
  ]
}
