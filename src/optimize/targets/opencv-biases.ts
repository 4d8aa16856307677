/** Rewrites of what OpenCV's importer takes for a bias: it adds biases to products, to all readers of a product, and to rows or images. */
import type { PartialShape } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { any, as, constant, op } from '../../rewrite/pattern.ts'
import { type Rule, type RuleContext, rule } from '../../rewrite/rule.ts'
import { add, splat } from '../../tensor/make.ts'
import { isAddedForAll } from './opencv-reads.ts'
import { isInSubgraph } from './opencv-subgraphs.ts'

/** The ops that OpenCV reads with a constant added to them: a product of matrices, or with a constant of several numbers. */
const isProduct = ({ node }: Value): boolean =>
  node.op === 'MatMul' ||
  (node.op === 'Mul' && !isInSubgraph(node) && node.inputs.some(({ tensor }) => tensor?.shape.some(size => size > 1)))

/** x·U + y → x·U + 0 + y: OpenCV takes what is added to a product for its bias, and wants a constant. Recurrent layers. */
const biasOfProduct: Rule = rule({
  name: 'bias-between-product-and-sum',
  find: as('sum', op(['Add', 'AddV2'], [any('x'), any('y')])),
  test: ({ x, y }) => !x.tensor && !y.tensor && (isProduct(x) || isProduct(y)),
  replace({ sum, x, y }, context) {
    const biased = [x, y].map(value => (isProduct(value) ? withZeroBias(value, context) : value))
    if (!biased[0] || !biased[1]) return `the columns of the products that ${sum.name} adds are not known`
    return context.like(sum, [biased[0], biased[1]]).out()
  },
})

/** x·U + b, where others read x·U too → x·U + 0 + b: OpenCV would add b for all of them. */
const biasOfSharedProduct: Rule = rule({
  name: 'bias-after-shared-product',
  find: as('sum', op('BiasAdd', [any('x'), constant('bias')])),
  test: ({ sum }) => isAddedForAll(sum),
  replace({ sum, x, bias }, { graph, like }) {
    const zeros = graph.const(splat(x.dtype!, bias.tensor.shape, 0), `${x.node.name}/zeros`)
    const attrs = Object.fromEntries(sum.attrs)
    const biased = graph.add('BiasAdd', [x, zeros], attrs, `${x.node.name}/biased`).out()
    return like(sum, [biased, bias]).out()
  },
})

/** x·U + 0; undefined where the number of columns is not known. */
function withZeroBias(product: Value, { graph, facts }: RuleContext): Value | undefined {
  const columns = facts.shape(product)?.at(-1)
  if (!columns || !product.dtype) return undefined
  const zeros = graph.const(splat(product.dtype, [columns], 0), `${product.node.name}/zeros`)
  return graph.add('BiasAdd', [product, zeros], {}, `${product.node.name}/biased`).out()
}

/** x + b, b a row and x several rows → x + B, where B is as large as x: OpenCV adds a row to one row only. */
const rowOfMany: Rule = rule({
  name: 'row-for-each-row',
  find: as('node', op(['BiasAdd', 'Add', 'AddV2', 'Mul'], [any('a'), any('b')])),
  test: ({ node, a }, { facts }) =>
    rowSlot(node) >= 0 && !isProduct(a) && hasRows(facts.shape(node.input(1 - rowSlot(node)))),
  replace({ node }, { graph, facts }) {
    const slot = rowSlot(node)
    const x = node.input(1 - slot)
    const sizes = facts.dims(x)
    if (!sizes) return `the sizes of ${x} are not known`
    const rows = graph.const(add(splat('float32', sizes, 0), node.input(slot).tensor!), `${node.name}/rows`)
    return graph.add(node.op === 'Mul' ? 'Mul' : 'AddV2', [x, rows], {}, node.name).out()
  },
})

const hasRows = (shape: PartialShape): boolean => shape?.length === 3 || (shape?.length === 2 && (shape[0] ?? 0) > 1)

/** The operand that is a constant row, -1 where none is. */
const rowSlot = (node: Node): number =>
  node.inputs.findIndex(
    ({ tensor, dtype }) => dtype === 'float32' && tensor?.shape.length === 1 && tensor.shape[0]! > 1,
  )

export const BIAS_RULES: readonly Rule[] = [biasOfProduct, biasOfSharedProduct, rowOfMany]
