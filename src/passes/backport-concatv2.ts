import { replaceOp } from '../graph/edit.ts'
import { pass } from '../optimize/pass.ts'

/** ConcatV2(…, axis) → Concat(axis, …), for readers from before 2017. */
export const backportConcatV2 = pass({
  name: 'backport-concatv2',
  description: 'Replaces ConcatV2 with Concat, whose axis is the first input.',
  aliases: ['backport_concatv2'],
  enabled: false,
  run(graph, { report }) {
    for (const node of [...graph.nodes]) {
      if (node.op !== 'ConcatV2') continue
      const axis = node.inputs.at(-1)!
      if (axis.dtype !== 'int32') {
        report.decline(node.name, `the axis is ${axis.dtype}, and Concat takes int32`)
        continue
      }
      const attrs = new Map(node.attrs)
      attrs.delete('Tidx')
      report.apply(replaceOp(graph, node, 'Concat', { inputs: [axis, ...node.inputs.slice(0, -1)], attrs }).name)
    }
  },
})
