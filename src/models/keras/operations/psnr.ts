/** The ratio of signal to noise of one image in another, in dB. */
import type { Value } from '../../../graph/node.ts'
import { asFractions } from './colors.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** 20·log₁₀(most) − 10·log₁₀(mean squared difference). */
export const psnr: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'], asFloat)
  const squares = scope.op('Square', [scope.sub(a!, b!)])
  const mean = scope.reduce(
    'Mean',
    squares,
    Array.from({ length: f.rank(squares) }, (_, i) => i),
  )
  const noise = scope.mul(scope.op('Log', [mean]), -10 / Math.LN10)
  return scope.add(noise, 20 * Math.log10(f.number('most')))
}

/** The images from 0 to 1 where they are of whole numbers, and the largest difference in the same measure. */
export function imagePair(f: FunctionCall): { readonly a: Value; readonly b: Value; readonly most: number } {
  const a = f.tensor('x1')
  const b = f.tensor('x2', a.dtype)
  const { value, largest } = asFractions(f, a, 'float32')
  return { a: value, b: asFractions(f, b, 'float32').value, most: f.number('most') / (largest ?? 1) }
}

/** 20·log₁₀(most) − 10·log₁₀(mean (a − b)²) of each image. */
export const imagePsnr: Emit = f => {
  const { scope } = f
  const { a, b, most } = imagePair(f)
  const rank = Math.max(f.rank(a), f.rank(b))
  const squares = scope.op('SquaredDifference', [a, b])
  const mean = scope.reduce('Mean', squares, [rank - 3, rank - 2, rank - 1])
  const noise = scope.mul(scope.op('Log', [mean]), -10 / Math.LN10)
  return scope.add(noise, 20 * Math.log10(most))
}
