/**
 * Subgraphs that OpenCV's importer takes for one layer. It reads their nodes together, and some of them not alone.
 * Source: modules/dnn/src/tensorflow/tf_graph_simplifier.cpp.
 */
import type { Node, Value } from '../../graph/node.ts'

const readersOf = (node: Node): Node[] => [...node.out().uses.keys()]
const isRead = (node: Node, test: (reader: Node) => boolean): boolean =>
  readersOf(node).length > 0 && readersOf(node).every(test)

/** The operand of a binary node that is not `value`. */
const other = (node: Node, value: Value): Value => node.input(node.input(0) === value ? 1 : 0)
const inEitherOrder = (node: Node, test: (a: Value, b: Value) => boolean): boolean =>
  node.inputs.length === 2 && (test(node.input(0), node.input(1)) || test(node.input(1), node.input(0)))

const isScalar = ({ tensor }: Value): boolean => tensor?.shape.every(size => size === 1) === true

/** −x in relu(x) + c · relu(−x), as tf.keras.layers.PReLU writes it. */
function isInPRelu(negation: Node): boolean {
  const isSum = (product: Value) => (sum: Node) => {
    const positive = other(sum, product).node
    return ['Add', 'AddV2'].includes(sum.op) && positive.op === 'Relu' && positive.input(0) === negation.input(0)
  }
  const isProduct = (relu: Value) => (product: Node) =>
    product.op === 'Mul' && other(product, relu).tensor !== undefined && isRead(product, isSum(product.out()))
  return isRead(negation, relu => relu.op === 'Relu' && isRead(relu, isProduct(relu.out())))
}

/** rsqrt in x · rsqrt(max(sum(x²), ε)), as tf.math.l2_normalize writes it. */
function isInL2(rsqrt: Node): boolean {
  const maximum = rsqrt.input(0).node
  const sum = maximum.op === 'Maximum' ? maximum.input(0).node : undefined
  const square = sum?.op === 'Sum' && sum.input(1).tensor ? sum.input(0).node : undefined
  if (square?.op !== 'Square' || !isScalar(maximum.input(1))) return false
  return isRead(rsqrt, product => product.op === 'Mul' && other(product, rsqrt.out()) === square.input(0))
}

/** max(x, a · x), a leaky ReLU. */
const isLeaky = (maximum: Node): boolean =>
  inEitherOrder(maximum, (x, { node: product }) => product.op === 'Mul' && isScaled(product, x) && isSoleRead(product))
const isScaled = (product: Node, x: Value): boolean => inEitherOrder(product, (a, b) => isScalar(a) && b === x)
const isSoleRead = (node: Node): boolean => readersOf(node).length === 1

/** max(min(x, high), low), as tf.clip_by_value writes it. */
const isClip = (maximum: Node): boolean =>
  maximum.op === 'Maximum' && isScalar(maximum.input(1)) && isUpperBound(maximum.input(0).node)
const isUpperBound = (minimum: Node): boolean =>
  minimum.op === 'Minimum' && isScalar(minimum.input(1)) && !minimum.input(0).tensor && isSoleRead(minimum)

const isOfPRelu = (relu: Node): boolean => relu.input(0).node.op === 'Neg' && isInPRelu(relu.input(0).node)

/** The operand of a product that makes it the end of an l2_normalize, -1 for other nodes. */
export const l2Operand = (product: Node): number =>
  product.op === 'Mul' ? product.inputs.findIndex(({ node }) => node.op === 'Rsqrt' && isInL2(node)) : -1

const isBoundOfL2 = (maximum: Node): boolean =>
  maximum.op === 'Maximum' && isRead(maximum, reader => reader.op === 'Rsqrt' && isInL2(reader))

/** Whether OpenCV reads a node as a part of such a subgraph. */
export function isInSubgraph(node: Node): boolean {
  if (node.op === 'Neg') return isInPRelu(node)
  if (node.op === 'Rsqrt') return isInL2(node)
  if (node.op === 'Mul') return node.inputs.some(({ node: relu }) => relu.op === 'Relu' && isOfPRelu(relu))
  if (node.op === 'Minimum') return isUpperBound(node) && isRead(node, isClip)
  if (node.op === 'Sum') return isRead(node, isBoundOfL2)
  return node.op === 'Maximum' && (isClip(node) || isLeaky(node) || isBoundOfL2(node))
}
