/**
 * TensorArrayV3 as TensorArrayV2, for readers from before 2017. The handle is a
 * string, not a resource, and the array itself gives no flow:
 *
 *     handle, flow = TensorArrayV3(n)    →    handle = TensorArrayV2(n)
 *                                             flow   = Const [1] ^handle
 *
 * Source: tensorflow/tools/graph_transforms/backports.cc, which leaves the type of
 * the handle on its way through a loop, and tensorflow/core/ops/data_flow_ops.cc:
 * the older ops are `Deprecated(26, …)`, so TensorFlow refuses them in a graph of a later version.
 */

import { replaceOp, retype } from '../graph/edit.ts'
import { handedOn, handedOnFrom } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { anOp } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import { scalar } from '../tensor/make.ts'
import { entryFor } from '../tensorflow/op-table.ts'

/** The last version of a graph that may have the older ops. */
const LAST_VERSION = 25

/** The new names of the ops that make a handle. */
const MAKERS: OpNames = { TensorArrayV3: 'TensorArrayV2', TensorArrayGradV3: 'TensorArrayGradV2' }
/** The new names of the ops that take a handle: today's ops equal the older ones in all but the name. */
const USERS: OpNames = {
  TensorArrayGradV3: 'TensorArrayGradV2',
  TensorArrayWriteV3: 'TensorArrayWriteV2',
  TensorArrayReadV3: 'TensorArrayReadV2',
  TensorArrayGatherV3: 'TensorArrayGatherV2',
  TensorArrayScatterV3: 'TensorArrayScatterV2',
  TensorArrayConcatV3: 'TensorArrayConcatV2',
  TensorArraySplitV3: 'TensorArraySplitV2',
  TensorArraySizeV3: 'TensorArraySizeV2',
  TensorArrayCloseV3: 'TensorArrayCloseV2',
}
type OpNames = Readonly<Record<string, string>>

/** TensorArrayV3 and its family → TensorArrayV2. */
export const backportTensorArray = pass({
  name: 'backport-tensor-array-v3',
  description: "Replaces TensorArrayV3 and its family with TensorArrayV2, and sets the graph's version to 25.",
  aliases: ['backport_tensor_array_v3'],
  enabled: false,
  inFunctions: false,
  run(graph, { report }) {
    const arrays = [...graph.nodes].filter(node => node.op in MAKERS)
    const handles = handedOnFrom(arrays.map(node => node.out()))
    const reason = obstacle(graph, arrays, handles)
    if (reason !== undefined) for (const { name } of arrays) report.decline(name, reason)
    else if (arrays.length > 0) {
      for (const { node, index } of handles) if (!(node.op in MAKERS)) retype(node, index, 'string')
      for (const node of [...graph.nodes]) {
        const user = entryFor(USERS, node.op)
        if (node.op in MAKERS) report.apply(older(graph, node).name)
        else if (user) report.apply(replaceOp(graph, node, user).name)
      }
      graph.versions = { ...graph.versions, producer: Math.min(graph.versions.producer, LAST_VERSION) }
    }
  },
})

/** Why the arrays cannot be written so: all of them, as a reader that needs the older ops knows no other. */
function obstacle(graph: Graph, arrays: readonly Node[], handles: Iterable<Value>): string | undefined {
  for (const handle of handles) {
    if (graph.outputs.some(port => port.value === handle)) return `the handle ${handle} is an output`
    const reader = [...handle.uses.keys()].find(node => !(node.op in USERS) && !handedOn(node, 0))
    if (reader) return `the handle goes into ${reader.name}, ${anOp(reader)}, which does not take a string`
  }
  const array = arrays.find(node => graph.outputs.some(port => port.value === node.out(1)))
  return array && `${array.out(1)} is an output, which the older op does not have`
}

/** The array without its flow: what read that reads a constant, which runs where the array is made. */
function older(graph: Graph, node: Node): Node {
  const readsFlow = node.out(1).uses.size > 0
  const flow = readsFlow && graph.const(scalar('float32', 1), `${node.name}/flow`)
  if (flow) graph.replace(node.out(1), flow)
  const attrs = new Map(node.attrs)
  attrs.delete('identical_element_shapes')
  const made = replaceOp(graph, node, MAKERS[node.op]!, { attrs })
  if (flow) flow.node.addControl(made)
  return made
}
