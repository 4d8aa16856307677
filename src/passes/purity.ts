/** Which nodes only compute: what may be dropped, merged or computed ahead. */
import type { Node } from '../graph/node.ts'

/** Ops without a mark in the registry that are nevertheless more than their result. */
const NOT_PURE = new Set([
  'Placeholder',
  'PlaceholderV2',
  'PlaceholderWithDefault',
  '_Arg',
  '_Retval',
  'NoOp',
  'Switch',
  'RefSwitch',
  'Merge',
  'RefMerge',
  'Enter',
  'RefEnter',
  'Exit',
  'RefExit',
  'NextIteration',
  'RefNextIteration',
  'LoopCond',
  'ControlTrigger',
  'PartitionedCall',
  'SymbolicGradient',
  'FakeParam',
])

/** Ops that the registry calls stateful, and that change nothing: they only read or make something. */
const HARMLESS = new Set(['VarHandleOp', 'ReadVariableOp', 'HashTable', 'HashTableV2', 'LookupTableFindV2'])

/** Whether the node is a function of its inputs and attributes, and nothing but that. Custom ops are not known to be. */
export function isPure(node: Node): boolean {
  const { def } = node
  if (!def || def.isStateful || NOT_PURE.has(node.op)) return false
  if (def.inputs.some(arg => arg.isRef) || def.outputs.some(arg => arg.isRef)) return false
  return ![...node.attrs.values()].some(attr => attr.kind === 'func')
}

/** Whether running the node can matter to anything but the readers of its outputs. */
export function hasEffect({ def, op }: Node): boolean {
  if (!def) return true
  return def.isStateful && !HARMLESS.has(op) && !op.startsWith('Random')
}
