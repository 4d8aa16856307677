/** The last step: public names. They win; an inner node that has one gives way to a suffix. */

import { FreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { legalName } from '../graph/names.ts'
import type { Node } from '../graph/node.ts'
import { type PublicPort, portNamed } from './choice.ts'

/** Names inputs and outputs by their keys where the contract says so, then as the user wants. */
export function namePorts(
  graph: Graph,
  inputs: readonly PublicPort[],
  outputs: readonly PublicPort[],
  renames: ReadonlyMap<string, string>,
): void {
  const named = new Set<Node>()
  const give = (node: Node, name: string): void => {
    const holder = graph.node(name)
    const isTaken = holder !== undefined && holder !== node && named.has(holder)
    graph.rename(node, isTaken ? graph.freshName(name) : name)
  }
  const hasOwnName = (port: PublicPort): boolean => port.name === undefined
  for (const { port } of [...inputs, ...outputs].filter(hasOwnName)) named.add(port.value.node)
  for (const { port, name } of inputs) {
    if (name !== undefined) give(port.value.node, name)
    named.add(port.value.node)
  }
  for (const { port, name } of outputs) {
    if (name === undefined) continue
    // The op keeps the name it has in its scope; the key is a node of its own.
    if (port.value.node.op !== 'IdentityN') port.value = graph.add('Identity', [port.value], {}, name).out()
    give(port.value.node, name)
    named.add(port.value.node)
  }
  for (const [from, to] of renames) rename(graph, [...inputs, ...outputs], from, to)
}

function rename(graph: Graph, ports: readonly PublicPort[], from: string, to: string): void {
  const found = portNamed(ports, from, 'input or output')
  if (legalName(to) !== to) {
    throw new FreezeError('unsupported', `'${to}' is not a legal node name`, {
      node: from,
      hint: 'Use letters, digits and _ . - / only, and begin with a letter, a digit or a dot.',
    })
  }
  const { port } = found
  const holder = graph.node(to)
  const isTaken = holder && holder !== port.value.node && graph.isPublic(holder)
  if (isTaken) {
    throw new FreezeError('unsupported', `'${to}' is the name of another input or output`, {
      node: from,
      hint: 'Choose another name with --rename.',
    })
  }
  const isShared = graph.isInput(port.value.node) ? !graph.inputs.includes(port) : isOtherOutput(graph, found)
  if (isShared) port.value = graph.add('Identity', [port.value], {}, to).out()
  graph.rename(port.value.node, to)
}

/** Whether the node also has another name to bear: another output, or an output that is not its first. */
const isOtherOutput = (graph: Graph, { port }: PublicPort): boolean =>
  port.value.index > 0 || graph.outputs.some(other => other !== port && other.value.node === port.value.node)
