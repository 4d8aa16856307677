/**
 * Arguments that no branch and no turn of a loop uses, such as the variable of a
 * counter that was dropped: with functions kept, they would keep what makes them.
 *
 *     If(p, x, c) {f(x, c), g(x, c)}    →    If(p, x) {f(x), g(x)}
 */
import { type FuncRef, list } from '../../graph/attr.ts'
import { calledFunctions, type Graph, type Port } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { redirect, splice } from '../surgery.ts'
import { isFunctional } from './expand.ts'
import { functionNamed } from './functions.ts'
import { freshFunctionName, mapFunctions } from './keep.ts'

/** Drops them from the branches and loops of a graph, the innermost first. Nests as deep as functions do. */
export function dropUnusedArguments(graph: Graph, made = new Map<string, string>(), done = new Set<Graph>()): void {
  if (done.has(graph)) return
  done.add(graph)
  for (const node of [...graph.nodes].filter(isFunctional)) {
    for (const name of calledFunctions(node)) dropUnusedArguments(functionNamed(graph, name, node).body, made, done)
    const isLoop = /While$/.test(node.op)
    const first = isLoop ? 0 : 1
    const unused = node.inputs.slice(first).flatMap((_, i) => (isUnused(graph, node, i, isLoop) ? [i] : []))
    if (unused.length > 0) dropArguments(graph, node, new Set(unused), isLoop, made)
  }
  graph.prune()
}

/** No function reads the argument; a loop's body may return it as it came. */
function isUnused(graph: Graph, node: Node, index: number, isLoop: boolean): boolean {
  return [...calledFunctions(node)].every(name => {
    const { body } = functionNamed(graph, name, node)
    const value = body.inputs[index]?.value
    const returned = body.outputs.flatMap((port, i) => (port.value === value ? [i] : []))
    const isReturnedAsItCame = isLoop && name === node.func('body').name
    if (!value || value.uses.size > 0 || value.node.controlUses.size > 0) return false
    return isReturnedAsItCame ? returned.length === 1 && returned[0] === index : returned.length === 0
  })
}

function dropArguments(
  graph: Graph,
  node: Node,
  unused: ReadonlySet<number>,
  isLoop: boolean,
  made: Map<string, string>,
): void {
  const body = isLoop ? node.func('body').name : undefined
  const first = isLoop ? 0 : 1
  mapFunctions(node, ref => withoutArguments(graph, ref, unused, ref.name === body, node, made))
  const inputAttr = isLoop ? 'T' : 'Tin'
  node.setAttr(
    inputAttr,
    list(
      'type',
      node.types(inputAttr).filter((_, i) => !unused.has(i)),
    ),
  )
  const attr = node.attrs.get('output_shapes')
  if (isLoop && attr?.kind === 'list' && attr.of === 'shape' && attr.value.length > 0) {
    node.setAttr(
      'output_shapes',
      list(
        'shape',
        attr.value.filter((_, i) => !unused.has(i)),
      ),
    )
  }
  const inputs = [...node.inputs]
  const kept = inputs.filter((_, i) => !unused.has(i - first))
  if (!isLoop) {
    node.setInputs(kept)
    return
  }
  const stand = graph.addNode(node.op, kept, node.attrs, node.name)
  for (const before of node.controls) stand.addControl(before)
  for (const waiting of [...node.controlUses]) waiting.addControl(stand)
  let next = 0
  for (const [i, init] of inputs.entries()) redirect(graph, node.out(i), unused.has(i) ? init : stand.out(next++))
  const { name } = node
  splice(graph, node)
  graph.rename(stand, name)
}

/** The same function with fewer arguments (and, of a loop's body, results); made when first asked for. */
function withoutArguments(
  graph: Graph,
  ref: FuncRef,
  unused: ReadonlySet<number>,
  isBody: boolean,
  caller: Node,
  made: Map<string, string>,
): FuncRef {
  const key = JSON.stringify([ref.name, [...unused], isBody])
  const known = made.get(key)
  if (known) return { name: known, attrs: ref.attrs }
  const f = functionNamed(graph, ref.name, caller)
  const name = freshFunctionName(graph, ref.name)
  made.set(key, name)
  const body = f.body.clone()
  const keep = (ports: Port[]): void => {
    ports.splice(0, Infinity, ...ports.filter((_, i) => !unused.has(i)))
  }
  keep(body.inputs)
  if (isBody) keep(body.outputs)
  body.prune()
  graph.functions.set(name, { ...f, name, body })
  return { name, attrs: ref.attrs }
}
