/** Runs one pass over a graph and the bodies of its functions. */
import { Facts } from '../facts/facts.ts'
import type { Graph } from '../graph/graph.ts'
import type { Applied, Declined, RewriteReport } from '../rewrite/engine.ts'
import type { OptionValues, Pass, PassContext } from './pass.ts'
import { ReportBuilder } from './report.ts'

/** Runs a pass over a graph and, where it makes sense, over the bodies of its functions. */
export function runPass({ name, run, inFunctions }: Pass, graph: Graph, options: OptionValues): RewriteReport {
  const applied: Applied[] = []
  const declined: Declined[] = []
  const runOn = (body: Graph, inFunction: string | undefined): void => {
    const report = new ReportBuilder(name)
    run(body, contextOf(body, options, report, inFunction === undefined))
    const place = inFunction === undefined ? {} : { inFunction }
    for (const entry of report.applied) applied.push({ ...entry, ...place })
    for (const entry of report.declined) declined.push({ ...entry, ...place })
    if (report.applied.length > 0) body.prune()
  }
  runOn(graph, undefined)
  if (inFunctions) {
    for (const f of [...graph.functions.values()]) if (!isPolymorphic(f.body)) runOn(f.body, f.name)
  }
  return { applied, declined }
}

function contextOf(graph: Graph, options: OptionValues, report: ReportBuilder, isMain: boolean): PassContext {
  let facts: Facts | undefined
  return {
    options,
    isMain,
    report,
    get facts() {
      return (facts ??= new Facts(graph))
    },
  }
}

/** Whether attributes of the body stand for attributes of its call: then its types are not known. */
function isPolymorphic(body: Graph): boolean {
  for (const node of body.nodes) for (const attr of node.attrs.values()) if (attr.kind === 'placeholder') return true
  return false
}
