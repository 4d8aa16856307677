/** Layers that only Keras 1 has. */
import type { Value } from '../../../graph/node.ts'
import { reshape, sliceOf } from '../../../tensor/make.ts'
import { activate } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import { size, trained, unlessFalse, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'

/** t·act(x·W + b) + (1 − t)·x with t = σ(x·W_carry + b_carry), written x + t·(act(…) − x). */
function highway(call: LayerCall): Value {
  const { scope, x } = call
  const affine = (kernel: string, bias: string): Value => {
    const product = scope.op('MatMul', [x, call.weight(kernel)])
    const shift = call.maybeWeight(bias)
    return shift ? scope.op('BiasAdd', [product, shift]) : product
  }
  const transform = scope.op('Sigmoid', [affine('W_carry', 'b_carry')])
  const changed = activate(call, affine('W', 'b'))
  return scope.add(x, scope.mul(transform, scope.sub(changed, x)))
}

/** The largest of several affine maps; W is [maps, in, units], b [maps, units]. */
function maxoutDense(call: LayerCall): Value {
  const { scope, x } = call
  const kernel = call.tensor('W')
  const bias = call.maybeTensor('b')
  const [maps, inputs, units] = kernel.shape
  const outputs = Array.from({ length: maps! }, (_, i) => {
    const own = call.constant(`W/${i}`, () =>
      reshape(sliceOf(kernel, [i, 0, 0], [1, inputs!, units!]), [inputs!, units!]),
    )
    const product = scope.op('MatMul', [x, own])
    if (!bias) return product
    const shift = call.constant(`b/${i}`, () => reshape(sliceOf(bias, [i, 0], [1, units!]), [units!]))
    return scope.op('BiasAdd', [product, shift])
  })
  return outputs.reduce((a, b) => scope.max(a, b))
}

export const LEGACY_LAYERS: readonly LayerClass[] = [
  {
    name: 'Highway',
    emit: highway,
    mask: 'pass',
    weights: c => [
      trained('W', [null, null]),
      trained('W_carry', [null, null]),
      ...when(unlessFalse(c, 'use_bias'), trained('b', [null]), trained('b_carry', [null])),
    ],
  },
  {
    name: 'MaxoutDense',
    emit: maxoutDense,
    mask: 'pass',
    weights: c => [
      trained('W', [size(c['num_features']), null, size(c['units'])]),
      ...when(unlessFalse(c, 'use_bias'), trained('b', [size(c['num_features']), size(c['units'])])),
    ],
    oldArguments: { output_dim: 'units' },
  },
]
