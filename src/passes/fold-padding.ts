import { list, string } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, type Constant, constant, either, once, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { valuesOf } from '../tensor/make.ts'

interface Padded {
  readonly conv: Node
  readonly pad: Node
  readonly x: Value
  readonly paddings: Constant
  readonly weights: Value
}

const CONVOLUTIONS = ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D']

/** Conv(Pad(x)) of either op that pads. */
const PADDED = either(
  as(
    'conv',
    op(CONVOLUTIONS, [once(as('pad', op('Pad', [any('x'), constant('paddings')]))), any('weights')], {
      padding: 'VALID',
    }),
  ),
  as(
    'conv',
    op(
      CONVOLUTIONS,
      [once(as('pad', op('PadV2', [any('x'), constant('paddings'), constant('value')]))), any('weights')],
      {
        padding: 'VALID',
      },
    ),
  ),
)

/** One spatial axis: its size before padding, the zeros added, the window. */
interface Axis {
  readonly size: number
  readonly before: number
  readonly after: number
  readonly reach: number
  readonly stride: number
}

/**
 * Whether padding SAME does the same. It makes ⌈size/stride⌉ windows, and half of
 * what they need more than there is (rounded down) goes before.
 */
function isSame({ size, before, after, reach, stride }: Axis): boolean {
  const windows = Math.ceil(size / stride)
  const total = Math.max((windows - 1) * stride + reach - size, 0)
  return Math.floor((size + before + after - reach) / stride) + 1 === windows && before === Math.floor(total / 2)
}

const toSame = rule<Padded>({
  name: 'fold-padding',
  find: PADDED,
  replace(found, context) {
    const axes = spatialAxes(found, context)
    if (typeof axes === 'string') return axes
    const other = axes.find(axis => !isSame(axis))
    if (other) {
      return `padding SAME adds other amounts than ${other.before} before and ${other.after} after, for a size of ${other.size}`
    }
    const { conv, x, weights } = found
    return context.like(conv, [x, weights], { padding: string('SAME') }).out()
  },
})

/** Padding EXPLICIT, which TensorFlow reads in a Conv2D, and other runtimes may not. */
const toExplicit = rule<Padded>({
  name: 'fold-padding-explicit',
  find: PADDED,
  test: ({ conv }) => conv.op === 'Conv2D',
  replace(found, { like }) {
    const paddings = zeroPaddings(found)
    if (typeof paddings === 'string') return paddings
    const { conv, x, weights } = found
    return like(conv, [x, weights], { padding: string('EXPLICIT'), explicit_paddings: list('int', paddings) }).out()
  },
})

/** The paddings, before and after each axis, where they are zeros and leave batch and channels alone. */
function zeroPaddings({ conv, pad, paddings }: Padded): readonly number[] | string {
  const [value] = pad.op === 'PadV2' ? (valuesOf(pad.input(2).tensor!) ?? [1]) : [0] // the pattern asks for a constant
  if (value !== 0) return `${pad.name} does not pad with zeros`
  const amounts = valuesOf(paddings.tensor)
  if (!amounts || amounts.some(n => n < 0)) return `the paddings of ${pad.name} are not known`
  const channels = conv.str('data_format').startsWith('NC') ? 1 : amounts.length / 2 - 1
  const outside = [0, channels].some(axis => amounts[2 * axis] !== 0 || amounts[2 * axis + 1] !== 0)
  return outside ? `${pad.name} pads the batch or the channels` : amounts
}

function spatialAxes(found: Padded, { facts }: RuleContext): readonly Axis[] | string {
  const paddings = zeroPaddings(found)
  if (typeof paddings === 'string') return paddings
  const { conv, x, weights } = found
  const [shape, kernel] = [facts.shape(x), facts.shape(weights)]
  const first = conv.str('data_format').startsWith('NC') ? 2 : 1
  const [strides, dilations] = [conv.ints('strides'), conv.ints('dilations')]
  const axes: Axis[] = []
  for (let i = 0; i < paddings.length / 2 - 2; i++) {
    const axis = first + i
    const [size, window] = [shape?.[axis], kernel?.[i]]
    if (size == null || window == null) return `the size of ${x} is not known`
    const reach = (window - 1) * (dilations[axis] ?? 1) + 1
    axes.push({ size, before: paddings[2 * axis]!, after: paddings[2 * axis + 1]!, reach, stride: strides[axis]! })
  }
  return axes
}

/** Conv(Pad(x), VALID) → Conv(x, SAME), where that pads the same; with `explicit`, else as padding EXPLICIT. */
export const foldPadding = rulePass({
  name: 'fold-padding',
  description: 'Folds zero padding into the following convolution, if it equals padding SAME.',
  enabled: true,
  requires: ['fold-constants'],
  options: {
    explicit: {
      kind: 'boolean',
      default: false,
      description: 'Use padding EXPLICIT for other padding. TensorFlow reads it; other runtimes may not.',
    },
  },
  rules: ({ explicit }) => (explicit ? [toSame, toExplicit] : [toSame]),
})
