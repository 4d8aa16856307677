/**
 * A loop whose number of turns is known becomes its turns, one after the other:
 *
 *     i, y = While(0, x) {i < 2; i + 1, f(y)}     →     y0 = f(x), y1 = f(y0)
 *
 * Known values of the loop variables are followed from turn to turn, through the condition and the body, until the
 * condition is false.
 */

import type { Fact } from '../../facts/fact.ts'
import { Facts } from '../../facts/facts.ts'
import type { FuncRef, PartialShape } from '../../graph/attr.ts'
import { functionNamed } from '../../graph/calls.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import type { Expander, Site } from './site.ts'

/** Turns that are written out at most: a graph of this many copies is larger than any consumer wants. */
const MAX_TURNS = 2048

/** Writes out the turns of a loop, or says why it stays a loop. `shapes` are those that inputs will have. */
export function unrollWhile(
  expansion: Expander,
  site: Site,
  shapes: ReadonlyMap<Value, PartialShape>,
): string | undefined {
  const { node, call } = site
  const { graph } = expansion
  const [condition, body] = [call.body('cond')!, call.body('body')!]
  const effect = [condition, body].map(ref => effectIn(graph, ref, node)).find(found => found !== undefined)
  if (effect) return `${effect.op} in it must run in order`
  const turns = countTurns(graph, { node, condition, body }, shapes)
  if (turns === undefined) return 'its number of turns is not known'
  let args: readonly Value[] = node.inputs
  for (let turn = 0; turn < turns; turn++)
    args = expansion.copy(site, { ref: body, args, scope: site.scope, prefix: `${node.name}/${turn}` }).results
  expansion.order(site, { results: args.filter((value, i) => value !== node.inputs[i]) })
  expansion.finish(site, args)
  return undefined
}

interface Loop {
  readonly node: Node
  readonly condition: FuncRef
  readonly body: FuncRef
}

/** How often the body runs; undefined where that depends on what is fed, or is too often. */
function countTurns(
  graph: Graph,
  { node, condition, body }: Loop,
  shapes: ReadonlyMap<Value, PartialShape>,
): number | undefined {
  const outside = new Facts(graph, shapes)
  let args = node.inputs.map(value => outside.of(value))
  for (let turns = 0; turns <= MAX_TURNS; turns++) {
    const goesOn = resultsOf(graph, condition, node, args)[0]?.elements?.[0]
    if (goesOn === undefined || goesOn === null) return undefined
    if (!goesOn) return turns
    args = resultsOf(graph, body, node, args)
  }
  return undefined
}

/** The known results of a function for arguments that are known in part. */
function resultsOf(graph: Graph, ref: FuncRef, caller: Node, args: readonly Fact[]): Fact[] {
  const { body } = functionNamed(graph, ref.name, caller)
  const facts = new Facts(body, new Map(), { args, depth: 0, results: new Map() })
  return body.outputs.map(({ value }) => facts.of(value))
}

/** A node in a function, or in one that it calls, whose order among the turns matters. */
function effectIn(graph: Graph, ref: FuncRef, caller: Node): Node | undefined {
  const { body } = functionNamed(graph, ref.name, caller)
  const bodies = [body, ...[...body.reachedFunctions()].flatMap(name => graph.functions.get(name)?.body ?? [])]
  return bodies.flatMap(each => [...each.nodes]).find(inner => inner.is('writes', 'fills', 'checkpoint'))
}
