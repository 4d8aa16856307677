import { pass, ReportBuilder } from './pass.ts'

/** Where nodes were placed, and which should be placed together: a frozen graph runs wherever it is loaded. */
export const removeDevice = pass({
  name: 'remove-device',
  sentence: 'Removes device placements and colocation.',
  aliases: ['remove_device'],
  on: true,
  run(graph) {
    const report = new ReportBuilder('remove-device')
    for (const node of graph.nodes) {
      if (!node.device && !node.attrs.has('_class')) continue
      node.device = ''
      node.deleteAttr('_class')
      report.apply(node.name)
    }
    return report
  },
})
