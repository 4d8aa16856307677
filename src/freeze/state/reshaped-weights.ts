/**
 * Weights that are read in another shape only. Keras 3 stores vectors and gives
 * them the rank that broadcasts, and sometimes takes it away again; OpenCV knows
 * a batch norm or a bias only where constants stand in it. The same bytes under
 * another shape cost nothing:
 *
 *     w = Const [C]   r = Reshape(w, [1, 1, 1, C])   →   w = Const [1, 1, 1, C]
 */
import { bypass, takePlace } from '../../graph/edit.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { decode } from '../../tensor/codec.ts'
import { reshape } from '../../tensor/make.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'

/** Gives weights the shape in which their one reader takes them. Call where no branch or loop is in the graph. */
export function reshapeWeights(graph: Graph): void {
  for (const node of inOrder(graph.nodes)) {
    const [weights] = node.inputs
    const shape = weights?.tensor && weights.uses.size === 1 && shapeAfter(node, weights.tensor)
    if (!shape || node.controls.size > 0 || graph.isPublic(node) || graph.isPublic(weights.node)) continue
    const reshaped = graph.const(reshape(weights.tensor, shape), weights.node.name)
    takePlace(graph, weights.node, [reshaped])
    bypass(graph, node, reshaped)
  }
}

/** The shape that a node gives to its first input; undefined where it does something else, or that is not known. */
function shapeAfter(node: Node, weights: Tensor): number[] | undefined {
  if (node.op === 'Squeeze') return squeezed(weights.shape, node.ints('squeeze_dims'))
  const sizes = node.op === 'Reshape' ? node.inputs[1]?.tensor : undefined
  return sizes && reshaped(weights, sizes)
}

function squeezed(shape: readonly number[], axes: readonly number[]): number[] | undefined {
  const dropped = axes.map(axis => (axis < 0 ? axis + shape.length : axis))
  if (dropped.some(axis => shape[axis] !== 1)) return undefined
  return shape.filter((d, axis) => (axes.length === 0 ? d !== 1 : !dropped.includes(axis)))
}

/** The sizes that a Reshape asks for, with -1 filled in. */
function reshaped(weights: Tensor, sizes: Tensor): number[] | undefined {
  if (sizes.recipe.kind !== 'memory' || sizes.shape.length !== 1) return undefined
  const asked = Array.from(decode(sizes.dtype, sizes.recipe.bytes))
  const known = asked.filter(d => d >= 0).reduce((n, d) => n * d, 1)
  const count = elementCount(weights.shape)
  const shape = asked.map(d => (d < 0 && known > 0 ? count / known : d))
  return elementCount(shape) === count && shape.every(d => Number.isInteger(d) && d >= 0) ? shape : undefined
}
