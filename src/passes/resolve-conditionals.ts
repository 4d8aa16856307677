import { moveWaiting, namedFor } from '../graph/edit.ts'
import { DeadNodes, switchOutputs, takenOutput } from '../graph/flow.ts'
import type { Graph, GraphFunction } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import type { ReportBuilder } from '../optimize/report.ts'
import { scalar, valuesOf } from '../tensor/make.ts'

/**
 * Conditionals whose condition is a constant: the branch that is not taken goes.
 * For Switch and Merge, the nodes behind the output that is never alive; for If
 * and StatelessIf, the call, with the body of the branch in its place.
 */
export const resolveConditionals = pass({
  name: 'resolve-conditionals',
  description: 'Replaces a conditional whose condition is constant with the branch taken.',
  enabled: true,
  requires: ['use-placeholder-defaults', 'remove-identity'],
  run(graph, { report }) {
    for (const node of [...graph.nodes]) {
      if (node.is('branch')) resolveIf(graph, node, report)
    }
    resolveSwitches(graph, report)
  },
})

/** The constant condition; undefined where it is none. */
function constantCondition(value: Value | undefined): boolean | undefined {
  const tensor = value?.tensor
  const [element] = (tensor?.dtype === 'bool' && tensor.shape.length === 0 && valuesOf(tensor)) || []
  return element === undefined ? undefined : element !== 0
}

function resolveSwitches(graph: Graph, report: ReportBuilder): void {
  const taken = new Map<Node, number>()
  for (const node of graph.nodes) {
    if (!node.is('switch')) continue
    const [condition] = (node.inputs[1]?.tensor && valuesOf(node.inputs[1].tensor)) ?? []
    if (condition !== undefined) taken.set(node, takenOutput(node, condition))
  }
  if (taken.size === 0) return
  const dead = new DeadNodes([...taken].flatMap(([node, index]) => switchOutputs(node).filter(o => o.index !== index)))
  const reason = whyNot(graph, dead)
  if (reason) {
    for (const node of taken.keys()) report.decline(node.name, reason)
    return
  }
  for (const node of [...graph.nodes]) if (node.is('merge') && !dead.has(node)) resolveMerge(graph, node, dead)
  for (const [node, index] of taken) {
    if (dead.has(node)) continue
    report.apply(node.name)
    standIn(graph, node.out(index), node.input(0))
  }
  graph.prune()
}

/** Why what is dead cannot go: a person asked for it, or for which input of a Merge was alive, which no other node gives. */
function whyNot(graph: Graph, dead: DeadNodes): string | undefined {
  const asked = graph.roots().find(node => dead.has(node))
  if (asked) return `output ${asked.name} is in the branch that is never taken`
  const index = graph.outputs.find(({ value: { node, index } }) => node.is('merge') && index === 1)
  return index && `${index.value} is an output`
}

/** A Merge of which one input is left is that input. */
function resolveMerge(graph: Graph, node: Node, dead: DeadNodes): void {
  const alive = node.inputs.flatMap((value, index) => (dead.isDead(value) ? [] : [{ value, index }]))
  const [only] = alive
  if (alive.length === node.inputs.length || !only) return
  if (alive.length === 1) {
    standIn(graph, node.out(1), graph.const(scalar('int32', only.index), `${node.name}/value_index`))
    standIn(graph, node.out(), only.value)
  } else if (node.out(1).uses.size === 0) {
    node.setInputs(alive.map(({ value }) => value))
    node.setAttr('N', { kind: 'int', value: alive.length })
  }
}

/** Readers, name and waiting nodes of `from` go to `to`; where both are public, to an Identity of it. */
function standIn(graph: Graph, from: Value, to: Value): void {
  const by = namedFor(graph, from, to)
  const controls = [...from.node.controls]
  graph.replace(from, by)
  if (from.index > 0 && !from.node.is('switch')) return
  for (const waiting of moveWaiting(graph, from.node, by.node)) {
    for (const control of controls) waiting.addControl(control)
  }
}

function resolveIf(graph: Graph, node: Node, report: ReportBuilder): void {
  const condition = constantCondition(node.inputs[0])
  if (condition === undefined) return
  const called = graph.functions.get(node.func(condition ? 'then_branch' : 'else_branch').name)
  const reason = inlineObstacle(graph, node, called)
  if (reason || !called) {
    report.decline(node.name, reason ?? `${node.name} calls a function that does not exist`)
    return
  }
  inline(graph, node, called)
  report.apply(node.name)
}

function inlineObstacle(graph: Graph, node: Node, called: GraphFunction | undefined): string | undefined {
  if (!called) return `${node.name} calls a function that does not exist`
  if (called.parameters?.length) return `the types of ${called.name} depend on its caller`
  if (called.body.controlOutputs.size > 0) return `${called.name} has side effects`
  return graph.isPublic(node) ? `${node.name} is an output` : undefined
}

/** Puts a copy of the body in the place of the call. */
function inline(graph: Graph, node: Node, { body }: GraphFunction): void {
  const twins = graph.absorb(body, name => `${node.name}/${name}`)
  const args = new Map(body.inputs.map((port, i) => [twins.get(port.value.node), node.inputs[i + 1]!]))
  for (const [twin, value] of args) {
    if (!twin) continue
    graph.replace(twin.out(), value)
    moveWaiting(graph, twin, value.node)
  }
  for (const twin of twins.values()) {
    if (args.has(twin) || twin.inputs.length > 0) continue
    for (const control of node.controls) twin.addControl(control)
  }
  for (const [index, port] of body.outputs.entries()) {
    const twin = twins.get(port.value.node)
    const value = twin && (args.get(twin) ?? twin.out(port.value.index))
    if (value) graph.replace(node.out(index), value)
  }
  for (const waiting of [...node.controlUses]) {
    waiting.removeControl(node)
    for (const control of node.controls) waiting.addControl(control)
  }
  graph.prune()
}
