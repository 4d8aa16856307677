/** Rules: a pattern, and what stands in for what it finds. A rule never changes a graph; the engine does. */
import type { Facts } from '../facts/facts.ts'
import type { Attr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { match } from './match.ts'
import { depth, type Pattern, rootOps } from './pattern.ts'

/** The context in which a rule looks and builds. */
export interface RuleContext {
  /** `add` and `const` make the new nodes; nothing else of it may be changed by a rule. */
  readonly graph: Graph
  readonly facts: Facts
  /** A node like `node` with other inputs (and other attributes), which takes over its name once `node` is gone. */
  like(node: Node, inputs: readonly Value[], attrs?: Readonly<Record<string, Attr>>): Node
}

/** The replacement of the root: for its first output, or one for each output (undefined where nothing reads it). */
export type Replacement = Value | readonly (Value | undefined)[]

/** The parts of a rule; `C` are the captures of its pattern. */
export interface RuleParts<C> {
  readonly name: string
  readonly find: Pattern<C>
  /** Return false to ignore the match silently (not reported as a near miss). */
  readonly test?: (captures: C, context: RuleContext) => boolean
  /** A condition that the pattern cannot express. Returns why it fails, as a sentence without its full stop. */
  readonly unless?: (captures: C, context: RuleContext) => string | false | undefined
  /**
   * Builds what stands in for the root; the engine moves readers, names and control
   * edges. Or says, before it has built anything, why that cannot be done.
   */
  readonly replace: (captures: C, context: RuleContext) => Replacement | string
  /** Whether the replacement covers every output of the root, not the first alone. */
  readonly allOutputs?: boolean
}

/** A rule whose captures' types are checked and forgotten, so that rules of all kinds fit one table. */
export interface Rule {
  readonly name: string
  /** The ops that a root may have; `*` for any. */
  readonly ops: readonly string[]
  /** How far below its root the pattern looks. */
  readonly depth: number
  /** A replacement, the reason why a near miss is none, or undefined where the rule has nothing to say. */
  attempt(node: Node, context: RuleContext): Replacement | string | undefined
}

/**
 * Makes a rule of a typed pattern and the functions that receive its captures.
 *
 * @example
 * ```ts
 * import { Facts, parse } from 'tfreeze/graph'
 * import { any, as, op, rewrite, rule } from 'tfreeze/rewrite'
 *
 * // Relu(Relu6(x)) → Relu6(x): Relu6 gives nothing below zero.
 * const reluOfRelu6 = rule({
 *   name: 'relu-of-relu6',
 *   find: op('Relu', [as('inner', op('Relu6', [any('x')]))]),
 *   replace: ({ inner }) => inner.out(),
 * })
 *
 * const graph = parse('in x: float32[2]\na = Relu6(x)\ny = Relu(a)\nz = Neg(y)\nout z')
 * rewrite(graph, [reluOfRelu6], new Facts(graph))
 * console.log(String(graph.node('z')?.inputs[0])) // a
 * ```
 */
export function rule<C>({ name, find, test, unless, replace, allOutputs = false }: RuleParts<C>): Rule {
  return {
    name,
    ops: rootOps(find),
    depth: depth(find),
    attempt(node, context) {
      const found = match(find, node.out(), context.graph)
      if ('reason' in found) return found.steps > 0 ? found.reason : undefined
      if (test && !test(found.captures, context)) return undefined
      const reason = (!allOutputs && otherReader(node, context.graph)) || unless?.(found.captures, context)
      return reason || replace(found.captures, context)
    },
  }
}

/** Why the first output alone cannot be replaced. */
function otherReader(node: Node, graph: Graph): string | undefined {
  const other = node.outputs.find(
    value => value && value.index > 0 && (value.uses.size > 0 || graph.outputs.some(p => p.value === value)),
  )
  return other && `${other} is read as well`
}
