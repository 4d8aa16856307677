/**
 * Lists of tensors. TF.js changes a list in place, so that two loops must not begin with one list, although its op gives
 * an empty list whoever asks and equal ops were merged:
 *
 *     l = TensorListReserve(shape, n)                      l = TensorListReserve(…), l_1 = TensorListReserve(…)
 *     a = While(…, l), b = While(…, l)              →      a = While(…, l), b = While(…, l_1)
 *
 * Source: tfjs-converter/src/operations/executors/control_executor.ts.
 */
import type { Graph } from '../graph/graph.ts'
import { opTable } from '../tensorflow/op-table.ts'

/** Which output is a list that the op makes. */
const made = opTable([['EmptyTensorList TensorListFromTensor TensorListReserve TensorListSplit', 0]])

/** Gives each reader of a list that an op makes a list of its own. */
export function separateLists(graph: Graph): void {
  for (const node of [...graph.nodes]) {
    const output = made(node.op)
    if (output === undefined) continue
    const list = node.out(output)
    for (const reader of [...list.uses.keys()].slice(1)) {
      const own = graph.addNode(node.op, node.inputs, node.attrs, node.name)
      for (const before of node.controls) own.addControl(before)
      for (const [slot, value] of reader.inputs.entries()) if (value === list) reader.setInput(slot, own.out(output))
    }
  }
}
