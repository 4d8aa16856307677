/** The registry of targets, and how a graph is made to fit one. */

import { FreezeError } from '../../errors.ts'
import type { Graph } from '../../graph/graph.ts'
import { nearestFirst } from '../../graph/names.ts'
import type { Applied, Declined } from '../../rewrite/engine.ts'
import { ReportBuilder } from '../report.ts'
import { opencv } from './opencv.ts'
import { openvino } from './openvino.ts'
import { spell, type Target, type TargetReport, type Unfit, unfitNodes } from './target.ts'
import { tensorflow115 } from './tensorflow1.15.ts'
import { tensorflow2 } from './tensorflow2.ts'

/** Every target. */
export const TARGETS: readonly Target[] = [tensorflow115, tensorflow2, opencv, openvino]

/** The target of this name. Throws `unsupported` with those there are. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find(t => t.name === name)
  if (target) return target
  const names = nearestFirst(
    name,
    TARGETS.map(t => t.name),
  ).join(', ')
  throw new FreezeError('unsupported', `there is no target '${name}'`, {
    path: ['--target'],
    hint: `Targets are ${names}.`,
  })
}

/** Rewrites a graph and its functions to what the target reads, and says what it cannot. */
export function fitTarget(graph: Graph, target: Target): TargetReport {
  const applied: Applied[] = []
  const declined: Declined[] = []
  const unfit: Unfit[] = []
  const bodies = [...graph.functions.values()].map(f => ({ body: f.body, inFunction: f.name }))
  for (const { body, ...place } of [{ body: graph }, ...bodies]) {
    const report = spell(body, target, new ReportBuilder(`newer-attributes-for-${target.name}`))
    applied.push(...report.applied.map(entry => ({ ...entry, ...place })))
    declined.push(...report.declined.map(entry => ({ ...entry, ...place })))
    unfit.push(...unfitNodes(body, target).map(entry => ({ ...entry, ...place })))
  }
  return { target: target.name, applied, declined, unfit }
}

export { requireFit, type Target, type TargetReport } from './target.ts'
