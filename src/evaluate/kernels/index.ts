/** The registry of kernels, by op. */
import type { Kernel, Kernels } from '../kernel.ts'
import { arrayKernels } from './array.ts'
import { castKernels } from './cast.ts'
import { convolutionKernels } from './convolution.ts'
import { elementwiseKernels } from './elementwise.ts'
import { indexingKernels } from './indexing.ts'
import { matrixKernels } from './matrix.ts'
import { normalisationKernels } from './normalisation.ts'
import { poolingKernels } from './pooling.ts'
import { reductionKernels } from './reduction.ts'

const FAMILIES: readonly Kernels[] = [
  arrayKernels,
  castKernels,
  convolutionKernels,
  elementwiseKernels,
  indexingKernels,
  matrixKernels,
  normalisationKernels,
  poolingKernels,
  reductionKernels,
]

const KERNELS = new Map<string, Kernel>(FAMILIES.flatMap(family => Object.entries(family)))

/** The kernel of an op; undefined where there is none. */
export const kernelOf = (op: string): Kernel | undefined => KERNELS.get(op)

/** The ops that have a kernel, sorted. Control flow is the evaluator's own. */
export const kernelNames = (): string[] => [...KERNELS.keys()].sort()
