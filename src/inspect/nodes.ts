/** The nodes of a model as a table: what `--outputs` and `--inputs` may name. */
import { Facts } from '../facts/facts.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { PartialShape } from '../graph/attr.ts'
import { inOrder } from '../graph/flow.ts'
import type { Model } from '../models/model.ts'

/** A node, and its first output. */
export interface InspectedNode {
  readonly name: string
  readonly op: string
  readonly dtype?: string
  readonly shape: PartialShape
}

/**
 * The nodes in the order of computation. A model of functions is listed as it is once they are inlined, which gives the
 * names that users see; constants are left out where nobody asks for them by a pattern.
 *
 * @param pattern `*` stands for any characters in a name or an op; without one, a part of either is meant.
 */
export function listedNodes({ graph: own }: Model, frozen: Frozen | undefined, pattern = ''): InspectedNode[] {
  const graph = own.functions.size > 0 && frozen ? frozen.graph : own
  const facts = new Facts(graph)
  const isMeant = matcher(pattern)
  const nodes = inOrder(graph.nodes).filter(node =>
    pattern === '' ? node.op !== 'Const' : isMeant(node.name) || isMeant(node.op),
  )
  return nodes.map(node => {
    const hasOutput = node.outputTypes === undefined || node.outputTypes.length > 0
    const value = hasOutput ? node.out() : undefined
    const dtype = value && (value.dtype ?? facts.of(value).dtype)
    return { name: node.name, op: node.op, ...(dtype && { dtype }), shape: value ? facts.shape(value) : null }
  })
}

function matcher(pattern: string): (text: string) => boolean {
  const lower = pattern.toLowerCase()
  if (!pattern.includes('*')) return text => text.toLowerCase().includes(lower)
  const parts = lower.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`^${parts.join('.*')}$`)
  return text => whole.test(text.toLowerCase())
}
