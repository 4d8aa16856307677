/** Shapes of ops that fold axes, rank values along them, or gather by segment. */
import type { PartialShape } from '../../graph/attr.ts'
import { BINARY, type Binary, reduceElements } from '../elements.ts'
import type { Element, Fact } from '../fact.ts'
import { allNumbersOf, axisIn, dimOf, forEach, numberOf, type Rule, type Rules, scalar, withRank } from '../rule.ts'
import { beforeLast, type Dim, mergeShapes, ofRank } from '../shape.ts'

interface Fold {
  /** The start value; the first element where absent. */
  readonly initial?: Element
  readonly op: Binary
}

/** Folds the axes of the second input; `fold` also computes small values. */
const reduce =
  (fold?: Fold): Rule =>
  (node, [x, axes]) => {
    const keep = node.bool('keep_dims')
    if (x.shape === null) return []
    const rank = x.shape.length
    const folded = allNumbersOf(axes)?.map(axis => axisIn(axis, rank))
    if (!folded) return [shapeLeft(rank, keep, axes)]
    const shape = x.shape.map((d, i) => (folded.includes(i) ? 1 : d)).filter((_, i) => keep || !folded.includes(i))
    const elements = fold && reduceElements(x, folded, fold.op, fold.initial)
    return [{ shape, ...(elements && { elements }) }]
  }

/** What is left of the rank where the axes are computed: each is another. */
function shapeLeft(rank: number, keep: boolean, axes: Fact): PartialShape {
  if (keep) return ofRank(rank)
  if (axes.shape === null) return null
  const count = axes.shape.length === 0 ? 1 : axes.shape[0]!
  return count === null || count > rank ? null : ofRank(rank - count)
}

/** Sums and products of integers only: that of floats depends on the order. */
const add: Binary = { integer: (a, b) => a + b }
const multiply: Binary = { integer: (a, b) => a * b }
const and: Binary = { integer: (a, b) => a !== 0n && b !== 0n }
const or: Binary = { integer: (a, b) => a !== 0n || b !== 0n }

const argExtreme: Rule = (_, [x, dimension]) => {
  if (x.shape === null) return []
  const { length: rank } = x.shape
  if (rank <= 1) return [[]]
  const axis = numberOf(dimension)
  if (axis === null) return [ofRank(rank - 1)]
  return [x.shape.filter((_d, i) => i !== axisIn(axis, rank))]
}

const topK: Rule = (node, [x, k]) => {
  if (x.shape === null) return []
  const shape = [...x.shape.slice(0, -1), node.op === 'TopK' ? node.int('k') : dimOf(k)]
  return [shape, shape]
}

/** Whether each row's target is among the best: a bool for each row. */
const inTopK: Rule = (_, [predictions, targets]) => [mergeShapes([withRank(predictions, 2)[0]!], withRank(targets, 1))]

const nthElement: Rule = (_, [x]) => [beforeLast(x.shape)]

/** One row for each segment, of which there are as many as the last id says. */
const segment: Rule = (_, [data, ids]) => {
  const last = ids.elements?.at(-1)
  const count = typeof last === 'number' ? last + 1 : null
  return [data.shape && [count, ...data.shape.slice(1)]]
}

/** The dimensions of the ids give way to the number of segments. */
const unsortedSegment: Rule = (_, [data, ids, count]) => [unsorted(data, ids, dimOf(count))]

function unsorted(data: Fact, ids: Fact, count: Dim): readonly Dim[] | null {
  if (data.shape === null || ids.shape === null) return null
  return [count, ...data.shape.slice(ids.shape.length)]
}

/** Rows of `data` by index, folded by segment. */
const sparseSegment: Rule = (_, [data]) => [data.shape && [null, ...data.shape.slice(1)]]
const sparseSegmentWithCount: Rule = (_, [data, , , count]) => [data.shape && [dimOf(count), ...data.shape.slice(1)]]
const sparseSegmentGrad: Rule = (_, [grad, , , size]) => [grad.shape && [dimOf(size), ...grad.shape.slice(1)]]

/** The shape functions of reductions and segments. */
export const reductionRules: Rules = {
  ...forEach('Mean EuclideanNorm ReduceJoin', reduce()),
  Sum: reduce({ initial: 0, op: add }),
  Prod: reduce({ initial: 1, op: multiply }),
  Max: reduce({ op: BINARY.Maximum }),
  Min: reduce({ op: BINARY.Minimum }),
  All: reduce({ initial: 1, op: and }),
  Any: reduce({ initial: 0, op: or }),
  ...forEach('ArgMax ArgMin', argExtreme),
  ...forEach('TopK TopKV2', topK),
  ...forEach('InTopK InTopKV2', inTopK),
  NthElement: nthElement,
  L2Loss: scalar,
  ...forEach('SegmentSum SegmentMean SegmentProd SegmentMin SegmentMax', segment),
  ...forEach('SegmentSumV2 SegmentProdV2 SegmentMinV2 SegmentMaxV2', unsortedSegment),
  ...forEach('UnsortedSegmentSum UnsortedSegmentProd UnsortedSegmentMin UnsortedSegmentMax', unsortedSegment),
  UnsortedSegmentJoin: unsortedSegment,
  ...forEach('SparseSegmentSum SparseSegmentMean SparseSegmentSqrtN', sparseSegment),
  ...forEach(
    'SparseSegmentSumWithNumSegments SparseSegmentMeanWithNumSegments SparseSegmentSqrtNWithNumSegments',
    sparseSegmentWithCount,
  ),
  ...forEach('SparseSegmentSumGrad SparseSegmentMeanGrad SparseSegmentSqrtNGrad', sparseSegmentGrad),
}
