/** Consumers of frozen graphs: how to write a graph for each, and what it cannot read. */
import { FreezeError, type Unreadable } from '../../errors.ts'
import { Facts } from '../../facts/facts.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { type RewriteReport, rewrite } from '../../rewrite/engine.ts'
import type { Rule } from '../../rewrite/rule.ts'
import type { ReportBuilder } from '../report.ts'
import type { OutputNodes } from './separate-outputs.ts'

/** The inputs that a consumer can be made to take although it does not read them by itself. */
export interface Leniency {
  /** ONNX: nodes that it cannot say, for programs with kernels of their own. */
  readonly customOps?: boolean | undefined
}

/** A consumer. */
export interface Target {
  /** As in `--target`. */
  readonly name: string
  /** Its description in `--help`. */
  readonly description: string
  /** Names of passes that make a graph worse for it: -O leaves them out. */
  readonly without?: readonly string[]
  /** The changes to the graph as a whole, before the rules. */
  readonly prepare?: (graph: Graph, report: ReportBuilder) => void
  /** Rewrites to what it reads. */
  readonly rules: readonly Rule[]
  /** How it gives outputs, where it takes the nodes without readers for them. */
  readonly outputNodes?: OutputNodes
  /** Further changes of attributes. */
  readonly adjust?: (node: Node, report: ReportBuilder) => void
  /** Why it cannot read a node, as a sentence without its full stop; undefined where it can. */
  refuses(node: Node, facts: Facts): string | undefined
  /** Returns what it cannot read of a graph and its functions, where it judges them as a whole; `refuses` is then not asked. */
  readonly lint?: (graph: Graph, settings: Leniency) => readonly Unreadable[]
}

/** The changes made for a target, and what was not possible. */
export interface TargetReport extends RewriteReport {
  /** Its name. */
  readonly target: string
  /** In the order of the graph; empty where the target reads all of it. */
  readonly unreadable: readonly Unreadable[]
}

/** Rewrites one graph (the main one or a function's body) to what a target reads. */
export function legalizeGraph(graph: Graph, target: Target, report: ReportBuilder): RewriteReport {
  target.prepare?.(graph, report)
  const { applied, declined } = rewrite(graph, target.rules, new Facts(graph))
  graph.prune()
  for (const node of graph.nodes) target.adjust?.(node, report)
  return { applied: [...applied, ...report.applied], declined }
}

/** The nodes of one graph that a target cannot read. */
export function unreadableNodes(graph: Graph, target: Target): Unreadable[] {
  const facts = new Facts(graph)
  return [...graph.nodes].flatMap(node => {
    const reason = target.refuses(node, facts)
    return reason === undefined ? [] : [{ node: node.name, op: node.op, reason }]
  })
}

/** Throws `target`, naming what the target cannot read and the way out, unless it reads all. */
export function requireReadable({ target, unreadable }: TargetReport, hint: () => string): void {
  requireNone(unreadable, `${target} cannot read`, hint, unreadable[0]?.inFunction)
}

/** Throws `target` as `ONNX cannot say 2 nodes (…)`, with the way out, unless there are no such nodes. */
export function requireNone(
  nodes: readonly Unreadable[],
  cannot: string,
  hint: () => string,
  inFunction?: string,
): void {
  const [first] = nodes
  if (!first) return
  const count = nodes.length === 1 ? 'a node' : `${nodes.length} nodes`
  throw new FreezeError('target', `${cannot} ${count} (${listed(nodes)})`, {
    node: first.node,
    nodes,
    hint: hint(),
    ...(inFunction !== undefined && { path: [inFunction] }),
  })
}

/** All of them, those with one reason together: `a, b: ONNX has no operators for Svd; c: …`. */
function listed(unreadable: readonly Unreadable[]): string {
  const nodes = new Map<string, string[]>()
  for (const { node, reason } of unreadable) nodes.set(reason, [...(nodes.get(reason) ?? []), node])
  return [...nodes].map(([reason, names]) => `${names.join(', ')}: ${reason}`).join('; ')
}
