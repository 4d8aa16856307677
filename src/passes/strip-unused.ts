import { pass } from '../optimize/pass.ts'

/** Removes the nodes that no output needs, and the functions that nothing calls. */
export const stripUnused = pass({
  name: 'strip-unused',
  description: 'Removes the nodes that no output needs, and the functions that nothing calls.',
  aliases: ['strip_unused_nodes', 'strip_unused'],
  enabled: true,
  run(graph, { isMain, report }) {
    const before = [...graph.nodes]
    graph.prune()
    for (const node of before) if (!graph.nodes.has(node)) report.apply(node.name)
    if (isMain) graph.pruneFunctions()
  },
})
