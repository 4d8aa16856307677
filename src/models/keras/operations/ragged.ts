/** Texts split into rows of different lengths, and what makes one tensor of the rows. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import type { KTensor, LayerCall } from '../call.ts'
import { numberOf } from './full.ts'
import type { FunctionCall } from './function-call.ts'

/** The pieces of texts: between separators, between white space where there is none, or their bytes. */
export const split =
  (into: 'words' | 'bytes') =>
  (f: FunctionCall): KTensor => {
    const { scope } = f
    const texts = f.tensor('x')
    if (f.rank(texts) !== 1) return f.refuse('it is not of one dimension of texts')
    const separator = scope.text(f.has('sep') ? f.text('sep') : '', 'sep')
    const node =
      into === 'words'
        ? scope.node('StringSplitV2', [texts, separator], { maxsplit: f.int('maxsplit', -1) })
        : scope.node('StringSplit', [texts, separator], { skip_empty: false })
    const rows = scope.slice(node.out(0), [[null, null], 0])
    return { value: node.out(1), ragged: { rows, count: scope.slice(node.out(2), [0]) } }
  }

/** A method or property of a tensor, which Keras 2 recorded by its name. */
export function ofRagged(call: LayerCall): Value {
  const { scope } = call
  const name = call.config.text('attr_name')
  const { value, ragged } = call.input
  if (!ragged) return call.refuse(`'${name}' is of a tensor that is not ragged`)
  switch (name) {
    case 'to_tensor':
      return filledUp(call, value, ragged)
    case 'values':
    case 'flat_values':
      return value
    case 'row_lengths':
      return scope.op('UnsortedSegmentSum', [scope.op('OnesLike', [ragged.rows]), ragged.rows, ragged.count])
    default:
      return call.refuse(`'${name}' of a ragged tensor is not known`)
  }
}

/** [rows, longest], with the default value behind shorter rows. */
function filledUp(call: LayerCall, values: Value, { rows, count }: NonNullable<KTensor['ragged']>): Value {
  const { scope } = call
  const kwargs = call.kwargs.get('kwargs')
  const named = kwargs?.kind === 'dict' ? kwargs.entries : new Map<string, never>()
  const placed = call.kwargs.get('args')
  const items = placed?.kind === 'list' ? placed.items : []
  if (items.length > 1 || [...named.keys()].some(key => key !== 'default_value'))
    return call.refuse('it is called with more than a default value')
  const given = items[0] ?? named.get('default_value')
  const fill = given?.kind === 'constant' && given.value !== null ? given.value : undefined
  const padding =
    values.dtype === 'string'
      ? scope.text(typeof fill === 'string' ? fill : '', 'default_value')
      : numberOf(scope, Number(fill ?? 0), values.dtype!)
  const shape = scope.const(vector('int64', [-1, -1]), 'shape')
  return scope.op('RaggedTensorToTensor', [shape, values, padding, count, rows], {
    row_partition_types: ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'],
  })
}
