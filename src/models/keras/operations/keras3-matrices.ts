/** The functions of `keras.ops` on vectors and matrices, by the class that records a call: as in `keras3.ts`. */
import { corrcoef, correlate } from './correlate.ts'
import { cross } from './cross.ts'
import { cholesky, eigh, matrixOp, qr, slogdet, solve, svd } from './decompositions.ts'
import { diag, diagflat, diagonal, trace } from './diag.ts'
import { einsum } from './einsum.ts'
import { fft, istft, stft } from './fft.ts'
import { type Operation, operation } from './function-call.ts'
import { choleskyInverse, lstsq, matrixRank, pinv } from './lstsq.ts'
import { dot, inner, kron, matmul, outer, tensordot, vdot } from './matmul.ts'
import { cdist } from './norm.ts'

/** By class. */
export const KERAS3_MATRICES: Readonly<Record<string, Operation>> = {
  Matmul: operation('x1 x2', matmul),
  Dot: operation('x1 x2', dot),
  Inner: operation('x1 x2', inner),
  Vdot: operation('x1 x2', vdot),
  Outer: operation('x1 x2', outer),
  Tensordot: operation('x1 x2 axes', tensordot),
  Einsum: operation('*operands subscripts=equation', einsum),
  Kron: operation('x1 x2', kron),
  Corrcoef: operation('x', corrcoef),
  Cross: operation('x1 x2 axisa axisb axisc axis', cross),
  Correlate: operation('x1 x2 mode', correlate),
  CDist: operation('x=x1 y=x2', cdist),
  Diag: operation('x k', diag),
  Diagflat: operation('x k', diagflat),
  Diagonal: operation('x offset=k axis1 axis2', diagonal),
  Trace: operation('x offset=k axis1 axis2', trace),
  Cholesky: operation('x upper', cholesky),
  CholeskyInverse: operation('x upper', choleskyInverse),
  Pinv: operation('x rcond', pinv),
  MatrixRank: operation('x tol', matrixRank),
  Lstsq: operation('a b rcond', lstsq),
  Det: operation('x', matrixOp('MatrixDeterminant')),
  Inv: operation('x', matrixOp('MatrixInverse')),
  Solve: operation('a b', solve('MatrixSolve')),
  SolveTriangular: operation('a b lower', solve('MatrixTriangularSolve')),
  Slogdet: operation('x', slogdet('both')),
  Logdet: operation('x', slogdet('log')),
  Eigh: operation('x', eigh),
  Qr: operation('x mode', qr),
  SVD: operation('x full_matrices compute_uv', svd),
  STFT: operation('x sequence_length=length sequence_stride=stride fft_length window center', stft),
  ISTFT: operation('x sequence_length=length sequence_stride=stride fft_length length=samples window center', istft),
  FFT: operation('x', fft('FFT')),
  FFT2: operation('x', fft('FFT2D')),
  IFFT2: operation('x', fft('IFFT2D')),
  RFFT: operation('x fft_length=length', fft('RFFT')),
  IRFFT: operation('x fft_length=length', fft('IRFFT')),
}
