/** The functions that a node runs, by attribute. */
import type { FuncRef } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

export interface NodeBody {
  /** The attribute: `f`, `then_branch`, `body`; with a number where it is a list: `branches.2`. */
  readonly attr: string
  readonly name: string
  readonly body: Graph
}

/** Whether the node does nothing but run its function: its inputs are the function's, and so are its outputs. */
export const isInlineCall = (node: Node): boolean => node.is('call') || !node.def

/** The bodies in the library that a node's attributes name; a legacy call has the function's name as its op. */
export function bodiesOf(node: Node, { functions }: Graph): NodeBody[] {
  const refs: (readonly [string, FuncRef | { readonly name: string }])[] = []
  if (!node.def) refs.push(['f', { name: node.op }])
  for (const [name, attr] of node.attrs) {
    if (attr.kind === 'func') refs.push([name, attr.value])
    else if (attr.kind === 'list' && attr.of === 'func')
      refs.push(...attr.value.map((f, i) => [`${name}.${i}`, f] as const))
  }
  const order = (name: string): number => ORDER.indexOf(name)
  refs.sort(([a], [b]) => order(a) - order(b))
  return refs.flatMap(([attr, { name }]) => {
    const f = functions.get(name)
    return f ? [{ attr, name, body: f.body }] : []
  })
}

/** Attributes whose order tells a story; all others come before. */
const ORDER = ['cond', 'body', 'then_branch', 'else_branch']

/** `__inference_serving_default_1234` → `serving_default`: as it was called in the program. */
export const readableFunction = (name: string): string =>
  /^__(?:inference|forward|backward)_(.+?)(?:_\d+)?$/.exec(name)?.[1] ?? name
