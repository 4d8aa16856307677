/**
 * Arguments that no branch and no turn of a loop uses, such as the variable of a
 * counter that was dropped: with functions kept, they would keep what makes them.
 *
 *     If(p, x, c) {f(x, c), g(x, c)}    →    If(p, x) {f(x), g(x)}
 */
import { list } from '../../graph/attr.ts'
import { type CallSite, controlSite, FunctionCopies, functionNamed } from '../../graph/calls.ts'
import { takePlace } from '../../graph/edit.ts'
import type { Graph, Port } from '../../graph/graph.ts'
import type { Value } from '../../graph/node.ts'

/** Drops them from the branches and loops of a graph, the innermost first. Nests as deep as functions do. */
export function dropUnusedArguments(graph: Graph, copies = new FunctionCopies(), done = new Set<Graph>()): void {
  if (done.has(graph)) return
  done.add(graph)
  for (const node of [...graph.nodes]) {
    const site = controlSite(node, graph)
    if (!site) continue
    for (const { ref } of site.bodies) dropUnusedArguments(functionNamed(graph, ref.name, node).body, copies, done)
    const unused = new Set(site.arguments.flatMap((_, i) => (isUnused(graph, site, i) ? [i] : [])))
    if (unused.size > 0) dropArguments(graph, site, unused, copies)
  }
  graph.prune()
}

/** No function reads the argument; a loop's body may return it as it came. */
function isUnused(graph: Graph, site: CallSite, index: number): boolean {
  return site.bodies.every(called => {
    const { body } = functionNamed(graph, called.ref.name, site.node)
    const value = body.inputs[index]?.value
    const returned = body.outputs.flatMap((port, i) => (port.value === value ? [i] : []))
    if (!value || value.uses.size > 0 || value.node.controlUses.size > 0) return false
    const isTurn = site.kind === 'loop' && site.givesResults(called)
    return isTurn ? returned.length === 1 && returned[0] === index : returned.length === 0
  })
}

function dropArguments(graph: Graph, site: CallSite, unused: ReadonlySet<number>, copies: FunctionCopies): void {
  const { node } = site
  const isLoop = site.kind === 'loop'
  const isUsed = (_: unknown, i: number): boolean => !unused.has(i)
  site.mapBodies(called => {
    const isTurn = isLoop && site.givesResults(called)
    const change = (body: Graph): void => {
      keep(body.inputs, isUsed)
      for (const [index, { value }] of body.inputs.entries()) value.node.setAttr('index', { kind: 'int', value: index })
      if (isTurn) keep(body.outputs, isUsed)
      body.prune()
    }
    return copies.of(graph, called.ref, { caller: node, key: [[...unused], isTurn], change })
  })
  site.setArgumentTypes(site.argumentTypes.filter(isUsed))
  const args = site.arguments
  const kept = [...node.inputs.slice(0, site.first), ...args.filter(isUsed)]
  if (!isLoop) {
    node.setInputs(kept)
    return
  }
  const shapes = node.attrs.get('output_shapes')
  if (shapes?.kind === 'list' && shapes.of === 'shape' && shapes.value.length > 0) {
    node.setAttr('output_shapes', list('shape', shapes.value.filter(isUsed)))
  }
  const loop = graph.addNode(node.op, kept, node.attrs, node.name)
  for (const before of node.controls) loop.addControl(before)
  let next = 0
  const results = args.map((init, i): Value => (unused.has(i) ? init : loop.out(next++)))
  takePlace(graph, node, results, loop)
}

function keep(ports: Port[], isKept: (port: Port, index: number) => boolean): void {
  ports.splice(0, Infinity, ...ports.filter(isKept))
}
