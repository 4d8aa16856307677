/** The values that are known while a graph, a call or an iteration of a loop runs. */
import { FreezeError } from '../errors.ts'
import type { Node, Value } from '../graph/node.ts'
import type { NdArray } from './array.ts'

/** The value of an output that control flow did not take. */
export const DEAD = Symbol('dead')
export type Item = NdArray | typeof DEAD

/** The values of one frame's iteration, or of one call. What it does not have, the one around it does. */
export class Scope {
  readonly values = new Map<Value, Item>()
  readonly done = new Map<Node, 'ran' | 'dead'>()
  readonly outer: Scope | undefined

  constructor(outer?: Scope) {
    this.outer = outer
  }

  item(value: Value): Item {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const item = scope.values.get(value)
      if (item !== undefined) return item
      if (scope.done.get(value.node) === 'dead') return DEAD
    }
    throw new FreezeError('invalid-graph', `output ${value.index} of this ${value.node.op} is not there`, {
      node: value.node.name,
    })
  }

  /** Forgets values that nothing reads any more. */
  release(values: readonly Value[]): void {
    for (const value of values) this.values.delete(value)
  }

  isDead(node: Node): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const state = scope.done.get(node)
      if (state) return state === 'dead'
    }
    return false
  }

  setOutputs(node: Node, items: readonly Item[]): void {
    this.done.set(node, 'ran')
    for (const [i, item] of items.entries()) {
      const value = node.outputs[i]
      if (value) this.values.set(value, item)
    }
  }
}
