/** Fake quantisation and dequantisation. */
import { fromNumbers, numbers, scalarOf } from '../array.ts'
import { type Kernel, type Kernels, refuse } from '../kernel.ts'
import { CODES } from './quantised-ops.ts'

const f = Math.fround

/** Numbers rounded to the levels between min and max, which are moved so that zero is one. Source: fake_quant_ops_functor.h. */
function fakeQuantised(x: number, min: number, max: number, bits: number, isNarrow: boolean): number {
  if (min === 0 && max === 0) return 0
  const [low, high] = [isNarrow ? 1 : 0, 2 ** bits - 1]
  const scale = f(f(max - min) / (high - low))
  const zero = f(low - f(min / scale))
  const nudged = zero < low ? low : zero > high ? high : Math.round(zero)
  const [from, to] = [f((low - nudged) * scale), f((high - nudged) * scale)]
  const shifted = f(Math.min(Math.max(x, from), to) - from)
  return f(f(Math.floor(f(f(shifted * f(1 / scale)) + 0.5)) * scale) + from)
}

/** Ranges come as inputs (one, or one for each channel), or as attributes. */
const fakeQuant: Kernel = ([x, minInput, maxInput], node) => {
  const min = numbers(minInput ?? scalarOf('float32', node.float('min')))
  const max = numbers(maxInput ?? scalarOf('float32', node.float('max')))
  const [bits, isNarrow] = [node.int('num_bits'), node.bool('narrow_range')]
  const out = Float64Array.from(numbers(x!), (v, i) => {
    const c = i % min.length // one range, or the last dimension has as many
    return fakeQuantised(v, min[c]!, max[c]!, bits, isNarrow)
  })
  return [fromNumbers('float32', x!.shape, out)]
}

/** Codes back to numbers. Source: dequantize_op.cc and quantization_utils.h. */
const dequantize: Kernel = ([x, minInput, maxInput], node) => {
  if (node.attr('axis') && node.int('axis') !== -1) refuse(node, 'a range for each slice')
  const [low, high] = CODES[x!.dtype] ?? refuse(node, `codes of type ${x!.dtype}`)
  const [min, max] = [numbers(minInput!)[0]!, numbers(maxInput!)[0]!]
  const decode = decoder(node.str('mode'), low, high, min, max) ?? refuse(node, `mode ${node.str('mode')}`)
  const dtype = node.attr('dtype') ? node.type('dtype') : 'float32'
  return [fromNumbers(dtype, x!.shape, Float64Array.from(numbers(x!), decode))]
}

function decoder(
  mode: string,
  low: number,
  high: number,
  min: number,
  max: number,
): ((q: number) => number) | undefined {
  if (mode === 'MIN_COMBINED') {
    const half = low < 0 ? (high - low + 1) / 2 : 0
    const scale = f((max - min) / (high - low))
    return q => f(f((q + half) * scale) + min)
  }
  if (mode === 'MIN_FIRST') {
    const steps = high - low + 1
    const scale = ((max - min) * (steps / (steps - 1))) / steps
    const start = scale === 0 ? min : Math.round(min / scale) * scale
    return q => start + (q - low) * scale
  }
  if (mode === 'SCALED') {
    const scale = low === 0 ? max / high : Math.max(min / low, max / high)
    return q => f(q * f(scale))
  }
  return undefined
}

/** Kernels by op. */
export const quantisationKernels: Kernels = {
  FakeQuantWithMinMaxArgs: fakeQuant,
  FakeQuantWithMinMaxVars: fakeQuant,
  FakeQuantWithMinMaxVarsPerChannel: fakeQuant,
  Dequantize: dequantize,
}
