/**
 * Quantisation-aware training of tensorflow_model_optimization: a wrapper around each layer rounds its weights,
 * what goes into and comes out of its activation, or its output. The graph has the same FakeQuant ops as at training.
 */
import type { Value } from '../../../../graph/node.ts'
import { activate } from '../../activation.ts'
import type { Emitted, LayerCall } from '../../call.ts'
import type { Layer } from '../../layer-graph.ts'
import { type SlotsOf, unused, type WeightSlot } from '../../weights/slots.ts'
import { passThrough } from '../core.ts'
import { type LayerClass, wrapping } from '../layer-class.ts'
import { type Quantizer, quantizerOf, rangeSlots, rounded } from './fake-quant.ts'
import { type QuantizePlan, quantizePlan, type RoundedWeight } from './quantize-config.ts'

/** Rounds its input: what `quantize_model` puts behind an InputLayer. */
function quantizeLayer(call: LayerCall): Value {
  const quantizer = quantizerOf(call.config.raw('quantizer'))
  if (!quantizer) return call.refuse(`its quantizer ${classText(call, 'quantizer')} is not known`)
  return rounded(call, call.x, 'input', quantizer)
}

/** The layer inside, its weights, activation and output rounded as `quantize_config` says. */
function quantizeWrapper(call: LayerCall): Emitted {
  const inner = call.child('layer')
  const plan = quantizePlan(call.config.raw('quantize_config'), inner, at => call.emission.slots(at))
  if (!plan) return call.refuse(`its quantize_config ${classText(call, 'quantize_config')} is not known`)
  const unread = roundWeights(call, inner, plan)
  const outputs = call.emitInside(withActivation(call, inner, plan))
  const [lacking] = unread
  if (lacking !== undefined)
    call.refuse(`its weight '${lacking}' is not read as it is stored, so it cannot be quantised`)
  if (plan.output.range === 'none') return outputs
  if (outputs.length !== 1) return call.refuse('the layer inside has several outputs, and is to quantise one')
  return { ...outputs[0]!, value: rounded(call, outputs[0]!.value, 'output', plan.output) }
}

/** Rounds the constants of weights as soon as they are made. Returns the roles that no constant is made of yet. */
function roundWeights(call: LayerCall, inner: Layer, { weights }: QuantizePlan): Set<string> {
  const unread = new Set(weights.map(({ role }) => role))
  call.emission.changeWeights(inner, {
    constant(name, value) {
      const found = weights.find(({ role }) => name === role || name.startsWith(`${role}/`))
      if (!found) return value
      unread.delete(found.role)
      return roundedWeight(call, found, name, value)
    },
  })
  return unread
}

/** A weight, or the part of it that a group of channels reads. Where each channel has a range, they must be its last dimension. */
function roundedWeight(call: LayerCall, weight: RoundedWeight, name: string, value: Value): Value {
  const { attribute, role, quantizer } = weight
  if (quantizer.range !== 'weights' || !quantizer.isPerChannel) return rounded(call, value, attribute, quantizer)
  const width = call.scope.shape(value)?.at(-1) ?? 0
  const group = name.match(/\/group_(\d+)/)?.[1]
  const channels = call.tensor(`${attribute}_min`).shape[0]
  if (group === undefined && width !== channels)
    call.refuse(`its weight '${role}' has ${width} channels where it is used, and ranges for ${channels}`)
  const begin = Number(group ?? 0) * width
  return rounded(call, value, attribute, quantizer, { begin, width })
}

/** The layer inside with its activation rounded; the ranges are weights of the wrapper. */
function withActivation(call: LayerCall, inner: Layer, { activations }: QuantizePlan): Layer {
  const children = new Map(inner.children)
  for (const [argument, quantizer] of activations) {
    const known = inner.children.get(argument)
    const config = { activation: inner.config[argument] ?? 'linear', ...known?.config, quantizer }
    children.set(argument, {
      ...call.layer,
      name: argument,
      className: 'QuantizeAwareActivation',
      savedClassName: 'QuantizeAwareActivation',
      config,
      children: known?.children ?? new Map(),
    })
  }
  return { ...inner, children }
}

/** A layer that is marked to be quantised later. */
const annotated = (call: LayerCall): Emitted => call.emitInside(call.child('layer'))

/** Activations before which a layer's result is rounded, and those after which it is. */
const BEFORE = ['softmax', 'sigmoid', 'tanh', 'gelu']
const AFTER = ['linear', 'relu', 'swish', 'silu', 'gelu']

/** An activation with its input or output rounded; without a wrapper around the layer it is the activation alone. */
function quantizeAwareActivation(call: LayerCall): Value {
  const name = String(call.config.raw('activation'))
  const quantizer = (call.layer.config['quantizer'] as unknown as Quantizer | undefined) ?? { range: 'none' } // the wrapper put it there
  const x = BEFORE.includes(name) ? rounded(call, call.x, 'pre_activation', quantizer) : call.x
  const y = activate(call, x)
  return AFTER.includes(name) ? rounded(call, y, 'post_activation', quantizer) : y
}

/** `{"class_name": "MyConfig"}` → 'MyConfig'. */
const classText = (call: LayerCall, argument: string): string => {
  const value = call.config.raw(argument)
  const name = typeof value === 'object' && value !== null && 'class_name' in value ? value['class_name'] : value
  return `'${String(name)}'`
}

/** Counts training steps. */
const STEP: WeightSlot = { ...unused('optimizer_step', []), isWhole: true }

/** The ranges of a wrapper, in the order in which it makes them. */
const wrapperSlots: SlotsOf = (config, _, { children, slots }) => {
  const inner = children.get('layer')
  const plan = inner && quantizePlan(config['quantize_config'], inner, slots)
  if (!plan) return [STEP]
  const held = plan.weights.map(({ role }): WeightSlot => ({ ...unused(role), owner: inner }))
  const activations = plan.activations.flatMap(([argument, quantizer]) => [
    ...(BEFORE.includes(activationName(inner, argument)) ? rangeSlots('pre_activation', quantizer) : []),
    ...(AFTER.includes(activationName(inner, argument)) ? rangeSlots('post_activation', quantizer) : []),
  ])
  return [
    ...held,
    STEP,
    ...plan.weights.flatMap(({ attribute, quantizer }) => rangeSlots(attribute, quantizer)),
    ...activations,
    ...rangeSlots('output', plan.output),
  ]
}

/** The name of a layer's activation, which files of the wrapper hold inside an object. */
const activationName = (inner: Layer, argument: string): string =>
  String(inner.children.get(argument)?.config['activation'] ?? inner.config[argument] ?? 'linear')

const wrapper = (name: string): LayerClass => ({
  name,
  emit: quantizeWrapper,
  wraps: wrapping('layer'),
  weights: wrapperSlots,
})

export const QUANTIZE_LAYERS: readonly LayerClass[] = [
  {
    name: 'QuantizeLayer',
    emit: quantizeLayer,
    weights: c => [...rangeSlots('input', quantizerOf(c['quantizer']), String(c['name'])), STEP],
  },
  wrapper('QuantizeWrapper'),
  { ...wrapper('QuantizeWrapperV2'), holdsTrainable: true },
  { name: 'QuantizeAnnotate', emit: annotated, wraps: wrapping('layer') },
  { name: 'QuantizeAwareActivation', emit: quantizeAwareActivation, mask: 'pass' },
  { name: 'NoOpActivation', emit: passThrough, mask: 'pass' },
]
