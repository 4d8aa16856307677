import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import type { ReportBuilder } from '../optimize/report.ts'
import { rewrite } from '../rewrite/engine.ts'
import { any, as, either, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** Ops that return their first input, and stop or print on the way. */
const removePrint = rule({
  name: 'remove-debug-ops',
  find: either(op(['CheckNumerics', 'CheckNumericsV2'], [any('x')]), as('print', op('Print'))),
  replace: found => ('x' in found ? found.x : found.print.input(0)),
})

/** Whether the node has no result, and others only wait for it. */
const isWaitedFor = ({ role }: Node): boolean => role?.kind === 'debug' && !role.forwards

/**
 * Assert, Print, PrintV2 and CheckNumerics go. What they would have stopped or
 * printed is lost: that is the purpose. One that was asked for by name stays.
 */
export const removeDebugOps = pass({
  name: 'remove-debug-ops',
  description: 'Removes Assert, Print, PrintV2 and CheckNumerics.',
  enabled: true,
  run(graph, { facts, report }) {
    for (const node of graph.nodes) if (isWaitedFor(node)) releaseWaiting(graph, node, report)
    report.add(rewrite(graph, [removePrint], facts))
  },
})

function releaseWaiting(graph: Graph, node: Node, report: ReportBuilder): void {
  if (graph.isPublic(node)) {
    report.decline(node.name, `${node.name} is an output`)
    return
  }
  for (const [key, output] of graph.controlOutputs) if (output === node) graph.controlOutputs.delete(key)
  for (const waiting of [...node.controlUses]) waiting.removeControl(node)
  report.apply(node.name)
}
