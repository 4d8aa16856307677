/** Convolutions, plain, depthwise and transposed, in two and three dimensions. */
import type { Node, Value } from '../../graph/node.ts'
import { reshape, transpose } from '../../tensor/make.ts'
import { elementCount } from '../../tensor/tensor.ts'
import type { Emitter } from '../emitter.ts'
import { isChannelsFirst } from '../layout.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { pointwiseFrom } from '../pointwise.ts'
import { refuse } from '../refusal.ts'
import { biasAfter } from './bias.ts'
import { imageOf, padding, setImage, spatial, spatialSizes, unlessOnes, type Window } from './windows.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Weights as ONNX has them: [out, in, …]; constants are turned as they are written. */
function turned(weights: Value, perm: readonly number[], shape: readonly number[] | undefined, emit: Emitter): Ref {
  const name = `${weights.node.name}/nchw`
  const tensor = emit.constant(weights)
  if (tensor) {
    const moved = transpose(tensor, perm)
    return emit.tensor(shape ? reshape(moved, shape) : moved, name)
  }
  const moved = emit.op('Transpose', [emit.value(weights)], { perm }, { name })
  return shape ? emit.reshape(moved, shape) : moved
}

function sizesOf(weights: Value, emit: Emitter): readonly number[] {
  const sizes = emit.facts.dims(weights) ?? refuse(`the sizes of the weights ${weights} are not known`)
  return sizes.includes(0) ? refuse('its weights have no elements') : sizes
}

/** Finishes a convolution: the constant that is added behind it is its third input. */
function finish(
  node: Node,
  emit: Emitter,
  channels: number,
  build: (bias: Ref | undefined, name: string) => Ref,
): void {
  const bias = biasAfter(node, emit, channels)
  if (!bias) {
    setImage(node, node.out(), build(undefined, node.name), emit)
    return
  }
  const vector = emit.tensor(reshape(bias.tensor, [elementCount(bias.tensor.shape)]), bias.name)
  setImage(node, bias.value, build(vector, String(bias.value)), emit)
}

/** Conv2D, Conv3D. Fewer input channels in the weights than in the image: groups. */
const convolution =
  (axes: number): Lowering =>
  (node, emit) => {
    const [image, weights] = inputsOf(node, 2)
    const sizes = sizesOf(weights, emit)
    const channels = emit.shape(image)?.at(isChannelsFirst(node) ? 1 : -1) ?? sizes[axes]!
    const window = {
      kernel: sizes.slice(0, axes),
      strides: spatial(node, 'strides', axes),
      dilations: spatial(node, 'dilations', axes),
    }
    const group = channels / sizes[axes]!
    const kernel = turned(weights, [axes + 1, axes, ...upTo(axes)], undefined, emit)
    convolved(node, emit, { window, kernel, channels: sizes[axes + 1]!, group: group === 1 ? undefined : group })
  }

/** Each channel by its own filters: [height, width, channels, multiplier] becomes [channels · multiplier, 1, …]. */
const depthwise: Lowering = (node, emit) => {
  const weights = node.input(1)
  const [height, width, channels, multiplier] = sizesOf(weights, emit) as [number, number, number, number]
  const window = {
    kernel: [height, width],
    strides: spatial(node, 'strides', 2),
    dilations: spatial(node, 'dilations', 2),
  }
  const kernel = turned(weights, [2, 3, 0, 1], [channels * multiplier, 1, height, width], emit)
  convolved(node, emit, { window, kernel, channels: channels * multiplier, group: channels })
}

/** How a convolution is said, besides its padding. */
interface Convolution {
  readonly window: Window
  readonly kernel: Ref
  /** For the result. */
  readonly channels: number
  readonly group: number | undefined
}

function convolved(node: Node, emit: Emitter, { window, kernel, channels, group }: Convolution): void {
  const image = node.input(0)
  finish(node, emit, channels, (bias, name) =>
    emit.op(
      'Conv',
      [imageOf(node, image, emit), kernel, ...(bias ? [bias] : [])],
      {
        kernel_shape: window.kernel,
        strides: window.strides,
        dilations: unlessOnes(window.dilations),
        group,
        ...padding(node, image, emit, window),
      },
      { name },
    ),
  )
}

/**
 * The dense layer on an image that begins with this Reshape, as a convolution with a kernel of one pixel. Returns whether
 * it is one whose image or result is channels first.
 */
export function pointwise(node: Node, emit: Emitter): boolean {
  const found = pointwiseFrom(node, emit.facts, emit.graph)
  if (!found || !(emit.prefersFirst(found.last) || (emit.hasFirst(found.image) && !emit.hasLast(found.image))))
    return false
  const { weights, product, last } = found
  const turned = product.bool('transpose_b') ? weights : transpose(weights, [1, 0])
  const [columns, rows] = turned.shape as [number, number] // a matrix
  const axes = emit.rank(found.image) - 2
  const name = `${product.input(1).node.name}/nchw`
  const kernel = emit.tensor(reshape(turned, [columns, rows, ...Array<number>(axes).fill(1)]), name)
  const build = (bias: Ref | undefined, to: string): Ref =>
    emit.op('Conv', [emit.channelsFirst(found.image), kernel, ...(bias ? [bias] : [])], {}, { name: to })
  for (const inner of [...found.inside, last]) emit.absorb(inner)
  if (found.bias) emit.setFirst(last.out(), build(emit.tensor(found.bias, `${last.name}/bias`), last.name))
  else finish(last, emit, columns, build)
  return true
}

/** How a transposed convolution is said: its weights and groups, besides the window. */
interface Transposed {
  readonly kernel: readonly number[]
  readonly weights: Ref
  readonly group: number
  readonly channels: number
}

/** The gradient of a convolution by its input, which is as large as that input was. */
function transposedConvolution(node: Node, emit: Emitter, { kernel, weights, group, channels }: Transposed): void {
  const axes = kernel.length
  const image = node.input(2)
  const strides = spatial(node, 'strides', axes)
  const dilations = spatial(node, 'dilations', axes)
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1)
  const before = spatialSizes(node, image, emit, axes)
  const after = spatialSizes(node, node.out(), emit, axes)
  const attributes = { kernel_shape: kernel, strides, dilations: unlessOnes(dilations), ...(group !== 1 && { group }) }
  const build = (bias: Ref | undefined, name: string, more: object): Ref =>
    emit.op(
      'ConvTranspose',
      [imageOf(node, image, emit), weights, ...(bias ? [bias] : [])],
      { ...attributes, ...more },
      { name },
    )
  const begin = explicitBegin(node, axes)
  if ([...before, ...after].some(size => size === null)) {
    const whole = build(undefined, `${node.name}/whole`, { output_padding: strides.map(stride => stride - 1) })
    setImage(node, node.out(), cut(node, emit, whole, { before: image, reach, strides, begin }), emit)
    return
  }
  const full = reach.map((size, i) => (before[i]! - 1) * strides[i]! + size)
  const totals = full.map((size, i) => size - after[i]!)
  const starts = totals.map((total, i) => begin?.[i] ?? (node.str('padding') === 'SAME' ? Math.max(0, total) >> 1 : 0))
  const ends = totals.map((total, i) => total - starts[i]!)
  const pads = [...starts, ...ends.map(end => Math.max(0, end))]
  const more = ends.map(end => Math.max(0, -end))
  finish(node, emit, channels, (bias, name) =>
    build(bias, name, {
      ...(pads.some(pad => pad > 0) && { pads }),
      ...(more.some(pad => pad > 0) && { output_padding: more }),
    }),
  )
}

function explicitBegin(node: Node, axes: number): number[] | undefined {
  if (node.str('padding') !== 'EXPLICIT') return undefined
  const first = isChannelsFirst(node) ? 2 : 1
  return upTo(axes).map(i => node.ints('explicit_paddings')[2 * (first + i)]!)
}

interface Cut {
  readonly before: Value
  readonly reach: readonly number[]
  readonly strides: readonly number[]
  readonly begin: readonly number[] | undefined
}

/** The part of a whole transposed convolution that has the sizes that are computed: SAME cuts half of what is too much off the start. */
function cut(node: Node, emit: Emitter, whole: Ref, { before, reach, strides, begin }: Cut): Ref {
  const axes = reach.length
  const first = isChannelsFirst(node) ? 2 : 1
  const asked = emit.op('Slice', [
    emit.cast(emit.value(node.input(0)), 'int64'),
    emit.vector([first]),
    emit.vector([first + axes]),
  ])
  const image = emit.op('Shape', [imageOf(node, before, emit)])
  const sizes = emit.op('Slice', [image, emit.vector([2]), emit.vector([2 + axes])])
  const steps = emit.op('Mul', [emit.op('Sub', [sizes, emit.vector([1])]), emit.vector(strides)])
  const full = emit.op('Add', [steps, emit.vector(reach)])
  const excess = emit.op('Max', [emit.op('Sub', [full, asked]), emit.vector([0])])
  const half = emit.op('Div', [excess, emit.vector([2])])
  const start = begin ? emit.vector(begin) : node.str('padding') === 'SAME' ? half : emit.vector(reach.map(() => 0))
  const end = emit.op('Add', [start, asked])
  return emit.op('Slice', [whole, start, end, emit.vector(upTo(axes).map(i => i + 2))], {}, { name: node.name })
}

const transposed =
  (axes: number): Lowering =>
  (node, emit) => {
    if (axes === 3 && emit.dtype(node.input(1)) === 'float16')
      refuse('TensorFlow rounds each of its sums to float16, which ONNX Runtime does not')
    const sizes = sizesOf(node.input(1), emit)
    const weights = turned(node.input(1), [axes + 1, axes, ...upTo(axes)], undefined, emit)
    transposedConvolution(node, emit, { kernel: sizes.slice(0, axes), weights, group: 1, channels: sizes[axes]! })
  }

const depthwiseTransposed: Lowering = (node, emit) => {
  const [height, width, channels, multiplier] = sizesOf(node.input(1), emit) as [number, number, number, number]
  const weights = turned(node.input(1), [2, 3, 0, 1], [channels * multiplier, 1, height, width], emit)
  transposedConvolution(node, emit, { kernel: [height, width], weights, group: channels, channels })
}

export const convolutions: Lowerings = {
  Conv2D: convolution(2),
  Conv2DBackpropInput: transposed(2),
  Conv3D: convolution(3),
  Conv3DBackpropInputV2: transposed(3),
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseTransposed,
}
