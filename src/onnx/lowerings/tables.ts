/** Static lookup tables as LabelEncoder, which looks keys up in lists that are its attributes. */
import type { Node } from '../../graph/node.ts'
import { bigintsOf, valuesOf } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type DType, isFloat, isInteger } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { forEach, type Lowering, type Lowerings } from '../lowering.ts'
import type { Attribute } from '../model.ts'
import { ML_DOMAIN } from '../operators.ts'
import { refuse } from '../refusal.ts'

/** Keys and values, in step. */
interface Pairs {
  readonly keys: Tensor
  readonly values: Tensor
}

/** The keys and values with which the table of a lookup is filled. */
function pairsOf(node: Node, emit: Emitter): Pairs {
  const { node: table } = node.input(0)
  const fills = [...node.input(0).uses.keys()].filter(reader => reader.role?.kind === 'fills')
  const [first] = fills
  if (fills.length !== 1 || !first || !table.is('table')) refuse('what its table holds is not known')
  const [keys, values] = [first.input(1), first.input(2)].map(value => emit.constant(value))
  return keys && values ? { keys, values } : refuse('what its table holds is computed')
}

/** The types in which LabelEncoder has keys and values. */
function listType(dtype: DType): { readonly dtype: DType; readonly suffix: string } {
  if (dtype === 'string') return { dtype: 'string', suffix: 'string' }
  if (isInteger(dtype) || dtype === 'bool') return { dtype: 'int64', suffix: 'int64' }
  if (isFloat(dtype) && dtype !== 'float64') return { dtype: 'float32', suffix: 'float' }
  return refuse(`LabelEncoder has no ${dtype}`)
}

/** The elements of a constant as an attribute. */
function listed(tensor: Tensor): Attribute {
  const atHand = <T>(values: T | undefined): T =>
    values === undefined ? refuse('what its table holds is not at hand') : values
  const { suffix } = listType(tensor.dtype)
  if (suffix === 'string') {
    const { recipe } = tensor
    return { kind: 'strings', value: atHand(recipe.kind === 'strings' ? recipe.values : undefined) }
  }
  if (suffix === 'int64') return { kind: 'ints', value: atHand(bigintsOf(tensor)) }
  return { kind: 'floats', value: atHand(valuesOf(tensor)) }
}

/** The one element of a constant as an attribute. */
function single(tensor: Tensor): Attribute {
  const list = listed(tensor)
  if (list.kind === 'strings') return { kind: 'string', value: list.value[0] ?? '' }
  if (list.kind === 'ints') return { kind: 'int', value: list.value[0] ?? 0 }
  return list.kind === 'floats' ? { kind: 'float', value: list.value[0] ?? 0 } : list
}

const find: Lowering = (node, emit) => {
  const { keys, values } = pairsOf(node, emit)
  const fallback = emit.constant(node.input(2)) ?? refuse('its default value is computed')
  const from = listType(keys.dtype)
  const to = listType(values.dtype)
  const asked = emit.cast(emit.value(node.input(1)), from.dtype)
  const attributes = {
    [`keys_${from.suffix}s`]: listed(keys),
    [`values_${to.suffix}s`]: listed(values),
    [`default_${to.suffix}`]: single(fallback),
  }
  const how = { name: node.name, dtype: to.dtype, domain: ML_DOMAIN }
  emit.set(node.out(), emit.cast(emit.op('LabelEncoder', [asked], attributes, how), values.dtype, node.name))
}

const size: Lowering = (node, emit) => {
  const { keys } = pairsOf(node, emit)
  const count = keys.shape.reduce((n, d) => n * d, 1)
  emit.set(node.out(), emit.scalar('int64', count))
}

const contents: Lowering = (node, emit) => {
  const { keys, values } = pairsOf(node, emit)
  emit.set(node.out(0), emit.tensor(keys, node.name))
  emit.set(node.out(1), emit.tensor(values, `${node.name}:1`))
}

/** A table itself is nothing that is computed. */
const handle: Lowering = () => {}

export const tables: Lowerings = {
  ...forEach('HashTable HashTableV2 MutableHashTable MutableHashTableV2', () => handle),
  LookupTableExport: contents,
  LookupTableExportV2: contents,
  LookupTableFind: find,
  LookupTableFindV2: find,
  LookupTableSize: size,
  LookupTableSizeV2: size,
}
