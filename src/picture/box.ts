/** The parts of a picture: boxes in boxes, and the graphs that they show. */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

/** A box is a scope (or a run of nodes, or a branch), or a node. */
export type Box = Scope | Item

/** A box that holds other boxes. */
export interface Scope {
  readonly kind: 'scope'
  readonly id: string
  label: string
  readonly instance: Instance
  /** Scopes that hold everything that this one does. Undefined for the picture as a whole. */
  parent: Scope | Item | undefined
  /** In the order in which the graph computes them. */
  children: Box[]
  /** Nodes inside, without those that are folded into their readers. */
  size: number
  /** A group by name, a run of a crowded scope, or a branch. */
  readonly role?: 'group' | 'run' | 'branch'
}

/** A node at one place of the picture. */
export interface Item {
  readonly kind: 'node'
  readonly id: string
  label: string
  readonly node: Node
  readonly instance: Instance
  parent: Scope
  /** Drawn as a badge of its readers. */
  readonly isFolded: boolean
}

/** A graph in the picture: the one it is of, or a function's body where it is called. */
export interface Instance {
  readonly graph: Graph
  /** The prefix of the ids of its boxes. */
  readonly prefix: string
  readonly root: Scope
  readonly items: ReadonlyMap<Node, Item>
  /** By id. */
  readonly scopes: Map<string, Scope>
  /** The call that it is the body of. */
  readonly caller: Item | undefined
  /** Whether edges run through from the caller's inputs to the body's readers. */
  readonly isInline: boolean
}

/** The box that a box is in; the body of a call that opens in place is no box of its own. */
export function parentOf(box: Box): Box | undefined {
  const { parent } = box
  return parent?.kind === 'scope' && parent.instance.isInline && parent === parent.instance.root
    ? parent.parent
    : parent
}
