/** Part of a graph as a function of the library: what results need, up to the values that stand for arguments. */
import type { FuncRef } from '../../../graph/attr.ts'
import { inOrder } from '../../../graph/flow.ts'
import { Graph, type Port } from '../../../graph/graph.ts'
import { freshName } from '../../../graph/names.ts'
import type { Node, Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import { scopeOf } from '../functions.ts'

/** A function to be made of nodes of a graph. */
export interface Outline {
  readonly name: string
  readonly types: readonly DType[]
  /** The values that stand for arguments, each with the number of its argument. The nodes behind them stay outside. */
  readonly stands: ReadonlyMap<Value, number>
  readonly results: readonly Value[]
  /** Which control edges the function keeps. */
  readonly isOrdered: (before: Node, node: Node) => boolean
}

/** Copies the nodes into a function of the graph's library; they stay in the graph, too. Returns how to call it. */
export function outline(graph: Graph, { name, types, stands, results, isOrdered }: Outline): FuncRef {
  const own = freshName(name, taken => graph.functions.has(taken))
  const body = new Graph(graph.functions, graph.versions)
  const formals = types.map((type, index) => body.add('_Arg', [], { T: type, index }, `arg_${index}`).out())
  body.inputs.push(...formals.map((value): Port => ({ key: value.node.name, value })))
  const twins = new Map<Node, Node>()
  const copyOf = (value: Value): Value => {
    const argument = stands.get(value)
    return argument === undefined ? twins.get(value.node)!.out(value.index) : formals[argument]!
  }
  const needed = neededNodes({ stands, results, isOrdered })
  for (const node of inOrder(needed).filter(each => needed.has(each)))
    twins.set(node, body.addNode(node.op, [], node.attrs, node.name))
  for (const [node, twin] of twins) {
    for (const input of node.inputs) twin.addInput(copyOf(input))
    for (const before of node.controls) {
      const control = isOrdered(before, node) && twins.get(before)
      if (control) twin.addControl(control)
    }
  }
  body.outputs.push(...results.map((value, i): Port => ({ key: `result_${i}`, value: copyOf(value) })))
  const isStateful = [...body.nodes].some(node => !node.is('formal') && (node.def?.isStateful ?? true))
  graph.functions.set(own, { name: own, body, attrs: new Map(), isStateful })
  return { name: own, attrs: new Map() }
}

/** The nodes that the results need, up to the values that stand for arguments. */
export function neededNodes({ stands, results, isOrdered }: Slice): ReadonlySet<Node> {
  const needed = new Set<Node>()
  const todo = results.flatMap(value => (stands.has(value) ? [] : [value.node]))
  const bounds = new Set([...stands.keys()].map(value => value.node))
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (needed.has(node)) continue
    needed.add(node)
    for (const value of node.inputs) if (!stands.has(value)) todo.push(value.node)
    for (const before of node.controls) if (isOrdered(before, node) && !bounds.has(before)) todo.push(before)
  }
  return needed
}

/** The nodes of a graph that results need. */
interface Slice {
  readonly stands: ReadonlyMap<Value, unknown>
  readonly results: readonly Value[]
  readonly isOrdered: (before: Node, node: Node) => boolean
}

/** The name of a loop or conditional, from one of its nodes: `model/while` of `model/while/LoopCond`. */
export const nameFor = ({ name }: Node): string => scopeOf(name) || name
