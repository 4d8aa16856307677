/** Types and shapes of what runs along the edges of a picture, inside functions too. */
import type { Fact } from '../facts/fact.ts'
import { Facts } from '../facts/facts.ts'
import { type PartialShape, shapeText } from '../graph/attr.ts'
import type { Node } from '../graph/node.ts'
import type { Instance } from './box.ts'

/** Facts of an instance's graph; a body's arguments are what its call is given. */
export function factsOf(instance: Instance, known: Map<Instance, Facts>): Facts {
  const chain: Instance[] = []
  for (let at: Instance | undefined = instance; at && !known.has(at); at = at.caller?.instance) chain.push(at)
  for (const at of chain.reverse()) {
    const outer = at.caller && known.get(at.caller.instance)
    const args = outer && at.caller ? argumentFacts(at.caller.node, outer) : []
    known.set(at, new Facts(at.graph, new Map(), { args, depth: 0, results: new Map() }))
  }
  return known.get(instance)!
}

/** The known arguments of the functions that a node runs. */
function argumentFacts(node: Node, facts: Facts): readonly Fact[] {
  const inputs = node.inputs.map(value => facts.of(value))
  // Facts about a loop's results hold for its variables in every round.
  if (node.is('loop')) return inputs.map((_, i) => facts.of(node.out(i)))
  return node.is('branch') ? inputs.slice(1) : inputs
}

/** `float32[?,224,224,3]`. */
export const typed = (dtype: string, shape: PartialShape): string =>
  dtype === 'resource' || dtype === 'variant' ? dtype : `${dtype}${shape === null ? '[…]' : shapeText(shape)}`
