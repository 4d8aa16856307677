import { inOrder } from '../graph/flow.ts'
import { pass } from '../optimize/pass.ts'

/** Nodes after their inputs: what readers that run a file from top to bottom need. Loops lead back. */
export const sortByExecutionOrder = pass({
  name: 'sort-by-execution-order',
  description: 'Sorts the nodes so that each follows its inputs.',
  aliases: ['sort_by_execution_order'],
  enabled: true,
  isLast: true,
  run(graph, { report }) {
    const order = inOrder([...graph.roots(), ...graph.nodes])
    const before = [...graph.nodes]
    const from = order.findIndex((node, i) => node !== before[i])
    if (from < 0) return
    report.apply(order[from]!.name)
    graph.nodes.clear()
    for (const node of order) graph.nodes.add(node)
  },
})
