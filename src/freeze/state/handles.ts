/**
 * Who uses a variable or table. A handle (a resource, or in TensorFlow 1 a
 * reference) is followed forward through the ops that only pass it on, to those
 * that read or change what is behind it.
 */
import { handedOn } from '../../graph/flow.ts'
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

/** The outputs by which a node passes the handle on; undefined where it does something with it. */
export const passedOn = (node: Node, slot: number): Value[] | undefined =>
  isHandle(node, slot) ? handedOn(node, slot) : undefined

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

const isRead = (node: Node, slot: number): boolean =>
  node.is('reads', 'looksUp') || (node.def !== undefined && !isHandle(node, slot))

/** The effect of a node on a variable or table, as the verb of a sentence: `adds to`. */
export function effectOf({ role }: Node): string {
  switch (role?.kind) {
    case 'writes':
      return role.does
    case 'fills':
      return 'changes'
    case 'generator':
      return 'draws random numbers from the generator in'
    default:
      return 'may change'
  }
}
