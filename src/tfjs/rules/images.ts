/** Images and boxes in the operators that TF.js has. */
import type { Value } from '../../graph/node.ts'
import { any, as, op } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { Builder } from './build.ts'

/** (x − mean) · factor + mean, the mean of each channel of each image. */
const contrast = rule({
  name: 'tfjs-contrast',
  find: as('node', op('AdjustContrastv2', [any('x'), any('factor')])),
  replace({ node, x, factor }, { graph }) {
    const b = new Builder(graph, node)
    const mean = b.op('Mean', [x, b.ints([-3, -2])], { keep_dims: true })
    return b.op('AddV2', [b.op('Mul', [b.op('Sub', [x, mean]), b.cast(factor, x.dtype!)]), mean])
  },
})

/** The threshold as an input. */
const suppression = rule({
  name: 'tfjs-non-max-suppression',
  find: as('node', op('NonMaxSuppression', [any('boxes'), any('scores'), any('most')])),
  replace({ node, boxes, scores, most }, { graph }) {
    const b = new Builder(graph, node)
    return b.op('NonMaxSuppressionV2', [boxes, scores, most, b.number('float32', node.float('iou_threshold'))])
  },
})

/** A grouped convolution: one for each group of channels. */
const groups = rule({
  name: 'tfjs-grouped-convolution',
  find: as('node', op('Conv2D', [any('x'), any('weights')], { data_format: 'NHWC' })),
  test: ({ x, weights }, { facts }) => (groupsOf(facts.shape(x), facts.shape(weights)) ?? 1) > 1,
  replace({ node, x, weights }, { graph, facts }) {
    const count = groupsOf(facts.shape(x), facts.shape(weights))!
    const b = new Builder(graph, node)
    const last = b.number('int32', 3)
    const parts = (value: Value) => b.node('Split', [last, value], { num_split: count })
    const [images, kernels] = [parts(x), parts(weights)]
    const attrs = Object.fromEntries(node.attrs)
    const made = Array.from({ length: count }, (_, i) => b.op('Conv2D', [images.out(i), kernels.out(i)], attrs))
    return b.op('ConcatV2', [...made, last])
  },
})

type Sizes = readonly (number | null)[] | null

/** How many groups a convolution has; undefined where it is not known. */
export function groupsOf(image: Sizes, kernel: Sizes): number | undefined {
  const [channels, each] = [image?.[3], kernel?.[2]]
  return channels != null && each != null && each > 0 ? channels / each : undefined
}

export const IMAGES: readonly Rule[] = [contrast, suppression, groups]
