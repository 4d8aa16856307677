/** Arithmetic in the operators that TF.js has. */
import { any, as, op, where } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { vector } from '../../tensor/make.ts'
import { isInteger } from '../../tensorflow/dtype.ts'
import { Builder } from './build.ts'

/** softsign(x) = x / (1 + |x|). */
const softsign = rule({
  name: 'tfjs-softsign',
  find: as('node', op('Softsign', [any('x')])),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    const below = b.op('AddV2', [b.op('Abs', [x]), b.number(node.type('T'), 1)])
    return b.op('RealDiv', [x, below])
  },
})

/** erfc(x) = 1 − erf(x), as exact Gelu layers compute it. */
const erfc = rule({
  name: 'tfjs-erfc',
  find: as('node', op('Erfc', [any('x')])),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    return b.op('Sub', [b.number(node.type('T'), 1), b.op('Erf', [x])])
  },
})

/** L2Loss(x) = Σ x² / 2. */
const l2Loss = rule({
  name: 'tfjs-l2-loss',
  find: as('node', op('L2Loss', [any('x')])),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    const flat = b.op('Reshape', [x, b.ints([-1])])
    const sum = b.op('Sum', [b.op('Square', [flat]), b.ints([0])])
    return b.op('Mul', [sum, b.number(node.type('T'), 0.5)])
  },
})

/** The loss −Σ labels · log softmax(x) a row, and its derivative softmax(x) − labels. */
const crossEntropy = rule({
  name: 'tfjs-cross-entropy',
  find: as('node', op('SoftmaxCrossEntropyWithLogits', [any('x'), any('labels')])),
  allOutputs: true,
  unless: ({ x, labels }, { facts }) =>
    facts.shape(x)?.join() !== facts.shape(labels)?.join() && 'logits and labels may have different shapes',
  replace({ node, x, labels }, { graph }) {
    const b = new Builder(graph, node)
    const products = b.op('Mul', [labels, b.op('LogSoftmax', [x])])
    const loss = b.op('Neg', [b.op('Sum', [products, b.ints([1])])])
    return [loss, b.op('Sub', [b.op('Softmax', [x]), labels])]
  },
})

/** Rint and Round both round halves to even. */
const rint = rule({
  name: 'tfjs-rint',
  find: as('node', op('Rint', [any('x')])),
  replace: ({ node, x }, { graph }) => new Builder(graph, node).op('Round', [x]),
})

/** ¬x = −1 − x, of integers that TF.js has. */
const invert = rule({
  name: 'tfjs-invert',
  find: where(node => ['int32', 'int64'].includes(node.type('T')), as('node', op('Invert', [any('x')]))),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    return b.op('Sub', [b.number(node.type('T'), -1), x])
  },
})

/** Copies, and bits taken for the type that they are. */
const copies = rule({
  name: 'tfjs-copy',
  find: as('node', op(['DeepCopy', 'Bitcast', 'CheckNumerics', 'CheckNumericsV2', 'PreventGradient'], [any('x')])),
  test: ({ node }) => node.op !== 'Bitcast' || node.type('T') === node.type('type'),
  replace: ({ node, x }, { graph }) => new Builder(graph, node).op('Identity', [x]),
})

/** AccumulateNV2 → AddN. */
const accumulate = rule({
  name: 'tfjs-accumulate',
  find: as('node', op('AccumulateNV2')),
  replace: ({ node }, { graph }) => new Builder(graph, node).op('AddN', node.inputs),
})

/** Division of integers towards zero: sign(x) · sign(y) · ⌊|x| / |y|⌋. TF.js rounds down. */
const division = rule({
  name: 'tfjs-division',
  find: where(
    node => node.op === 'TruncateDiv' || isInteger(node.type('T')),
    as('node', op(['Div', 'TruncateDiv'], [any('x'), any('y')])),
  ),
  replace({ node, x, y }, { graph }) {
    const b = new Builder(graph, node)
    const sign = b.op('Mul', [b.op('Sign', [x]), b.op('Sign', [y])])
    return b.op('Mul', [sign, b.op('FloorDiv', [b.op('Abs', [x]), b.op('Abs', [y])])])
  },
})

/** The remainder of such a division has the sign of x: sign(x) · (|x| mod |y|). */
const remainder = rule({
  name: 'tfjs-remainder',
  find: as('node', op(['Mod', 'TruncateMod'], [any('x'), any('y')])),
  replace({ node, x, y }, { graph }) {
    const b = new Builder(graph, node)
    const absolute = b.op('FloorMod', [b.op('Abs', [x]), b.op('Abs', [y])])
    return b.op('Mul', [b.op('Sign', [x]), absolute])
  },
})

/** The number of boundaries that x is not below. */
const bucketize = rule({
  name: 'tfjs-bucketize',
  find: as('node', op('Bucketize', [any('x')])),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    const values = b.cast(x, 'float32')
    const column = b.op('ExpandDims', [values, b.number('int32', -1)])
    const boundaries = b.constant(vector('float32', node.floats('boundaries')))
    const isAbove = b.op('LogicalNot', [b.op('Less', [column, boundaries])])
    return b.op('Sum', [b.cast(isAbove, 'int32'), b.ints([-1])])
  },
})

export const ARITHMETIC: readonly Rule[] = [
  softsign,
  erfc,
  l2Loss,
  crossEntropy,
  rint,
  invert,
  copies,
  accumulate,
  division,
  remainder,
  bucketize,
]
