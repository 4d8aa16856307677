/** Dilated convolutions as TensorFlow's Python writes them: SpaceToBatchND, a plain convolution, BatchToSpaceND. */
import { list, string } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, type Constant, constant, once, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { spread, valuesOf } from '../tensor/make.ts'

interface Dilated {
  readonly conv: Node
  readonly x: Value
  readonly block: Constant
  readonly paddings: Constant
  readonly weights: Constant
  readonly outBlock: Constant
  readonly crops: Constant
}

const dilated = (ops: readonly string[]) =>
  op('BatchToSpaceND', [
    once(
      as(
        'conv',
        op(
          ops,
          [
            once(op('SpaceToBatchND', [any('x'), constant('block', 1), constant('paddings', 2)])),
            constant('weights', 4),
          ],
          { padding: 'VALID' },
        ),
      ),
    ),
    constant('outBlock', 1),
    constant('crops', 2),
  ])

/** The factor along each spatial axis, and the padding that the convolution has in effect. */
interface Dilation {
  readonly factors: readonly [number, number]
  readonly padding: 'SAME' | 'VALID'
}

function dilationOf({ conv, block, paddings, weights, outBlock, crops }: Dilated): Dilation | string {
  const [factors, back, pads, cuts] = [block, outBlock, paddings, crops].map(c => valuesOf(c.tensor))
  if (factors?.length !== 2 || factors.join() !== back?.join() || !pads || !cuts) {
    return `the block sizes before and after ${conv.name} differ or are not two`
  }
  if (conv.ints('strides').some(s => s !== 1) || conv.ints('dilations').some(d => d !== 1)) {
    return `${conv.name} already has strides or dilations`
  }
  if (conv.str('data_format') !== 'NHWC') return `${conv.name} is channels-first`
  if (cuts[0] !== 0 || cuts[2] !== 0)
    return `the result of ${conv.name} is cropped at the start, which padding cannot express`
  const kernel = weights.tensor.shape
  const zeros = [0, 1].map(i => [pads[2 * i]!, pads[2 * i + 1]! - cuts[2 * i + 1]!] as const)
  const same = [0, 1].map(i => {
    const total = (kernel[i]! - 1) * factors[i]!
    return [Math.floor(total / 2), total - Math.floor(total / 2)] as const
  })
  if (zeros.every(([before, after]) => before === 0 && after === 0))
    return { factors: [factors[0]!, factors[1]!], padding: 'VALID' }
  const isSame = zeros.every(([before, after], i) => before === same[i]![0] && after === same[i]![1])
  return isSame
    ? { factors: [factors[0]!, factors[1]!], padding: 'SAME' }
    : `the padding of ${conv.name} is neither SAME nor VALID`
}

/** BatchToSpaceND(Conv2D(SpaceToBatchND(x))) → Conv2D(x) {dilations}. */
export const toDilations = rule<Dilated>({
  name: 'merge-dilation',
  find: dilated(['Conv2D']),
  replace(found, { like }) {
    const dilation = dilationOf(found)
    if (typeof dilation === 'string') return dilation
    const attrs = { dilations: list('int', [1, ...dilation.factors, 1]), padding: string(dilation.padding) }
    return like(found.conv, [found.x, found.weights], attrs).out()
  },
})

/** …→ Conv2D(x, weights with zeros between). */
export const dilationToZeros = rule<Dilated>({
  name: 'flatten-atrous-conv',
  find: dilated(['Conv2D', 'DepthwiseConv2dNative']),
  replace(found, { graph, like }) {
    const dilation = dilationOf(found)
    if (typeof dilation === 'string') return dilation
    const weights = spread(found.weights.tensor, [...dilation.factors, 1, 1])
    const constant = graph.const(weights, `${found.weights.node.name}/dilated`)
    return like(found.conv, [found.x, constant], { padding: string(dilation.padding) }).out()
  },
})

/**
 * The attribute `dilations` says in one node what three do. Off by default:
 * OpenCV takes the attribute for 1 without a word.
 */
export const mergeDilation = rulePass({
  name: 'merge-dilation',
  description: 'Replaces SpaceToBatchND, Conv2D, BatchToSpaceND with one dilated Conv2D. OpenCV ignores dilations.',
  enabled: false,
  requires: ['fold-constants'],
  rules: () => [toDilations],
})

/** For readers that know neither: the weights grow by the square of the dilation. */
export const flattenAtrousConv = rulePass({
  name: 'flatten-atrous-conv',
  description:
    'Replaces SpaceToBatchND, convolution, BatchToSpaceND with one convolution that has zeros between its weights.',
  aliases: ['flatten_atrous_conv'],
  enabled: false,
  requires: ['fold-constants'],
  rules: () => [dilationToZeros],
})
