/** Sparse tensors: indices [count, rank] in row-major order, a value for each, and the dense shape. */
import { elementCount } from '../../tensor/tensor.ts'
import { bigints, elements, fromBigints, fromNumbers, ints, list, numbers, take } from '../array.ts'
import { fail, type Kernel, type Kernels, indices as positionsOf } from '../kernel.ts'

/**
 * A row without a value gets one: the default, in its first place. Returns indices, values, which rows were empty, and
 * where each value went. Source: sparse_fill_empty_rows_op.cc.
 */
const fillEmptyRows: Kernel = ([at, values, shape, otherwise], node) => {
  const [count, rank] = at!.shape as [number, number] // a matrix of places
  const places = bigints(at!)
  const rows = Number(bigints(shape!)[0] ?? fail(node, 'the dense shape is empty'))
  if (rows === 0 && count > 0) fail(node, `${count} values in a tensor without rows`)
  const inRow = Array.from({ length: rows }, (): number[] => [])
  for (let i = 0; i < count; i++) {
    const row = Number(places[i * rank]!)
    const own = inRow[row] ?? fail(node, `indices(${i}, 0) is ${row}, and there are ${rows} rows`)
    own.push(i)
  }
  const moved = new Array<bigint>(count)
  const filledAt: bigint[] = []
  const from: number[] = [] // -1 stands for the default
  for (const [row, own] of inRow.entries()) {
    for (const i of own) {
      moved[i] = BigInt(from.length)
      from.push(i)
      filledAt.push(...places.slice(i * rank, (i + 1) * rank))
    }
    if (own.length > 0) continue
    from.push(-1)
    filledAt.push(BigInt(row), ...Array<bigint>(rank - 1).fill(0n))
  }
  return [
    fromBigints('int64', [from.length, rank], filledAt),
    take(values!, Int32Array.from(from), [from.length], otherwise),
    fromNumbers(
      'bool',
      [rows],
      inRow.map(own => (own.length === 0 ? 1 : 0)),
    ),
    fromBigints('int64', [count], moved),
  ]
}

/** The same values in another dense shape, of which one size may be −1. Source: reshape_util.cc. */
const reshape: Kernel = ([at, shape, asked], node) => {
  const from = list(shape!)
  const to = list(asked!)
  const total = elementCount(from)
  const open = to.indexOf(-1)
  if (open >= 0) {
    const rest = elementCount(to.filter((_, axis) => axis !== open))
    if (rest === 0 || total % rest !== 0)
      fail(node, `a tensor of ${total} elements cannot be reshaped to a multiple of ${rest}`)
    to[open] = total / rest
  }
  if (elementCount(to) !== total) fail(node, `shape [${to}] does not have the ${total} elements of [${from}]`)
  const count = at!.shape[0]!
  const places = numbers(at!)
  const out: number[] = []
  for (let i = 0; i < count; i++) {
    let flat = from.reduce((sum, size, axis) => sum * size + places[i * from.length + axis]!, 0)
    const place = to.map(() => 0)
    for (let axis = to.length - 1; axis >= 0; axis--) {
      place[axis] = flat % to[axis]!
      flat = Math.floor(flat / to[axis]!)
    }
    out.push(...place)
  }
  return [fromNumbers('int64', [count, to.length], out), ints('int64', to)]
}

/**
 * Rows of `data` that `at` names, summed by segment; ids ascend, and a segment without rows is zeros.
 * Source: segment_reduction_ops_impl.h, SparseSegmentReductionOpBase.
 */
const segments =
  (scale: (count: number) => number, isCounted: boolean): Kernel =>
  ([data, at, ids, count], node) => {
    const [rows, keys] = [list(at!), list(ids!)]
    const size = isCounted ? list(count!)[0]! : (keys.at(-1) ?? -1) + 1
    const inner = elementCount(data!.shape.slice(1))
    const values = elements(data!).map(Number)
    const out = new Float64Array(size * inner)
    const counts = new Int32Array(size)
    for (const [i, key] of keys.entries()) {
      const row = rows[i]!
      if (i > 0 && key < keys[i - 1]!) fail(node, 'segment ids are not increasing')
      if (key < 0 || key >= size) fail(node, `segment id ${key} is not in [0, ${size})`)
      if (row < 0 || row >= data!.shape[0]!) fail(node, `index ${row} is not in [0, ${data!.shape[0]})`)
      counts[key]!++
      for (let k = 0; k < inner; k++) out[key * inner + k]! += values[row * inner + k]!
    }
    for (let i = 0; i < out.length; i++) out[i]! *= scale(counts[Math.floor(i / inner)]! || 1)
    return [fromNumbers(data!.dtype, [size, ...data!.shape.slice(1)], out)]
  }

const SCALES = {
  Sum: () => 1,
  Mean: (count: number) => 1 / count,
  SqrtN: (count: number) => 1 / Math.sqrt(count),
}

/** Ordered by indices. */
const reorder: Kernel = ([at, values], node) => {
  const [count, rank] = at!.shape as [number, number] // a matrix of places
  if (values!.shape[0] !== count) fail(node, `${count} indices for ${values!.shape[0]} values`)
  const places = numbers(at!)
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => {
    for (let axis = 0; axis < rank; axis++) {
      const apart = places[a * rank + axis]! - places[b * rank + axis]!
      if (apart !== 0) return apart
    }
    return a - b
  })
  const flat = positionsOf(count * rank, i => order[Math.floor(i / rank)]! * rank + (i % rank))
  return [take(at!, flat, at!.shape), take(values!, Int32Array.from(order), values!.shape)]
}

/** Kernels by op. */
export const sparseKernels: Kernels = {
  SparseFillEmptyRows: fillEmptyRows,
  SparseReshape: reshape,
  SparseReorder: reorder,
  ...Object.fromEntries(
    Object.entries(SCALES).flatMap(([name, scale]) => [
      [`SparseSegment${name}`, segments(scale, false)],
      [`SparseSegment${name}WithNumSegments`, segments(scale, true)],
    ]),
  ),
}
