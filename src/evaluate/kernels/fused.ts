/** Ops that stand for several others, and those that only print. */
import type { Kernel, Kernels } from '../kernel.ts'
import { convolutionKernels } from './convolution.ts'
import { imageKernels } from './image.ts'
import { sliceKernels } from './slice.ts'

/** One op after the other on the first operand; each takes as many of the rest as it needs, in order. */
const chained =
  (...steps: readonly (readonly [kernel: Kernel, operands: number])[]): Kernel =>
  ([x, ...rest], node) => {
    let result = x!
    for (const [kernel, operands] of steps) result = kernel([result, ...rest.splice(0, operands)], node)[0]!
    return [result]
  }

const resize = [imageKernels['ResizeBilinear']!, 1] as const
const pad = [sliceKernels['MirrorPad']!, 1] as const
const convolve = [convolutionKernels['Conv2D']!, 1] as const

/** Kernels by op. */
export const fusedKernels: Kernels = {
  FusedPadConv2D: chained(pad, convolve),
  FusedResizeAndPadConv2D: chained(resize, pad, convolve),
  Print: ([x]) => [x!],
  PrintV2: () => [],
}
