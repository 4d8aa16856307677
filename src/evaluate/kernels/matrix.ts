/** Products and shapes of matrices: matmul, einsum, diagonals, bands. Sums are taken in float64. */
import type { Node } from '../../graph/node.ts'
import { broadcastShapes } from '../../tensor/make.ts'
import { rowMajorStrides } from '../../tensor/strided.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { isFloat } from '../../tensorflow/dtype.ts'
import { bigints, first, fromBigints, fromNumbers, isBig, list, type NdArray, numbers, size, take } from '../array.ts'
import { fail, indices, type Kernel, type Kernels, positions, refuse } from '../kernel.ts'
import { multiply, multiplyFew } from '../multiply.ts'
import { broadcastTo, transposed } from './array.ts'

/** The last two dimensions swapped. */
const flipped = (x: NdArray): NdArray => {
  const axes = x.shape.map((_, i) => i)
  return transposed(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

/** a · b over the last two dimensions; the others broadcast. Integers are exact and wrap. */
export function product(node: Node, a: NdArray, b: NdArray, flips: readonly [boolean, boolean] = [false, false]) {
  const [rows, inner] = sidesOf(a, flips[0])
  const [depth, columns] = sidesOf(b, flips[1])
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  if (!batch || inner !== depth) fail(node, `[${a.shape}] times [${b.shape}]`)
  const left = broadcastTo(a, [...batch, ...a.shape.slice(-2)])
  const right = broadcastTo(b, [...batch, ...b.shape.slice(-2)])
  const shape = [...batch, rows, columns]
  if (!isFloat(a.dtype)) {
    const [x, y] = [flips[0] ? flipped(left) : left, flips[1] ? flipped(right) : right]
    return integerProduct(x, y, shape, inner)
  }
  const out = new Float64Array(elementCount(shape))
  for (let n = 0; n < elementCount(batch); n++) floatProduct(left, right, flips, n, out)
  return fromNumbers(a.dtype, shape, out)
}

/** Rows and columns, as they are or swapped. */
function sidesOf(x: NdArray, isFlipped: boolean): [rows: number, columns: number] {
  const [rows, columns] = x.shape.slice(-2) as [number, number]
  return isFlipped ? [columns, rows] : [rows, columns]
}

/** Rows from which on a product is taken in blocks. */
const MANY_ROWS = 4

/** Matrix `n` of the left array times that of the right, written behind the `n` before it. */
function floatProduct(a: NdArray, b: NdArray, flips: readonly [boolean, boolean], n: number, out: Float64Array): void {
  const [rows, inner] = sidesOf(a, flips[0])
  const [, columns] = sidesOf(b, flips[1])
  const strides = (isFlipped: boolean, [rowsOf, columnsOf]: readonly [number, number]) =>
    isFlipped ? { rowStride: 1, columnStride: rowsOf } : { rowStride: columnsOf, columnStride: 1 }
  const left = { from: n * rows * inner, ...strides(flips[0], [rows, inner]) }
  const place = strides(flips[1], [inner, columns])
  const right = { from: n * inner * columns, count: columns, values: numbers(b), ...place }
  const values = numbers(a)
  if (rows < MANY_ROWS) {
    multiplyFew({ ...left, values, count: rows, length: inner }, right, out, n * rows * columns)
    return
  }
  const pack = (index: number, packed: Float64Array, at: number): void => {
    let from = left.from + index * left.rowStride
    for (let k = 0, to = at; k < inner; k++, to += 4, from += left.columnStride) packed[to] = values[from]!
  }
  multiply({ count: rows, length: inner, pack }, right, out, n * rows * columns, columns)
}

/** A product of `shape`, of matrices that have `inner` columns and rows. */
function integerProduct(a: NdArray, b: NdArray, shape: readonly number[], inner: number): NdArray {
  const [x, y] = [bigints(a), bigints(b)]
  const [rows, columns] = shape.slice(-2) as [number, number] // a product has both
  const out = Array<bigint>(elementCount(shape)).fill(0n)
  for (let at = 0; at < out.length; at++) {
    const [n, i, j] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns]
    for (let k = 0; k < inner; k++) out[at]! += x[(n * rows + i) * inner + k]! * y[(n * inner + k) * columns + j]!
  }
  const wrapped = out.map(v => BigInt.asIntN(64, v))
  return isBig(a.dtype)
    ? fromBigints(a.dtype, shape, wrapped)
    : fromNumbers(
        a.dtype,
        shape,
        wrapped.map(v => Number(BigInt.asIntN(32, v))),
      )
}

const matMul =
  (first: string, second: string): Kernel =>
  ([a, b], node) => [product(node, a!, b!, [node.bool(first), node.bool(second)])]

/** Einsum without repeated labels in one operand. An ellipsis stands for dimensions that broadcast. */
const einsum: Kernel = (inputs, node) => {
  const [left, right] = node.str('equation').replaceAll(' ', '').split('->') as [string, string]
  const terms = left.split(',')
  const extra = inputs.map((x, i) => x.shape.length - terms[i]!.replace('...', '').length)
  const most = Math.max(0, ...inputs.map((_, i) => (terms[i]!.includes('...') ? extra[i]! : 0)))
  const dots = Array.from({ length: most }, (_, i) => `.${i}`)
  const labelsOf = (term: string, count: number): string[] =>
    term.split(/(\.\.\.)/).flatMap(part => (part === '...' ? dots.slice(most - count) : [...part]))
  const labels = terms.map((term, i) => labelsOf(term, extra[i]!))
  const result = labelsOf(right, most)
  const sizes = new Map<string, number>()
  for (const [i, x] of inputs.entries()) {
    if (new Set(labels[i]).size < labels[i]!.length) refuse(node, `a label twice in '${terms[i]}'`)
    for (const [axis, label] of labels[i]!.entries()) {
      sizes.set(label, Math.max(sizes.get(label) ?? 1, x.shape[axis]!))
    }
  }
  return [contracted(inputs, labels, result, sizes)]
}

/** Σ over the labels that are not in the result, of the product of the operands. */
function contracted(
  inputs: readonly NdArray[],
  labels: readonly string[][],
  result: readonly string[],
  sizes: ReadonlyMap<string, number>,
): NdArray {
  const summed = [...sizes.keys()].filter(label => !result.includes(label))
  const order = [...result, ...summed]
  const shape = order.map(label => sizes.get(label)!)
  const places = inputs.map((x, i) => {
    const own = rowMajorStrides(x.shape)
    const strideOf = (label: string): number => {
      const axis = labels[i]!.indexOf(label)
      return axis < 0 || x.shape[axis] === 1 ? 0 : own[axis]!
    }
    return positions(shape, order.map(strideOf))
  })
  const outShape = result.map(label => sizes.get(label)!)
  const inner = elementCount(summed.map(label => sizes.get(label)!))
  const out = new Float64Array(elementCount(outShape))
  const values = inputs.map(numbers)
  for (let i = 0, o = 0; o < out.length; o++) {
    for (let k = 0; k < inner; k++, i++) {
      let term = 1
      for (let n = 0; n < values.length; n++) term *= values[n]![places[n]![i]!]!
      out[o]! += term
    }
  }
  return fromNumbers(inputs[0]!.dtype, outShape, out)
}

const bandPart: Kernel = ([x, lower, upper]) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const [low, high] = [first(lower!), first(upper!)]
  const map = indices(size(x!), flat => {
    const [i, j] = [Math.floor(flat / columns) % rows, flat % columns]
    return (low < 0 || i - j <= low) && (high < 0 || j - i <= high) ? flat : -1
  })
  return [take(x!, map, x!.shape)]
}

/** Matrices with the last dimension of `x` on their diagonals. */
const matrixDiag: Kernel = ([x]) => {
  const n = x!.shape.at(-1)!
  const map = indices(size(x!) * n, flat => {
    const [i, j] = [Math.floor(flat / n) % n, flat % n]
    return i === j ? Math.floor(flat / (n * n)) * n + i : -1
  })
  return [take(x!, map, [...x!.shape, n])]
}

const diagPart: Kernel = ([x]) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const n = Math.min(rows, columns)
  const map = indices((size(x!) / (rows * columns)) * n, flat => {
    const i = flat % n
    return Math.floor(flat / n) * rows * columns + i * columns + i
  })
  return [take(x!, map, [...x!.shape.slice(0, -2), n])]
}

const setDiag: Kernel = ([x, diagonal]) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number]
  const n = Math.min(rows, columns)
  const values = [...numbers(x!)]
  numbers(diagonal!).forEach((v, flat) => {
    values[Math.floor(flat / n) * rows * columns + (flat % n) * (columns + 1)] = v
  })
  return [fromNumbers(x!.dtype, x!.shape, values)]
}

/** Diag of version 1: a tensor of twice the rank. */
const diag: Kernel = ([x]) => {
  const n = size(x!)
  const map = indices(n * n, flat => (flat % (n + 1) === 0 ? flat / (n + 1) : -1))
  return [take(x!, map, [...x!.shape, ...x!.shape])]
}

const diagPartV1: Kernel = ([x]) => {
  const shape = x!.shape.slice(0, x!.shape.length / 2)
  const n = elementCount(shape)
  return [
    take(
      x!,
      indices(n, i => i * (n + 1)),
      shape,
    ),
  ]
}

const cross: Kernel = ([a, b]) => {
  const [x, y] = [numbers(a!), numbers(b!)]
  const out = Float64Array.from({ length: x.length }, (_, flat) => {
    const base = flat - (flat % 3)
    const [j, k] = [base + ((flat + 1 - base) % 3), base + ((flat + 2 - base) % 3)]
    return x[j]! * y[k]! - x[k]! * y[j]!
  })
  return [fromNumbers(a!.dtype, a!.shape, out)]
}

/** A sparse matrix, as indices, values and shape, times a dense one. Only what is stored counts: 0 · NaN does not. */
const sparseDense: Kernel = ([at, values, shape, b], node) => {
  const [rowSlot, columnSlot] = node.bool('adjoint_a') ? [1, 0] : [0, 1]
  const rows = list(shape!)[rowSlot]!
  const right = node.bool('adjoint_b') ? flipped(b!) : b!
  const columns = right.shape[1]!
  const [places, dense] = [numbers(at!), numbers(right)]
  const out = new Float64Array(rows * columns)
  for (const [i, v] of numbers(values!).entries()) {
    const [row, inner] = [places[2 * i + rowSlot]!, places[2 * i + columnSlot]!]
    if (row >= rows || inner >= right.shape[0]!) fail(node, `an index beyond [${list(shape!)}]`)
    for (let c = 0; c < columns; c++) out[row * columns + c]! += v * dense[inner * columns + c]!
  }
  return [fromNumbers(b!.dtype, [rows, columns], out)]
}

/** Kernels by op. */
export const matrixKernels: Kernels = {
  MatMul: matMul('transpose_a', 'transpose_b'),
  SparseMatMul: matMul('transpose_a', 'transpose_b'),
  BatchMatMul: matMul('adj_x', 'adj_y'),
  BatchMatMulV2: matMul('adj_x', 'adj_y'),
  BatchMatMulV3: matMul('adj_x', 'adj_y'),
  SparseTensorDenseMatMul: sparseDense,
  Einsum: einsum,
  MatrixBandPart: bandPart,
  MatrixDiag: matrixDiag,
  MatrixDiagPart: diagPart,
  MatrixSetDiag: setDiag,
  Diag: diag,
  DiagPart: diagPartV1,
  Cross: cross,
}
