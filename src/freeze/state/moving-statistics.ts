/**
 * Batch norms that use the statistics of the batch, as `training=True` has them: they read the moving statistics only to
 * give their next values, which the updates take. Where nothing that runs for the outputs reads these, a batch norm is
 * not given them, and a variable that only an update reads is no obstacle.
 * Source: fused_batch_norm_op.cc: with a factor of 1 the moving statistics are empty.
 */
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { fromValues } from '../../tensor/make.ts'

/** Takes the moving statistics from the batch norms of which `isNeeded` reads only the normalised values. */
export function dropMovingStatistics(graph: Graph, isNeeded: (node: Node) => boolean): void {
  for (const node of [...graph.nodes]) {
    const { role } = node
    if (role?.kind !== 'normalises' || !node.bool('is_training')) continue
    const readers = role.moving.flatMap(index => [...(node.outputs[index]?.uses.keys() ?? [])])
    if (readers.some(isNeeded) || graph.outputs.some(({ value }) => value.node === node && value.index > 0)) continue
    for (const slot of role.statistics) {
      if (node.inputs[slot]?.tensor) continue
      const { name } = node
      node.setInput(slot, graph.const(fromValues('float32', [0], []), `${name}/no_statistics`))
    }
    if (node.attrs.has('exponential_avg_factor')) node.setAttr('exponential_avg_factor', { kind: 'float', value: 1 })
  }
}
