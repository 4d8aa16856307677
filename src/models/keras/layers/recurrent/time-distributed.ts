/** A layer applied to every step of a sequence. */
import type { Value } from '../../../../graph/node.ts'
import { type KArg, type KTensor, type LayerCall, lazy } from '../../call.ts'
import type { Layer } from '../../layer-graph.ts'
import type { Scope } from '../../scope.ts'
import { type LayerClass, wrapping } from '../layer-class.ts'

/** Steps become rows of a larger batch, and a sequence again: [b, t, …] → [b·t, …] → [b, t, …]. */
function timeDistributed(call: LayerCall): readonly KTensor[] {
  const { scope, input } = call
  call.shapeOf(input.value)
  const [batch, time] = scope.dims(input.value)
  const rows = (value: Value): Value => scope.reshape(value, [null, ...scope.dims(value).slice(2)])
  const sequence = (value: Value): Value => {
    call.shapeOf(value)
    return scope.reshape(value, [batch!, time!, ...scope.dims(value).slice(1)], 'Reshape_1')
  }
  const { mask } = call
  const inner = mask && innerMask(scope, call, mask)
  const kwargs = new Map<string, KArg>(inner ? [['mask', { kind: 'tensor', tensor: { value: inner } }]] : [])
  const outputs = call.emitLayer(unscaled(call, call.child('layer')), { value: rows(input.value) }, kwargs)
  return outputs.map(({ value, mask: made }) => {
    const passed = made && !inner ? lazy(() => sequence(made())) : mask && lazy(() => ofSteps(scope, mask()))
    return { value: sequence(value), ...(passed && { mask: passed }) }
  })
}

/** Keras 3 calls the layer in a way that leaves out the scales of a quantised one. */
function unscaled(call: LayerCall, layer: Layer): Layer {
  const { quantization } = layer.dtype
  if (!quantization) return layer
  call.note(`Keras' TimeDistributed leaves out the scales of the quantised layer in it, and so is it written`)
  return { ...layer, dtype: { ...layer.dtype, quantization: { ...quantization, isUnscaled: true } } }
}

/** A mask that says more than which steps count goes to the layer inside. */
function innerMask(scope: Scope, call: LayerCall, mask: () => Value): Value | undefined {
  const value = mask()
  return call.shapeOf(value).length > 2 ? scope.reshape(value, [null, ...scope.dims(value).slice(2)]) : undefined
}

/** A step counts where any part of it does. */
function ofSteps(scope: Scope, mask: Value): Value {
  const axes = (scope.shape(mask) ?? []).slice(2).map((_, i) => i + 2)
  return axes.length > 0 ? scope.reduce('Any', mask, axes) : mask
}

export const TIME_DISTRIBUTED_LAYERS: readonly LayerClass[] = [
  { name: 'TimeDistributed', emit: timeDistributed, wraps: wrapping('layer') },
  { name: 'Wrapper', wraps: wrapping('layer') },
]
