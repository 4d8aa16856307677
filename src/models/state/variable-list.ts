/**
 * The variables of a model as a list, for `inspect`: those that its outputs read, by the names of their nodes, each value
 * once; and what else the checkpoint holds. Keras 3 saves every weight twice, training saves what its optimiser needs.
 */
import type { Bundle } from '../../formats/tensor-bundle/bundle.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import { naturalOrder } from '../../graph/names.ts'
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { bytesPerElement } from '../../tensorflow/dtype.ts'
import { likelyOutputs } from '../likely-outputs.ts'
import type { Signature, VariableInfo } from '../model.ts'
import type { Checkpoint } from './checkpoint.ts'
import { keysByFullName } from './object-graph.ts'
import { isVariable } from './resource.ts'

/** The suffix of a TF2 checkpoint's keys. */
const VALUE_SUFFIX = '/.ATTRIBUTES/VARIABLE_VALUE'
/** Entries that are no variables: bookkeeping of objects, contents of tables. */
const NOT_A_VARIABLE = /^_CHECKPOINTABLE_OBJECT_GRAPH$|\/\.ATTRIBUTES\/(?!VARIABLE_VALUE$)/

/** Every value of the checkpoint once; `keyOf` says where the value of a variable's node lies. */
export async function listVariables(
  checkpoint: Checkpoint,
  nodes: readonly Node[],
  keyOf: (node: Node) => Promise<string | undefined>,
): Promise<readonly VariableInfo[]> {
  const bundle = await checkpoint.bundle()
  if (!bundle) return []
  const names = new Map<string, string>()
  for (const node of nodes) {
    const key = await keyOf(node)
    if (key !== undefined && !names.has(key) && bundle.has(key)) names.set(key, node.name)
  }
  const fullNames = new Map([...keysByFullName(await checkpoint.objects())].map(([name, key]) => [key, name]))
  const infos = bundle
    .keys()
    .filter(key => !NOT_A_VARIABLE.test(key))
    .map(key => {
      const name = names.get(key) ?? fullNames.get(key) ?? key.replace(VALUE_SUFFIX, '')
      return { ...variableInfo(bundle, key, name), isRead: names.has(key) }
    })
  return infos.sort((a, b) => naturalOrder(a.name, b.name))
}

/** The nodes of the variables that the signatures' outputs read; of a model without any, what its likely outputs read. */
export function readVariables(graph: Graph, signatures: ReadonlyMap<string, Signature>): Node[] {
  const outputs =
    signatures.size > 0
      ? [...signatures.values()].flatMap(signature => signature.outputs.map(({ value }) => value.node))
      : likelyOutputs(graph).map(({ value }) => value.node)
  return (outputs.length > 0 ? inOrder(outputs) : [...graph.nodes]).filter(isVariable)
}

function variableInfo(bundle: Bundle, key: string, name: string): VariableInfo {
  const { dtype, shape, shard, offset, size, slices } = bundle.entry(key)
  const where =
    slices.length > 0
      ? `${slices.length} parts in the checkpoint`
      : `bytes ${offset}–${offset + size} of ${bundle.shardName(shard)}`
  const bytes = slices.length > 0 ? elementCount(shape) * bytesPerElement(dtype) : size
  return { name, dtype, shape, bytes, where }
}
