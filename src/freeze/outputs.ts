/**
 * The names that a user gives: signature keys, tensor names, node names, and
 * tails of node names. A node inside a function can be named only once the
 * function is inlined, so names are resolved before and after that.
 */

import { FreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { listed, nearestNames, tensorName, tensorNamed } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import type { SignatureTensor } from '../models/model.ts'
import { computes, layerNames, layerValues } from './layer-scopes.ts'

/** The meanings that a name can have. */
export interface Named {
  readonly value: Value
  /** The entry of the signature, where the name is its key or its tensor. */
  readonly entry?: SignatureTensor
  /** The node's own name was given, not a tensor's or a key. */
  readonly isNode: boolean
}

/** The value of a key, a tensor or a node of the graph; undefined where there is none by this very name. */
export function resolveExactly(graph: Graph, name: string, entries: readonly SignatureTensor[]): Named | undefined {
  const byKey = entries.find(entry => entry.key === name)
  if (byKey) return { value: tensorNamed(graph, String(byKey.value))!, entry: byKey, isNode: false }
  const value = tensorNamed(graph, name)
  if (!value) return undefined
  const entry = entries.find(e => e.value.node.name === value.node.name && e.value.index === value.index)
  return { value, isNode: graph.node(name) !== undefined, ...(entry && { entry }) }
}

/**
 * The value that a name, or the tail of one, means. Throws `missing` with the
 * nearest names, or with all that end so.
 */
export function resolveByTail(graph: Graph, name: string, what: 'output' | 'input', keys: readonly string[]): Value {
  const exact = tensorNamed(graph, name)
  if (exact) return exact
  const { node: tail, index } = tensorName(name)
  const ends = [...graph.nodes].filter(node => node.name.endsWith(`/${tail}`))
  if (ends.length === 1) return ends[0]!.out(index)
  if (ends.length > 1) refuseAmbiguous(name, ends)
  const own = ofLayer(graph, name)
  if (own) return own
  const able = [...graph.nodes].filter(node => computes(node) || node.is('placeholder')).map(node => node.name)
  const nearest = nearestNames(name, [...keys, ...layerNames(graph), ...able])
  throw new FreezeError('missing', `no ${what} '${name}': no signature key, layer, tensor or node has that name`, {
    hint: nearest.length > 0 ? `Nearest: ${nearest.join(', ')}.` : 'List the names with tfreeze inspect --nodes.',
  })
}

/** The output of the layer of this name: `lstm`, or `lstm:1` for its second output. Throws `missing` where it is unclear which. */
function ofLayer(graph: Graph, name: string): Value | undefined {
  const { node: layer, index } = tensorName(name)
  const values = layerValues(graph, layer)
  if (layer !== name) return values[index]
  if (values.length > 1) refuseAmbiguous(name, values, 'tensors come out of')
  return values[0]
}

function refuseAmbiguous(name: string, found: readonly (Node | Value)[], what = 'names end in'): never {
  const names = listed(found.map(one => ('op' in one ? one.name : String(one))))
  throw new FreezeError('missing', `${found.length} ${what} '${name}': ${names}`, {
    hint: 'Give the full name of one of them.',
  })
}
