import { Expansion } from '../freeze/control-flow/expand.ts'
import { pass } from '../optimize/pass.ts'

/** y = PartitionedCall(x) {f} → the nodes of f. Freezing does it; a graph that `optimize` is given may still have calls. */
export const inlineCalls = pass({
  name: 'inline-calls',
  description: 'Replaces calls of functions with the bodies of the functions, as freezing does.',
  aliases: ['inline_partitionedcall'],
  enabled: false,
  inFunctions: false,
  run(graph, { report }) {
    const expansion = new Expansion(graph, false)
    for (const node of graph.nodes) if (expansion.expands(node)) report.apply(node.name)
    expansion.run([...graph.outputs.map(({ value }) => value.node), ...graph.controlOutputs.values()])
    graph.prune()
    graph.pruneFunctions()
  },
})
