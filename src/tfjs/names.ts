/**
 * Names in a TF.js model. The weights of all graphs share one table, and a node is taken for computed where a weight
 * has its name: so a name in a function must not be a name anywhere else.
 */
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/** The names of the nodes of functions; nodes of the main graph keep theirs. */
export class Names {
  readonly #taken: Set<string>
  readonly #inner = new Map<Node, string>()

  constructor(graph: Graph) {
    this.#taken = new Set([...graph.nodes].map(node => node.name))
    for (const { name, body } of graph.functions.values())
      for (const node of body.nodes) this.#inner.set(node, this.fresh(node.name, name))
  }

  of(node: Node): string {
    return this.#inner.get(node) ?? node.name
  }

  /** A value as an input names it. */
  ofValue({ node, index }: Value): string {
    return index === 0 ? this.of(node) : `${this.of(node)}:${index}`
  }

  /** A name that nothing has: `base` if it is free, else within `scope`. */
  fresh(base: string, scope: string): string {
    const first = this.#taken.has(base) ? `${scope}/${base}` : base
    let name = first
    for (let i = 1; this.#taken.has(name); i++) name = `${first}_${i}`
    this.#taken.add(name)
    return name
  }
}
