/** A node that is to be expanded, and what expanding it does to the graph: what lowering a branch or a loop is given. */
import type { FuncRef } from '../../graph/attr.ts'
import type { CallSite } from '../../graph/calls.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import type { Instance } from './functions.ts'
import type { Scope } from './scope.ts'

/** The functions that a node is inside of, innermost first. */
export interface Chain {
  readonly name: string
  readonly depth: number
  readonly outer: Chain | undefined
}

/** A node to expand, and where it is. */
export interface Site {
  readonly node: Node
  readonly call: CallSite
  readonly scope: Scope
  readonly chain: Chain | undefined
}

/** A body to copy, and what it is given. */
export interface Copied {
  readonly ref: FuncRef
  readonly args: readonly Value[]
  /** Where the copy runs. */
  readonly scope: Scope
  /** The prefix of the names of its nodes. */
  readonly prefix: string
}

/** The first and last nodes of what a node was expanded to. */
export interface Run {
  readonly first?: readonly Node[]
  readonly last?: readonly Node[]
  readonly results: readonly Value[]
}

/** A graph whose calls are being expanded. */
export interface Expander {
  readonly graph: Graph
  /** `name`, or the first of `name_1`, … that no loop has: two loops of one name would be one. */
  freshFrame(name: string): string
  /** Copies a body into the graph at `site`; the calls in it will be expanded too. */
  copy(site: Site, body: Copied): Instance
  /** Moves control edges: nodes that the node waited for precede `first`; nodes that waited for it wait for `last`, or for a result. */
  order(site: Site, run: Run): void
  /** Gives the readers of the node its results and takes the node out. */
  finish(site: Site, results: readonly Value[]): void
  /** The condition as a bool: a number is true unless 0, a string unless empty. */
  bool(value: Value, scope: Scope, name: string): Value
}
