/** Shapes of linear algebra and of Fourier transforms: the last two axes are matrices, those before are a batch. */
import type { Fact } from '../fact.ts'
import { forEach, like, numbersOf, type Rule, type Rules } from '../rule.ts'
import { broadcastShapes, Contradiction, type Dim, mergeShapes } from '../shape.ts'

interface Matrices {
  readonly batch: readonly Dim[]
  readonly rows: Dim
  readonly columns: Dim
}

function matrices({ shape }: Fact): Matrices | undefined {
  if (shape === null) return undefined
  if (shape.length < 2) throw new Contradiction('matrices are needed')
  const [rows, columns] = shape.slice(-2) as [Dim, Dim] // two are there
  return { batch: shape.slice(0, -2), rows, columns }
}

const least = (a: Dim, b: Dim): Dim => (a === null || b === null ? null : Math.min(a, b))

/** Singular values, and the two bases. */
const svd: Rule = (node, [x]) => {
  const m = matrices(x)
  if (!m) return []
  const rank = least(m.rows, m.columns)
  if (!node.bool('compute_uv')) return [[...m.batch, rank]]
  const full = node.bool('full_matrices')
  const bases = [
    [m.rows, full ? m.rows : rank],
    [m.columns, full ? m.columns : rank],
  ] as const
  return [
    [...m.batch, rank],
    [...m.batch, ...bases[0]],
    [...m.batch, ...bases[1]],
  ]
}

const qr: Rule = (node, [x]) => {
  const m = matrices(x)
  if (!m) return []
  const inner = node.bool('full_matrices') ? m.rows : least(m.rows, m.columns)
  return [
    [...m.batch, m.rows, inner],
    [...m.batch, inner, m.columns],
  ]
}

/** Both factors in one matrix, and the permutation. */
const lu: Rule = (_, [x]) => {
  const m = matrices(x)
  return m ? [x.shape, [...m.batch, m.rows ?? m.columns]] : []
}

const determinant: Rule = (_, [x]) => {
  const m = matrices(x)
  return m ? [m.batch] : []
}

const logDeterminant: Rule = (_, [x]) => {
  const m = matrices(x)
  return m ? [m.batch, m.batch] : []
}

/** Eigenvalues, and vectors unless they are not wanted. */
const eigen: Rule = (node, [x]) => {
  const m = matrices(x)
  if (!m) return []
  const size = m.rows ?? m.columns
  return [[...m.batch, size], node.bool('compute_v') ? [...m.batch, size, size] : null]
}

/** The x of a · x = b for square matrices; batches are the same, or (of triangular systems) broadcast. */
const solve =
  (combine: typeof broadcastShapes): Rule =>
  (_, [a, b]) => {
    const [m, right] = [matrices(a), matrices(b)]
    if (!m || !right) return []
    const batch = combine(m.batch, right.batch)
    return [batch && [...batch, m.columns ?? m.rows, right.columns]]
  }

/** The x for which a · x is nearest to b. */
const solveLeastSquares: Rule = (_, [a, b]) => {
  const [m, right] = [matrices(a), matrices(b)]
  const batch = m && right && mergeShapes(m.batch, right.batch)
  return batch ? [[...batch, m.columns, right.columns]] : []
}

/** Transforms of real input: of the last axes, half and one of the last; or back. */
const realTransform =
  (axes: number, isInverse: boolean): Rule =>
  (_, [x, length]) => {
    if (x.shape === null) return []
    if (x.shape.length < axes) throw new Contradiction('too few axes')
    const lengths = numbersOf(length) ?? Array<Dim>(axes).fill(null)
    const sizes = lengths.map((n, i) =>
      n === null ? null : i < axes - 1 || isInverse ? n : Math.floor(n / 2) + (n > 0 ? 1 : 0),
    )
    return [[...x.shape.slice(0, -axes), ...sizes]]
  }

/** The shape functions of linear algebra. */
export const linearAlgebraRules: Rules = {
  ...forEach('Cholesky CholeskyGrad MatrixInverse MatrixExponential MatrixLogarithm MatrixSquareRoot', like()),
  MatrixSolve: solve(mergeShapes),
  MatrixTriangularSolve: solve(broadcastShapes),
  MatrixSolveLs: solveLeastSquares,
  Svd: svd,
  Qr: qr,
  Lu: lu,
  MatrixDeterminant: determinant,
  LogMatrixDeterminant: logDeterminant,
  ...forEach('SelfAdjointEigV2 Eig', eigen),
  ...forEach('FFT IFFT FFT2D IFFT2D FFT3D IFFT3D FFTND IFFTND BatchFFT BatchIFFT', like()),
  RFFT: realTransform(1, false),
  RFFT2D: realTransform(2, false),
  RFFT3D: realTransform(3, false),
  IRFFT: realTransform(1, true),
  IRFFT2D: realTransform(2, true),
  IRFFT3D: realTransform(3, true),
}
