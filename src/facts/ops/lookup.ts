/** Shapes of lookup tables. */
import { forEach, type Rule, type Rules, scalar } from '../rule.ts'

/** A table of scalars. */
const table: Rule = () => [{ shape: [], contents: { shape: [], length: null } }]

/** A table from scalars to tensors of one shape. */
const tableOfTensors: Rule = node => [{ shape: [], contents: { shape: node.shape('value_shape'), length: null } }]

/** A value for each key. */
const find: Rule = (_, [handle, keys]) => {
  const value = handle.contents?.shape
  return [value && keys.shape ? [...keys.shape, ...value] : null]
}

/** The shape functions of lookup tables. */
export const lookupRules: Rules = {
  ...forEach('HashTable HashTableV2 MutableHashTable MutableHashTableV2', table),
  ...forEach('MutableHashTableOfTensors MutableHashTableOfTensorsV2', tableOfTensors),
  ...forEach('LookupTableFind LookupTableFindV2', find),
  ...forEach('LookupTableSize LookupTableSizeV2', scalar),
}
