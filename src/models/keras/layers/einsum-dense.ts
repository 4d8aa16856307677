/** EinsumDense: an einsum of the input with a kernel. */
import type { Value } from '../../../graph/node.ts'
import { reshape } from '../../../tensor/make.ts'
import { activate } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import { trained, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'

/** act(einsum(equation, x, kernel) + b). */
function einsumDense(call: LayerCall): Value {
  const { scope, config, x } = call
  const equation = config.text('equation').replace(/\s/g, '')
  const product = matrixProduct(call, x, equation) ?? scope.op('Einsum', [x, call.weight('kernel')], { equation })
  return activate(call, withBias(call, product))
}

/** The bias is stored in a shape that meets the output's last dimensions, with ones between. */
function withBias(call: LayerCall, x: Value): Value {
  const bias = call.maybeTensor('bias')
  if (!bias) return x
  const value = call.weight('bias')
  return bias.shape.length === 1 ? call.scope.op('BiasAdd', [x, value]) : call.scope.add(x, value)
}

/**
 * The frequent form, where the input's last letters meet the kernel's first and the kernel's last come
 * in their place (`abc,cd->abd`, `ab…,…->ab…`), as a product of matrices: not every consumer has Einsum.
 */
function matrixProduct(call: LayerCall, x: Value, equation: string): Value | undefined {
  const { scope } = call
  const [, from, kernelLetters, to] = /^([\w.]+),(\w+)->([\w.]+)$/.exec(equation) ?? []
  const kernel = call.tensor('kernel')
  if (!from || !kernelLetters || !to) return undefined
  const shared = [...kernelLetters].filter(letter => from.includes(letter)).join('')
  const own = kernelLetters.slice(shared.length)
  const leading = from.slice(0, from.length - shared.length)
  const isProduct = from === leading + shared && kernelLetters === shared + own && to === leading + own
  if (!isProduct || shared === '') return undefined
  const depth = kernel.shape.slice(0, shared.length).reduce((n, d) => n * d, 1)
  const width = kernel.shape.slice(shared.length)
  const matrix = call.constant('kernel', () => reshape(kernel, [depth, width.reduce((n, d) => n * d, 1)]))
  const rows = scope.op('MatMul', [scope.reshape(x, [null, depth]), matrix])
  call.shapeOf(x)
  return scope.reshape(rows, [...scope.dims(x).slice(0, -shared.length), ...width], 'Reshape_1')
}

export const EINSUM_LAYERS: readonly LayerClass[] = [
  {
    name: 'EinsumDense',
    emit: einsumDense,
    weights: c => [trained('kernel'), ...when(Boolean(c['bias_axes']), trained('bias'))],
  },
]
