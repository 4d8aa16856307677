import { pass, ReportBuilder } from './pass.ts'

/** Removes the nodes that no output needs, and the functions that nothing calls. */
export const stripUnused = pass({
  name: 'strip-unused',
  sentence: 'Removes the nodes that no output needs, and the functions that nothing calls.',
  aliases: ['strip_unused_nodes', 'strip_unused'],
  on: true,
  run(graph, { isMain }) {
    const report = new ReportBuilder('strip-unused')
    const before = [...graph.nodes]
    graph.prune()
    for (const node of before) if (!graph.nodes.has(node)) report.apply(node.name)
    if (isMain) graph.pruneFunctions()
    return report
  },
})
