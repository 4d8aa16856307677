/**
 * Where copies of function bodies run. In TensorFlow 1's control flow a node
 * runs in the loop or branch that its inputs come from; one that has no such
 * input (a constant, or an operation on loop constants alone) would run outside
 * of it, or forever. It is pinned by a control edge from a node that is inside.
 */
import { type } from '../../graph/attr.ts'
import { hasDataflow, isLoopConstant, Liveness } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'

/** A branch, a loop's condition or body, or (without a pivot) the graph itself. */
export interface Scope {
  /** Runs exactly when the scope's nodes shall. */
  readonly pivot?: Node
  /** Values that are there whether or not the scope runs: a loop's constants. */
  readonly free: ReadonlySet<Value>
}

/** The graph itself. */
export const OUTSIDE: Scope = { free: new Set() }

/** Pins a node that nothing else holds in the scope. Returns it. */
export function pin(node: Node, { pivot, free }: Scope): Node {
  if (pivot && node.controls.size === 0 && node.inputs.every(value => free.has(value))) node.addControl(pivot)
  return node
}

/** The branches and loops of TensorFlow 1 that a graph has before it is expanded. */
export class OuterScopes {
  readonly #graph: Graph
  readonly #liveness: Liveness | undefined

  constructor(graph: Graph) {
    this.#graph = graph
    this.#liveness = hasDataflow(graph) ? new Liveness(graph) : undefined
  }

  /** The scope that a node of the graph is in, held by the innermost of its inputs. */
  of(node: Node): Scope {
    if (!this.#liveness || this.#liveness.depth(node) === 0) return OUTSIDE
    const free = new Set(node.inputs.filter(isLoopConstant))
    const depth = (value: Value): number => this.#liveness?.depth(value.node) ?? 0
    const inside = node.inputs.filter(value => !free.has(value) && depth(value) > 0)
    const holder = inside.sort((a, b) => depth(b) - depth(a))[0]
    const pivot = this.#graph.addNode(
      holder ? 'Identity' : 'NoOp',
      holder ? [holder] : [],
      new Map(),
      `${node.name}/pivot`,
    )
    if (holder?.dtype) pivot.setAttr('T', type(holder.dtype))
    if (!holder) for (const before of node.controls) pivot.addControl(before)
    return { pivot, free }
  }
}
