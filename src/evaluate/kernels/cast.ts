/** Kernels that change the type of elements: by value, or by reading the same bits otherwise. */
import type { Node } from '../../graph/node.ts'
import { bytesPerElement, type DType, isFloat } from '../../tensorflow/dtype.ts'
import {
  bigints,
  complexes,
  elementBytes,
  fromBigints,
  fromComplex,
  fromElementBytes,
  fromNumbers,
  isBig,
  isComplex,
  type NdArray,
  numbers,
} from '../array.ts'
import { fail, type Kernel, type Kernels } from '../kernel.ts'

/** Values between which a float has an integer of the type. */
const BOUNDS: Record<string, [number, number]> = {
  int8: [-(2 ** 7), 2 ** 7],
  int16: [-(2 ** 15), 2 ** 15],
  int32: [-(2 ** 31), 2 ** 31],
  int64: [-(2 ** 63), 2 ** 63],
  uint8: [0, 2 ** 8],
  uint16: [0, 2 ** 16],
  uint32: [0, 2 ** 32],
  uint64: [0, 2 ** 64],
}

/** Whether a cast of floats goes beyond its integer type: the standards leave the result open, and machines differ. */
export function isCastBeyond(node: Node, x: NdArray): boolean {
  const bounds = node.op === 'Cast' && isFloat(x.dtype) ? BOUNDS[node.type('DstT')] : undefined
  if (!bounds) return false
  return !numbers(x).every(v => Math.trunc(v) >= bounds[0] && Math.trunc(v) < bounds[1])
}

/**
 * The cast that x86 processors compute, and so TensorFlow there: through int32 or int64, whose lowest number stands for
 * NaN and what is beyond; the lower bits are the result. Logarithms of zero in models are cast so, and not used then.
 */
function castBeyond(to: DType, x: NdArray): NdArray {
  const isWide = to === 'uint32' || isBig(to)
  const [lowest, most] = isWide ? [-(2 ** 63), to === 'uint64' ? 2 ** 64 : 2 ** 63] : [-(2 ** 31), 2 ** 31]
  const whole = Array.from(numbers(x), Math.trunc).map(v => (v >= lowest && v < most ? v : lowest))
  if (isBig(to)) return fromBigints(to, x.shape, whole.map(BigInt))
  return fromNumbers(to, x.shape, isWide ? whole.map(v => Number(BigInt.asUintN(32, BigInt(v)))) : whole)
}

const cast: Kernel = ([x], node) => {
  const to = node.type('DstT')
  if (to === x!.dtype) return [x!]
  if (isComplex(to)) return [fromComplex(to, x!.shape, complexes(x!))]
  if (isComplex(x!.dtype))
    return [
      fromNumbers(
        to,
        x!.shape,
        complexes(x!).map(v => v.re),
      ),
    ]
  if (isCastBeyond(node, x!)) return [castBeyond(to, x!)]
  if (isBig(to) && !isFloat(x!.dtype)) return [fromBigints(to, x!.shape, bigints(x!))]
  if (isBig(x!.dtype) && BOUNDS[to])
    return [
      fromNumbers(
        to,
        x!.shape,
        bigints(x!).map(v => Number(BigInt.asIntN(32, v))),
      ),
    ]
  return [fromNumbers(to, x!.shape, numbers(x!))]
}

const bitcast: Kernel = ([x], node) => {
  const to = node.type('type')
  const [from, into] = [bytesPerElement(x!.dtype), bytesPerElement(to)]
  let shape = x!.shape
  if (from > into) shape = [...shape, from / into]
  else if (from < into) {
    if (shape.at(-1) !== into / from) fail(node, `[${shape}] of ${x!.dtype} seen as ${to}`)
    shape = shape.slice(0, -1)
  }
  return [fromElementBytes(to, shape, elementBytes(x!))]
}

/** Eight comparisons with a threshold as the bits of a byte, the first one highest. */
const compareAndBitpack: Kernel = ([x, threshold]) => {
  const limit = numbers(threshold!)[0]!
  const values = numbers(x!)
  const out = new Uint8Array(values.length / 8)
  values.forEach((v, i) => {
    if (v > limit) out[i >> 3]! |= 0x80 >> (i & 7)
  })
  return [fromNumbers('uint8', [...x!.shape.slice(0, -1), x!.shape.at(-1)! / 8], out)]
}

/** Kernels by op. */
export const castKernels: Kernels = { Cast: cast, Bitcast: bitcast, CompareAndBitpack: compareAndBitpack }
