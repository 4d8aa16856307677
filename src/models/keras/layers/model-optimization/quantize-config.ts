/**
 * Reads a QuantizeConfig of tensorflow_model_optimization for the layer that it belongs to: which of its weights,
 * activations and outputs are rounded. Source: `default_8bit_quantize_registry.py`, `default_8bit_quantize_configs.py`,
 * the same of `default_n_bit`, and `quantize_config.py` of 0.8.
 */
import { isList, isObject, type JsonObject, stringAt } from '../../json.ts'
import type { Json, Layer } from '../../layer-graph.ts'
import type { SlotsOfLayer, WeightSlot } from '../../weights/slots.ts'
import { type Quantizer, quantizer, quantizerOf } from './fake-quant.ts'

/** A weight that is rounded. */
export interface RoundedWeight {
  /** tfmot's name for it, and its range after it. */
  readonly attribute: string
  readonly role: string
  readonly quantizer: Quantizer
}

/** The weights and activations to round, and how: activations by argument. */
export interface QuantizePlan {
  readonly weights: readonly RoundedWeight[]
  readonly activations: readonly (readonly [argument: string, quantizer: Quantizer])[]
  readonly output: Quantizer
}

const NONE: QuantizePlan = { weights: [], activations: [], output: { range: 'none' } }

/** The plan of a serialised QuantizeConfig for the layer inside; undefined for a class that is not known. */
export function quantizePlan(
  serialised: Json | undefined,
  inner: Layer,
  slots: SlotsOfLayer,
): QuantizePlan | undefined {
  const name = stringAt(serialised, 'class_name') ?? ''
  const config = isObject(serialised) && isObject(serialised['config']) ? serialised['config'] : {}
  switch (name.slice(name.lastIndexOf('>') + 1)) {
    case 'NoOpQuantizeConfig':
      return NONE
    case 'Default8BitOutputQuantizeConfig':
    case 'DefaultNBitOutputQuantizeConfig':
      return { ...NONE, output: outputQuantizer(config, true) }
    case 'Default8BitActivationQuantizeConfig':
    case 'DefaultNBitActivationQuantizeConfig':
      return { ...NONE, output: outputQuantizer(config, isQuantizedActivation(inner)) }
    case 'Default8BitQuantizeConfig':
    case 'DefaultNBitQuantizeConfig':
    case 'Default8BitConvTransposeQuantizeConfig':
    case 'DefaultNBitConvTransposeQuantizeConfig':
      return plan(config, slots(inner), false)
    case 'Default8BitConvQuantizeConfig':
    case 'DefaultNBitConvQuantizeConfig':
      return plan(config, slots(inner), true)
    case 'OutputOnlyConfig':
      return withoutWeights(quantizePlan(config['quantize_config'], inner, slots))
    case 'FixedQuantizeConfig':
      return withFixedRange(quantizePlan(config['config'], inner, slots), config)
    default:
      return undefined
  }
}

/** The bits of activations and outputs. Configurations of 8 bits do not say. */
const activationQuantizer = ({ num_bits_activation: bits }: JsonObject): Quantizer =>
  quantizer(typeof bits === 'number' ? bits : 8, false)

const outputQuantizer = (config: JsonObject, isQuantized: boolean): Quantizer =>
  isQuantized && config['quantize_output'] !== false ? activationQuantizer(config) : { range: 'none' }

/** For `Activation` layers: others are taken to be part of the layer before. */
const isQuantizedActivation = (inner: Layer): boolean =>
  ['relu', 'relu6', 'swish', 'silu', 'gelu'].includes(String(inner.config['activation']))

function plan(config: JsonObject, slots: readonly WeightSlot[], isPerChannel: boolean): QuantizePlan {
  const { num_bits_weight: bits } = config
  const ofWeights = quantizer(typeof bits === 'number' ? bits : 8, true, isPerChannel)
  return {
    weights: names(config['weight_attrs']).map(attribute => ({
      attribute,
      role: slots.find(slot => slot.names?.includes(attribute))?.role ?? attribute,
      quantizer: ofWeights,
    })),
    activations: names(config['activation_attrs']).map(argument => [argument, activationQuantizer(config)]),
    output: outputQuantizer(config, config['quantize_output'] === true),
  }
}

const names = (value: Json | undefined): readonly string[] =>
  isList(value) ? value.filter(name => typeof name === 'string') : []

const withoutWeights = (plan: QuantizePlan | undefined): QuantizePlan | undefined => plan && { ...plan, weights: [] }

/** Activations and outputs over a range of the configuration's. */
function withFixedRange(plan: QuantizePlan | undefined, config: JsonObject): QuantizePlan | undefined {
  const own = quantizerOf({ class_name: 'FixedQuantizer', config })
  if (!plan || !own) return undefined
  const activations = plan.activations.map(([argument]) => [argument, own] as const)
  return { ...plan, activations, output: plan.output.range === 'none' ? plan.output : own }
}
