/**
 * Values rounded to few bits, as the quantizers of tensorflow_model_optimization do at inference: by FakeQuant
 * ops over a range that training has found. Source: `quantization/keras/quantizers.py` and `quant_ops.py` of 0.8.
 */
import type { Value } from '../../../../graph/node.ts'
import { sliceOf } from '../../../../tensor/make.ts'
import type { LayerCall } from '../../call.ts'
import { isObject, stringAt } from '../../json.ts'
import type { Json } from '../../layer-graph.ts'
import { fixed, named, type WeightSlot } from '../../weights/slots.ts'

/** How a quantizer rounds. Plain data: it may stand in a layer's configuration. */
export type Quantizer =
  /** Over a range in two weights, for each channel (the last axis) or for all. */
  | { readonly range: 'weights'; readonly bits: number; readonly isNarrow: boolean; readonly isPerChannel: boolean }
  /** Over a range that the configuration gives. */
  | { readonly range: 'fixed'; readonly isNarrow: boolean; readonly low: number; readonly high: number }
  | { readonly range: 'none' }

/** A quantizer over a range in weights. */
export const quantizer = (bits: number, isNarrow: boolean, isPerChannel = false): Quantizer => ({
  range: 'weights',
  bits,
  isNarrow,
  isPerChannel,
})

/** The quantizer that a configuration has; undefined for a class that is not known. */
export function quantizerOf(serialised: Json | undefined): Quantizer | undefined {
  if (serialised === undefined || serialised === null) return { range: 'none' }
  const config = isObject(serialised) && isObject(serialised['config']) ? serialised['config'] : {}
  const { num_bits: bits, narrow_range: isNarrow, init_min: low, init_max: high } = config
  switch (stringAt(serialised, 'class_name')) {
    case 'NoQuantizer':
      return { range: 'none' }
    case 'FixedQuantizer':
      if (typeof low !== 'number' || typeof high !== 'number') return undefined
      return { range: 'fixed', isNarrow: isNarrow === true, low, high }
    case 'AllValuesQuantizer':
    case 'LastValueQuantizer':
    case 'MovingAverageQuantizer':
      return quantizer(typeof bits === 'number' ? bits : 8, isNarrow === true)
    default:
      return undefined
  }
}

/** The weights of a range: `<role>_min` and `<role>_max`, which files may name otherwise. */
export function rangeSlots(role: string, quantizer: Quantizer | undefined, name = role): readonly WeightSlot[] {
  if (quantizer?.range !== 'weights') return []
  const shape = quantizer.isPerChannel ? [null] : []
  return [named(fixed(`${role}_min`, shape), `${name}_min`), named(fixed(`${role}_max`, shape), `${name}_max`)]
}

/** Some of the channels. */
interface Channels {
  readonly begin: number
  readonly width: number
}

/** x rounded. The range of the layer is in the weights `<role>_min` and `<role>_max`, of each channel or of all. */
export function rounded(call: LayerCall, x: Value, role: string, quantizer: Quantizer, channels?: Channels): Value {
  const { scope } = call
  if (quantizer.range === 'none') return x
  const narrow_range = quantizer.isNarrow
  if (quantizer.range === 'fixed') {
    const { low: min, high: max } = quantizer
    return scope.op('FakeQuantWithMinMaxArgs', [x], { min, max, num_bits: 8, narrow_range }) // tfmot does not pass its num_bits
  }
  const range = [`${role}_min`, `${role}_max`].map(name => limit(call, name, channels))
  const op = quantizer.isPerChannel ? 'FakeQuantWithMinMaxVarsPerChannel' : 'FakeQuantWithMinMaxVars'
  return scope.op(op, [x, ...range], { num_bits: quantizer.bits, narrow_range })
}

function limit(call: LayerCall, name: string, channels: Channels | undefined): Value {
  const tensor = call.tensor(name)
  if (!channels || tensor.shape[0] === channels.width) return call.constant(name, () => tensor)
  const { begin, width } = channels
  return call.constant(`${name}/${begin}`, () => sliceOf(tensor, [begin], [width]))
}
