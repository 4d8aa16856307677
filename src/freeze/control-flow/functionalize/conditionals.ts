/**
 * Conditionals of TensorFlow 1 as If, the reverse of `lower-if.ts`:
 *
 *     s = Switch(x, p)   f(s:1)   g(s:0)   y = Merge(g, f)    →    y = If(p, x) { then: f, else: g }
 *
 * The Merges of one condition that need nothing of each other become one If. What is built in another way stays.
 * Source of how conditionals are built: tensorflow/python/ops/control_flow_ops.py, CondContext.
 */
import { standIn } from '../../../graph/edit.ts'
import { inOrder } from '../../../graph/flow.ts'
import { type Graph, knownType } from '../../../graph/graph.ts'
import type { Node, Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import { nameFor, neededNodes, outline } from './outline.ts'

/** A branch keeps no control edges: they said in which branch a node runs. */
const never = (): boolean => false

/** Writes the conditionals as functions, inner ones first. Returns the functions' names. */
export function conditionalsToFunctions(graph: Graph): string[] {
  const made: string[] = []
  const merges = inOrder(graph.nodes).filter(node => node.is('merge'))
  for (const [i, merge] of merges.entries()) {
    const first = graph.nodes.has(merge) ? conditionalOf(graph, merge) : undefined
    if (first) made.push(...raise(graph, joined(graph, first, merges.slice(i + 1))))
  }
  return made
}

/** The two inputs of a Merge: what it is where the condition is true, and where it is false. */
interface Conditional {
  readonly condition: Value
  readonly merge: Node
  readonly whereTrue: Value
  readonly whereFalse: Value
}

/** The conditional that a Merge ends; undefined where it is not one of two branches. */
function conditionalOf(graph: Graph, merge: Node): Conditional | undefined {
  const index = merge.outputs[1]
  const isIndexRead = index && (index.uses.size > 0 || graph.outputs.some(port => port.value === index))
  if (merge.inputs.length !== 2 || isIndexRead || merge.inputs.some(value => value.node.is('enter', 'nextIteration')))
    return undefined
  const [first, second] = merge.inputs.map(switchesBefore)
  if (!first || !second) return undefined
  const conditions = new Set([...first, ...second].map(conditionOf))
  for (const condition of conditions) {
    const sides = [first, second].map(values => sideOf(values.filter(value => conditionOf(value) === condition)))
    const side = sides[0] ?? (sides[1] === undefined ? undefined : 1 - sides[1])
    if (side === undefined || sides[1] === side || sides.includes(Number.NaN)) continue
    const [whereTrue, whereFalse] = side === 1 ? merge.inputs : [merge.inputs[1]!, merge.inputs[0]!]
    return { condition, merge, whereTrue: whereTrue!, whereFalse: whereFalse! }
  }
  return undefined
}

/** Whether a node hands its input on by one of two outputs. */
const isFork = ({ role }: Node): boolean => role?.kind === 'switch' && role.by === 'bool'

/** The output of their Switches that the values are; NaN where they are of both, undefined where there are none. */
function sideOf([first, ...others]: readonly Value[]): number | undefined {
  return others.some(value => value.index !== first!.index) ? Number.NaN : first?.index
}

/** The value by which a Switch chooses, behind Identities. */
function conditionOf({ node }: Value): Value {
  let value = node.input(1)
  while (value.node.op === 'Identity') value = value.node.input(0)
  return value
}

/**
 * The outputs of Switches that a value needs first, on its way back through inputs and control edges. Undefined where
 * a Merge comes before them: what it ends is to be a function first.
 */
function switchesBefore(value: Value): Value[] | undefined {
  const found = new Set<Value>()
  const seen = new Set<Node>()
  const todo = [value]
  for (let at = todo.pop(); at; at = todo.pop()) {
    if (at.node.is('merge')) return undefined
    if (isFork(at.node)) found.add(at)
    else if (!seen.has(at.node)) {
      seen.add(at.node)
      todo.push(...at.node.inputs, ...[...at.node.controls].map(before => before.out()))
    }
  }
  return [...found]
}

/** With the other Merges of the same condition that need none of these. */
function joined(graph: Graph, first: Conditional, merges: readonly Node[]): Conditional[] {
  const group = [first]
  for (const merge of merges) {
    const other = conditionalOf(graph, merge)
    if (other?.condition !== first.condition) continue
    const needs = inOrder([merge])
    if (group.every(({ merge: one }) => !needs.includes(one))) group.push(other)
  }
  return group
}

function raise(graph: Graph, group: readonly Conditional[]): string[] {
  const { condition, merge } = group[0]!
  const sides = [group.map(each => each.whereTrue), group.map(each => each.whereFalse)]
  const bounds = sides.map(results => boundsOf(results, condition))
  const args = [...new Set(bounds.flatMap(bound => [...bound.values()]))]
  const types = args.map(knownType)
  const Tout = sides[0]!.map(knownType)
  if (!isKnown(types) || !isKnown(Tout)) return []
  const name = nameFor(merge)
  const [then_branch, else_branch] = sides.map((results, i) =>
    outline(graph, {
      name: `${name}_${i === 0 ? 'then' : 'else'}`,
      types,
      stands: new Map([...bounds[i]!].map(([value, outside]) => [value, args.indexOf(outside)])),
      results,
      isOrdered: never,
    }),
  )
  const attrs = { Tcond: 'bool', Tin: types, Tout, then_branch: then_branch!, else_branch: else_branch! }
  const made = graph.add('If', [condition, ...args], attrs, name)
  for (const [i, each] of group.entries()) standIn(graph, each.merge.out(), made.out(i))
  graph.prune()
  return [then_branch!.name, else_branch!.name]
}

/**
 * Where a branch begins: the values that its function takes as arguments, each with what it is outside. Those are the
 * outputs of the condition's Switches, and what the branch reads although it runs always.
 */
function boundsOf(results: readonly Value[], condition: Value): Map<Value, Value> {
  const bounds = new Map<Value, Value>()
  const order = inOrder(results.map(value => value.node))
  const begins = (value: Value): boolean => isFork(value.node) && conditionOf(value) === condition
  const inside = new Set<Node>()
  for (const node of order) {
    const isHeld = node.inputs.some(value => begins(value) || inside.has(value.node))
    const isPinned = [...node.controls].some(before => inside.has(before) || begins(before.out()))
    if (!begins(node.out()) && (isHeld || isPinned)) inside.add(node)
  }
  const isOwn = ({ node }: Value): boolean =>
    inside.has(node) || (node.op === 'Const' && [...node.out().uses.keys()].every(reader => inside.has(reader)))
  for (const value of [...results, ...[...inside].flatMap(node => node.inputs)]) {
    if (begins(value)) bounds.set(value, value.node.input(0))
    else if (!isOwn(value)) bounds.set(value, value)
  }
  const needed = neededNodes({ stands: bounds, results, isOrdered: never })
  const isRead = (value: Value): boolean => results.includes(value) || [...value.uses.keys()].some(n => needed.has(n))
  return new Map([...bounds].filter(([value]) => isRead(value)))
}

const isKnown = (types: readonly (DType | undefined)[]): types is readonly DType[] =>
  types.every(type => type !== undefined)
