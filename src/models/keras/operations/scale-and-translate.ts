/** Arrays scaled and moved. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

type Kernel = (scope: Scope, x: Value) => Value

/** The weight of an element at distance x ≥ 0. */
const triangle: Kernel = (scope, x) => scope.op('Relu', [scope.add(scope.mul(x, -1), 1)])

const cubic: Kernel = (scope, x) => {
  const horner = (...terms: readonly number[]): Value =>
    terms.slice(1).reduce((sum, term) => scope.add(scope.mul(sum, x), term), scope.number(terms[0]!, x))
  const near = scope.add(scope.mul(scope.mul(scope.add(scope.mul(x, 1.5), -2.5), x), x), 1)
  const far = horner(-0.5, 2.5, -4, 2)
  const inside = scope.select(scope.compare('GreaterEqual', x, 1), far, near)
  return scope.select(scope.compare('GreaterEqual', x, 2), scope.op('ZerosLike', [x]), inside)
}

const lanczos =
  (radius: number): Kernel =>
  (scope, x) => {
    const wave = (period: number): Value => scope.op('Sin', [scope.mul(x, Math.PI / period)])
    const isNear = scope.compare('LessEqual', x, 1e-3)
    const one = scope.number(1, x)
    const square = scope.select(isNear, one, scope.mul(scope.mul(x, x), Math.PI ** 2))
    const bell = scope.div(scope.mul(scope.mul(wave(1), wave(radius)), radius), square)
    const isFar = scope.compare('Greater', x, radius)
    return scope.select(isFar, scope.op('ZerosLike', [x]), scope.select(isNear, one, bell))
  }

const KERNELS: readonly (readonly [RegExp, Kernel])[] = [
  [/^(linear|bilinear|trilinear|triangle)$/, triangle],
  [/^(cubic|bicubic|tricubic)$/, cubic],
  [/^lanczos3$/, lanczos(3)],
  [/^lanczos5$/, lanczos(5)],
]

/** Along each of `spatial_dims`, element o is what stands at (o + ½ − translation) / scale − ½. */
export const scaleAndTranslate: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  if (given.dtype !== x.dtype) f.refuse('its image is of whole numbers, with which Keras itself fails on TensorFlow')
  const method = f.text('method')
  const kernel = KERNELS.find(([name]) => name.test(method))?.[1] ?? f.refuse(`its method '${method}' is not known`)
  const shape = f.ints('shape') ?? f.refuse('it is called without a shape')
  const [scales, moves] = f.together(['scale', 'translation'], asFloat) as readonly [Value, Value] // as many as names
  return f.axes('dims', x).reduce((image, axis, i) => {
    const part = (value: Value): Value => scope.slice(value, [i])
    const sizes = [f.call.known(f.shape(x)[axis], 'a size of its image'), shape[axis]!] as const
    const weights = scope.cast(weightsOf(f, sizes, part(scales), part(moves), kernel), x.dtype!)
    const perm = f.shape(x).map((_, at) => at)
    const last = perm.length - 1
    ;[perm[axis], perm[last]] = [last, axis]
    return scope.transpose(scope.op('BatchMatMulV2', [scope.transpose(image, perm), weights]), perm)
  }, x)
}

/** The weight of each element before in each element after: [before, after]. */
function weightsOf(
  f: FunctionCall,
  sizes: readonly [number, number],
  scale: Value,
  move: Value,
  kernel: Kernel,
): Value {
  const { scope } = f
  const counted = (count: number, from: number): Value =>
    scope.const(
      vector(
        scale.dtype!,
        Array.from({ length: count }, (_, i) => i + from),
      ),
    )
  const inverse = scope.op('Reciprocal', [scale])
  const from = scope.add(scope.mul(scope.sub(counted(sizes[1], 0.5), move), inverse), -0.5)
  const distance = scope.op('Abs', [scope.sub(from, scope.reshape(counted(sizes[0], 0), [sizes[0], 1]))])
  const reach = f.bool('antialias', true) ? scope.div(distance, scope.max(inverse, 1)) : distance
  const weights = kernel(scope, reach)
  const sums = scope.reduce('Sum', weights, [0], true)
  const isSome = scope.compare('Greater', scope.op('Abs', [sums]), 1000 * 2 ** -23)
  const shares = scope.div(weights, scope.select(isSome, sums, scope.number(1, sums)))
  const isInside = scope.op('LogicalAnd', [
    scope.compare('GreaterEqual', from, -0.5),
    scope.compare('LessEqual', from, sizes[0] - 0.5),
  ])
  return scope.select(scope.op('LogicalAnd', [isSome, isInside]), shares, scope.op('ZerosLike', [shares]))
}
