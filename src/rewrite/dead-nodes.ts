/**
 * What never runs: behind a Switch whose condition is known, the output that is
 * not taken is dead, and so is what reads it, up to a Merge that lives by
 * another input.
 */
import { isBackEdge } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { isMerge } from './liveness.ts'

/** Nodes that never run, from outputs that are never alive. */
export class DeadNodes {
  readonly #values: Set<Value>
  readonly #nodes = new Set<Node>()

  constructor(values: readonly Value[]) {
    this.#values = new Set(values)
    const stack = values.flatMap(v => [...v.uses.keys()])
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (this.#nodes.has(node) || !this.#mustDie(node)) continue
      this.#nodes.add(node)
      for (const output of node.outputs) stack.push(...(output?.uses.keys() ?? []))
      stack.push(...node.controlUses)
    }
  }

  has(node: Node): boolean {
    return this.#nodes.has(node)
  }
  isDead(value: Value): boolean {
    return this.#values.has(value) || this.#nodes.has(value.node)
  }

  /** A Merge lives while one input does; the way back into a loop does not start it. */
  #mustDie(node: Node): boolean {
    if (node.op === 'ControlTrigger') return false // runs also after what is dead
    if ([...node.controls].some(c => this.#nodes.has(c))) return true
    if (!isMerge(node)) return true
    return node.inputs.every(v => this.isDead(v) || isBackEdge(v.node, node))
  }
}
