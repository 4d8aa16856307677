/**
 * Activation functions, each in the ops that every consumer reads: no Maximum or
 * Minimum, no Neg, no Sub from a constant, no Erfc. Formulas: Keras' documentation.
 */
import type { Value } from '../../graph/node.ts'
import { fromValues } from '../../tensor/make.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { LayerCall } from './call.ts'
import type { Json, Layer, Profile } from './layer-graph.ts'
import type { Scope } from './scope.ts'

/** Applies the activation that an argument of the layer names: null, a function's name, or a layer of its own. */
export function activate(
  call: LayerCall,
  x: Value,
  argument: ActivationArgument = 'activation',
  otherwise?: string,
): Value {
  const layer = call.layer.children.get(argument)
  if (layer) return ofLayer(call, layer, x)
  const activation = call.config.raw(argument) ?? otherwise
  if (activation === undefined) return x
  const write = typeof activation === 'string' ? activationNamed(bareClass(activation)) : undefined
  if (!write) return call.refuse(`its ${argument} is ${pythonFunction(activation)}`, CUSTOM)
  return write(call.scope, x, call.profile)
}

/** A function in a file that is not one of Keras': its name, or the bytecode of a lambda. */
const pythonFunction = (activation: Json): string =>
  typeof activation === 'string'
    ? `the Python function '${activation}', which is not in the file`
    : 'a Python function, of which the file holds bytecode: it is never run'

type ActivationArgument = 'activation' | 'recurrent_activation'

/** A layer in the place of a function: `activation=LeakyReLU(0.1)`. */
const ofLayer = ({ emission, scope }: LayerCall, layer: Layer, x: Value): Value =>
  emission.emit(layer, [{ kind: 'tensor', tensor: { value: x } }], new Map(), scope.inner(layer.name))[0]!.value

/** The class name in the file, without a package's prefix. */
const bareClass = (name: string): string => name.slice(name.lastIndexOf('>') + 1)

const CUSTOM =
  'Give a module that emits the layer with --custom, or export the model as a SavedModel (model.export) and freeze that.'

/** Whether an activation works on each element by itself, so that it may change places with a transpose. */
export const isPerElement = (activation: Json | undefined): boolean =>
  activation === undefined ||
  activation === null ||
  (typeof activation === 'string' && !/^(softmax|log_softmax|sparsemax|glu)$/.test(activation))

/** An activation with its usual parameters. */
export type Activation = (scope: Scope, x: Value, profile: Profile) => Value

/** The activation of this name; undefined for none. */
export const activationNamed = (name: string): Activation | undefined => ACTIVATIONS.get(name)

const op =
  (name: string): Activation =>
  (scope, x) =>
    scope.op(name, [x])

/** By the name that configurations use. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['linear', (_, x) => x],
  ['relu', op('Relu')],
  ['relu6', op('Relu6')],
  ['leaky_relu', (scope, x) => leakyRelu(scope, x, 0.2)],
  ['elu', op('Elu')],
  ['selu', op('Selu')],
  ['celu', (scope, x) => celu(scope, x, 1)],
  ['sigmoid', op('Sigmoid')],
  ['tanh', op('Tanh')],
  ['softplus', op('Softplus')],
  ['softsign', op('Softsign')],
  ['exponential', op('Exp')],
  ['hard_sigmoid', (scope, x, profile) => hardSigmoid(scope, x, profile)],
  ['swish', (scope, x) => scope.mul(x, scope.op('Sigmoid', [x]))],
  ['silu', (scope, x) => scope.mul(x, scope.op('Sigmoid', [x]))],
  ['hard_silu', (scope, x) => scope.mul(x, hardSigmoid(scope, x, 'k3'))],
  ['hard_swish', (scope, x) => scope.mul(x, hardSigmoid(scope, x, 'k3'))],
  ['mish', (scope, x) => scope.mul(x, scope.op('Tanh', [scope.op('Softplus', [x])]))],
  ['gelu', (scope, x) => gelu(scope, x, false)],
  ['softmax', (scope, x) => softmax(scope, x, [-1])],
  ['log_softmax', (scope, x) => logSoftmax(scope, x, -1)],
  ['log_sigmoid', (scope, x) => logSigmoid(scope, x)],
  ['squareplus', (scope, x) => squareplus(scope, x, 4)],
  ['soft_shrink', (scope, x) => softShrink(scope, x, 0.5)],
  ['hard_shrink', (scope, x) => scope.mul(x, scope.indicator('Greater', scope.op('Abs', [x]), 0.5))],
  ['tanh_shrink', (scope, x) => scope.sub(x, scope.op('Tanh', [x]))],
  ['hard_tanh', (scope, x) => scope.clip(x, -1, 1)],
  ['sparse_sigmoid', (scope, x) => scope.clip(scope.mul(scope.add(x, 1), 0.5), 0, 1)],
  ['sparse_plus', (scope, x) => sparsePlus(scope, x)],
  ['sparsemax', (scope, x) => sparsemax(scope, x, -1)],
  ['glu', (scope, x) => glu(scope, x, -1)],
])

/** x > 0 ? x : slope·x. */
export const leakyRelu = (scope: Scope, x: Value, slope: number): Value => scope.op('LeakyRelu', [x], { alpha: slope })

/** Keras 1 and 2: clip(0.2·x + 0.5, 0, 1). Keras 3: relu6(x + 3) / 6. */
export function hardSigmoid(scope: Scope, x: Value, profile: Profile): Value {
  if (profile === 'k3') return scope.mul(scope.op('Relu6', [scope.add(x, 3)]), 1 / 6)
  return scope.clip(scope.add(scope.mul(x, 0.2), 0.5), 0, 1)
}

/** x > 0 ? x : alpha·(eˣ − 1), without a choice and without a minimum. */
export function elu(scope: Scope, x: Value, alpha: number): Value {
  if (alpha === 1) return scope.op('Elu', [x])
  const positive = scope.op('Relu', [x])
  const negative = scope.mul(scope.op('Relu', [scope.mul(x, -1)]), -1)
  return scope.add(positive, scope.mul(scope.op('Elu', [negative]), alpha))
}

/** max(x, 0) + alpha·(e^(min(x, 0) / alpha) − 1). */
export function celu(scope: Scope, x: Value, alpha: number): Value {
  if (alpha === 1) return scope.op('Elu', [x])
  const positive = scope.op('Relu', [x])
  const negative = scope.mul(scope.op('Relu', [scope.mul(x, -1)]), -1 / alpha)
  return scope.add(positive, scope.mul(scope.op('Elu', [negative]), alpha))
}

/** x > 0 ? x : alpha·x, with `minusAlpha` = −alpha: in the one spelling that OpenCV knows for a PReLU. */
export function prelu(scope: Scope, x: Value, minusAlpha: Value): Value {
  const positive = scope.op('Relu', [x])
  return scope.add(positive, scope.mul(minusAlpha, scope.op('Relu', [scope.op('Neg', [x])])))
}

/** x/2·(1 + erf(x/√2)), or with tanh(√(2/π)·(x + 0.044715·x³)) in its place. */
export function gelu(scope: Scope, x: Value, approximate: boolean): Value {
  if (!approximate) {
    const erf = scope.op('Erf', [scope.mul(x, Math.SQRT1_2)])
    return scope.mul(scope.mul(x, 0.5), scope.add(erf, 1))
  }
  const cube = scope.mul(x, scope.mul(x, x))
  const inner = scope.mul(scope.add(x, scope.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI))
  return scope.mul(scope.mul(x, 0.5), scope.add(scope.op('Tanh', [inner]), 1))
}

/** (x + √(x² + b)) / 2. */
export const squareplus = (scope: Scope, x: Value, b: number): Value =>
  scope.mul(scope.add(x, scope.op('Sqrt', [scope.add(scope.mul(x, x), b)])), 0.5)

/** sign(x)·max(|x| − t, 0) = relu(x − t) − relu(−x − t). */
export function softShrink(scope: Scope, x: Value, t: number): Value {
  const above = scope.op('Relu', [scope.add(x, -t)])
  const below = scope.op('Relu', [scope.add(scope.mul(x, -1), -t)])
  return scope.sub(above, below)
}

/** −softplus(−x). */
export const logSigmoid = (scope: Scope, x: Value): Value => scope.mul(scope.op('Softplus', [scope.mul(x, -1)]), -1)

/** 0 up to −1, (x + 1)² / 4 up to 1, x from there. */
export function sparsePlus(scope: Scope, x: Value): Value {
  const raised = scope.add(x, 1)
  const middle = scope.mul(scope.mul(raised, raised), 0.25)
  const low = scope.select(scope.compare('LessEqual', x, -1), scope.number(0, x), middle)
  return scope.select(scope.compare('Less', x, 1), low, x)
}

/** One half of the axis times the sigmoid of the other. */
export function glu(scope: Scope, x: Value, axis: number): Value {
  const [value, gate] = scope.split(x, 2, axis)
  return scope.mul(value!, scope.op('Sigmoid', [gate!]))
}

/**
 * The layer ReLU: x from `limit` on is limit, from `threshold` on x, below slope·(x − threshold).
 * `limit` is undefined for none.
 */
export function generalRelu(scope: Scope, x: Value, slope: number, threshold: number, limit?: number): Value {
  if (threshold === 0) {
    if (slope === 0 && limit === undefined) return scope.op('Relu', [x])
    if (slope === 0 && limit === 6) return scope.op('Relu6', [x])
    if (slope === 0) return scope.clip(x, 0, limit!)
    const leaky = leakyRelu(scope, x, slope)
    return limit === undefined ? leaky : scope.op('Minimum', [leaky, scope.number(limit, x)])
  }
  const above = scope.mul(x, scope.indicator('Greater', x, threshold))
  const sum = slope === 0 ? above : scope.sub(above, scope.mul(belowThreshold(scope, x, threshold), slope))
  if (limit === undefined) return sum
  return slope === 0 ? scope.clip(sum, 0, limit) : scope.op('Minimum', [sum, scope.number(limit, x)])
}

/** max(threshold − x, 0). */
const belowThreshold = (scope: Scope, x: Value, threshold: number): Value =>
  scope.op('Relu', [scope.add(scope.mul(x, -1), threshold)])

/** The number that stands for −∞ under the mask of a softmax. */
export const lowestOf = (dtype: DType, profile: Profile): number =>
  dtype !== 'float16' ? -1e9 : profile === 'k3' ? -3e4 : -32752

/** eˣ / Σ eˣ over one axis or several. Of rank 4 the last axis is taken as rows of a matrix: OpenCV misreads it otherwise. */
export function softmax(scope: Scope, x: Value, axes: readonly number[]): Value {
  return overLastAxis(scope, x, axes, rows => scope.op('Softmax', [rows]), 4)
}

export const logSoftmax = (scope: Scope, x: Value, axis: number): Value =>
  overLastAxis(scope, x, [axis], rows => scope.op('LogSoftmax', [rows]), 4)

/**
 * Runs what works on the last axis along others: they are moved to the end and taken together.
 * From rank `flatFrom` on, the input becomes a matrix.
 */
export function overLastAxis(
  scope: Scope,
  x: Value,
  axes: readonly number[],
  body: (rows: Value) => Value,
  flatFrom = Number.POSITIVE_INFINITY,
): Value {
  const rank = scope.shape(x)?.length
  if (rank === undefined) return body(x)
  const over = axes.map(axis => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  const others = Array.from({ length: rank }, (_, i) => i).filter(i => !over.includes(i))
  const perm = [...others, ...over]
  const moved = scope.transpose(x, perm)
  const dims = scope.dims(moved)
  const isFlat = over.length > 1 || rank >= flatFrom
  const last = dims.slice(others.length)
  const width = last.every(d => typeof d === 'number') ? last.reduce<number>((n, d) => n * (d as number), 1) : null // all are numbers
  const leading = width === null ? dims.slice(0, others.length) : [null]
  const result = isFlat ? scope.reshape(body(scope.reshape(moved, [...leading, width])), dims) : body(moved)
  const back = perm.map((_, i) => perm.indexOf(i))
  return scope.transpose(result, back)
}

/**
 * max(x − τ, 0). With z sorted down and s its running sums, k = #{j : 1 + j·z_j > s_j} and τ = (Σ_{j≤k} s_j − 1) / k.
 * Keras adds the running sums up where Martins and Astudillo (2016) take the last: so does this. The axis' size must be known.
 */
export function sparsemax(scope: Scope, x: Value, axis: number): Value {
  return overLastAxis(scope, x, [axis], rows => {
    const size = scope.size(rows, -1, 'k')
    const sorted = scope.op('TopKV2', [rows, size])
    const sums = scope.op('Cumsum', [sorted, scope.int(-1)])
    const count = size.tensor ? scope.ranked(rows).at(-1)! : 0
    const ranks = scope.const(
      fromValues(
        rows.dtype!,
        [count],
        Array.from({ length: count }, (_, i) => i + 1),
      ),
    )
    const isIn = scope.indicator('Greater', scope.add(scope.mul(sorted, ranks), 1), sums)
    const k = scope.reduce('Sum', isIn, [-1], true)
    const total = scope.reduce('Sum', scope.mul(sums, isIn), [-1], true)
    const tau = scope.div(scope.add(total, -1), k)
    return scope.op('Relu', [scope.sub(rows, tau)])
  })
}
