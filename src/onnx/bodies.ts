/** Functions of the library, emitted in place or as the subgraphs of a branch or loop. */
import type { Fact } from '../facts/fact.ts'
import { Facts } from '../facts/facts.ts'
import { functionNamed } from '../graph/calls.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { Emitter } from './emitter.ts'
import { live } from './liveness.ts'
import type { OnnxGraph, OnnxNode, Ref, ValueInfo } from './model.ts'

/** A function that a node runs, with what its arguments are. */
export interface Body {
  readonly graph: Graph
  readonly name: string
  readonly args: readonly Ref[]
  readonly facts: readonly Fact[]
  /** The values that are needed; the function's results where left out. */
  readonly needed?: readonly Value[]
}

/** The function that an attribute of a node names. */
export const bodyOf = (node: Node, name: string, emit: Emitter): Graph => functionNamed(emit.graph, name, node).body

/** Emits a function's nodes among those given; returns what knows the names of its values. */
export function emitBody({ graph, name, args, facts, needed }: Body, caller: Emitter, nodes: OnnxNode[]): Emitter {
  const order = inOrder((needed ?? graph.outputs.map(port => port.value)).map(value => value.node))
  const known = new Facts(graph, undefined, { args: facts, depth: 1, results: new Map() })
  const emit = new Emitter({ shared: caller.shared, graph, facts: known, order, lower: caller.lower, nodes })
  for (const [i, port] of graph.inputs.entries()) if (args[i]) emit.set(port.value, args[i])
  for (const node of order) emit.lower(node, emit, name)
  return emit
}

/** The results of a function that was emitted. */
export const resultsOf = (emit: Emitter): Ref[] => emit.graph.outputs.map(port => emit.value(port.value))

/** A subgraph with these results. What it gives out must be made in it, each once. */
export function subgraph(
  emit: Emitter,
  name: string,
  inputs: readonly ValueInfo[],
  results: readonly Ref[],
): OnnxGraph {
  const outputs = results.map((ref, i) => emit.op('Identity', [ref], {}, { name: `${name}/result_${i}` }))
  return {
    name,
    nodes: live(emit.nodes, outputs),
    initializers: [],
    inputs,
    outputs: outputs.map(ref => ({ ref, shape: null })),
  }
}

/** The value behind an Identity. */
export function behind(value: Value): Value {
  let at = value
  while (at.node.op === 'Identity') at = at.node.input(0)
  return at
}
