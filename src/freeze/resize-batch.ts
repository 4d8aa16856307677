/**
 * Another batch for an input whose batch is baked into the graph: 4 becomes any. What follows from it follows: shapes are
 * inferred anew, and a constant shape that a Reshape takes is written for the new batch.
 *
 *     in x: float32[4,6,6,8]                      in x: float32[?,6,6,8]
 *     y = Reshape(x, [4, 288])               →    y = Reshape(x, [-1, 288])
 *
 * Whether everything follows is tried: with batches that nothing in a graph is, each shape that was known must be still.
 */
import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { valuesOf, vector } from '../tensor/make.ts'

type Sizes = readonly (number | null)[]

/** Batches that are tried for an open one, and sizes that stand for what else is open: primes that no layer has. */
const TRIALS = [1009, 2003]
const OPEN = 3001

/** Writes the graph for another batch of an input. Throws `invalid-graph` and names the node that cannot follow. */
export function resizeBatch(graph: Graph, input: Value, before: Sizes, after: Sizes): void {
  const factsWith = (batch: number | null): Facts =>
    new Facts(graph, new Map([[input, [batch, ...before.slice(1).map(d => d ?? OPEN)]]]))
  const batches = after[0] === null ? TRIALS : [after[0]!]
  const old = factsWith(before[0]!)
  const order = inOrder(graph.roots())
  for (const node of order) if (node.op === 'Reshape') resizeReshape(graph, node, old, factsWith(batches[0]!))
  for (const batch of batches) {
    const facts = factsWith(batch)
    const stuck = order.find(node =>
      node.outputs.some(o => o && old.shape(o) !== null && !isKnown(facts.shape(o), old.shape(o))),
    )
    if (stuck) throw cannotFollow(stuck, before, after)
  }
}

/** Whether as much is known of a shape as before. */
const isKnown = (now: PartialShape, before: PartialShape): boolean =>
  now !== null && now.length === before!.length && now.every((size, i) => size !== null || before![i] === null)

const cannotFollow = (node: Node, before: Sizes, after: Sizes): FreezeError =>
  new FreezeError(
    'invalid-graph',
    `this ${node.op} needs a batch of ${before[0]}, and not of ${after[0] ?? 'any size'}`,
    {
      node: node.name,
      hint: 'Keep the batch, or freeze the original model again with another.',
    },
  )

/** Gives a Reshape to constant sizes those that the new batch makes: the first size follows it, all others stay. */
function resizeReshape(graph: Graph, node: Node, old: Facts, trial: Facts): void {
  const [data, sizes] = node.inputs
  const wanted = sizes?.tensor && valuesOf(sizes.tensor)
  const [was, is, result] = [old.shape(data!), trial.shape(data!), old.shape(node.out())]
  const isBatched = was?.[0] !== undefined && was[0] !== is?.[0]
  if (!wanted || !isBatched || !result?.every(size => size !== null)) return
  if (wanted[0] === -1 || result[0] === undefined || result[0] % was[0]! !== 0) return
  const dtype = sizes!.tensor!.dtype
  node.setInput(1, graph.const(vector(dtype, [-1, ...(result as readonly number[]).slice(1)]), sizes!.node.name))
}
