/** EinsumDense with a quantised kernel. */
import type { Value } from '../../../../graph/node.ts'
import { reshape } from '../../../../tensor/make.ts'
import type { Shape, Tensor } from '../../../../tensor/tensor.ts'
import type { LayerCall } from '../../call.ts'
import type { LayerConfig, Quantization } from '../../layer-graph.ts'
import { trained, type WeightSlot, when, whole } from '../../weights/slots.ts'
import {
  degrouped,
  descaled,
  elements,
  quantizationOf,
  quantizedInput,
  roundedToFloat8,
  turnedKernel,
  unpackedInt4,
  wholeWeight,
} from './arithmetic.ts'
import { FLOAT8, isGrouped, isTurned, KERNEL, scales, turnedSlots } from './dense.ts'

/** A kernel that can be had in another shape of as many numbers. */
export interface EinsumKernel {
  readonly shape: Shape
  in(shape: Shape): Value
}

/** The einsum of x with the kernel, in the layer's mode; `multiply` writes one of numbers. */
export function quantizedEinsum(
  call: LayerCall,
  x: Value,
  equation: string,
  multiply: (x: Value, kernel: EinsumKernel) => Value,
): Value {
  const { scope } = call
  const { mode, block, isUnscaled } = quantizationOf(call)!
  const labels = labelsOf(call, equation)
  if (mode === 'float8') {
    const kernel = call.tensor('kernel')
    if (isUnscaled) return multiply(x, inOtherShape(call, call.weight('kernel'), kernel.shape))
    const value = roundedToFloat8(call, call.weight('kernel'), 'kernel_scale')
    return multiply(roundedToFloat8(call, x, 'inputs_scale'), inOtherShape(call, value, kernel.shape))
  }
  if (isTurned(mode)) {
    const kernel = scope.transpose(turnedKernel(call), [1, 0])
    return multiply(x, { shape: kernelShape(call, labels), in: shape => scope.reshape(kernel, shape, 'kernel') })
  }
  const isOld = mode === 'int8' || block === undefined
  if (mode === 'int4' && !isOld) return withFloatKernel(call, x, labels, multiply)
  const kernel = mode === 'int8' ? call.tensor('kernel') : unpackedAlongInput(call, labels)
  if (isUnscaled) return multiply(x, wholeKernel(call, kernel))
  const { value, scale } = quantizedInput(call, x, labels.summed, true)
  return descaled(
    call,
    multiply(value, wholeKernel(call, kernel)),
    call.weight('kernel_scale'),
    scale && aligned(call, scale, labels),
  )
}

const wholeKernel = (call: LayerCall, kernel: Tensor): EinsumKernel => ({
  shape: kernel.shape,
  in: shape => wholeWeight(call, 'kernel', reshape(kernel, shape)),
})

/** The letters of an equation, an ellipsis written out as dots, and which axes of the input are summed over. */
interface Labels {
  readonly input: string
  readonly kernel: string
  readonly output: string
  readonly summed: readonly number[]
}

function labelsOf(call: LayerCall, equation: string): Labels {
  const [, before, kernel, after] = /^([\w.]+),(\w+)->([\w.]+)$/.exec(equation) ?? []
  if (!before || !kernel || !after) return call.refuse(`its equation '${equation}' is not understood`)
  const elided = call.shape.length - before.replace('...', '').length
  const letters = [...'αβγδεζηθικλμ'].slice(0, Math.max(0, elided)).join('') // none of them is in an equation
  const [input, output] = [before.replace('...', letters), after.replace('...', letters)]
  const summed = [...input].flatMap((label, axis) => (output.includes(label) ? [] : [axis]))
  return { input, kernel, output, summed }
}

/** A scale of the input, whose summed axes have size 1, along the axes of the output. */
function aligned(call: LayerCall, scale: Value, { input, output, summed }: Labels): Value {
  const { scope } = call
  const kept = [...input].filter((_, axis) => !summed.includes(axis))
  const bare = scope.squeeze(scale, summed)
  const order = [...output].filter(label => kept.includes(label))
  const ordered = scope.transpose(
    bare,
    order.map(label => kept.indexOf(label)),
  )
  return [...output].reduce(
    (value, label, axis) => (kept.includes(label) ? value : scope.expandDims(value, axis)),
    ordered,
  )
}

const inOtherShape = (call: LayerCall, value: Value, shape: Shape): EinsumKernel => ({
  shape,
  in: wanted => (String(wanted) === String(shape) ? value : call.scope.reshape(value, wanted, 'kernel')),
})

/** Keras up to 3.12 packs the numbers of the kernel's first summed axis by twos. */
function unpackedAlongInput(call: LayerCall, { input, kernel, output }: Labels): Tensor {
  const axis = Math.max(
    0,
    [...kernel].findIndex(label => !output.includes(label)),
  )
  const length = call.known(call.shape[input.indexOf(kernel[axis]!)], 'a size of its input')
  return unpackedInt4(call.tensor('kernel'), axis, length)
}

/** Later ones keep a matrix of what is summed over and what is not, and multiply with real numbers. */
function withFloatKernel(
  call: LayerCall,
  x: Value,
  labels: Labels,
  multiply: (x: Value, kernel: EinsumKernel) => Value,
): Value {
  const { scope } = call
  const shape = kernelShape(call, labels)
  const columns = elements(shape.filter((_, axis) => labels.output.includes(labels.kernel[axis]!)))
  const matrix = unpackedInt4(call.tensor('kernel'), 1, columns)
  if (quantizationOf(call)?.isUnscaled) return multiply(x, wholeKernel(call, reshape(matrix, shape)))
  if (isGrouped(quantizationOf(call)?.block)) {
    const value = degrouped(call, { ...KERNEL, matrix })
    return multiply(x, { shape, in: wanted => scope.reshape(value, wanted, 'kernel') })
  }
  const value = scope.div(wholeWeight(call, 'kernel', matrix), call.weight('kernel_scale'))
  const input = quantizedInput(call, x, labels.summed, false)
  const y = multiply(input.value, { shape, in: wanted => scope.reshape(value, wanted, 'kernel') })
  return descaled(call, y, undefined, input.scale && aligned(call, input.scale, labels))
}

/** The sizes of the kernel's letters: from `output_shape`, which is without the batch, else from the input. */
function kernelShape(call: LayerCall, { input, kernel, output }: Labels): number[] {
  const sizes = call.config.raw('output_shape')
  const given = Array.isArray(sizes) ? sizes : [sizes]
  return [...kernel].map(label => {
    const size = given[output.indexOf(label) - (output.length - given.length)]
    return typeof size === 'number' ? size : call.known(call.shape[input.indexOf(label)], 'a size of its kernel')
  })
}

/** The weights of a quantised EinsumDense. */
export function quantizedEinsumSlots(c: LayerConfig, { mode, block }: Quantization): readonly WeightSlot[] {
  const bias = when(Boolean(c['bias_axes']), trained('bias'))
  if (mode === 'float8') return [trained('kernel'), ...bias, ...FLOAT8]
  if (isTurned(mode)) return [...bias, ...turnedSlots(mode)]
  return [whole('kernel'), ...bias, ...scales(mode === 'int4' && isGrouped(block))]
}
