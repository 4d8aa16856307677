/** Conditions that several passes share: of shapes that are known in part, and of what constants cost. */
import type { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { isSole } from '../rewrite/match.ts'
import { byteLength, elementCount, type Shape, type Tensor } from '../tensor/tensor.ts'

/** Whether `x` combined with a constant of this shape has the shape of `x`: the constant stretches, and `x` does not. */
export function keepsShape(x: PartialShape, constant: Shape): boolean {
  if (constant.length === 0) return true
  if (x === null || constant.length > x.length) return false
  return constant.every((size, i) => size === 1 || x[x.length - constant.length + i] === size)
}

/**
 * Whether a value that holds the elements of `from` in the same order has its
 * shape too: at most one dimension is not known, and the count of elements settles that.
 */
export function isSameView(from: PartialShape, to: PartialShape): boolean {
  if (from === null || to === null || from.length !== to.length) return false
  const known = from.filter((d): d is number => d !== null)
  if (from.length - known.length > 1 || !from.every((d, i) => d === to[i])) return false
  return known.length === from.length || elementCount(known) > 0
}

/** Whether all elements of a constant are at hand and equal this number. */
export function isAll(value: Value, number: number, facts: Facts): boolean {
  const { elements } = facts.of(value)
  return (
    value.tensor !== undefined && elements !== undefined && elements.length > 0 && elements.every(e => e === number)
  )
}

/** Bytes that a model may grow by for the sake of fewer operations, each time: less than a node costs. */
const SMALL_BYTES = 1024

/** Whether a new constant is no larger than those that go when their one reader does, small change aside. */
export function isNoLarger(result: Tensor, replaced: readonly Value[], graph: Graph, growth = SMALL_BYTES): boolean {
  const freed = replaced.filter(v => v.tensor && isSole(v, graph)).reduce((sum, v) => sum + byteLength(v.tensor!), 0)
  return byteLength(result) <= freed + growth
}

/** Whether a node only forwards a constant whose name is public: it gives the constant its second name, and stays. */
export function isSecondName(graph: Graph, node: Node): boolean {
  const [from] = node.inputs
  return node.is('forwards') && from?.node.op === 'Const' && graph.isPublic(from.node)
}
