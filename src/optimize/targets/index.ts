/** The registry of targets, and how a graph is made to fit one. */

import { FreezeError, type Unreadable } from '../../errors.ts'
import type { Graph } from '../../graph/graph.ts'
import { nearestFirst } from '../../graph/names.ts'
import type { Applied, Declined } from '../../rewrite/engine.ts'
import { ReportBuilder } from '../report.ts'
import { onnx } from './onnx.ts'
import { opencv } from './opencv.ts'
import { openvino } from './openvino.ts'
import { separateOutputs } from './separate-outputs.ts'
import { type Leniency, legalizeGraph, type Target, type TargetReport, unreadableNodes } from './target.ts'
import { tensorflow115 } from './tensorflow1.15.ts'
import { tensorflow2 } from './tensorflow2.ts'
import { tfjs } from './tfjs.ts'

/** Every target. */
export const TARGETS: readonly Target[] = [tensorflow115, tensorflow2, opencv, openvino, onnx, tfjs]

/** The target of this name. Throws `unsupported` with those there are. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find(t => t.name === name)
  if (target) return target
  const names = nearestFirst(
    name,
    TARGETS.map(t => t.name),
  ).join(', ')
  throw new FreezeError('unsupported', `no target is called '${name}'`, {
    path: ['--target'],
    hint: `The targets are ${names}.`,
  })
}

/** The graph, then each function of its library, also those that were added meanwhile. */
function* bodiesOf(graph: Graph): Generator<{ readonly body: Graph; readonly inFunction?: string }> {
  yield { body: graph }
  for (const { body, name } of graph.functions.values()) yield { body, inFunction: name }
}

/** Rewrites a graph and its functions to what the target reads, and says what it cannot. */
export function legalize(graph: Graph, target: Target, leniency: Leniency = {}): TargetReport {
  const applied: Applied[] = []
  const declined: Declined[] = []
  const unreadable: Unreadable[] = []
  for (const { body, ...place } of bodiesOf(graph)) {
    const report = legalizeGraph(body, target, new ReportBuilder(`newer-attributes-for-${target.name}`))
    applied.push(...report.applied.map(entry => ({ ...entry, ...place })))
    if (body === graph && target.outputNodes) {
      for (const at of separateOutputs(graph, target.outputNodes)) applied.push({ rule: 'separate-output', at })
    }
    declined.push(...report.declined.map(entry => ({ ...entry, ...place })))
    if (!target.lint) unreadable.push(...unreadableNodes(body, target).map(entry => ({ ...entry, ...place })))
  }
  if (target.lint) unreadable.push(...target.lint(graph, leniency))
  return { target: target.name, applied, declined, unreadable }
}

export { type Leniency, requireNone, requireReadable, type Target, type TargetReport } from './target.ts'
export { wayOut } from './way-out.ts'
