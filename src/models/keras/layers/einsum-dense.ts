/** EinsumDense: an einsum of the input with a kernel. */
import type { Value } from '../../../graph/node.ts'
import { reshape } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { activate } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import { trained, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'
import { biasOf, quantizationOf } from './quantized/arithmetic.ts'
import { MATRIX_MODES } from './quantized/dense.ts'
import { type EinsumKernel, quantizedEinsum, quantizedEinsumSlots } from './quantized/einsum.ts'

/** act(einsum(equation, x, kernel) + b). */
function einsumDense(call: LayerCall): Value {
  const { config, x } = call
  const equation = config.text('equation').replace(/\s/g, '')
  const multiply = (input: Value, kernel: EinsumKernel): Value => product(call, input, equation, kernel)
  const sum = quantizationOf(call)
    ? quantizedEinsum(call, x, equation, multiply)
    : multiply(x, kernelOf(call, call.tensor('kernel')))
  return activate(call, withBias(call, sum))
}

const kernelOf = (call: LayerCall, kernel: Tensor): EinsumKernel => ({
  shape: kernel.shape,
  in: shape => call.constant('kernel', () => reshape(kernel, shape)),
})

/** The bias is stored in a shape that meets the output's last dimensions, with ones between. */
function withBias(call: LayerCall, x: Value): Value {
  const bias = biasOf(call)
  if (!bias) return x
  const value = call.constant('bias', () => bias)
  return bias.shape.length === 1 ? call.scope.op('BiasAdd', [x, value]) : call.scope.add(x, value)
}

/**
 * An einsum of x and a kernel. The frequent form, where the input's last letters meet the kernel's first and the
 * kernel's last come in their place (`abc,cd->abd`, `ab…,…->ab…`), is a product of matrices: not every consumer has Einsum.
 */
function product(call: LayerCall, x: Value, equation: string, kernel: EinsumKernel): Value {
  const { scope } = call
  const [, from, kernelLetters, to] = /^([\w.]+),(\w+)->([\w.]+)$/.exec(equation) ?? []
  const shared = [...(kernelLetters ?? '')].filter(letter => from!.includes(letter)).join('')
  const own = kernelLetters?.slice(shared.length)
  const leading = from?.slice(0, from.length - shared.length)
  const isProduct = from === leading + shared && kernelLetters === shared + own && to === `${leading}${own}`
  if (!isProduct || shared === '') return scope.op('Einsum', [x, kernel.in(kernel.shape)], { equation })
  const depth = kernel.shape.slice(0, shared.length).reduce((n, d) => n * d, 1)
  const width = kernel.shape.slice(shared.length)
  const matrix = kernel.in([depth, width.reduce((n, d) => n * d, 1)])
  const rows = scope.op('MatMul', [scope.reshape(x, [null, depth]), matrix])
  call.shapeOf(x)
  return scope.reshape(rows, [...scope.dims(x).slice(0, -shared.length), ...width], 'Reshape_1')
}

export const EINSUM_LAYERS: readonly LayerClass[] = [
  {
    name: 'EinsumDense',
    emit: einsumDense,
    weights: (c, quantization) =>
      quantization
        ? quantizedEinsumSlots(c, quantization)
        : [trained('kernel'), ...when(Boolean(c['bias_axes']), trained('bias'))],
    quantized: MATRIX_MODES,
  },
]
