/**
 * Copies of function bodies. A body is copied to where it is called: arguments
 * become the caller's values, `$T` becomes the call's T, and names keep the
 * body's own scope without the name of the call.
 */

import { FreezeError } from '../../errors.ts'
import type { FuncRef } from '../../graph/attr.ts'
import { functionNamed, parametersOf, substitute } from '../../graph/calls.ts'
import { inOrder } from '../../graph/flow.ts'
import { calledFunctions, type Graph, type GraphFunction } from '../../graph/graph.ts'
import { Node, type Value } from '../../graph/node.ts'
import { MAX_DEPTH, MAX_INLINED_NODES, MAX_NODES } from '../../limits.ts'
import type { DType } from '../../tensorflow/dtype.ts'

/** A copy of a body in a graph. */
export interface Instance {
  readonly results: readonly Value[]
  /** The nodes that run whenever the function is called. */
  readonly effects: readonly Node[]
  /** All nodes of the copy, each after what it needs. */
  readonly nodes: readonly Node[]
}

/** Which body is copied, and what it is given. */
export interface Instantiation {
  readonly ref: FuncRef
  readonly args: readonly Value[]
  /** The node that calls it. */
  readonly caller: Node
  /** The prefix of the names of the copies. */
  readonly prefix: string
}

/** Copies a function's body; `prefix` goes before the names. Throws `invalid-graph` where the arguments do not fit. */
export function instantiate(graph: Graph, { ref, args, caller, prefix }: Instantiation): Instance {
  const f = functionNamed(graph, ref.name, caller)
  const { body } = f
  checkArguments(f, args.length, caller)
  const values = new Map(body.inputs.map((port, i) => [port.value, args[i]!]))
  const formals = new Set(body.inputs.map(port => port.value.node))
  const order = inOrder(body.roots()).filter(node => !formals.has(node))
  if (graph.nodes.size + order.length > MAX_NODES) {
    throw new FreezeError('limit', `inlining makes more than ${MAX_NODES} nodes`, { node: caller.name })
  }
  const parameters = parametersOf(f, ref)
  const twins = new Map<Node, Node>()
  for (const node of order) {
    const attrs = substitute(node.attrs, parameters)
    twins.set(node, graph.addNode(node.op, [], attrs, joinScopes(prefix, node.name)))
  }
  const copyOf = (value: Value): Value => values.get(value) ?? twins.get(value.node)!.out(value.index)
  for (const [node, twin] of twins) {
    for (const input of node.inputs) twin.addInput(copyOf(input))
    for (const before of node.controls) {
      const control = twins.get(before)
      if (control) twin.addControl(control)
    }
  }
  return {
    results: body.outputs.map(port => copyOf(port.value)),
    effects: [...body.controlOutputs.values()].flatMap(node => twins.get(node) ?? []),
    nodes: [...twins.values()],
  }
}

/**
 * Throws `limit` where inlining would make more nodes than `MAX_INLINED_NODES`, naming the function that multiplies:
 * thirty functions that each call the next one twice are a billion nodes.
 */
export function refuseExplosion(graph: Graph): void {
  const sizes = new Map<string, number>()
  const sizeOf = (name: string, depth: number): number => {
    const known = sizes.get(name)
    const f = graph.functions.get(name)
    if (known !== undefined || !f || depth > MAX_DEPTH) return known ?? 0
    sizes.set(name, 0) // a function that calls itself is refused where it is inlined
    const size = sizeWith(f.body, depth)
    sizes.set(name, size)
    if (size > MAX_INLINED_NODES) {
      throw new FreezeError('limit', `inlining the function '${name}' makes more than ${MAX_INLINED_NODES} nodes`, {
        hint: 'Freeze an output that does not call it: name it with --outputs.',
      })
    }
    return size
  }
  const sizeWith = (body: Graph, depth: number): number => {
    let size = body.nodes.size
    for (const node of body.nodes) for (const name of calledFunctions(node)) size += sizeOf(name, depth + 1)
    return size
  }
  for (const node of graph.nodes) for (const name of calledFunctions(node)) sizeOf(name, 0)
}

function checkArguments({ name, body }: GraphFunction, count: number, caller: Node): void {
  if (body.inputs.length === count) return
  throw new FreezeError(
    'invalid-graph',
    `it gives ${count} arguments to the function '${name}', which takes ${body.inputs.length}`,
    { node: caller.name, hint: 'Export the model again.' },
  )
}

/**
 * The types of what a call returns; a legacy call, whose op is the function's
 * name, returns what its body does. Undefined where nothing says them.
 */
export function resultTypes(node: Node, graph: Graph, depth = 0): readonly DType[] | undefined {
  const f = graph.functions.get(node.op)
  if (node.outputTypes || !f || depth > MAX_DEPTH) return node.outputTypes
  const parameters = parametersOf(f, { name: f.name, attrs: node.attrs })
  const types = f.body.outputs.map(({ value: { node: inner, index } }) => {
    const typed = new Node(inner.name, inner.op, [], substitute(inner.attrs, parameters))
    return resultTypes(typed, graph, depth + 1)?.[index]
  })
  return types.every(type => type !== undefined) ? types : undefined
}

/** `model/lstm` and `lstm/while/MatMul` → `model/lstm/while/MatMul`: what the two share is written once. */
export function joinScopes(scope: string, name: string): string {
  if (scope === '') return name
  const outer = scope.split('/')
  const inner = name.split('/')
  for (let shared = Math.min(outer.length, inner.length - 1); shared > 0; shared--) {
    if (outer.slice(-shared).every((part, i) => part === inner[i])) return [...outer, ...inner.slice(shared)].join('/')
  }
  return `${scope}/${name}`
}

/** `model/lstm` of `model/lstm/PartitionedCall`; '' where there is no scope. */
export const scopeOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))
