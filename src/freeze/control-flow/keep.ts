/**
 * Functions that stay: with v2 control flow, the branches and loops. Calls
 * inside them are inlined, what they only did on the way is dropped, and each is
 * marked stateless where it is, so that what reads the graph may optimise it.
 */
import { type Attr, type FuncRef, list } from '../../graph/attr.ts'
import { calledFunctions, type Graph, type GraphFunction } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { respell } from '../../rewrite/respell.ts'
import { dropControls, isStackOp, meaningfulControls } from '../state/control-edges.ts'
import { Expansion, isFunctional } from './expand.ts'
import { functionNamed, parametersOf, substitute } from './functions.ts'

/** Inlines the calls in the functions that branches and loops of the graph run, however deep. */
export function expandFunctions(graph: Graph): void {
  const names = new Map<string, string>()
  const todo = [graph]
  for (let next = todo.pop(); next; next = todo.pop()) {
    for (const node of [...next.nodes].filter(isFunctional)) {
      mapFunctions(node, ref => {
        const key = JSON.stringify([ref.name, [...ref.attrs]], (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))
        const known = names.get(key)
        const name = known ?? expandedFunction(graph, ref, node, todo)
        names.set(key, name)
        return { name, attrs: new Map() }
      })
    }
  }
}

/** Adds a function with its calls inlined to the library, and its body to the list. Returns its name. */
function expandedFunction(graph: Graph, ref: FuncRef, caller: Node, todo: Graph[]): string {
  const f = functionNamed(graph, ref.name, caller)
  const parameters = parametersOf(f, ref)
  const body = f.body.clone()
  for (const node of body.nodes) {
    for (const [name, attr] of substitute(node.attrs, parameters)) node.setAttr(name, attr)
  }
  new Expansion(body, false).run(body.roots())
  body.controlOutputs.clear()
  dropControls(body, meaningfulControls(body, isStackOp))
  body.prune()
  const name = parameters.size === 0 ? ref.name : freshFunctionName(graph, ref.name)
  const { parameters: _, ...rest } = f
  graph.functions.set(name, { ...rest, name, body })
  todo.push(body)
  return name
}

/** `base_1`, `base_2`, …: the first that the library does not have. */
export function freshFunctionName(graph: Graph, base: string): string {
  for (let i = 1; ; i++) {
    const name = `${base}_${i}`
    if (!graph.functions.has(name)) return name
  }
}

/** Changes every reference to a function in a node's attributes. */
export function mapFunctions(node: Node, change: (ref: FuncRef) => FuncRef): void {
  for (const [name, attr] of [...node.attrs]) {
    if (attr.kind === 'func') node.setAttr(name, { kind: 'func', value: change(attr.value) })
    else if (attr.kind === 'list' && attr.of === 'func') node.setAttr(name, list('func', attr.value.map(change)))
  }
}

/** Marks the functions, and the branches and loops, that keep no state. */
export function markStateless(
  graph: Graph,
  attrsOf: (attrs: ReadonlyMap<string, Attr>) => ReadonlyMap<string, Attr>,
): void {
  const stateful = statefulFunctions(graph)
  for (const owner of graph.withBodies()) {
    for (const node of [...owner.nodes]) {
      if (!/^(If|Case|While)$/.test(node.op) || [...calledFunctions(node)].some(name => stateful.has(name))) continue
      respell(owner, node, `Stateless${node.op}`)
    }
  }
  for (const [name, f] of graph.functions) {
    const marked: GraphFunction = { ...f, isStateful: stateful.has(name), attrs: attrsOf(f.attrs) }
    graph.functions.set(name, marked)
  }
}

/** Functions with a stateful op in them, or in what they run. */
function statefulFunctions(graph: Graph): ReadonlySet<string> {
  const stateful = new Set<string>()
  for (let before = -1; before !== stateful.size; ) {
    before = stateful.size
    for (const [name, { body }] of graph.functions)
      if ([...body.nodes].some(node => isStateful(node, stateful))) stateful.add(name)
  }
  return stateful
}

function isStateful(node: Node, functions: ReadonlySet<string>): boolean {
  if (isFunctional(node)) return [...calledFunctions(node)].some(name => functions.has(name))
  return node.op !== '_Arg' && (node.def?.isStateful ?? true)
}
