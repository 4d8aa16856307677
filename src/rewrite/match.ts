/** Matches a pattern against a graph, and says why not where it does not. */

import type { Attr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import { anOp } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import type { AttrCondition, OpPattern, Pattern, PatternShape } from './pattern.ts'

/** Captures, or the reason why there are none and how much of the pattern was there. */
export type Match<C> =
  | { readonly captures: C }
  | {
      /** A sentence without its full stop. */
      readonly reason: string
      /** Nodes below the root that were what the pattern asks for: from one on it is a near miss. */
      readonly steps: number
    }

type Captures = Readonly<Record<string, unknown>>
/** A part of the pattern that is still to be matched, and whether its node counts as a step. */
interface Todo {
  readonly pattern: PatternShape
  readonly value: Value
  readonly next: Todo | undefined
  /** The inputs matched: the attributes are left. They come last, so that a wrong one is seen to be a near miss. */
  readonly attrsOnly?: boolean
}
type Outcome = { readonly captures: Captures } | { readonly reason: string; readonly steps: number }

/** Matches the pattern with `value` as its root. */
export function match<C>(pattern: Pattern<C>, value: Value, graph: Graph): Match<C> {
  const outcome = matchAll({ pattern, value, next: undefined }, {}, -1, graph)
  return outcome as Match<C> // the captures were bound by the pattern whose type says which they are
}

/** Matches the rest of a pattern, depth first; recursion is as deep as the pattern is long. */
function matchAll(todo: Todo | undefined, captures: Captures, steps: number, graph: Graph): Outcome {
  if (!todo) return { captures }
  const { pattern, value, next } = todo
  if (todo.attrsOnly) {
    const reason = pattern.kind === 'op' && attrObstacle(pattern, value.node)
    return reason ? { reason, steps } : matchAll(next, captures, steps, graph)
  }
  switch (pattern.kind) {
    case 'any':
      if (pattern.once && !isSole(value, graph)) return { reason: notSole(value, graph), steps }
      return matchAll(next, bind(captures, pattern.name, value), steps, graph)
    case 'constant': {
      const reason = constantObstacle(value, pattern.rank)
      if (reason) return { reason, steps }
      if (pattern.once && !isSole(value, graph)) return { reason: notSole(value, graph), steps: steps + 1 }
      return matchAll(next, bind(captures, pattern.name, value), steps + 1, graph)
    }
    case 'either':
      return matchEither(todo, pattern.alternatives, alternative => matchAll(alternative, captures, steps, graph))
    case 'op': {
      const { index, node } = value
      if (index !== pattern.output || !isOneOf(pattern.ops, node.op) || pattern.test?.(node) === false) {
        return { reason: `${value} is ${anOp(value.node)}, not ${listed(pattern.ops)}`, steps }
      }
      if (pattern.once && !isSole(value, graph)) return { reason: notSole(value, graph), steps: steps + 1 }
      const { inputs } = value.node
      if (pattern.inputs && pattern.inputs.length !== inputs.length) {
        return { reason: `${value} has ${inputs.length} inputs, not ${pattern.inputs.length}`, steps: steps + 1 }
      }
      let rest: Todo | undefined = { pattern, value, next, attrsOnly: true }
      for (let i = (pattern.inputs?.length ?? 0) - 1; i >= 0; i--) {
        rest = { pattern: pattern.inputs![i]!, value: inputs[i]!, next: rest }
      }
      return matchAll(rest, bind(captures, pattern.name, value.node), steps + 1, graph)
    }
  }
}

/** The first alternative that matches; else the one that came closest. */
function matchEither(
  { value, next }: Todo,
  alternatives: readonly PatternShape[],
  attempt: (todo: Todo) => Outcome,
): Outcome {
  let best: Outcome | undefined
  for (const pattern of alternatives) {
    const outcome = attempt({ value, next, pattern })
    if ('captures' in outcome) return outcome
    if (!best || ('steps' in best && outcome.steps > best.steps)) best = outcome
  }
  return best!
}

const bind = (captures: Captures, name: string | undefined, what: Node | Value): Captures =>
  name === undefined ? captures : { ...captures, [name]: what }

const isOneOf = (ops: readonly string[], op: string): boolean => ops.includes(op) || ops[0] === '*'

function constantObstacle(value: Value, rank: number | undefined): string | undefined {
  const { tensor } = value
  if (!tensor) return `${value} is ${anOp(value.node)}, not a constant`
  if (rank !== undefined && tensor.shape.length !== rank) {
    return `${value} has rank ${tensor.shape.length}, not ${rank}`
  }
  return undefined
}

function attrObstacle(pattern: OpPattern, node: Node): string | undefined {
  for (const [name, condition] of Object.entries(pattern.attrs)) {
    const found = node.attr(name)
    if (!meets(found, condition))
      return `${name} of ${node.name} is ${attrText(found)}, not ${conditionText(condition)}`
  }
  return undefined
}

function meets(attr: Attr | undefined, condition: AttrCondition): boolean {
  if (!attr || attr.kind === 'nothing' || attr.kind === 'list') return false
  const { value } = attr
  const found = value instanceof Uint8Array ? new TextDecoder().decode(value) : value
  return typeof condition === 'object' ? condition.some(c => c === found) : condition === found
}

const attrText = (attr: Attr | undefined): string =>
  attr && 'value' in attr && typeof attr.value !== 'object' ? String(attr.value) : (attr?.kind ?? 'absent')
const conditionText = (condition: AttrCondition): string =>
  typeof condition === 'object' ? condition.join(' or ') : String(condition)

/** Whether the value has one reader only, and no user knows it. */
export function isSole(value: Value, graph: Graph): boolean {
  const [count] = value.uses.values()
  return value.uses.size === 1 && count === 1 && !graph.isOutput(value.node)
}

/** Why `isSole` is false of this value. */
export function notSole(value: Value, graph: Graph): string {
  if (graph.isOutput(value.node)) return `${value} is an output`
  const uses = [...value.uses.values()].reduce((sum, n) => sum + n, 0)
  return uses === 0 ? `nothing reads ${value}` : `${value} has ${uses} readers`
}

const listed = (ops: readonly string[]): string => ops.join(' or ')
