/**
 * Who uses a variable or table. A handle (a resource, or in TensorFlow 1 a
 * reference) is followed forward through the ops that only pass it on, to those
 * that read or change what is behind it.
 */
import type { Node, Value } from '../../graph/node.ts'
import type { ArgDef } from '../../tensorflow/ops.ts'

/** One use of what is behind a handle. */
export interface Access {
  readonly node: Node
  readonly slot: number
  /** `pass`: only hands the handle on. */
  readonly kind: 'read' | 'write' | 'pass'
}

/** Everything that is done with what a handle leads to. */
export function accessesOf(handle: Value): Access[] {
  const accesses: Access[] = []
  const seen = new Set<Value>()
  const values = [handle]
  for (let value = values.pop(); value; value = values.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    for (const node of value.uses.keys()) {
      for (const [slot, input] of node.inputs.entries()) {
        if (input !== value) continue
        const passed = passedOn(node, slot)
        if (passed) values.push(...passed)
        accesses.push({ node, slot, kind: passed ? 'pass' : isRead(node, slot) ? 'read' : 'write' })
      }
    }
  }
  return accesses
}

const FORWARDS = new Set(['Enter', 'Exit', 'NextIteration', 'Merge', 'Switch', '_SwitchN', 'Identity'])

/** The outputs by which a node passes the handle on; undefined where it does something with it. */
export function passedOn(node: Node, slot: number): Value[] | undefined {
  if (node.op === 'IdentityN') return isHandle(node, slot) ? [node.out(slot)] : undefined
  const op = node.op.replace(/^Ref(?=[A-Z])/, '')
  if (!FORWARDS.has(op) || !isHandle(node, slot)) return undefined
  switch (op) {
    case 'Switch':
      return slot === 0 ? [node.out(0), node.out(1)] : undefined
    case '_SwitchN':
      return slot === 0 ? Array.from({ length: node.int('num_outs') }, (_, i) => node.out(i)) : undefined
    default:
      return [node.out(0)]
  }
}

/** Whether the input is taken as a handle, not for its value. */
function isHandle(node: Node, slot: number): boolean {
  return argAt(node, slot)?.isRef || node.inputTypes?.[slot] === 'resource'
}

/** The definition of the argument that an input belongs to; undefined for a custom op. */
function argAt(node: Node, slot: number): ArgDef | undefined {
  let next = 0
  for (const arg of node.def?.inputs ?? []) {
    next += node.argTypes(arg).length
    if (slot < next) return arg
  }
  return undefined
}

const READS: ReadonlySet<string> = new Set([
  'ReadVariableOp',
  'ResourceGather',
  'ResourceGatherNd',
  'VariableShape',
  'VarIsInitializedOp',
  'IsVariableInitialized',
  'DisableCopyOnRead',
  'LookupTableFind',
  'LookupTableFindV2',
  'LookupTableSize',
  'LookupTableSizeV2',
  'LookupTableExport',
  'LookupTableExportV2',
])

const isRead = (node: Node, slot: number): boolean =>
  READS.has(node.op) || (node.def !== undefined && !isHandle(node, slot))

/** What a node does to a variable, as the predicate of a sentence. */
export function deed({ op }: Node): string {
  if (/^Assign(Add|Sub)|AddV2$/.test(op)) return op.includes('Sub') ? 'subtracts from' : 'adds to'
  if (op.startsWith('Assign')) return 'assigns'
  if (/^(Rng|Stateful)/.test(op)) return 'draws random numbers from the generator in'
  if (/Apply/.test(op)) return 'trains'
  if (/CountUpTo/.test(op)) return 'counts up'
  if (/Scatter|Strided|Insert|Remove|Import|Initialize/.test(op)) return 'changes'
  return 'uses, in a way that a constant does not allow,'
}
