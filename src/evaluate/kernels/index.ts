/** The registry of kernels, by op. */
import type { Kernel, Kernels } from '../kernel.ts'
import { arrayKernels } from './array.ts'
import { boxKernels } from './boxes.ts'
import { castKernels } from './cast.ts'
import { complexKernels } from './complex.ts'
import { convolutionKernels } from './convolution.ts'
import { countingKernels } from './counting.ts'
import { diagonalKernels } from './diagonals.ts'
import { elementwiseKernels } from './elementwise.ts'
import { exampleKernels } from './example.ts'
import { factorKernels } from './factors.ts'
import { fusedKernels } from './fused.ts'
import { imageKernels } from './image.ts'
import { indexingKernels } from './indexing.ts'
import { linearAlgebraKernels } from './linear-algebra.ts'
import { listKernels } from './lists.ts'
import { matrixKernels } from './matrix.ts'
import { normalisationKernels } from './normalisation.ts'
import { poolingKernels } from './pooling.ts'
import { projectionKernels } from './projection.ts'
import { quantisationKernels } from './quantisation.ts'
import { quantisedOpKernels } from './quantised-ops.ts'
import { recurrentKernels } from './recurrent.ts'
import { reductionKernels } from './reduction.ts'
import { sequenceKernels } from './sequences.ts'
import { sliceKernels } from './slice.ts'
import { sparseKernels } from './sparse.ts'
import { stringKernels } from './strings.ts'
import { unicodeKernels } from './unicode.ts'

const FAMILIES: readonly Kernels[] = [
  arrayKernels,
  boxKernels,
  castKernels,
  complexKernels,
  convolutionKernels,
  countingKernels,
  diagonalKernels,
  elementwiseKernels,
  exampleKernels,
  factorKernels,
  fusedKernels,
  imageKernels,
  indexingKernels,
  linearAlgebraKernels,
  listKernels,
  matrixKernels,
  normalisationKernels,
  poolingKernels,
  projectionKernels,
  quantisationKernels,
  quantisedOpKernels,
  recurrentKernels,
  reductionKernels,
  sequenceKernels,
  sliceKernels,
  sparseKernels,
  stringKernels,
  unicodeKernels,
]

const KERNELS = new Map<string, Kernel>(FAMILIES.flatMap(family => Object.entries(family)))

/** Every op that has a kernel. */
export const KERNEL_OPS: readonly string[] = [...KERNELS.keys()]

/** The kernel of an op; undefined where there is none. */
export const kernelOf = (op: string): Kernel | undefined => KERNELS.get(op)
