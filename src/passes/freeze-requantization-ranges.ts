/**
 * Ranges that are measured at each run become constants:
 *
 *     min, max = RequantizationRange(codes, low, high)    →    min, max = Const, Const
 *
 * They come from a log of runs of the graph with prints, which
 * `insert-logging(op=RequantizationRange, show_name=true, message="__requant_min_max:")` makes;
 * a line of it, anything before the first semicolon, is
 *
 *     I0108 21:45:42.261883 logging_ops.cc:79] ;conv/requant_range__print__;__requant_min_max:[-20.887871][22.274715]
 *
 * Source: tensorflow/tools/graph_transforms/freeze_requantization_ranges.cc.
 */

import type { Graph } from '../graph/graph.ts'
import { anOp } from '../graph/names.ts'
import type { Node } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import { rewrite } from '../rewrite/engine.ts'
import { as, op } from '../rewrite/pattern.ts'
import { type Rule, rule } from '../rewrite/rule.ts'
import { scalar } from '../tensor/make.ts'

const NAME = 'freeze-requantization-ranges'

interface Range {
  readonly min: number
  readonly max: number
}

/** RequantizationRange → the range that a log says. */
export const freezeRequantizationRanges = pass({
  name: NAME,
  description: 'Replaces ranges that 8-bit operations measure at each run with constants from a log.',
  aliases: ['freeze_requantization_ranges'],
  enabled: false,
  options: {
    min_max_log_file: {
      kind: 'file',
      default: '',
      description: 'Log of a run with insert-logging, which holds the ranges.',
    },
    min_percentile: {
      kind: 'number',
      default: 5,
      description: 'Percentage of the smallest minima to ignore as outliers.',
    },
    max_percentile: {
      kind: 'number',
      default: 5,
      description: 'Percentage of the largest maxima to ignore as outliers.',
    },
  },
  run(graph, { options, facts, isMain, report }) {
    const ranges = new Map<string, Range>()
    for (const [name, runs] of recorded(options.min_max_log_file)) {
      ranges.set(name, rangeOf(runs, options.min_percentile, options.max_percentile))
    }
    report.add(rewrite(graph, [frozen(ranges)], facts))
    for (const name of isMain ? ranges.keys() : []) {
      const reason = stranger(graph, name)
      if (reason) report.decline(name, reason)
    }
  },
})

const frozen = (ranges: ReadonlyMap<string, Range>): Rule =>
  rule<{ readonly measured: Node }>({
    name: NAME,
    find: as('measured', op('RequantizationRange')),
    allOutputs: true,
    replace({ measured: { name } }, { graph }) {
      const range = ranges.get(name)
      if (!range) return 'the log (min_max_log_file) lists no range for this node'
      return [
        graph.const(scalar('float32', range.min), `${name}/frozen_min`),
        graph.const(scalar('float32', range.max), `${name}/frozen_max`),
      ]
    },
  })

/** The reason why a name in the log, which is no such node now and never was, had no effect. */
function stranger(graph: Graph, name: string): string | undefined {
  const bodies = graph.withBodies()
  const nodes = bodies.flatMap(body => body.node(name) ?? [])
  if (nodes.some(node => node.op === 'RequantizationRange' || node.op === 'Const')) return undefined
  return nodes[0]
    ? `the log lists a range for this node, but it is ${anOp(nodes[0])}`
    : 'the log lists a range for this node, but there is no such node'
}

const LINE = /(?:^|;)([^;]*)__print__;__requant_min_max:\[([^\][]*)\]\[([^\][]*)\]/

/** The ranges of each node in a log, a run each; lines that say something else do not count. */
function recorded(log: string): Map<string, Range[]> {
  const runs = new Map<string, Range[]>()
  for (const line of log.split('\n')) {
    const [, name, low, high] = LINE.exec(line) ?? []
    const [min, max] = [low, high].map(text => (text?.trim() ? Number(text) : Number.NaN)) as [number, number]
    if (name === undefined || !Number.isFinite(min) || !Number.isFinite(max)) continue
    runs.set(name, [...(runs.get(name) ?? []), { min, max }])
  }
  return runs
}

const f = Math.fround

/** The least minimum and the largest maximum but for these many of the outermost, which are chance. */
function rangeOf(runs: readonly Range[], minPercentile: number, maxPercentile: number): Range {
  const mins = runs.map(run => run.min).sort((a, b) => a - b)
  const maxs = runs.map(run => run.max).sort((a, b) => a - b)
  const last = runs.length - 1
  const at = (part: number): number => Math.min(last, Math.max(0, Math.round(f(runs.length * part))))
  return { min: mins[at(f(minPercentile / 100))]!, max: maxs[at(f(1 - f(maxPercentile / 100)))]! }
}
