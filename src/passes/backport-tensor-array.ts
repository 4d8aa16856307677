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
import { type } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { named } from '../rewrite/match.ts'
import { respell } from '../rewrite/respell.ts'
import { scalar } from '../tensor/make.ts'
import { pass, ReportBuilder } from './pass.ts'

/** The last version of a graph that may have the older ops. */
const LAST_VERSION = 25

/** Ops that make a handle. */
const MAKES = /^TensorArray(Grad)?V3$/
/** Ops of the family that an older one is like in all but its name. */
const USES = /^TensorArray(Grad|Write|Read|Gather|Scatter|Concat|Split|Size|Close)V3$/
/** Ops that only hand a handle on. */
const CARRIES = /^(Enter|Exit|Switch|Merge|NextIteration|Identity)$/

/** TensorArrayV3 and its family → TensorArrayV2. */
export const backportTensorArray = pass({
  name: 'backport-tensor-array-v3',
  sentence: 'Writes TensorArrayV3 and its family as TensorArrayV2, and the graph as one of version 25.',
  aliases: ['backport_tensor_array_v3'],
  on: false,
  inFunctions: false,
  run(graph) {
    const report = new ReportBuilder('backport-tensor-array-v3')
    const arrays = [...graph.nodes].filter(node => MAKES.test(node.op))
    const handles = handlesFrom(arrays)
    const reason = obstacle(graph, arrays, handles)
    if (reason !== undefined) for (const { name } of arrays) report.decline(name, reason)
    else if (arrays.length > 0) {
      for (const { node } of handles) if (CARRIES.test(node.op)) node.setAttr('T', type('string'))
      for (const node of [...graph.nodes]) {
        if (MAKES.test(node.op)) report.apply(older(graph, node).name)
        else if (USES.test(node.op)) report.apply(respell(graph, node, olderName(node)).name)
      }
      graph.versions = { ...graph.versions, producer: Math.min(graph.versions.producer, LAST_VERSION) }
    }
    return report
  },
})

/** The handles of these arrays, as far as they are handed on. */
function handlesFrom(arrays: readonly Node[]): ReadonlySet<Value> {
  const handles = new Set(arrays.map(node => node.out()))
  for (const handle of handles) {
    for (const reader of handle.uses.keys()) {
      if (!CARRIES.test(reader.op)) continue
      handles.add(reader.out())
      if (reader.op === 'Switch') handles.add(reader.out(1))
    }
  }
  return handles
}

/** Why the arrays cannot be written so: all of them, as a reader that needs the older ops knows no other. */
function obstacle(graph: Graph, arrays: readonly Node[], handles: Iterable<Value>): string | undefined {
  for (const handle of handles) {
    if (graph.outputs.some(port => port.value === handle)) return `the handle ${handle} is an output`
    const reader = [...handle.uses.keys()].find(node => !USES.test(node.op) && !CARRIES.test(node.op))
    if (reader) return `the handle goes into ${reader.name}, ${named(reader)}, which takes no string for it`
  }
  const array = arrays.find(node => graph.outputs.some(port => port.value === node.out(1)))
  return array && `${array.out(1)} is an output, and the older op has none`
}

/** The array without its flow: what read that reads a constant, which runs where the array is made. */
function older(graph: Graph, node: Node): Node {
  const readsFlow = node.out(1).uses.size > 0
  const flow = readsFlow && graph.const(scalar('float32', 1), `${node.name}/flow`)
  if (flow) graph.replace(node.out(1), flow)
  const attrs = new Map(node.attrs)
  attrs.delete('identical_element_shapes')
  const made = respell(graph, node, olderName(node), node.inputs, attrs)
  if (flow) flow.node.addControl(made)
  return made
}

const olderName = ({ op }: Node): string => op.replace(/3$/, '2')
