/** Colour spaces, and colours as fractions or whole numbers. */
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { type DType, isFloat } from '../../../tensorflow/dtype.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { hasChannelsFirst, onImages } from './images.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

const LUMINANCE = [0.2989, 0.587, 0.114] as const

/** The luminance of red, green and blue. */
export const rgbToGrayscale: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axis = hasChannelsFirst(f) ? f.rank(x) - 3 : f.rank(x) - 1
  const weights = scope.const(
    fromValues(
      x.dtype!,
      f.shape(x).map((_, i) => (i === axis ? 3 : 1)),
      LUMINANCE,
    ),
    'luminance',
  )
  return scope.cast(scope.reduce('Sum', scope.mul(x, weights), [axis], true), given.dtype!)
}

/** Another colour space, by an op that has the channels last. */
export const rgbToHsvOrBack =
  (op: 'RGBToHSV' | 'HSVToRGB'): Emit =>
  f => {
    const x = f.tensor('x')
    return onImages(f, f.scope.cast(x, asFloat(x.dtype ?? 'float32')), images => f.scope.op(op, [images]))
  }

/** Matrices from one colour space to another, a row for each channel that goes in. Source: TensorFlow's image_ops_impl.py. */
const COLOURS = {
  rgb_to_yuv: [0.299, -0.14714119, 0.61497538, 0.587, -0.28886916, -0.51496512, 0.114, 0.43601035, -0.10001026],
  yuv_to_rgb: [1, 1, 1, 0, -0.394642334, 2.03206185, 1.13988303, -0.58062185, 0],
  rgb_to_yiq: [0.299, 0.59590059, 0.2115, 0.587, -0.27455667, -0.52273617, 0.114, -0.32134392, 0.31119955],
  yiq_to_rgb: [1, 1, 1, 0.95598634, -0.27201283, -1.10674021, 0.6208248, -0.64720424, 1.70423049],
} as const

/** The colours of another space, which mix those of each pixel. */
export const mixColors =
  (space: keyof typeof COLOURS): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const matrix = scope.const(fromValues(x.dtype!, [3, 3], COLOURS[space]), 'kernel')
    const rows = scope.op('MatMul', [scope.reshape(x, [null, 3]), matrix])
    return scope.reshape(rows, scope.dims(x))
  }

/** Colours of whole numbers as real ones from 0 to 1. */
export const convertImageDtype: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype') ?? 'float32'
  if (x.dtype === dtype) return x
  if (!isFloat(dtype))
    return isFloat(x.dtype ?? 'float32') ? wholeColors(f, x, dtype) : f.refuse('it makes whole numbers')
  return asFractions(f, x, dtype).value
}

/** Whole numbers as parts of the largest that their type holds; real numbers stay, and have none. */
export function asFractions(f: FunctionCall, x: Value, dtype: DType): { value: Value; largest: number | undefined } {
  const largest = x.dtype && LARGEST[x.dtype]
  const real = f.scope.cast(x, dtype)
  return { value: largest ? f.scope.mul(real, 1 / largest) : real, largest }
}

const LARGEST: Readonly<Partial<Record<DType, number>>> = {
  uint8: 255,
  int8: 127,
  uint16: 65535,
  int16: 32767,
  int32: 2147483647,
}

/** Colours from 0 to 1 as whole numbers: TensorFlow adds a half, and lets what is beyond wrap around unless it is to stop there. */
function wholeColors(f: FunctionCall, x: Value, dtype: DType): Value {
  const largest = LARGEST[dtype] ?? f.refuse(`it makes ${dtype}`)
  const scaled = f.scope.mul(x, largest + 0.5)
  if (!f.bool('saturate')) return f.scope.cast(scaled, dtype)
  return f.scope.cast(f.scope.clip(scaled, dtype.startsWith('u') ? 0 : -largest - 1, largest), dtype)
}
