/**
 * LocallyConnected1D and 2D: convolutions with a kernel of its own at every position. Keras 1 and 2
 * keep the kernels in one of three ways, by `implementation`:
 *
 *     1   [positions, window·in, out]      a kernel for each position
 *     2   [in position…, out position…]    from every input to every output; what lies outside the windows does not count
 *     3   [connections]                    one number for each pair inside a window, by output, then input
 */
import type { Value } from '../../../graph/node.ts'
import { fromValues, mul, reshape, vector } from '../../../tensor/make.ts'
import { activate } from '../activation.ts'
import type { LayerCall } from '../call.ts'
import { main, type SlotsOf, trained, unlessFalse, when } from '../weights/slots.ts'
import type { LayerClass } from './layer-class.ts'
import { isChannelsFirst, type Window, windowOf } from './space.ts'

/** Sizes of input and output, without the batch, and which positions a window joins. */
interface Geometry {
  readonly isFirst: boolean
  readonly space: readonly number[]
  readonly channels: number
  readonly outSpace: readonly number[]
  readonly filters: number
  readonly window: Window
}

function locallyConnected(call: LayerCall, rank: number): Value {
  const { scope, config } = call
  const g = geometry(call, rank)
  const flat = scope.reshape(call.x, [null, product(g.space) * g.channels], 'flat')
  const write = [perPosition, dense, sparse][config.int('implementation', 1) - 1]
  if (!write) return call.refuse(`its implementation ${config.int('implementation')} is not known`)
  const result = write(call, flat, g)
  const bias = call.maybeTensor('bias')
  // The bias is [position…, filters] always; Keras reshapes it, and does not move its dimensions, for channels first.
  const own = bias && call.constant('bias', () => (g.isFirst ? reshape(bias, [g.filters, ...g.outSpace]) : bias))
  return activate(call, own ? scope.add(result, own) : result)
}

function geometry(call: LayerCall, rank: number): Geometry {
  const isFirst = isChannelsFirst(call)
  const sizes = call.shape.slice(1).map(d => call.known(d, 'a size of its input'))
  const window = windowOf(call, rank)
  const space = isFirst ? sizes.slice(1) : sizes.slice(0, -1)
  const outSpace = space.map((n, i) => {
    const room = window.padding === 'same' ? n : n - window.size[i]! + 1
    return Math.ceil(room / window.strides[i]!)
  })
  const channels = isFirst ? sizes[0]! : sizes.at(-1)!
  return { isFirst, space, channels, outSpace, filters: call.config.int('filters'), window }
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1)
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** The output's shape in the layer's own order of dimensions, the batch left open. */
const outShape = ({ isFirst, outSpace, filters }: Geometry): (number | null)[] =>
  isFirst ? [null, filters, ...outSpace] : [null, ...outSpace, filters]

/** Gathers each position's window, [batch, positions, window], and multiplies by its kernel. */
function perPosition(call: LayerCall, flat: Value, g: Geometry): Value {
  const { scope } = call
  const at = positions(g.outSpace).map(position => {
    const inside = positions(g.window.size).map(offset => offset.map((o, i) => o + position[i]! * g.window.strides[i]!))
    const channels = indices(g.channels)
    return g.isFirst
      ? channels.flatMap(c => inside.map(p => inputIndex(g, p, c)))
      : inside.flatMap(p => channels.map(c => inputIndex(g, p, c)))
  })
  const where = fromValues('int32', [at.length, at[0]?.length ?? 0], at.flat())
  const windows = scope.op('GatherV2', [flat, scope.const(where, 'windows'), scope.int(1, 'axis')])
  const product = scope.op('BatchMatMulV2', [scope.transpose(windows, [1, 0, 2]), call.weight('kernel')])
  return scope.reshape(scope.transpose(product, g.isFirst ? [1, 2, 0] : [1, 0, 2]), outShape(g))
}

/** One matrix from every input to every output, zero outside the windows, where a file may have anything. */
function dense(call: LayerCall, flat: Value, g: Geometry): Value {
  const { scope } = call
  const counts = [product(g.space), product(g.outSpace)] as const
  const joined = new Array<number>(counts[0] * counts[1]).fill(0)
  for (const [out, position] of positions(g.outSpace).entries())
    for (const p of windowAt(g, position)) joined[index(p, g.space) * counts[1] + out] = 1
  const mask = fromValues(
    call.dtype,
    g.isFirst ? [1, ...g.space, 1, ...g.outSpace] : [...g.space, 1, ...g.outSpace, 1],
    joined,
  )
  const kernel = call.tensor('kernel')
  const expected = g.isFirst
    ? [g.channels, ...g.space, g.filters, ...g.outSpace]
    : [...g.space, g.channels, ...g.outSpace, g.filters]
  if (kernel.shape.length !== expected.length)
    return call.refuse(`its kernel is [${kernel.shape}], expected [${expected}]`)
  const matrix = call.constant('kernel', () =>
    reshape(mul(kernel, mask), [counts[0] * g.channels, counts[1] * g.filters]),
  )
  return scope.reshape(scope.op('MatMul', [flat, matrix]), outShape(g))
}

/** Sums, for each output, its inputs times their weights: [connections, batch] → [outputs, batch]. */
function sparse(call: LayerCall, flat: Value, g: Geometry): Value {
  const { scope } = call
  const pairs: [number, number][] = []
  for (const position of positions(g.outSpace))
    for (const p of windowAt(g, position))
      for (const c of indices(g.channels))
        for (const f of indices(g.filters)) pairs.push([outputIndex(g, position, f), inputIndex(g, p, c)])
  pairs.sort(([out, at], [otherOut, otherAt]) => out - otherOut || at - otherAt)
  const from = vector(
    'int32',
    pairs.map(([, input]) => input),
  )
  const to = vector(
    'int32',
    pairs.map(([output]) => output),
  )
  const inputs = scope.op('GatherV2', [
    scope.transpose(flat, [1, 0]),
    scope.const(from, 'inputs'),
    scope.int(0, 'axis'),
  ])
  const weights = call.constant('kernel', () => reshape(call.tensor('kernel'), [pairs.length, 1]))
  const sums = scope.op('SegmentSum', [scope.mul(inputs, weights), scope.const(to, 'outputs')])
  const count = product(g.outSpace) * g.filters
  return scope.reshape(scope.reshape(scope.transpose(sums, [1, 0]), [null, count], 'rows'), outShape(g))
}

/** Every position of a grid, the last dimension first. */
function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>((all, size) => all.flatMap(p => indices(size).map(i => [...p, i])), [[]])
}

/** The inputs that an output position sees, as Keras counts them: a window of size k has its middle at ⌊k/2⌋. */
function windowAt({ space, window }: Geometry, position: readonly number[]): number[][] {
  const ranges = space.map((n, i) => {
    const left = Math.floor(window.size[i]! / 2)
    const middle = position[i]! * window.strides[i]! + (window.padding === 'valid' ? left : 0)
    const start = Math.max(0, middle - left)
    const end = Math.min(n, middle + window.size[i]! - left)
    return indices(Math.max(0, end - start)).map(k => start + k)
  })
  return ranges.reduce<number[][]>((all, range) => all.flatMap(p => range.map(i => [...p, i])), [[]])
}

/** A position as one number, row-major. */
const index = (position: readonly number[], sizes: readonly number[]): number =>
  position.reduce((n, p, i) => n * sizes[i]! + p, 0)

const inputIndex = ({ isFirst, space, channels }: Geometry, position: readonly number[], c: number): number =>
  isFirst ? index([c, ...position], [channels, ...space]) : index([...position, c], [...space, channels])
const outputIndex = ({ isFirst, outSpace, filters }: Geometry, position: readonly number[], f: number): number =>
  isFirst ? index([f, ...position], [filters, ...outSpace]) : index([...position, f], [...outSpace, filters])

const weights: SlotsOf = c => [main(trained('kernel')), ...when(unlessFalse(c, 'use_bias'), trained('bias'))]

export const LOCALLY_CONNECTED_LAYERS: readonly LayerClass[] = [
  { name: 'LocallyConnected1D', emit: call => locallyConnected(call, 1), weights, spatialRank: 1 },
  { name: 'LocallyConnected2D', emit: call => locallyConnected(call, 2), weights, spatialRank: 2 },
]
