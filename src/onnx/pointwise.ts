/**
 * A dense layer on an image: its pixels are made rows, multiplied, and made an image again.
 *
 *     [n, h, w, c] → [n·h·w, c] · [c, d] → [n·h·w, d] → [n, h, w, d]
 *
 * With the channels first this is a convolution with a kernel of one pixel.
 */
import type { Facts } from '../facts/facts.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The nodes of a dense layer on an image. */
export interface PointwiseProduct {
  readonly image: Value
  /** Makes rows of the image, multiplies them, and adds a constant where there is one; in running order. */
  readonly inside: readonly Node[]
  readonly product: Node
  readonly weights: Tensor
  readonly bias: Tensor | undefined
  /** Makes an image of the rows. */
  readonly last: Node
}

/** The dense layer that ends with this Reshape. */
export function pointwiseProduct(last: Node, facts: Facts): PointwiseProduct | undefined {
  if (last.op !== 'Reshape') return undefined
  const added = last.input(0).node
  const isAdded = added.op === 'BiasAdd' && constantOf(added.input(1)) !== undefined
  const product = isAdded ? added.input(0).node : added
  if (product.op !== 'MatMul' || product.bool('transpose_a')) return undefined
  const first = product.input(0).node
  const weights = constantOf(product.input(1))
  if (first.op !== 'Reshape' || !weights) return undefined
  const inside = [first, product, ...(isAdded ? [added] : [])]
  if (inside.some(node => node.out().uses.size !== 1)) return undefined
  const image = first.input(0)
  const columns = weights.shape[product.bool('transpose_b') ? 1 : 0]!
  if (!isImageOf(facts, image, last.out(), columns)) return undefined
  return { image, inside, product, weights, bias: isAdded ? constantOf(added.input(1)) : undefined, last }
}

/** The dense layer that begins with this Reshape, unless what is inside of it is also read from outside. */
export function pointwiseFrom(first: Node, facts: Facts, graph: Graph): PointwiseProduct | undefined {
  let node = first
  for (let step = 0; step < 3; step++) {
    const [reader, ...others] = node.out().uses.keys()
    if (!reader || others.length > 0 || graph.isOutput(node)) return undefined
    node = reader
    const found = pointwiseProduct(node, facts)
    if (found?.inside[0] === first) return found
  }
  return undefined
}

/** Whether both are images of the same pixels: all sizes but those of the batch and the channels are known. */
function isImageOf(facts: Facts, image: Value, result: Value, channels: number): boolean {
  const [before, after] = [facts.shape(image), facts.shape(result)]
  if (!before || !after || before.length < 3 || before.length !== after.length || before.at(-1) !== channels)
    return false
  const pixels = before.slice(1, -1)
  return pixels.every((size, i) => size !== null && size > 0 && size === after[i + 1]) && before[0] === after[0]
}

function constantOf(value: Value): Tensor | undefined {
  let at = value
  while (at.node.op === 'Identity') at = at.node.input(0)
  return at.tensor
}
