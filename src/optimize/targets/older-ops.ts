/** Rewrites of newer spellings to older ones that compute the same. */
import { type Attr, shapeText } from '../../graph/attr.ts'
import type { Node } from '../../graph/node.ts'
import { any, as, op, where } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'

/** The attributes of a node, without some. */
const without = (node: Node, ...names: readonly string[]): Record<string, Attr> =>
  Object.fromEntries([...node.attrs].filter(([name]) => !names.includes(name)))

/** AddV2 → Add, which takes more types. */
export const addV2: Rule = rule({
  name: 'older-add',
  find: as('node', op('AddV2', [any('x'), any('y')])),
  replace: ({ node, x, y }, { graph }) => graph.add('Add', [x, y], without(node), node.name).out(),
})

/** FusedBatchNormV3 and V2 → FusedBatchNorm, of float32, in inference. */
export const fusedBatchNorm: Rule = rule({
  name: 'older-batch-norm',
  find: as('node', op(['FusedBatchNormV2', 'FusedBatchNormV3'], undefined, { is_training: false })),
  unless: ({ node }) =>
    node.type('T') !== 'float32' && `${node.name} is ${node.type('T')}, but FusedBatchNorm takes float32 only`,
  replace: ({ node }, { graph }) => graph.add('FusedBatchNorm', node.inputs, without(node, 'U'), node.name).out(),
})

/** BatchMatMulV2 → BatchMatMul, which does not stretch: where all dimensions but the last two are the same. */
export const batchMatMul: Rule = rule({
  name: 'older-batch-matmul',
  find: as('node', op('BatchMatMulV2', [any('x'), any('y')])),
  unless({ x, y }, { facts }) {
    const [a, b] = [facts.shape(x)?.slice(0, -2), facts.shape(y)?.slice(0, -2)]
    if (!a || !b) return `the shapes of ${x} and ${y} are not known`
    const same = a.length === b.length && a.every((d, i) => d === b[i] && (d !== null || x === y))
    return !same && `the batches ${shapeText(a)} and ${shapeText(b)} may differ`
  },
  replace: ({ node, x, y }, { graph }) =>
    graph.add('BatchMatMul', [x, y], without(node, 'grad_x', 'grad_y'), node.name).out(),
})

/** BatchMatMulV3 of one type → BatchMatMulV2. */
export const batchMatMulV3: Rule = rule({
  name: 'older-batch-matmul',
  find: where(
    node => node.type('Ta') === node.type('Tb') && node.type('Ta') === node.type('Tout'),
    as('node', op('BatchMatMulV3', [any('x'), any('y')])),
  ),
  replace: ({ node, x, y }, { graph }) =>
    graph.add('BatchMatMulV2', [x, y], without(node, 'Ta', 'Tb', 'Tout', 'grad_x', 'grad_y'), node.name).out(),
})
