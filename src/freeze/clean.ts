/** Removes what a frozen graph has no use for: placement, annotations, and nodes that only waited. */

import type { Attr } from '../graph/attr.ts'
import { bypass } from '../graph/edit.ts'
import type { Graph } from '../graph/graph.ts'

/**
 * Attributes with an underscore are annotations that no kernel reads: inferred
 * shapes (`_output_shapes`, stale after freezing), colocation (`_class`), what a
 * compiler or a TPU once planned (`_XlaMustCompile`, `_tpu_replicate`),
 * gradients. Two say how a node runs.
 */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set(['_kernel', '_lower_using_switch_merge'])

/** Strips placement and annotations from a graph. */
export function stripAnnotations(graph: Graph): void {
  for (const node of graph.nodes) {
    node.device = ''
    for (const name of node.attrs.keys()) if (isAnnotation(name)) node.deleteAttr(name)
  }
}

/** The attributes of a function that stay, in the library of a frozen graph. */
export function strippedAttrs(attrs: ReadonlyMap<string, Attr>): ReadonlyMap<string, Attr> {
  const dropped = new Set([
    ...[...attrs.keys()].filter(isAnnotation),
    'api_implements',
    'api_preferred_device',
    'backward_function_name',
    'forward_function_name',
  ])
  return new Map([...attrs].filter(([name]) => !dropped.has(name)))
}

const isAnnotation = (name: string): boolean => name.startsWith('_') && !KEPT_ANNOTATIONS.has(name)

/** Takes out nodes that print and pass their input on. Returns their names. */
export function removePrints(graph: Graph): string[] {
  const prints = [...graph.nodes].filter(node => node.op === 'Print' && !graph.isPublic(node))
  const names = prints.map(node => node.name)
  for (const node of prints) bypass(graph, node, node.input(0))
  return names
}
