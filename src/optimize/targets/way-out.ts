/**
 * The way out for a graph that a target cannot read: cut it behind its
 * parser of examples, fix sizes that are open, or end before what it cannot read.
 */

import type { Unreadable } from '../../errors.ts'
import { isExampleParser } from '../../evaluate/example.ts'
import { Facts } from '../../facts/facts.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph, Port } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'

const BEHIND_PARSER =
  'Cut the model behind its parser of tf.Example, one input a feature: --inputs features. Or choose another target.'
const ELSE = 'Choose another target, or write the graph without one.'

/** The hint of a refusal. `model` is the graph before it was optimised: only its names can be given on the command line. */
export function wayOut(graph: Graph, unreadable: readonly Unreadable[], model: Graph): string {
  const nodes = unreadable.flatMap(entry => (entry.inFunction === undefined ? (graph.node(entry.node) ?? []) : []))
  if (nodes.some(node => isExampleParser(node.op))) return BEHIND_PARSER
  const open = openInputs(graph, nodes, new Facts(graph))
  if (open.length > 0)
    return `Fix the sizes that are open: --shape ${open.join(' --shape ')}. Or choose another target.`
  const ends = lastReadable(graph, new Set(nodes), model)
  return ends.length > 0 ? `End the graph before them: --outputs ${ends.join(',')}. Or choose another target.` : ELSE
}

/** Ops that give a shape, which is a constant once the sizes of the inputs are known. */
const SHAPES = ['Shape', 'ShapeN', 'Size']

/** The inputs with open sizes on which shapes depend that unreadable nodes compute with, each as `--shape` takes it. */
function openInputs(graph: Graph, unreadable: readonly Node[], facts: Facts): string[] {
  const shapes = inOrder(unreadable).filter(node => SHAPES.includes(node.op) && node.inputs.some(v => !facts.dims(v)))
  const needed = new Set(inOrder(shapes))
  return graph.inputs.filter(port => needed.has(port.value.node)).flatMap(port => fixed(port, facts))
}

/** `image=1,32,32,1`: a batch of one; sizes that the model does not say either are words that the user replaces. */
function fixed({ key, value }: Port, facts: Facts): string[] {
  const shape = facts.shape(value)
  if (!shape?.some(size => size === null)) return []
  const words = shape.length === 4 ? ['1', 'HEIGHT', 'WIDTH', 'CHANNELS'] : ['1']
  return [`${key}=${shape.map((size, i) => size ?? words[i] ?? 'SIZE').join(',')}`]
}

/** The names of the last computed values that do not depend on an unreadable node, as the model knows them. */
function lastReadable(graph: Graph, unreadable: ReadonlySet<Node>, model: Graph): string[] {
  const tainted = new Set<Node>()
  const ends: Value[] = graph.outputs.map(port => port.value)
  for (const node of inOrder(graph.roots())) {
    if (!unreadable.has(node) && !node.inputs.some(value => tainted.has(value.node))) continue
    tainted.add(node)
    ends.push(...node.inputs)
  }
  const readable = ends.filter(value => !tainted.has(value.node))
  return [
    ...new Set(known(readable, model).map(({ node, index }) => (index === 0 ? node.name : `${node.name}:${index}`))),
  ]
}

/** The computed values among these, or before them, that the model has by the same name. */
function known(values: readonly Value[], model: Graph): Value[] {
  const seen = new Set<Value>()
  const stack = [...values].reverse()
  const found: Value[] = []
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value) || value.tensor || value.node.is('placeholder')) continue
    seen.add(value)
    if (model.node(value.node.name)) found.push(value)
    else stack.push(...value.node.inputs.toReversed())
  }
  return found
}
