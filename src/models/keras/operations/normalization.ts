/** Normalisation as functions: normalize, layer_norm, rms_norm, batch_normalization. */
import type { Value } from '../../../graph/node.ts'
import { floating } from './as-layer.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { normOf } from './norm.ts'
import { asFloat } from './promotion.ts'
import { varianceOf } from './reductions.ts'

type Emit = Operation['emit']

/** x divided by its length of the given order, or by `epsilon` where that is larger. */
export const normalize: Emit = f => {
  const { scope } = f
  const x = floating(f)
  const axes = f.has('axis') ? f.axes('axis', x) : [f.rank(x) - 1]
  const order = f.int('order', 2)
  const least = f.number('epsilon', 1e-7)
  if (order === 2) {
    const inverse = scope.op('Rsqrt', [scope.reduce('Sum', scope.op('Square', [x]), axes, true)])
    return scope.mul(x, scope.min(inverse, 1 / least))
  }
  return scope.div(x, scope.max(normOf(f, x, axes, order, true), least))
}

/** TensorFlow's: x / √max(Σx², epsilon), over all elements where there is no axis. */
export const l2Normalize: Emit = f => {
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

/** x·W + b. */
export const xwPlusB = (f: FunctionCall): Value => {
  const [x, kernel, bias] = f.together(['x1', 'x2', 'bias'], asFloat) as readonly [Value, Value, Value] // as many as names
  return f.scope.op('BiasAdd', [f.scope.op('MatMul', [x, kernel]), bias])
}

export const perImageStandardization: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const axes = [-3, -2, -1].map(axis => axis + f.rank(x))
  const count = axes.reduce((n, axis) => n * f.call.known(f.shape(x)[axis], 'a size of the image'), 1)
  const deviation = scope.op('Sqrt', [varianceOf(scope, x, axes, true)])
  const centred = scope.sub(x, scope.reduce('Mean', x, axes, true))
  return scope.div(centred, scope.max(deviation, 1 / Math.sqrt(count)))
}
