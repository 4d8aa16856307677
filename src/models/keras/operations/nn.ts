/** Functions of neural networks: softmax, norms, windows, attention, codes of classes. */
import type { Value } from '../../../graph/node.ts'
import { scalar } from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import { logSoftmax, softmax, sparsemax } from '../activation.ts'
import { type Emission, LayerCall } from '../call.ts'
import type { LayerConfig } from '../layer-graph.ts'
import { depthwise, grouped } from '../layers/convolution.ts'
import { adaptivePooling, pooling } from '../layers/pooling.ts'
import { toChannelsFirst, toChannelsLast, type Window } from '../layers/space.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'
import { lengthOf, varianceOf } from './reductions.ts'

type Emit = Operation['emit']

/** An emission in which one layer has weights that came as arguments. */
const withWeights = (emission: Emission, weights: ReadonlyMap<string, Tensor>): Emission => ({
  dialect: emission.dialect,
  options: emission.options,
  notes: emission.notes,
  table: (layer, name, contents) => emission.table(layer, name, contents),
  vocabulary: layer => emission.vocabulary(layer),
  constant: (layer, name, make) => emission.constant(layer, name, make),
  cell: call => emission.cell(call),
  emit: (...call) => emission.emit(...call),
  unmask: tensor => emission.unmask(tensor),
  tensor: (_, role) => weights.get(role),
})

/** The call as one of a layer with this configuration and these weights, for what is written as layers are. */
export function asLayer(
  f: FunctionCall,
  x: Value,
  config: LayerConfig,
  weights: ReadonlyMap<string, Tensor> = new Map(),
): LayerCall {
  const { layer, scope } = f.call
  const emission = withWeights(f.call.emission, weights)
  const dtype = x.dtype === 'float64' ? 'float64' : 'float32'
  const own = { ...layer, kind: 'layer' as const, config, dtype: { compute: dtype, variable: dtype } }
  return new LayerCall(own, [{ kind: 'tensor', tensor: { value: x } }], new Map(), scope, emission)
}

// ---- Over the classes

/** An argument in real numbers. */
export const floating = (f: FunctionCall, name = 'x'): Value => {
  const x = f.tensor(name)
  return f.scope.cast(x, asFloat(x.dtype ?? 'float32'))
}

export const softmaxOp: Emit = f => {
  const x = floating(f)
  const axes = f.ints('axis')?.map(axis => f.call.axis(axis, f.rank(x)))
  if (axes) return softmax(f.scope, x, axes)
  return asRow(f, x, (row, axis) => softmax(f.scope, row, [axis]))
}
export const logSoftmaxOp: Emit = f => {
  const x = floating(f)
  if (f.has('axis')) return logSoftmax(f.scope, x, f.axis('axis', x, -1))
  return asRow(f, x, (row, axis) => logSoftmax(f.scope, row, axis))
}
/** Keras 3 takes the whole for one row where the axis is None, TensorFlow the last one. */
function asRow(f: FunctionCall, x: Value, formula: (row: Value, axis: number) => Value): Value {
  if (f.call.profile !== 'k3') return formula(x, f.rank(x) - 1)
  return f.scope.reshape(formula(f.scope.reshape(x, [null]), 0), f.scope.dims(x))
}
export const sparsemaxOp: Emit = f => {
  const x = floating(f)
  if (f.call.layer.config['axis'] === null) f.refuse('its axis is None, with which Keras itself fails on TensorFlow')
  return sparsemax(f.scope, x, f.axis('axis', x, -1))
}

/** One for the class, zero for the others, along a new axis. */
export const oneHot: Emit = f => {
  const { scope } = f
  const indices = f.tensor('x', 'int32')
  const whole = indices.dtype && !isFloat(indices.dtype) ? indices : scope.cast(indices, 'int32')
  const dtype = f.dtype('dtype') ?? 'float32'
  const work = dtype === 'bool' ? 'float32' : dtype
  const on = scope.cast(f.maybeTensor('on', work) ?? scope.int(1, 'on_value'), work)
  const off = scope.cast(f.maybeTensor('off', work) ?? scope.int(0, 'off_value'), work)
  const axis = f.int('axis', -1)
  const codes = scope.op('OneHot', [whole, scope.int(f.int('count'), 'depth'), on, off], {
    axis: axis === f.rank(whole) ? -1 : axis,
  })
  return scope.cast(codes, dtype)
}
/** One for every class among several. */
export const multiHot: Emit = f => {
  const codes = oneHot(f) as Value // codes are one tensor
  return f.scope.reduce(codes.dtype === 'bool' ? 'Any' : 'Max', codes, [f.rank(f.tensor('x')) > 1 ? 1 : 0])
}

// ---- Norms

/** x divided by its length of the given order, or by `epsilon` where that is larger. */
export const normalized: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const axes = f.has('axis') ? f.axes('axis', x) : [f.rank(x) - 1]
  const order = f.int('order', 2)
  const least = f.number('epsilon', 1e-7)
  if (order === 2) {
    const inverse = scope.op('Rsqrt', [scope.reduce('Sum', scope.op('Square', [x]), axes, true)])
    return scope.mul(x, scope.min(inverse, 1 / least))
  }
  return scope.div(x, scope.max(lengthOf(f, x, axes, order, true), least))
}
/** TensorFlow's: x / √max(Σx², epsilon), over all elements where there is no axis. */
export const l2Normalized: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const squares = scope.reduce('Sum', scope.op('Square', [x]), f.axes('axis', x), true)
  return scope.mul(x, scope.op('Rsqrt', [scope.max(squares, f.number('epsilon', 1e-12))]))
}

/** Keras' epsilon for norms whose call has none. */
const EPSILON = 1e-7

export const layerNorm: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const axes = f.has('axis') ? f.axes('axis', x) : [f.rank(x) - 1]
  const centred = scope.sub(x, scope.reduce('Mean', x, axes, true))
  const variance = scope.reduce('Mean', scope.mul(centred, centred), axes, true, 'variance')
  const inverse = scope.op('Rsqrt', [scope.add(variance, f.number('epsilon', EPSILON))])
  const isRms = f.bool('rms_scaling')
  const y = scope.mul(isRms ? x : centred, inverse)
  return scope.cast(gained(f, y, axes, !isRms), f.tensor('x').dtype ?? 'float32')
}
export const rmsNorm: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const axes = f.has('axis') ? f.axes('axis', x) : [f.rank(x) - 1]
  const mean = scope.reduce('Mean', scope.mul(x, x), axes, true)
  const y = scope.mul(x, scope.op('Rsqrt', [scope.add(mean, f.number('epsilon', EPSILON))]))
  return gained(f, y, axes, false)
}
/** Times `gamma`, plus `beta`, which have the sizes of the axes. */
function gained(f: FunctionCall, x: Value, axes: readonly number[], shifts: boolean): Value {
  const { scope } = f
  const dims = scope.dims(x)
  const wide = (name: string): Value | undefined => {
    const value = f.maybeTensor(name, x.dtype)
    if (!value) return undefined
    const isLast = f.rank(value) === 1 && axes[0] === dims.length - 1
    const whole = scope.cast(value, x.dtype!)
    return isLast || f.rank(value) === dims.length
      ? whole
      : scope.reshape(
          whole,
          dims.map((size, i) => (axes.includes(i) ? size : 1)),
        )
  }
  const [gamma, beta] = [wide('gamma'), shifts ? wide('beta') : undefined]
  const scaled = gamma ? scope.mul(x, gamma) : x
  return beta ? scope.add(scaled, beta) : scaled
}

/** (x − mean)·scale / √(variance + epsilon) + offset, all along `axis` or, in TensorFlow, as they broadcast. */
export const batchNorm: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const dims = scope.dims(x)
  const axis = f.has('axis') ? f.axis('axis', x, -1) : undefined
  const wide = (name: string): Value | undefined => {
    const value = f.maybeTensor(name, x.dtype)
    if (!value || axis === undefined || axis === dims.length - 1) return value
    return scope.reshape(
      value,
      dims.map((_, i) => (i === axis ? null : 1)),
    )
  }
  const [mean, variance, offset, scale] = [wide('mean')!, wide('variance')!, wide('offset'), wide('scale')]
  const inverse = scope.op('Rsqrt', [scope.add(variance, f.number('epsilon', 1e-3))])
  const factor = scale ? scope.mul(inverse, scale) : inverse
  const centre = scope.mul(mean, factor)
  return scope.add(scope.mul(x, factor), offset ? scope.sub(offset, centre) : scope.mul(centre, -1))
}

/** x plus a bias on the last axis, or on the second. */
export const biasAdd: Emit = f => {
  const x = f.tensor('x')
  const bias = f.tensor('bias', x.dtype)
  const isFirst = f.has('data_format') && /^(NC|channels_first)/.test(f.text('data_format'))
  if (!isFirst) return f.scope.op('BiasAdd', [x, bias])
  return f.scope.add(
    x,
    f.scope.reshape(bias, [
      null,
      ...f
        .shape(x)
        .slice(2)
        .map(() => 1),
    ]),
  )
}

// ---- Windows

/** Sizes of a window over space, from one number, one for each axis, or TensorFlow's with batch and channels. */
function spatial(f: FunctionCall, name: string, rank: number, otherwise: number): readonly number[] {
  const given = f.ints(name) ?? [otherwise]
  if (given.length === rank) return given
  if (given.length === rank + 2) return isFirst(f) ? given.slice(2) : given.slice(1, -1)
  return given.length === 1
    ? Array<number>(rank).fill(given[0]!)
    : f.refuse(`its '${name}' does not fit ${rank} dimensions`)
}
const isFirst = (f: FunctionCall): boolean => f.has('data_format') && /^(NC|channels_first)/.test(f.text('data_format'))
const formatOf = (f: FunctionCall): string => (isFirst(f) ? 'channels_first' : 'channels_last')

const rankOfSpace = (f: FunctionCall, x: Value): 1 | 2 | 3 => {
  const rank = f.rank(x) - 2
  return rank === 1 || rank === 2 || rank === 3 ? rank : f.refuse('its input has no 1 to 3 dimensions of space')
}

/** Zeros before and after each dimension, in the input's own order, where `padding` is a list of them and no word. */
function bordersIn(f: FunctionCall): readonly (readonly [number, number])[] | undefined {
  if (f.arg('padding')?.kind !== 'list') return undefined
  const flat = f.ints('padding')!
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
}
/** The padding as a layer's word for it: none is left where the input got its borders already. */
const paddingOf = (f: FunctionCall, borders: ReturnType<typeof bordersIn>): string =>
  borders ? 'valid' : f.text('padding', 'valid').toLowerCase()
const bordered = (f: FunctionCall, x: Value): Value => f.scope.pad(x, bordersIn(f) ?? [])

export const pool =
  (kind: 'Max' | 'Avg', otherStrides?: 1): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const borders = bordersIn(f)
    // Nothing outside the input is the largest.
    const lowest = (): Value => scope.const(scalar(given.dtype!, Number.NEGATIVE_INFINITY), 'constant_values')
    const x = borders ? scope.op('PadV2', [given, scope.matrix(borders, 'paddings'), lowest()]) : given
    if (borders && kind === 'Avg') f.refuse('a mean within borders has no op')
    const rank = rankOfSpace(f, x)
    const size = spatial(f, 'size', rank, 2)
    const strides = f.has('strides') || otherStrides ? spatial(f, 'strides', rank, 1) : size
    const config = { pool_size: size, strides, padding: paddingOf(f, borders), data_format: formatOf(f) }
    return pooling(kind, rank)(asLayer(f, x, config))
  }
/** Windows of which the largest or the mean is taken, as an argument says. */
export const anyPool: Emit = f => {
  if (['dilations', 'other_dilations'].some(name => f.ints(name)?.some(gap => gap !== 1)))
    return f.refuse('its windows have gaps')
  return pool(f.text('kind') === 'MAX' ? 'Max' : 'Avg', 1)(f)
}
/** The largest of each window, and where it stands in the image or in the whole batch. */
export const poolWithPlaces: Emit = f => {
  const x = f.tensor('x')
  const node = f.scope.node('MaxPoolWithArgmax', [x], {
    ksize: [1, ...spatial(f, 'size', 2, 1), 1],
    strides: [1, ...spatial(f, 'strides', 2, 1), 1],
    padding: f.text('padding').toUpperCase(),
    Targmax: f.dtype('output_dtype') ?? 'int64',
    include_batch_in_index: f.bool('include_batch_in_index'),
  })
  return [node.out(0), node.out(1)]
}

/** The largest of x + filter over each window; `erosion`: the smallest of x − filter, which is −dilation of −x by the filter turned by 180°. */
export const morphology =
  (kind: 'dilation' | 'erosion'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const filter = f.tensor('kernel', x.dtype)
    const attrs = {
      strides: [1, ...spatial(f, 'strides', 2, 1), 1],
      rates: [1, ...spatial(f, 'dilations', 2, 1), 1],
      padding: f.text('padding').toUpperCase(),
    }
    if (kind === 'dilation') return scope.op('Dilation2D', [x, filter], attrs)
    const turned = scope.op('ReverseV2', [filter, scope.ints([0, 1], 'ReverseV2/axis')])
    return scope.op('Neg', [scope.op('Dilation2D', [scope.op('Neg', [x]), turned], attrs)])
  }
export const adaptivePool =
  (kind: 'Max' | 'Avg'): Emit =>
  f => {
    const x = f.tensor('x')
    const rank = rankOfSpace(f, x)
    const config = { output_size: spatial(f, 'output_size', rank, 1), data_format: formatOf(f) }
    return adaptivePooling(kind, rank)(asLayer(f, x, config))
  }

/** A convolution whose kernel is a constant, as a layer's; with a kernel that is computed, in the one op that takes it. */
export const convolution =
  (kind: 'conv' | 'depthwise'): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const kernel = f.tensor('kernel', given.dtype)
    const rank = rankOfSpace(f, given)
    const x = isFirst(f) ? toChannelsLast(scope, bordered(f, given)) : bordered(f, given)
    const window: Window = {
      size: f
        .shape(kernel)
        .slice(0, rank)
        .map(size => f.call.known(size, 'a size of its kernel')),
      strides: spatial(f, 'strides', rank, 1),
      dilations: spatial(f, 'dilations', rank, 1),
      padding: paddingOf(f, bordersIn(f)) as Window['padding'], // the op refuses others
    }
    const y = convolved(f, kind, x, kernel, window)
    return isFirst(f) ? toChannelsFirst(scope, y) : y
  }

function convolved(f: FunctionCall, kind: 'conv' | 'depthwise', x: Value, kernel: Value, window: Window): Value {
  const { scope } = f
  const layer = asLayer(f, x, {})
  const { tensor } = kernel
  if (window.size.length === 1) {
    const plane: Window = {
      size: [1, ...window.size],
      strides: [1, ...window.strides],
      dilations: [1, ...window.dilations],
      padding: window.padding,
    }
    return scope.squeeze(convolved(f, kind, scope.expandDims(x, 1), scope.expandDims(kernel, 0), plane), [1])
  }
  if (tensor && kind === 'conv') return grouped(layer, x, tensor, window)
  if (tensor) return depthwise(layer, x, tensor, window, 'kernel', 'depthwise')
  const op = kind === 'depthwise' ? 'DepthwiseConv2dNative' : window.size.length === 2 ? 'Conv2D' : 'Conv3D'
  const attrs = {
    strides: [1, ...window.strides, 1],
    padding: window.padding.toUpperCase(),
    dilations: [1, ...window.dilations, 1],
  }
  return scope.op(op, [x, kernel], attrs)
}

/** A convolution that is written as the layer of this name is; its kernels must be constants. */
export const asConvolution =
  (emits: readonly ((call: LayerCall) => Value)[], kernels: readonly string[]): Emit =>
  f => {
    const x = bordered(f, f.tensor('x'))
    const rank = rankOfSpace(f, x)
    const weights = kernels.map(name => {
      const { tensor } = f.tensor(name, x.dtype)
      return [name, tensor ?? f.refuse(`its ${name} is computed`)] as const
    })
    const config = {
      kernel_size: weights[0]![1].shape.slice(0, rank),
      strides: spatial(f, 'strides', rank, 1),
      padding: paddingOf(f, bordersIn(f)),
      dilation_rate: spatial(f, 'dilations', rank, 1),
      data_format: formatOf(f),
      ...(f.has('output_padding') && { output_padding: spatial(f, 'output_padding', rank, 0) }),
    }
    return emits[rank - 1]!(asLayer(f, x, config, new Map(weights)))
  }

/** TensorFlow's transposed convolution, whose result's shape is given. */
export const backprop: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const rank = rankOfSpace(f, x)
  const sizes = scope.pack(
    f.sizes('shape').map(size => size ?? -1),
    'input_sizes',
  )
  const borders = bordersIn(f)
  if (borders && rank !== 2) return f.refuse('its padding is a list, which the op of three dimensions does not take')
  const padding = borders
    ? { padding: 'EXPLICIT', explicit_paddings: borders.flat() }
    : { padding: f.text('padding', 'same').toUpperCase() }
  const attrs = { strides: [1, ...spatial(f, 'strides', rank, 1), 1], ...padding }
  return scope.op(
    rank === 2 ? 'Conv2DBackpropInput' : 'Conv3DBackpropInputV2',
    [sizes, f.tensor('kernel', x.dtype), x],
    attrs,
  )
}

/** A block of pixels as channels, and back. */
export const blocks =
  (op: 'SpaceToDepth' | 'DepthToSpace'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const last = isFirst(f) ? toChannelsLast(scope, x) : x
    const y = scope.op(op, [last], { block_size: f.int('block_size') })
    return isFirst(f) ? toChannelsFirst(scope, y) : y
  }

// ---- Attention

/** softmax(q·kᵀ·scale + bias)·v on [batch, places, heads, depth]. */
export const dotProductAttention: Emit = f => {
  const { scope } = f
  const [query, key, value] = f.together(['query', 'key', 'value'], asFloat) as readonly [Value, Value, Value] // as many as names
  const depth = f.call.known(f.shape(key).at(-1), 'the size of its heads')
  const byHead = (x: Value): Value => scope.transpose(x, [0, 2, 1, 3])
  const heads = f.call.known(f.shape(query)[2], 'the number of its heads')
  const shared = (x: Value): Value => {
    const count = f.call.known(f.shape(x)[2], 'the number of its heads')
    if (count === heads || count === 1) return byHead(x)
    const [batch, , places, size] = scope.dims(byHead(x))
    const tiled = scope.tile(scope.expandDims(byHead(x), 2), [1, 1, heads / count, 1, 1])
    return scope.reshape(tiled, [batch!, heads, places!, size!])
  }
  const scale = f.has('scale') ? f.number('scale') : 1 / Math.sqrt(depth)
  let scores = scope.mul(scope.op('BatchMatMulV2', [byHead(query), shared(key)], { adj_y: true }), scale)
  const bias = f.maybeTensor('bias', scores.dtype)
  if (bias) scores = scope.add(scores, bias)
  const cap = f.has('cap') ? f.number('cap') : undefined
  if (cap !== undefined) scores = scope.mul(scope.op('Tanh', [scope.div(scores, cap)]), cap)
  for (const mask of masks(f, query, key))
    scores = scope.select(mask, scores, scope.number(-0.7 * 3.3895314e38, scores))
  return byHead(scope.op('BatchMatMulV2', [scope.op('Softmax', [scores]), shared(value)]))
}

function masks(f: FunctionCall, query: Value, key: Value): readonly Value[] {
  const { scope } = f
  const given = f.maybeTensor('mask')
  const found = given ? [scope.cast(given, 'bool')] : []
  if (!f.bool('is_causal')) return found
  const index = (x: Value): Value => scope.op('Range', [scope.int(0, 'start'), scope.size(x, 1), scope.int(1, 'delta')])
  const rows = scope.reshape(index(query), [null, 1])
  const causal = scope.compare('GreaterEqual', rows, scope.reshape(index(key), [1, null]))
  return [...found, causal]
}

// ---- Others

/** x·W + b. */
export const affine = (f: FunctionCall): Value => {
  const [x, kernel, bias] = f.together(['x1', 'x2', 'bias'], asFloat) as readonly [Value, Value, Value] // as many as names
  return f.scope.op('BiasAdd', [f.scope.op('MatMul', [x, kernel]), bias])
}
export const standardized: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axes = [-3, -2, -1].map(axis => axis + f.rank(x))
  const count = axes.reduce((n, axis) => n * f.call.known(f.shape(x)[axis], 'a size of the image'), 1)
  const deviation = scope.op('Sqrt', [varianceOf(scope, x, axes, true)])
  const centred = scope.sub(x, scope.reduce('Mean', x, axes, true))
  return scope.div(centred, scope.max(deviation, 1 / Math.sqrt(count)))
}
