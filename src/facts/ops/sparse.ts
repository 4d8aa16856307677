/**
 * Shapes of sparse and ragged tensors, and of parsing. A sparse tensor is places
 * [n, rank], values [n] and its shape as a value [rank].
 */
import type { PartialShape } from '../../graph/attr.ts'
import { dimOf, forEach, lengthOf, like, type Rule, type Rules, shapeFrom, withRank } from '../rule.ts'
import { type Dim, mergeShapes, ofRank, plusDim } from '../shape.ts'

/** Places, values and shape of a sparse tensor of this rank. */
const sparse = (rank: Dim, count: Dim = null): PartialShape[] => [[count, rank], [count], [rank]]

/** A scalar becomes all of it. */
const toDense: Rule = (_, [, shape]) => [shapeFrom(shape)]

const reshape: Rule = (_, [places, , target]) => {
  const rank = lengthOf(target)
  return [[withRank(places, 2)[0]!, rank], [rank]]
}

/** Each empty row gets one value: how many there are then is found out. */
const fillEmptyRows: Rule = (_, [places, , shape]) => {
  const rows = shape.elements?.[0]
  return [[null, withRank(places, 2)[1]!], [null], [typeof rows === 'number' ? rows : null], [withRank(places, 2)[0]!]]
}

/** Sparse a times dense b. */
const timesDense: Rule = (node, [, , shape, b]) => {
  const [rows, columns] = shapeFrom(shape) ?? [null, null]
  const [inner, outer] = withRank(b, 2)
  return [[(node.bool('adjoint_a') ? columns : rows) ?? null, node.bool('adjoint_b') ? inner! : outer!]]
}

const concat: Rule = (node, inputs) => {
  const n = node.count('N')
  const places = inputs.slice(0, n).map(f => withRank(f, 2))
  const count = places.map(p => p[0]!).reduce<Dim>(plusDim, 0)
  const rank = places.find(p => p[1] !== null)?.[1] ?? null
  return sparse(rank, count)
}

const reorder: Rule = (_, [places, values]) => [places.shape, values.shape]

const slice: Rule = (_, [places, , shape]) => {
  const rank = withRank(places, 2)[1] ?? lengthOf(shape)
  return sparse(rank)
}

const add: Rule = (_, [places, , shape]) => sparse(withRank(places, 2)[1] ?? lengthOf(shape))

/** Sets are rows of the last axis. */
const setOperation: Rule = (_, [a, b]) => {
  const rank = a.shape?.length ?? b.shape?.length ?? null
  return sparse(rank)
}

const sparseSetOperation: Rule = (_, [, , shape]) => sparse(lengthOf(shape))

const cross: Rule = () => sparse(2)

/** A scalar becomes a vector of as many as there are values. */
const cwise: Rule = (_, [, values]) => [values.shape]

/** Places, values and shapes of the sparse features of a batch of examples (or of one), then the dense features. */
function parsed(batch: PartialShape, sparseCount: number, dense: readonly PartialShape[]): PartialShape[] {
  const rank = batch === null ? null : batch.length + 1
  const times = (one: PartialShape): PartialShape[] => Array<PartialShape>(sparseCount).fill(one)
  const denseShapes = dense.map(shape => batch && shape && [...batch, ...shape])
  return [...times([null, rank]), ...times([null]), ...times([rank]), ...denseShapes]
}

const parseExample: Rule = (node, [serialized]) =>
  parsed(withRank(serialized, 1), node.count('Nsparse'), node.shapes('dense_shapes'))

/** Ragged features follow: their values, and where each example's end. */
const parseExampleV2: Rule = (node, [serialized]) => {
  const ragged = node.types('ragged_value_types').length
  const batch = serialized.shape
  const splits: PartialShape = batch?.length === 1 ? [plusDim(batch[0]!, 1)] : null
  return [
    ...parsed(batch, node.count('num_sparse'), node.shapes('dense_shapes')),
    ...Array<PartialShape>(ragged).fill([null]),
    ...Array<PartialShape>(ragged).fill(splits),
  ]
}

const parseSingleExample: Rule = node => parsed([], node.count('num_sparse'), node.shapes('dense_shapes'))

const parseTensor: Rule = () => [null]

/** Rows up to the longest, or of the shape that is asked for; a row's elements keep their shape. */
const raggedToTensor: Rule = (node, [wanted, values]) => {
  const partitions = node.strs('row_partition_types').filter(type => type !== 'FIRST_DIM_SIZE').length
  const whole = values.shape && [...ofRank(partitions + 1), ...values.shape.slice(1)]
  return [mergeShapes(shapeFrom(wanted), whole)]
}

const raggedRange: Rule = (_, [starts, limits, deltas]) => {
  const rows = [starts, limits, deltas].map(f => (f.shape?.length === 1 ? f.shape[0]! : null)).find(n => n !== null)
  return [[rows === undefined ? null : rows + 1], [null]]
}

const raggedBincount: Rule = (_, [splits, , size]) => [[plusDim(withRank(splits, 1)[0]!, -1), dimOf(size)]]

const sparseBincount: Rule = (_, [, , shape, size]) => {
  const rank = lengthOf(shape)
  if (rank === null) return []
  return [rank === 1 ? [dimOf(size)] : [shapeFrom(shape)?.[0] ?? null, dimOf(size)]]
}

/** A distance for each sequence of the two shapes' outer axes. */
const editDistance: Rule = (_, [, , guess, , , truth]) => {
  const [p, q] = [shapeFrom(guess), shapeFrom(truth)]
  if (p === null || q === null || p.length !== q.length || p.length === 0) return []
  return [p.slice(0, -1).map((d, i) => (d === null || q[i] === null ? null : Math.max(d, q[i]!)))]
}

/** The shape functions of sparse tensors and of parsing. */
export const sparseRules: Rules = {
  SparseToDense: toDense,
  SparseReshape: reshape,
  SparseFillEmptyRows: fillEmptyRows,
  SparseTensorDenseMatMul: timesDense,
  SparseTensorDenseAdd: like(3),
  SparseConcat: concat,
  SparseReorder: reorder,
  SparseSlice: slice,
  SparseAdd: add,
  ...forEach('SparseDenseCwiseAdd SparseDenseCwiseMul SparseDenseCwiseDiv SparseSoftmax', cwise),
  DenseToDenseSetOperation: setOperation,
  SparseToSparseSetOperation: sparseSetOperation,
  ...forEach('SparseCross SparseCrossV2 SparseCrossHashed', cross),
  EditDistance: editDistance,
  ParseExample: parseExample,
  ParseExampleV2: parseExampleV2,
  ParseSingleExample: parseSingleExample,
  ParseTensor: parseTensor,
  RaggedTensorToTensor: raggedToTensor,
  RaggedRange: raggedRange,
  RaggedBincount: raggedBincount,
  SparseBincount: sparseBincount,
}
