/**
 * Another size for an input whose size is baked into the graph: a batch of 4 becomes any. What follows from the size
 * follows: shapes are inferred anew, and a constant shape that a Reshape takes is written for the new size.
 *
 *     in x: float32[4,6,6,8]                      in x: float32[?,6,6,8]
 *     y = Reshape(x, [4, 288])               →    y = Reshape(x, [-1, 288])
 *
 * Whether everything follows is tried: with sizes that nothing in a graph is, each shape that was known must be still.
 */
import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { valuesOf, vector } from '../tensor/make.ts'

/** Sizes that stand for an open one while it is tried: primes that no layer has. */
const TRIALS = [1009, 2003]

/** Writes the graph for another shape of an input. Throws `invalid-graph` and names the node that cannot follow. */
export function resizeInput(graph: Graph, input: Value, before: PartialShape, after: PartialShape): void {
  if (!before || !after || before.length !== after.length) throw cannotFollow(input.node, before, after)
  const old = new Facts(graph, new Map([[input, before]]))
  const trials = TRIALS.map(size => after.map(d => d ?? size))
  const order = inOrder(graph.roots())
  for (const node of order)
    if (node.op === 'Reshape') resizeReshape(graph, node, old, new Facts(graph, new Map([[input, trials[0]!]])))
  for (const trial of trials) {
    const facts = new Facts(graph, new Map([[input, trial]]))
    const stuck = order.find(node => node.outputs.some(o => o && old.shape(o) !== null && facts.shape(o) === null))
    if (stuck) throw cannotFollow(stuck, before, after)
  }
}

const cannotFollow = (node: Node, before: PartialShape, after: PartialShape): FreezeError =>
  new FreezeError(
    'invalid-graph',
    `this ${node.op} needs the size [${show(before)}] of the input, and not [${show(after)}]`,
    {
      node: node.name,
      hint: 'Keep the size, or freeze the original model again with another.',
    },
  )

const show = (shape: PartialShape): string => (shape ?? []).map(d => d ?? '?').join(',')

/** Gives a Reshape to constant sizes the ones that the new input makes, where exactly one of them follows from it. */
function resizeReshape(graph: Graph, node: Node, old: Facts, trial: Facts): void {
  const [data, sizes] = node.inputs
  const wanted = sizes?.tensor && valuesOf(sizes.tensor)
  const was = data && known(old.shape(data))
  const is = data && known(trial.shape(data))
  const result = known(old.shape(node.out()))
  if (!wanted || !was || !is || !result || product(was) === product(is)) return
  const growth = product(is) / product(was)
  const axis = result.findIndex((size, i) => was[i] === size && is[i] !== was[i])
  const at = axis >= 0 ? axis : result.findIndex(size => Number.isInteger(size * growth))
  if (at < 0) return
  const dtype = sizes.tensor!.dtype
  node.setInput(
    1,
    graph.const(
      vector(
        dtype,
        result.map((size, i) => (i === at ? -1 : size)),
      ),
      sizes.node.name,
    ),
  )
}

const known = (shape: PartialShape): readonly number[] | undefined =>
  shape?.every(size => size !== null) ? (shape as readonly number[]) : undefined
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
