/**
 * The outputs of a layer, in a graph where layers are only scopes of names: the values that its nodes compute and others
 * read.
 *
 *     model/dense/MatMul   model/dense/BiasAdd → read by model/probs/MatMul      `dense` is model/dense/BiasAdd
 *
 * An export of Keras 3 gives every scope another number: the layer `conv2d` is `conv2d_1`, and `conv2d_1` is `conv2d_1_2`.
 */

import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/** The values of a layer, in the order of computation; none where no scope has its name, or several have. */
export function layerValues(graph: Graph, layer: string): readonly Value[] {
  const scopes = allScopes(graph)
  const [scope, ...others] = scopesNamed(scopes, layer)
  return scope === undefined || others.length > 0 ? [] : valuesOf(graph, `${scope}/`)
}

const allScopes = (graph: Graph): string[] => [
  ...new Set([...graph.nodes].filter(computes).flatMap(({ name }) => scopesOf(name))),
]

/** The names by which layers may be meant, for those that are misspelt. */
export function layerNames(graph: Graph): string[] {
  const scopes = allScopes(graph)
  const names = scopes.map(lastPart)
  return isRenumbered(scopes) ? names.map(name => name.replace(/_\d+$/, '')) : names
}

/** Whether a node makes something of values: what only holds, reads or assigns variables is no part of a layer's work. */
export const computes = (node: Node): boolean =>
  node.def?.outputs.length !== 0 &&
  !node.is('writes', 'checkpoint') &&
  (isLookup(node) || node.inputs.some(({ dtype }) => dtype !== 'resource' && dtype !== undefined))

const isLookup = ({ role }: Node): boolean => role?.kind === 'reads' && role.how === 'rows'

const lastPart = (scope: string): string => scope.slice(scope.lastIndexOf('/') + 1)

/** `a`, `a/b` of `a/b/c`. */
const scopesOf = (name: string): string[] =>
  name.split('/').flatMap((_, i, parts) => (i === 0 ? [] : parts.slice(0, i).join('/')))

function scopesNamed(scopes: readonly string[], layer: string): string[] {
  const called = (isIt: (last: string) => boolean): string[] => scopes.filter(scope => isIt(lastPart(scope)))
  const exact = called(last => last === layer)
  const numbered = called(last => last.startsWith(`${layer}_`) && /^\d+$/.test(last.slice(layer.length + 1)))
  if (exact.length === 0) return numbered
  return isRenumbered(scopes) && numbered.length === 1 ? numbered : exact
}

/** Whether every layer has a number at the end, as nobody names them. */
const isRenumbered = (scopes: readonly string[]): boolean =>
  scopes.filter(scope => scope.split('/').length === 2).every(scope => /_\d+$/.test(scope))

function valuesOf(graph: Graph, prefix: string): Value[] {
  const isInside = (node: Node): boolean => node.name.startsWith(prefix)
  const values = inOrder([...graph.nodes].filter(isInside))
    .filter(node => isInside(node) && computes(node))
    .flatMap(node => node.outputs.filter(output => output !== undefined))
  const isPublic = (value: Value): boolean => graph.outputs.some(port => port.value === value)
  const read = values.filter(value => isPublic(value) || [...value.uses.keys()].some(reader => !isInside(reader)))
  return read.length > 0 ? read : values.filter(value => value.uses.size === 0)
}
