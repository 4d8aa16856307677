import type { Node } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, once, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { fromValues } from '../tensor/make.ts'

const BILINEAR = once(as('resize', op('ResizeBilinear', [any('x'), any('size')])))
/** Why the fused ops would compute something else: they know neither of these. */
function obstacle(node: Node, resize: Node | undefined, { facts }: RuleContext): string | undefined {
  if (resize?.bool('half_pixel_centers'))
    return `${resize.name} samples pixel centres, but the fused op samples corners`
  if (node.ints('dilations').some(d => d !== 1)) return `${node.name} is dilated`
  if (node.str('data_format') !== 'NHWC') return `${node.name} is channels-first`
  if (node.str('padding') === 'EXPLICIT') return `${node.name} has explicit padding`
  const { dtype } = facts.of(node.out())
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64' ? undefined : `${node.name} is ${dtype}`
}

const common = (node: Node) => ({ strides: node.ints('strides'), padding: node.str('padding') })

/** Conv2D(MirrorPad(x)) → FusedPadConv2D. */
const padConv = rule({
  name: 'fuse-pad-convolution',
  find: as('conv', op('Conv2D', [once(as('pad', op('MirrorPad', [any('x'), any('paddings')]))), any('filter')])),
  unless: ({ conv, paddings }, context) =>
    obstacle(conv, undefined, context) ??
    (paddings.dtype !== 'int32' && `the paddings are ${paddings.dtype}, not int32`),
  replace: ({ conv, pad, x, paddings, filter }, { graph }) =>
    graph.add('FusedPadConv2D', [x, paddings, filter], { ...common(conv), mode: pad.str('mode') }, conv.name).out(),
})

const FUSED_RESIZE = 'FusedResizeAndPadConv2D'

/** The attributes of a convolution with the resizing and the padding before it. */
const attributesOf = (conv: Node, resize: Node, mode: string) => ({
  ...common(conv),
  mode,
  resize_align_corners: resize.bool('align_corners'),
})

/** Conv2D(MirrorPad(ResizeBilinear(x))) → FusedResizeAndPadConv2D. */
const resizePadConv = rule({
  name: 'fuse-resize-convolution',
  find: as('conv', op('Conv2D', [once(as('pad', op('MirrorPad', [BILINEAR, any('paddings')]))), any('filter')])),
  unless: ({ conv, resize, paddings }, context) =>
    obstacle(conv, resize, context) ?? (paddings.dtype !== 'int32' && `the paddings are ${paddings.dtype}, not int32`),
  replace: ({ conv, pad, resize, x, size, paddings, filter }, { graph }) =>
    graph.add(FUSED_RESIZE, [x, size, paddings, filter], attributesOf(conv, resize, pad.str('mode')), conv.name).out(),
})

/** Conv2D(ResizeBilinear(x)) → FusedResizeAndPadConv2D, without padding. */
const resizeConv = rule({
  name: 'fuse-resize-convolution',
  find: as('conv', op('Conv2D', [BILINEAR, any('filter')])),
  unless: ({ conv, resize }, context) => obstacle(conv, resize, context),
  replace({ conv, resize, x, size, filter }, { graph }) {
    const none = graph.const(fromValues('int32', [4, 2], Array<number>(8).fill(0)), `${conv.name}/no_paddings`)
    return graph.add(FUSED_RESIZE, [x, size, none, filter], attributesOf(conv, resize, 'REFLECT'), conv.name).out()
  },
})

/**
 * Resizing, mirror padding and convolution in one op, as TensorFlow's
 * optimize_for_inference did. Off by default: only TensorFlow on a CPU has the op.
 */
export const fuseConvolutions = rulePass({
  name: 'fuse-convolutions',
  description:
    'Fuses bilinear resizing and mirror padding into the following convolution. Only TensorFlow reads the result.',
  aliases: ['fuse_convolutions', 'fuse_resize_pad_and_conv'],
  enabled: false,
  requires: ['fold-constants'],
  rules: () => [resizePadConv, padConv, resizeConv],
})
