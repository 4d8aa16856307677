/**
 * Edits of a graph that more than one step needs. One policy for all of them:
 *
 * - readers of a value and output ports of the graph move together; input ports stay where they are;
 * - a node that takes another's place takes its name, and what waited for the other waits for it;
 * - what waited for a node that goes waits for what the node waited for.
 *
 * `Graph.replace` is the same for a value whose node stays, and keeps public names; rules go through the engine.
 */

import type { DType } from '../tensorflow/dtype.ts'
import { type Attr, list, type as typeAttr } from './attr.ts'
import type { Graph } from './graph.ts'
import type { Node, Value } from './node.ts'

/**
 * Every reader of `from`, and every output of the graph, takes `to` instead; a node that makes `to` of `from` goes on
 * reading `from`. Names and control edges stay.
 */
export function moveReaders(graph: Graph, from: Value, to: Value): void {
  if (from === to) return
  for (const reader of [...from.uses.keys()]) {
    if (reader === to.node) continue
    for (const [slot, value] of reader.inputs.entries()) if (value === from) reader.setInput(slot, to)
  }
  for (const port of graph.outputs) if (port.value === from) port.value = to
}

/** Moves control edges: nodes that wait for `from` wait for `to` instead. Returns those nodes. */
export function moveWaiting(graph: Graph, from: Node, to: Node): readonly Node[] {
  const waiting = [...from.controlUses].filter(node => node !== to)
  for (const node of waiting) {
    node.removeControl(from)
    node.addControl(to)
  }
  for (const [key, output] of graph.controlOutputs) if (output === from) graph.controlOutputs.set(key, to)
  return waiting
}

/** Takes out a node whose outputs nobody reads. What waited for it waits for what it waited for. */
export function splice(graph: Graph, node: Node): void {
  for (const waiting of [...node.controlUses]) for (const before of node.controls) waiting.addControl(before)
  for (const [key, output] of graph.controlOutputs) if (output === node) graph.controlOutputs.delete(key)
  graph.kept.delete(node)
  graph.remove(node)
}

/** Takes out a node of one output: its readers take `value`, and wait for what the node waited for. */
export function bypass(graph: Graph, node: Node, value: Value): void {
  for (const reader of node.out().uses.keys()) {
    for (const before of node.controls) if (before !== reader) reader.addControl(before)
  }
  moveReaders(graph, node.out(), value)
  splice(graph, node)
}

/**
 * Values take the place of a node's outputs, one for each, and the node goes. Its name, and what waited for it, go to
 * `heir`: the node of the first value, unless another is given.
 */
export function takePlace(graph: Graph, node: Node, values: readonly Value[], heir: Node = values[0]!.node): void {
  const { name } = node
  const isKept = graph.kept.has(node)
  const before = [...node.controls].filter(control => !heir.controls.has(control))
  for (const [i, value] of values.entries()) moveReaders(graph, node.out(i), value)
  for (const later of moveWaiting(graph, node, heir))
    for (const control of before) if (later !== control) later.addControl(control)
  splice(graph, node)
  if (isKept) graph.kept.add(heir)
  graph.rename(heir, name)
}

/** `to`, or an Identity of it where it cannot take the public name that `from` has. */
export function namedFor(graph: Graph, from: Value, to: Value): Value {
  return graph.obstacle(from, to) ? graph.add('Identity', [to], {}, from.node.name).out() : to
}

/** `to` takes the place of one output of a node that goes: its readers, its public name, and what waited for the node. */
export function standIn(graph: Graph, from: Value, to: Value): void {
  const by = namedFor(graph, from, to)
  graph.replace(from, by)
  moveWaiting(graph, from.node, by.node)
}

/** The op, inputs and attributes that a node gets; inputs and attributes are the node's own unless given. */
export interface OtherOp {
  readonly inputs?: readonly Value[]
  readonly attrs?: ReadonlyMap<string, Attr>
}

/**
 * Writes a node as another op that computes the same, under its name, with its
 * readers, its control edges and its part as an input or output. Returns the new node.
 */
export function replaceOp(graph: Graph, node: Node, op: string, { inputs, attrs }: OtherOp = {}): Node {
  const made = graph.addNode(op, inputs ?? node.inputs, attrs ?? node.attrs, node.name)
  made.device = node.device
  for (const control of node.controls) made.addControl(control)
  for (const port of graph.inputs) if (port.value.node === node) port.value = made.out(port.value.index)
  const values = node.outputs.length === 0 ? [] : Array.from(node.outputs, (_, i) => made.out(i))
  takePlace(graph, node, values, made)
  return made
}

/** Inserts what `make` makes of `value` before all readers of `value`; a public name goes with the readers. */
export function insertAfter(graph: Graph, value: Value, make: (value: Value) => Value): void {
  const readers = [...value.uses.keys()]
  const made = make(value)
  for (const reader of readers) {
    for (const [slot, input] of reader.inputs.entries()) if (input === value) reader.setInput(slot, made)
  }
  if (graph.outputs.some(port => port.value === value)) graph.replace(value, made)
}

/** Says of a node that hands its inputs on that input `slot` is of another type. */
export function retype(node: Node, slot: number, dtype: DType): void {
  const types = node.attr('T')
  if (types?.kind !== 'list') node.setAttr('T', typeAttr(dtype))
  else
    node.setAttr(
      'T',
      list(
        'type',
        node.types('T').map((t, i) => (i === slot ? dtype : t)),
      ),
    )
}

/**
 * Lets a node that reads one output of a Switch by several inputs read it through an Identity. TensorFlow's optimiser
 * writes x + x as 2 · x; its 2 waits for the Switch, which runs always, and the branch ends without a value.
 */
export function separateRepeatedReads(graph: Graph): void {
  for (const node of [...graph.nodes]) {
    if (!node.is('switch')) continue
    for (const output of node.outputs) {
      const readers = [...(output?.uses ?? [])].filter(([, count]) => count > 1).map(([reader]) => reader)
      if (!output || readers.length === 0) continue
      const picked = graph.add('Identity', [output], {}, `${node.name}/picked`).out()
      for (const reader of readers) {
        for (const [slot, value] of reader.inputs.entries()) if (value === output) reader.setInput(slot, picked)
      }
    }
  }
}
