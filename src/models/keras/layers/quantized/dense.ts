/** Dense with a quantised kernel. */
import type { Value } from '../../../../graph/node.ts'
import type { LayerCall } from '../../call.ts'
import type { LayerConfig, Quantization } from '../../layer-graph.ts'
import { bias, fixed, named, size, trained, unused, type WeightSlot, whole } from '../../weights/slots.ts'
import {
  degrouped,
  descaled,
  quantizationOf,
  quantizedInput,
  roundedToFloat8,
  turnedKernel,
  unpackedInt4,
  wholeWeight,
} from './arithmetic.ts'

/** The modes that Dense and EinsumDense know. */
export const MATRIX_MODES = ['int8', 'int4', 'float8', 'gptq', 'awq'] as const

/** The product of rows with the kernel, in the layer's mode. */
export function quantizedProduct(call: LayerCall, rows: Value): Value {
  const { scope } = call
  const { mode, block, isUnscaled } = quantizationOf(call)!
  if (isTurned(mode)) return scope.op('MatMul', [rows, turnedKernel(call)], { transpose_b: true })
  const kernel = call.tensor('kernel')
  if (mode === 'float8') {
    if (isUnscaled) return scope.op('MatMul', [rows, call.weight('kernel')])
    const matrix = roundedToFloat8(call, call.weight('kernel'), 'kernel_scale')
    return scope.op('MatMul', [roundedToFloat8(call, rows, 'inputs_scale'), matrix])
  }
  const units = call.config.int('units')
  if (mode === 'int4' && isGrouped(block) && !isUnscaled) {
    const matrix = unpackedInt4(kernel, 1, units)
    return scope.op('MatMul', [rows, degrouped(call, { ...KERNEL, matrix })])
  }
  const depth = call.known(call.shapeOf(rows).at(-1), 'the size of its last dimension')
  const packed = mode === 'int4'
  const matrix = !packed
    ? kernel
    : block === undefined
      ? unpackedInt4(kernel, 0, depth)
      : unpackedInt4(kernel, 1, units)
  if (isUnscaled) return scope.op('MatMul', [rows, wholeWeight(call, 'kernel', matrix)])
  const { value, scale } = quantizedInput(call, rows, [-1], !packed || block === undefined)
  const sums = scope.op('MatMul', [value, wholeWeight(call, 'kernel', matrix)])
  return descaled(call, sums, call.weight('kernel_scale'), scale)
}

export const isTurned = (mode: string): boolean => mode === 'gptq' || mode === 'awq'

/** The kernel, its scales and zeros for groups of inputs. */
export const KERNEL = { role: 'kernel', scale: 'kernel_scale', zero: 'kernel_zero', axis: 0 } as const

export const isGrouped = (block: number | undefined): boolean => block !== undefined && block > 0

/** The weights of a quantised Dense. */
export function quantizedDenseSlots(c: LayerConfig, { mode, block }: Quantization): readonly WeightSlot[] {
  if (isTurned(mode)) return [...bias(c, size(c['units'])), ...turnedSlots(mode)]
  return mode === 'float8'
    ? [trained('kernel', [null, size(c['units'])]), ...bias(c, size(c['units'])), ...FLOAT8]
    : [
        whole('kernel', [null, mode === 'int8' ? size(c['units']) : null]),
        ...bias(c, size(c['units'])),
        ...scales(mode === 'int4' && isGrouped(block)),
      ]
}

/** The kernel of GPTQ and AWQ with what it was made with. */
export const turnedSlots = (mode: string): readonly WeightSlot[] => [
  named(whole('quantized_kernel'), 'quantized_kernel', 'kernel'),
  fixed('kernel_scale'),
  named(whole('kernel_zero'), 'kernel_zero', 'zero_point'),
  ...(mode === 'awq' ? [fixed('awq_scales')] : []),
  fixed('g_idx'),
]

/** The weights after kernel and bias: a scale, and for groups the zeros and which input is in which group. */
export const scales = (isGrouped: boolean): readonly WeightSlot[] => [
  fixed('kernel_scale'),
  ...(isGrouped ? [whole('kernel_zero'), fixed('g_idx', [null])] : []),
]

/** The scales of float8, each with the history from which training adjusts it. */
export const FLOAT8: readonly WeightSlot[] = [
  trained('inputs_scale', []),
  unused('inputs_amax_history'),
  trained('kernel_scale', []),
  unused('kernel_amax_history'),
  unused('outputs_grad_scale'),
  unused('outputs_grad_amax_history'),
]
