/** The functions of `keras.ops` on vectors and matrices, by the class that records a call: as in `keras3.ts`. */
import * as fourier from './fourier.ts'
import { type Operation, operation } from './function-call.ts'
import * as inverses from './inverses.ts'
import * as la from './linear-algebra.ts'

/** By class. */
export const KERAS3_MATRICES: Readonly<Record<string, Operation>> = {
  Matmul: operation('x1 x2', la.matrixProduct),
  Dot: operation('x1 x2', la.dot),
  Inner: operation('x1 x2', la.inner),
  Vdot: operation('x1 x2', la.vectorDot),
  Outer: operation('x1 x2', la.outer),
  Tensordot: operation('x1 x2 axes', la.tensordot),
  Einsum: operation('*operands subscripts=equation', la.einsum),
  Kron: operation('x1 x2', la.kronecker),
  Corrcoef: operation('x', la.correlations),
  Cross: operation('x1 x2 axisa axisb axisc axis', la.cross),
  Correlate: operation('x1 x2 mode', la.correlation),
  CDist: operation('x=x1 y=x2', la.distances),
  Diag: operation('x k', la.diagonal),
  Diagflat: operation('x k', la.flatDiagonal),
  Diagonal: operation('x offset=k axis1 axis2', la.diagonalPart),
  Trace: operation('x offset=k axis1 axis2', la.trace),
  Cholesky: operation('x upper', la.cholesky),
  CholeskyInverse: operation('x upper', inverses.inverseOfFactored),
  Pinv: operation('x rcond', inverses.pseudoInverse),
  MatrixRank: operation('x tol', inverses.rankOfMatrix),
  Lstsq: operation('a b rcond', inverses.leastSquares),
  Det: operation('x', la.matrixOp('MatrixDeterminant')),
  Inv: operation('x', la.matrixOp('MatrixInverse')),
  Solve: operation('a b', la.solving('MatrixSolve')),
  SolveTriangular: operation('a b lower', la.solving('MatrixTriangularSolve')),
  Slogdet: operation('x', la.logDeterminant('both')),
  Logdet: operation('x', la.logDeterminant('log')),
  Eigh: operation('x', la.eigenSymmetric),
  Qr: operation('x mode', la.qr),
  SVD: operation('x full_matrices compute_uv', la.singular),
  STFT: operation('x sequence_length=length sequence_stride=stride fft_length window center', fourier.shortFourier),
  ISTFT: operation(
    'x sequence_length=length sequence_stride=stride fft_length length=samples window center',
    fourier.inverseShortFourier,
  ),
  FFT: operation('x', fourier.fourier('FFT')),
  FFT2: operation('x', fourier.fourier('FFT2D')),
  IFFT2: operation('x', fourier.fourier('IFFT2D')),
  RFFT: operation('x fft_length=length', fourier.fourier('RFFT')),
  IRFFT: operation('x fft_length=length', fourier.fourier('IRFFT')),
}
