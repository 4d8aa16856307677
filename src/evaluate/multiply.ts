/**
 * The product of two matrices, in blocks that stay in the processor's caches. Each
 * element is one sum in float64, taken in the order of the inner dimension: blocks
 * change how fast a result comes, and no bit of it.
 *
 *     rows of a, four at a time      columns of b, four at a time
 *     a0 b0 c0 d0 a1 b1 c1 d1 …   ×  the same             →  a tile of 4 × 4 sums
 */

/** Rows and columns of a tile: its 16 sums are what a compiler can keep in registers. */
const TILE = 4
/** Elements of packed rows: 2 MB, which a core's second cache holds. */
const MAX_PACKED = 256 * 1024

/** The left matrix, which may be made row by row (windows of an image). */
export interface Rows {
  readonly count: number
  readonly length: number
  /** Writes row `index` to `at`, `at + 4`, `at + 8`, … of `packed`. */
  readonly pack: (index: number, packed: Float64Array, at: number) => void
}

/** The right matrix: element (k, j) is `values[from + k · rowStride + j · columnStride]`. */
export interface Columns {
  readonly values: ArrayLike<number>
  readonly from: number
  readonly count: number
  readonly rowStride: number
  readonly columnStride: number
}

/** Writes a · b to `out`: row i begins at `to + i · stride`. */
export function multiply(a: Rows, b: Columns, out: Float64Array | Float32Array, to: number, stride: number): void {
  const inner = a.length
  if (inner === 0) return
  const quads = Math.max(1, Math.min(Math.ceil(a.count / TILE), Math.floor(MAX_PACKED / (inner * TILE))))
  const packed = scratchOf(quads * inner * TILE)
  const panel = new Float64Array(inner * TILE)
  const tile = new Float64Array(TILE * TILE)
  for (let row = 0; row < a.count; row += quads * TILE) {
    const count = Math.min(quads * TILE, a.count - row)
    for (let i = 0; i < count; i++) {
      a.pack(row + i, packed, Math.floor(i / TILE) * inner * TILE + (i % TILE))
    }
    for (let column = 0; column < b.count; column += TILE) {
      const width = Math.min(TILE, b.count - column)
      packColumns(b, column, width, inner, panel)
      for (let i = 0; i < count; i += TILE) {
        sums(packed, i * inner, panel, inner, tile)
        const height = Math.min(TILE, count - i)
        for (let y = 0; y < height; y++) {
          const at = to + (row + i + y) * stride + column
          for (let x = 0; x < width; x++) out[at + x] = tile[y * TILE + x]!
        }
      }
    }
  }
}

/** Memory for packed rows, kept from one product to the next: new megabytes each time would cost as much as some products. */
let scratch = new Float64Array(0)
function scratchOf(length: number): Float64Array {
  if (length > MAX_PACKED) return new Float64Array(length)
  if (scratch.length < length) scratch = new Float64Array(MAX_PACKED)
  return scratch
}

function packColumns(b: Columns, column: number, width: number, inner: number, panel: Float64Array): void {
  const { values, rowStride, columnStride } = b
  for (let x = 0; x < width; x++) {
    let from = b.from + (column + x) * columnStride
    for (let to = x; to < inner * TILE; to += TILE, from += rowStride) panel[to] = values[from]!
  }
}

/** The 16 sums of four packed rows and four packed columns. */
function sums(a: Float64Array, from: number, b: Float64Array, inner: number, tile: Float64Array): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0]
  let [s10, s11, s12, s13] = [0, 0, 0, 0]
  let [s20, s21, s22, s23] = [0, 0, 0, 0]
  let [s30, s31, s32, s33] = [0, 0, 0, 0]
  for (let i = from, j = 0; j < inner * TILE; i += TILE, j += TILE) {
    const b0 = b[j]!
    const b1 = b[j + 1]!
    const b2 = b[j + 2]!
    const b3 = b[j + 3]!
    const a0 = a[i]!
    s00 += a0 * b0
    s01 += a0 * b1
    s02 += a0 * b2
    s03 += a0 * b3
    const a1 = a[i + 1]!
    s10 += a1 * b0
    s11 += a1 * b1
    s12 += a1 * b2
    s13 += a1 * b3
    const a2 = a[i + 2]!
    s20 += a2 * b0
    s21 += a2 * b1
    s22 += a2 * b2
    s23 += a2 * b3
    const a3 = a[i + 3]!
    s30 += a3 * b0
    s31 += a3 * b1
    s32 += a3 * b2
    s33 += a3 * b3
  }
  tile[0] = s00
  tile[1] = s01
  tile[2] = s02
  tile[3] = s03
  tile[4] = s10
  tile[5] = s11
  tile[6] = s12
  tile[7] = s13
  tile[8] = s20
  tile[9] = s21
  tile[10] = s22
  tile[11] = s23
  tile[12] = s30
  tile[13] = s31
  tile[14] = s32
  tile[15] = s33
}

/** Rows that are read where they lie: how many, and the elements of each. */
export interface FewRows {
  readonly values: ArrayLike<number>
  readonly from: number
  readonly count: number
  readonly length: number
  readonly rowStride: number
  readonly columnStride: number
}

/** The same for few rows, where packing `b` would cost more than the product: `b` is read once, in its own order. */
export function multiplyFew(a: FewRows, b: Columns, out: Float64Array, to: number): void {
  const { values, rowStride, columnStride, count } = b
  for (let i = 0; i < a.count; i++) {
    const target = to + i * count
    for (let k = 0; k < a.length; k++) {
      const v = a.values[a.from + i * a.rowStride + k * a.columnStride]!
      let from = b.from + k * rowStride
      for (let j = target; j < target + count; j++, from += columnStride) out[j]! += v * values[from]!
    }
  }
}
