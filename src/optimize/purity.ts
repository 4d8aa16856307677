/** Which nodes only compute: what may be dropped, merged or computed ahead. */
import type { Node } from '../graph/node.ts'
import { DATAFLOW_CONTROL } from '../tensorflow/roles.ts'

/** Roles without a mark in the registry that are nevertheless more than their result. */
const NOT_PURE = [...DATAFLOW_CONTROL, 'placeholder', 'formal', 'join', 'trigger', 'call', 'remote'] as const

/** Roles that the registry calls stateful, and that change nothing: they only make or read something, or draw. */
const HARMLESS = ['variable', 'table', 'reads', 'looksUp', 'random', 'harmless'] as const

/** Whether the node is a function of its inputs and attributes, and nothing but that. Custom ops are not known to be. */
export function isPure(node: Node): boolean {
  const { def } = node
  if (!def || def.isStateful || node.is(...NOT_PURE)) return false
  if (def.inputs.some(arg => arg.isRef) || def.outputs.some(arg => arg.isRef)) return false
  return ![...node.attrs.values()].some(attr => attr.kind === 'func')
}

/** Whether running the node can matter to anything but the readers of its outputs. */
export function hasEffect(node: Node): boolean {
  if (!node.def) return true
  return node.def.isStateful && !node.is(...HARMLESS)
}
