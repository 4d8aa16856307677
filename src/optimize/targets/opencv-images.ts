/** Rewrites that let OpenCV's importer know the order of an image's axes. */
import { string } from '../../graph/attr.ts'
import type { Node, Value } from '../../graph/node.ts'
import { any, as, constant, op } from '../../rewrite/pattern.ts'
import { type Rule, type RuleContext, rule } from '../../rewrite/rule.ts'
import { splat, valuesOf, vector } from '../../tensor/make.ts'
import { isImageInput } from './opencv-layout.ts'

/** Ops that the importer reads along other axes where it does not know that an image is NHWC. */
const MOVED = ['Reshape', 'Slice', 'Split', 'Squeeze', 'ConcatV2', 'Transpose']

const channelsOf = (value: Value, { facts }: RuleContext): number | null | undefined => {
  const shape = facts.shape(value)
  return value.dtype === 'float32' && shape?.length === 4 && isImageInput(value) ? shape[3] : undefined
}

/** x → x + 0 by a BiasAdd, which says NHWC, between an input and what moves its axes. */
const statedOrder: Rule = rule({
  name: 'state-order-of-axes',
  find: as('node', op(MOVED)),
  test: ({ node }, context) => node.inputs.some(value => channelsOf(value, context)),
  allOutputs: true,
  replace({ node }, context) {
    const { graph, like } = context
    const inputs = node.inputs.map(value => {
      const channels = channelsOf(value, context)
      if (!channels) return value
      const zeros = graph.const(splat('float32', [channels], 0), `${node.name}/zeros`)
      return graph.add('BiasAdd', [value, zeros], { data_format: string('NHWC') }, `${node.name}/image`).out()
    })
    const stated = like(node, inputs)
    return node.outputTypes!.map((_, i) => stated.out(i))
  },
})

/** The sizes of an image that a Reshape makes of rows. */
function imageSizes(node: Node, x: Value, { facts }: RuleContext): readonly [number, number, number] | undefined {
  const after = facts.shape(node.out())
  const [, height, width, channels] = after ?? []
  if (facts.shape(x)?.length !== 2 || after?.length !== 4 || !height || !width || !channels) return undefined
  return height * width > 1 ? [height, width, channels] : undefined
}

/** Rows to an image: OpenCV reads a Reshape to NCHW, and the Transpose to NHWC behind it. A decoder's first layers. */
const rowsToImage: Rule = rule({
  name: 'rows-to-image',
  find: as('node', op('Reshape', [any('x'), constant('shape', 1)])),
  test: ({ node, x }, context) => imageSizes(node, x, context) !== undefined,
  replace({ node, x, shape }, context) {
    const { graph } = context
    const [height, width, channels] = imageSizes(node, x, context)!
    const batch = context.facts.shape(node.out())?.[0] ?? valuesOf(shape.tensor)?.[0] ?? -1
    const step = (name: string, operation: string, value: Value, numbers: readonly number[]): Value => {
      const constant = graph.const(vector('int32', numbers), `${name}/sizes`)
      return graph.add(operation, [value, constant], {}, name).out()
    }
    const pixels = step(`${node.name}/pixels`, 'Reshape', x, [batch, height * width, channels])
    const planes = step(`${node.name}/planes`, 'Transpose', pixels, [0, 2, 1])
    const image = step(`${node.name}/channels_first`, 'Reshape', planes, [batch, channels, height, width])
    return step(node.name, 'Transpose', image, [0, 2, 3, 1])
  },
})

/** Where a StridedSlice begins along each axis; undefined unless it takes whole ranges, one element after the other. */
function beginsOf(node: Node, dims: readonly number[]): number[] | undefined {
  const [begin, , strides] = node.inputs.slice(1).map(({ tensor }) => tensor && valuesOf(tensor))
  if (!begin || strides?.some(s => s !== 1) || node.int('new_axis_mask') !== 0 || node.int('shrink_axis_mask') !== 0) {
    return undefined
  }
  const isIn = (mask: string, i: number): boolean => ((node.int(mask) >> i) & 1) === 1
  const begins = dims.map(() => 0)
  let axis = 0
  for (const [i, value] of begin.entries()) {
    if (isIn('ellipsis_mask', i)) axis += dims.length - begin.length
    else if (!isIn('begin_mask', i)) begins[axis] = value < 0 ? Math.max(0, value + dims[axis]!) : value
    axis++
  }
  return begins
}

/** StridedSlice → Slice, whose axes OpenCV moves. */
const plainSlice: Rule = rule({
  name: 'strided-slice-as-slice',
  find: as('node', op('StridedSlice')),
  test: ({ node }, { facts }) => facts.dims(node.input(0)) !== undefined && facts.dims(node.out()) !== undefined,
  replace({ node }, { graph, facts }) {
    const begins = beginsOf(node, facts.dims(node.input(0))!)
    if (!begins) return `${node.name} takes single elements, or not each of a range`
    const begin = graph.const(vector('int32', begins), `${node.name}/begin`)
    const size = graph.const(vector('int32', facts.dims(node.out())!), `${node.name}/size`)
    return graph.add('Slice', [node.input(0), begin, size], {}, node.name).out()
  },
})

/** SplitV → a Slice for each part. */
const partsAsSlices: Rule = rule({
  name: 'split-as-slices',
  find: as('node', op('SplitV', [any('x'), constant('sizes', 1), constant('axis')])),
  allOutputs: true,
  replace({ node, x, axis }, { graph, facts }) {
    const dims = facts.dims(x)
    const parts = node.outputTypes!.map((_, i) => facts.dims(node.out(i)))
    if (!dims || parts.some(part => !part)) return `the sizes of ${x} are not known`
    const along = (valuesOf(axis.tensor)![0]! + dims.length) % dims.length
    let start = 0
    return parts.map((size, i) => {
      const name = `${node.name}/${i}`
      const begin = graph.const(
        vector('int32', Object.assign(Array(dims.length).fill(0), { [along]: start })),
        `${name}/begin`,
      )
      start += size![along]!
      return graph.add('Slice', [x, begin, graph.const(vector('int32', size!), `${name}/size`)], {}, name).out()
    })
  },
})

/** A matrix or sequence has no order of axes: OpenCV would move the axes of what follows as those of an image. */
const orderOfImagesOnly: Rule = rule({
  name: 'order-of-images-only',
  find: as('node', op('BiasAdd', undefined, { data_format: 'NHWC' })),
  test({ node }, { facts }) {
    const rank = facts.shape(node.input(0))?.length
    return node.attrs.has('data_format') && (rank === 2 || rank === 3)
  },
  replace: ({ node }, { graph }) => graph.add('BiasAdd', node.inputs, {}, node.name).out(),
})

export const IMAGE_RULES: readonly Rule[] = [plainSlice, partsAsSlices, rowsToImage, statedOrder, orderOfImagesOnly]
