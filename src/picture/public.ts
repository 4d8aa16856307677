/** The public parts of a model, as the picture shows them. */

import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { Model, Signature } from '../models/model.ts'
import type { PublicTensor } from './parts.ts'

/** The inputs and outputs of a signature; the first, or `serving_default`, where none is named. */
export function publicTensors(model: Model, signature = defaultSignature(model)): PublicTensor[] {
  if (!signature) return []
  const port =
    (kind: PublicTensor['kind']) =>
    (t: { key: string; value: Value }): PublicTensor => ({
      kind,
      key: t.key,
      id: t.value.node.name,
      index: t.value.index,
    })
  return [...signature.inputs.map(port('input')), ...signature.outputs.map(port('output'))]
}

/** The signature that freezing takes unless told otherwise. */
export const defaultSignature = ({ signatures }: Model): Signature | undefined =>
  signatures.get('serving_default') ?? [...signatures.values()][0]

/** The nodes of the main graph that a signature needs; undefined where there is none, and all are shown. */
export function neededNodes(model: Model, signature = defaultSignature(model)): ReadonlySet<Node> | undefined {
  if (!signature) return undefined
  return new Set(inOrder([...signature.inputs, ...signature.outputs].map(t => t.value.node)))
}

/** The inputs and outputs of a graph that was frozen. */
export const publicPorts = (graph: Graph): PublicTensor[] => {
  const port =
    (kind: PublicTensor['kind']) =>
    (p: { key: string; value: Value }): PublicTensor => ({
      kind,
      key: p.key,
      id: p.value.node.name,
      index: p.value.index,
    })
  return [...graph.inputs.map(port('input')), ...graph.outputs.map(port('output'))]
}
